from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import findings
from tests.compliance.rules.support import GIVEN, judged, one, rule

ACCOUNT = {"StringEquals": {"aws:SourceAccount": "111122223333"}}
SOURCE = {"ArnLike": {"aws:SourceArn": "arn:aws:ec2:us-east-1:111122223333:vpc-flow-log/*"}}


def _role(service: Any, condition: Any = None, effect: str = "Allow") -> dict[str, Any]:
    name = f"{service}.amazonaws.com" if isinstance(service, str) else service
    statement = {"Effect": effect, "Principal": {"Service": name}, "Action": "sts:AssumeRole"}
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
        (_role({"Fn::Sub": "states.${AWS::Region}.amazonaws.com"}), "failed"),
        (_role({"Fn::Sub": "states.${AWS::Region}.amazonaws.com"}, ACCOUNT), "passed"),
        (_role({"Fn::Join": ["", ["states.", {"Ref": "AWS::Region"}, ".amazonaws.com"]]}), "failed"),
        (_role("states.us-gov-west-1"), "failed"),
        (_role({"Fn::Sub": "logs.${AWS::Region}.amazonaws.com"}), "passed"),
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


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("secretsmanager:GetSecretValue", "failed"),
        ("secretsmanager:*", "failed"),
        ("ssm:GetParameters", "failed"),
        ("kms:Decrypt", "failed"),
        ("s3:GetObject", "failed"),
        ("ecr:BatchGetImage", "not_applicable"),
        ("logs:CreateLogStream", "not_applicable"),
    ],
)
@pytest.mark.parametrize("apart", [False, True])
def test_a_role_that_reads_secrets_to_start_tasks_is_as_that_of_tasks(action: str, expected: str, apart: bool) -> None:
    resources = _role("ecs-tasks") | _tasks(ExecutionRoleArn={"Fn::GetAtt": ["Subject", "Arn"]})
    document = {"Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}
    if apart:
        held = {"PolicyDocument": document, "Roles": [{"Ref": "Subject"}]}
        resources["Policy"] = {"Type": "AWS::IAM::Policy", "Properties": held}
    else:
        resources["Subject"]["Properties"]["Policies"] = [{"PolicyName": "Reads", "PolicyDocument": document}]
    assert judged("services_act_for_account", resources) == expected


def test_the_message_speaks_of_the_deputy_and_of_no_stranger_who_asks() -> None:
    message = _told(_role("ecs-tasks"))["Subject"]
    assert message.startswith("ecs-tasks.amazonaws.com takes the role on whatever account's behalf it acts")


def _told(resources: dict[str, Any]) -> dict[str, str]:
    app = App()
    app.add("Test.template.json", {"Resources": resources})
    return {one.resource_logical_id: one.message for one in findings(app, [rule("services_act_for_account")])}


def test_roles_are_told_together_whatever_services_take_them() -> None:
    services = {"First": "transfer", "Second": "scheduler", "Third": "transfer"}
    found = _told({name: _role(service)["Subject"] for name, service in services.items()})
    assert list(found) == ["First"]
    assert found["First"].endswith("The same is so of Second, Third.")


def test_a_role_that_may_do_nothing_is_of_no_use_to_others() -> None:
    bare = _role("states")["Subject"]
    del bare["Properties"]["ManagedPolicyArns"]
    assert _told({"Subject": bare}) == {}
    attached = {"Type": "AWS::IAM::Policy", "Properties": {"Roles": [{"Ref": "Subject"}]}}
    assert list(_told({"Subject": bare, "Policy": attached})) == ["Subject"]
    statement = {"Effect": "Allow", "Principal": {"AWS": {"Fn::GetAtt": ["Subject", "Arn"]}}, "Action": "kms:Decrypt"}
    key = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": [statement | {"Resource": "*"}]}}}
    assert list(_told({"Subject": bare, "Key": key})) == ["Subject"]


def test_a_role_that_sam_makes_takes_no_condition() -> None:
    machine = {"Type": "AWS::Serverless::StateMachine", "Properties": {"DefinitionUri": "a.json", "Policies": ["P"]}}
    written = _role("states")["Subject"]
    app = App()
    resources = {"Machine": machine, "Subject": written, "Other": written}
    app.add("Test.template.json", {"Transform": "AWS::Serverless-2016-10-31", "Resources": resources})
    found = {one.resource_logical_id: one.message for one in findings(app, [rule("services_act_for_account")])}
    assert list(found) == ["Subject"]
    assert found["Subject"].endswith("The same is so of Other.")
