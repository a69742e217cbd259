from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

ACCOUNT = {"StringEquals": {"aws:SourceAccount": "111122223333"}}
SOURCE = {"ArnLike": {"aws:SourceArn": "arn:aws:ec2:us-east-1:111122223333:vpc-flow-log/*"}}


def _role(service: str, condition: Any = None, effect: str = "Allow") -> dict[str, Any]:
    statement = {"Effect": effect, "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = {"Statement": [statement | ({"Condition": condition} if condition else {})]}
    return one("AWS::IAM::Role", AssumeRolePolicyDocument=document, ManagedPolicyArns=["arn:aws:iam::aws:policy/Own"])


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_role("vpc-flow-logs", ACCOUNT), "passed"),
        (_role("vpc-flow-logs", SOURCE), "passed"),
        (_role("vpc-flow-logs", {"StringEquals": {"sts:ExternalId": "x"}}), "failed"),
        (_role("vpc-flow-logs", GIVEN), "unknown"),
        (_role("vpc-flow-logs"), "failed"),
        (_role("ecs-tasks"), "failed"),
        (_role("appsync"), "failed"),
        (_role("rds", ACCOUNT), "passed"),
        (_role("codebuild"), "passed"),
        (_role("cognito-idp"), "failed"),
        (_role("cognito-idp", {"StringEquals": {"sts:ExternalId": "x"}}), "passed"),
        (_role("cognito-idp", GIVEN), "unknown"),
        (_role("textract"), "failed"),
        (_role("transcribe", ACCOUNT), "passed"),
        (_role("states"), "failed"),
        (_role("states", ACCOUNT), "passed"),
        (_role("states", GIVEN), "unknown"),
        (_role("dms"), "failed"),
        (_role("iot", {"ArnLike": {"aws:SourceArn": "arn:aws:iot:us-east-1:111122223333:*"}}), "passed"),
        (_role("redshift"), "passed"),
        (_role("events"), "passed"),
        (_role("vpc-flow-logs", None, "Deny"), "passed"),
        (_role("lambda"), "passed"),
        (one("AWS::IAM::Role", AssumeRolePolicyDocument=GIVEN, ManagedPolicyArns=GIVEN), "unknown"),
        (one("AWS::KMS::Key"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("services_act_for_account", resources) == expected


STARTS = ["arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"]


def _tasks(**roles: Any) -> dict[str, Any]:
    return {"Tasks": {"Type": "AWS::ECS::TaskDefinition", "Properties": roles}}


@pytest.mark.parametrize(
    ("others", "policies", "expected"),
    [
        (_tasks(ExecutionRoleArn={"Fn::GetAtt": ["Subject", "Arn"]}), [], "not_applicable"),
        ({}, STARTS, "not_applicable"),
        (_tasks(TaskRoleArn={"Fn::GetAtt": ["Subject", "Arn"]}), STARTS, "failed"),
        (_tasks(TaskRoleArn={"Fn::GetAtt": ["Subject", "Arn"]}), ["arn:aws:iam::aws:policy/Own"], "failed"),
        ({}, ["arn:aws:iam::aws:policy/ReadOnlyAccess"], "failed"),
        ({}, GIVEN, "failed"),
    ],
)
def test_ecs_starts_tasks_by_a_role_without_condition(others: dict[str, Any], policies: Any, expected: str) -> None:
    resources = _role("ecs-tasks")
    resources["Subject"]["Properties"]["ManagedPolicyArns"] = policies
    assert judged("services_act_for_account", resources | others) == expected
