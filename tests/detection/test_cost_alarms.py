from __future__ import annotations

import json
import re
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Annotations, Match, Template
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs import AlertTopic, CostAlarms, Existing
from hipaa_constructs.testing import assert_no_findings, normalize
from tests.primitives.constructs import IMPORTED

MONITOR = "arn:aws:ce::111122223333:anomalymonitor/1234abcd-12ab-34cd-56ef-1234567890ab"

ARN = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":budgets::111122223333:*"]]}


def build(region: str | None = "us-east-1", *, topic_key: kms.IKey | None = None, **arguments: Any) -> cdk.Stack:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    env = cdk.Environment(account="111122223333", region=region) if region else None
    stack = cdk.Stack(app, "Clinic", env=env)
    topic = AlertTopic(stack, "Alerts", emails=["security@clinic.example"], encryption_key=topic_key)
    CostAlarms(stack, "Costs", topic=topic, **arguments)
    return stack


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    body: dict[str, Any] = Template.from_stack(build(monthly_limit=3000)).to_json()
    return body


def of_type(template: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one["Properties"] for one in template["Resources"].values() if one["Type"] == kind]


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert normalize(template) == snapshot


def test_no_findings() -> None:
    assert_no_findings(build(monthly_limit=3000).node.root, all_packs=True)


def test_people_are_told_before_and_when_the_limit_is_spent(template: dict[str, Any]) -> None:
    (budget,) = of_type(template, "AWS::Budgets::Budget")
    assert budget["Budget"] == {
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": 3000, "Unit": "USD"},
    }
    notices = budget["NotificationsWithSubscribers"]
    told = [(one["Notification"]["Threshold"], one["Notification"]["NotificationType"]) for one in notices]
    assert told == [(80, "ACTUAL"), (100, "ACTUAL"), (100, "FORECASTED")]
    for notice in notices:
        (subscriber,) = notice["Subscribers"]
        assert subscriber["SubscriptionType"] == "SNS"
        assert subscriber["Address"]["Ref"].startswith("Alerts")


def test_anomalies_are_told_as_they_come(template: dict[str, Any]) -> None:
    (monitor,) = of_type(template, "AWS::CE::AnomalyMonitor")
    assert (monitor["MonitorType"], monitor["MonitorDimension"]) == ("DIMENSIONAL", "SERVICE")
    (subscription,) = of_type(template, "AWS::CE::AnomalySubscription")
    assert subscription["Frequency"] == "IMMEDIATE"
    assert [one["Type"] for one in subscription["Subscribers"]] == ["SNS"]
    least = {
        one["Dimensions"]["Key"]: one["Dimensions"]["Values"]
        for one in json.loads(subscription["ThresholdExpression"])["And"]
    }
    assert least == {"ANOMALY_TOTAL_IMPACT_ABSOLUTE": ["100"], "ANOMALY_TOTAL_IMPACT_PERCENTAGE": ["40"]}


@pytest.mark.parametrize(
    ("service", "condition"),
    [
        ("budgets", {"ArnLike": {"aws:SourceArn": ARN}}),
        ("costalerts", {"StringEquals": {"aws:SourceAccount": "111122223333"}}),
    ],
)
def test_both_publish_for_this_account_alone_and_may_use_the_key(
    template: dict[str, Any], service: str, condition: dict[str, Any]
) -> None:
    principal = {"Service": f"{service}.amazonaws.com"}
    (policy,) = of_type(template, "AWS::SNS::TopicPolicy")
    (statement,) = [one for one in policy["PolicyDocument"]["Statement"] if one.get("Principal") == principal]
    assert (statement["Action"], statement["Condition"]) == ("sns:Publish", condition)
    (key,) = of_type(template, "AWS::KMS::Key")
    (statement,) = [one for one in key["KeyPolicy"]["Statement"] if one.get("Principal") == principal]
    assert statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    assert "kms:EncryptionContext:aws:sns:topicArn" in json.dumps(statement["Condition"])


def test_they_come_after_the_topics_policy(template: dict[str, Any]) -> None:
    (policy,) = [name for name, one in template["Resources"].items() if one["Type"] == "AWS::SNS::TopicPolicy"]
    for one in template["Resources"].values():
        if one["Type"] in ("AWS::Budgets::Budget", "AWS::CE::AnomalySubscription"):
            assert policy in one["DependsOn"]


def test_without_a_limit_there_is_no_budget() -> None:
    template = Template.from_stack(build())
    template.resource_count_is("AWS::Budgets::Budget", 0)
    template.resource_count_is("AWS::CE::AnomalySubscription", 1)
    assert "budgets.amazonaws.com" not in json.dumps(template.to_json())


