"""What comes in crowds is gathered: Security Hub's and AWS Config's findings, over several stacks."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.detection.findings_digest import FindingsDigest
from hipaa_constructs.detection.security_posture import SecurityPosture
from hipaa_constructs.detection.vulnerability_scanning import VulnerabilityScanning
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.testing import assert_no_findings, normalize, template_of

HERE = cdk.Environment(account="111122223333", region="us-east-1")


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=HERE)
    FindingsDigest.of(AlertTopic(stack, "Alerts", emails=["security@clinic.example"]))
    return template_of(stack)


def of_type(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {name: found["Properties"] for name, found in template["Resources"].items() if found["Type"] == kind}


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert normalize(template) == snapshot


def test_has_no_findings_from_stack_to_stack(app: cdk.App, stack: cdk.Stack) -> None:
    topic = AlertTopic(stack, "Alerts", emails=["security@clinic.example"])
    SecurityPosture(cdk.Stack(app, "Watch", env=HERE), "Posture", topic=topic)
    assert_no_findings(app, all_packs=True)


def test_a_topic_has_one(stack: cdk.Stack) -> None:
    first, second = AlertTopic(stack, "First"), AlertTopic(stack, "Second")
    assert FindingsDigest.of(first) is FindingsDigest.of(first)
    assert FindingsDigest.of(first) is not FindingsDigest.of(second)


def queue_of(template: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    ((name, queue),) = ((n, q) for n, q in of_type(template, "AWS::SQS::Queue").items() if "Queue" in n)
    return name, queue


def test_events_wait_encrypted_until_they_are_told(template: dict[str, Any]) -> None:
    name, queue = queue_of(template)
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
    (function,) = of_type(template, "AWS::Lambda::Function").values()
    assert queue["VisibilityTimeout"] > function["Timeout"]
    (topic,) = of_type(template, "AWS::SNS::Topic").values()
    assert queue["KmsMasterKeyId"] == topic["KmsMasterKeyId"]
    (alarm,) = of_type(template, "AWS::CloudWatch::Alarm").values()
    assert alarm["MetricName"] == "ApproximateAgeOfOldestMessage"
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": [name, "QueueName"]}}]
    assert len(alarm["AlarmActions"]) == 1


def test_rules_of_this_account_alone_send_to_the_queue(template: dict[str, Any]) -> None:
    name, _ = queue_of(template)
    policies = of_type(template, "AWS::SQS::QueuePolicy").values()
    (policy,) = (found for found in policies if found["Queues"] == [{"Ref": name}])
    (allowed,) = (one for one in policy["PolicyDocument"]["Statement"] if one["Effect"] == "Allow")
    assert allowed["Principal"] == {"Service": "events.amazonaws.com"}
    assert set(allowed["Condition"]) == {"ArnLike", "StringEquals"}
    (key,) = of_type(template, "AWS::KMS::Key").values()
    conditions = [
        statement["Condition"]
        for statement in key["KeyPolicy"]["Statement"]
        if statement["Principal"] == {"Service": "events.amazonaws.com"}
    ]
    # EventBridge states no source when it uses a key, so that a condition on one would lock it out.
    assert conditions
    assert all("aws:Source" not in json.dumps(condition) for condition in conditions)
    assert any("kms:EncryptionContext:aws:sqs:arn" in json.dumps(condition) for condition in conditions)


def test_the_function_may_read_tell_and_mark_and_no_more(template: dict[str, Any]) -> None:
    allowed = {
        action
        for policy in of_type(template, "AWS::IAM::ManagedPolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    assert allowed == {
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "securityhub:BatchUpdateFindings",
        "sns:Publish",
        "sqs:DeleteMessage",
        "sqs:ReceiveMessage",
        "sqs:SendMessage",
    }


def test_the_function_runs_each_quarter_of_an_hour(template: dict[str, Any]) -> None:
    name, _ = queue_of(template)
    (topic,) = of_type(template, "AWS::SNS::Topic")
    (rule,) = of_type(template, "AWS::Events::Rule").values()
    assert rule["ScheduleExpression"] == "rate(15 minutes)"
    text = json.dumps(rule["Targets"][0]["Input"])
    assert name in text
    assert topic in text
    (permission,) = of_type(template, "AWS::Lambda::Permission").values()
    assert permission["Principal"] == "events.amazonaws.com"
    assert "SourceArn" in permission


def left_out(stack: cdk.Stack) -> list[str]:
    (rule,) = (
        found
        for found in of_type(template_of(stack), "AWS::Events::Rule").values()
        if found.get("EventPattern", {}).get("source") == ["aws.securityhub"]
    )
    (products,) = rule["EventPattern"]["detail"]["findings"].get("ProductArn", [{"anything-but": []}])
    return [product["Fn::Join"][1][-1].rpartition("/")[2] for product in products["anything-but"]]


@pytest.mark.parametrize("posture_first", [True, False])
def test_what_comes_to_the_topic_by_itself_is_not_told_by_security_hub_again(
    stack: cdk.Stack, posture_first: bool
) -> None:
    topic = AlertTopic(stack, "Alerts")
    made = [
        lambda: SecurityPosture(stack, "Posture", topic=topic),
        lambda: VulnerabilityScanning(stack, "Vulnerabilities", topic=topic),
    ]
    for make in made if posture_first else reversed(made):
        make()
    assert left_out(stack) == ["inspector"]


def test_what_goes_to_another_topic_is_told_by_security_hub(stack: cdk.Stack) -> None:
    SecurityPosture(stack, "Posture", topic=AlertTopic(stack, "Alerts"))
    VulnerabilityScanning(stack, "Vulnerabilities", topic=AlertTopic(stack, "Others"))
    assert left_out(stack) == []


def test_standards_are_subscribed_to_one_after_the_other(stack: cdk.Stack) -> None:
    SecurityPosture(stack, "Posture", topic=AlertTopic(stack, "Alerts"))
    resources = template_of(stack)["Resources"]
    standards = {name: found for name, found in resources.items() if found["Type"] == "AWS::SecurityHub::Standard"}
    before = [found["DependsOn"] for found in standards.values()]
    assert len(standards) == 3
    assert sorted(name for names in before for name in names) == sorted(
        [*(name for name, found in resources.items() if found["Type"] == "AWS::SecurityHub::Hub"), *list(standards)[:2]]
    )
