from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.identity.break_glass_role import BreakGlassRole
from hipaa_constructs.identity.workforce_source import WorkforceSource
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.policy_evaluator import applies, denied

PEOPLE = WorkforceSource.from_accounts(["222222222222"])
ASKED = {
    "aws:MultiFactorAuthPresent": "true",
    "aws:MultiFactorAuthAge": "60",
    "aws:RequestTag/BreakGlassReason": "INC-42 restore",
    "aws:RequestedRegion": "us-east-1",
}


def define(stack: cdk.Stack, **arguments: Any) -> BreakGlassRole:
    alerts = AlertTopic(stack, "Alerts", emails=["security@example.org"])
    return BreakGlassRole(stack, "BreakGlass", people=PEOPLE, alert_topic=alerts, **arguments)


@pytest.fixture(scope="module")
def resources() -> Mapping[str, dict[str, Any]]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-east-1"))
    define(stack, role_name="BreakGlass")
    return template_of(stack)["Resources"]  # type: ignore[no-any-return]


def one(resources: Mapping[str, dict[str, Any]], kind: str) -> dict[str, Any]:
    (found,) = (resource["Properties"] for resource in resources.values() if resource["Type"] == kind)
    return found  # type: ignore[no-any-return]


def test_snapshot(resources: Mapping[str, dict[str, Any]], snapshot: SnapshotAssertion) -> None:
    assert resources == snapshot


def test_has_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    define(stack)
    assert_no_findings(app, all_packs=True)


@pytest.mark.parametrize("action", ["sts:AssumeRole", "sts:TagSession"])
@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, True),
        ({"aws:MultiFactorAuthPresent": None}, False),
        ({"aws:MultiFactorAuthAge": "3601"}, False),
        ({"aws:RequestTag/BreakGlassReason": None}, False),
        ({"aws:RequestTag/BreakGlassReason": "because"}, False),
        ({"aws:RequestedRegion": "eu-west-1"}, False),
    ],
)
def test_trust(
    resources: Mapping[str, dict[str, Any]], action: str, changed: dict[str, str | None], expected: bool
) -> None:
    (statement,) = one(resources, "AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"]
    context = {key: value for key, value in {**ASKED, **changed}.items() if value is not None}
    assert applies(statement, action, context=context) is expected


def test_sessions_last_one_hour(resources: Mapping[str, dict[str, Any]]) -> None:
    assert one(resources, "AWS::IAM::Role")["MaxSessionDuration"] == 3600
    assert one(resources, "AWS::IAM::Role")["RoleName"] == "BreakGlass"


def test_every_assumption_alerts(resources: Mapping[str, dict[str, Any]]) -> None:
    rule = one(resources, "AWS::Events::Rule")
    # CloudTrail takes AssumeRole for a read, which a rule in state ENABLED does not see.
    assert rule["State"] == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    (role,) = (name for name, resource in resources.items() if resource["Type"] == "AWS::IAM::Role")
    (topic,) = (name for name, resource in resources.items() if resource["Type"] == "AWS::SNS::Topic")
    assert rule["EventPattern"] == {
        "source": ["aws.sts"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {
            "eventSource": ["sts.amazonaws.com"],
            "eventName": ["AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"],
            "requestParameters": {"roleArn": [{"Fn::GetAtt": [role, "Arn"]}]},
        },
    }
    assert [target["Arn"] for target in rule["Targets"]] == [{"Ref": topic}]


@pytest.mark.parametrize(
    "action",
    ["cloudtrail:StopLogging", "events:DisableRule", "iam:CreateUser", "kms:ScheduleKeyDeletion", "sts:AssumeRole"],
)
def test_an_emergency_leaves_the_record_alone(resources: Mapping[str, dict[str, Any]], action: str) -> None:
    document = one(resources, "AWS::IAM::ManagedPolicy")["PolicyDocument"]
    assert denied([document], action)
    assert not denied([document], "s3:GetObject")


def test_takes_grants(stack: cdk.Stack) -> None:
    s3.Bucket(stack, "Records").grant_read(define(stack).role).assert_success()
    document = one(template_of(stack)["Resources"], "AWS::IAM::ManagedPolicy")["PolicyDocument"]
    assert [entry["Effect"] for entry in document["Statement"]] == ["Deny", "Allow"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"people": "everyone"}, r"BreakGlassRole\(people=…\): got 'everyone'"),
        ({"alert_topic": None}, r"BreakGlassRole\(alert_topic=…\): got None"),
        ({"role_name": "break glass"}, "role_name: got 'break glass'"),
    ],
)
def test_refuses(stack: cdk.Stack, changed: dict[str, Any], message: str) -> None:
    alerts = AlertTopic(stack, "Alerts", emails=["security@example.org"])
    with pytest.raises(ValueError, match=message):
        BreakGlassRole(stack, "BreakGlass", **{"people": PEOPLE, "alert_topic": alerts, **changed})
    assert stack.node.try_find_child("BreakGlass") is None