def test_a_monitor_that_the_account_has_is_taken() -> None:
    template = Template.from_stack(build(services_monitor=Existing(resource_id=MONITOR)))
    template.resource_count_is("AWS::CE::AnomalyMonitor", 0)
    template.has_resource_properties("AWS::CE::AnomalySubscription", {"MonitorArnList": [MONITOR]})


def test_a_key_from_elsewhere_is_told_what_it_lacks() -> None:
    stack = build(monthly_limit=1)
    key = kms.Key.from_key_arn(stack, "Imported", IMPORTED)
    CostAlarms(stack, "More", topic=AlertTopic(stack, "Others", encryption_key=key), monthly_limit=2)
    for service in ("budgets", "costalerts"):
        Annotations.from_stack(stack).has_warning("*", Match.string_like_regexp(f"{service}.amazonaws.com"))


def test_a_second_one_takes_no_name_of_the_first(template: dict[str, Any]) -> None:
    (budget,) = of_type(template, "AWS::Budgets::Budget")
    assert "BudgetName" not in budget["Budget"]
    for kind, name in (("AnomalyMonitor", "MonitorName"), ("AnomalySubscription", "SubscriptionName")):
        (one,) = of_type(template, f"AWS::CE::{kind}")
        assert "AWS::StackId" in json.dumps(one[name])
    stack = build(monthly_limit=1)
    topic = AlertTopic(stack, "Others", emails=["it@clinic.example"])
    CostAlarms(stack, "More", topic=topic, services_monitor=Existing(resource_id=MONITOR))
    names = [
        one["SubscriptionName"] for one in of_type(Template.from_stack(stack).to_json(), "AWS::CE::AnomalySubscription")
    ]
    assert names[0] != names[1]


@pytest.mark.parametrize(
    ("region", "there", "absent"),
    [
        ("us-gov-west-1", set(), ("AWS::Budgets::Budget", "AWS::CE::AnomalySubscription")),
        ("eu-north-1", {"AWS::CE::AnomalyMonitor", "AWS::CE::AnomalySubscription"}, ("AWS::Budgets::Budget",)),
    ],
)
def test_what_a_region_lacks_is_left_out_and_said(region: str, there: set[str], absent: tuple[str, ...]) -> None:
    stack = build(region, monthly_limit=3000)
    types = {one["Type"] for one in Template.from_stack(stack).to_json()["Resources"].values()}
    assert {one for one in types if one.startswith(("AWS::Budgets", "AWS::CE"))} == there
    for name in absent:
        Annotations.from_stack(stack).has_info("/Clinic/Costs", Match.string_like_regexp(f"{region} has none: {name}"))


def test_china_is_billed_in_its_own_currency() -> None:
    template = Template.from_stack(build("cn-north-1", monthly_limit=3000)).to_json()
    (budget,) = of_type(template, "AWS::Budgets::Budget")
    assert budget["Budget"]["BudgetLimit"]["Unit"] == "CNY"


def test_a_stack_without_an_account_names_its_own() -> None:
    template = Template.from_stack(build(None, monthly_limit=cdk.Token.as_number({"Ref": "Limit"}))).to_json()
    (budget,) = of_type(template, "AWS::Budgets::Budget")
    assert budget["Budget"]["BudgetLimit"]["Amount"] == {"Ref": "Limit"}
    (policy,) = of_type(template, "AWS::SNS::TopicPolicy")
    for service, key in (("budgets", "aws:SourceArn"), ("costalerts", "aws:SourceAccount")):
        (statement,) = [one for one in policy["PolicyDocument"]["Statement"] if service in str(one.get("Principal"))]
        (held,) = statement["Condition"].values()
        assert held[key] == {"Ref": "AWS::AccountId"} or {"Ref": "AWS::AccountId"} in held[key]["Fn::Join"][1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"monthly_limit": 0}, "monthly_limit: got 0; it takes an amount above zero"),
        ({"monthly_limit": -5}, "monthly_limit: got -5"),
        ({"monthly_limit": float("nan")}, "monthly_limit: got nan"),
        ({"monthly_limit": float("inf")}, "monthly_limit: got inf"),
        ({"monthly_limit": "3000"}, "CostAlarms(monthly_limit=…): got '3000'"),
        ({"services_monitor": Existing()}, "services_monitor: got None; the subscription names the monitor's ARN"),
        ({"services_monitor": MONITOR}, "CostAlarms(services_monitor=…): got 'arn:"),
    ],
)
def test_wrong_arguments_are_refused(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(said)}"):
        build(**arguments)
