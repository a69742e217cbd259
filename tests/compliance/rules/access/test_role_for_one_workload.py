from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

ROLE = "AWS::IAM::Role"
ARN = {"Fn::GetAtt": ["Subject", "Arn"]}
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def _inline(*actions: Any, **statement: Any) -> dict[str, Any]:
    document = {"Statement": [{"Effect": "Allow", "Resource": "*", "Action": list(actions), **statement}]}
    return {"Policies": [{"PolicyName": "records", "PolicyDocument": document}]}


def _function(role: Any = ARN) -> dict[str, Any]:
    return {"Type": "AWS::Lambda::Function", "Properties": {"Role": role}}


def _task(path: str = "TaskRoleArn") -> dict[str, Any]:
    return {"Type": "AWS::ECS::TaskDefinition", "Properties": {path: ARN}}


def _both() -> dict[str, Any]:
    return {"Type": "AWS::ECS::TaskDefinition", "Properties": {"TaskRoleArn": ARN, "ExecutionRoleArn": ARN}}


STARTS = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
TWO = {"Intake": _function(), "Letters": _function()}
READS = one(ROLE, **_inline("s3:GetObject"))


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (READS | TWO, "failed"),
        (READS | {"Intake": _function(), "Sender": _task()}, "failed"),
        (READS | {"Intake": _function()}, "passed"),
        (READS | {"Intake": _function(), "Other": _function(GIVEN)}, "passed"),
        (READS, "not_applicable"),
        (READS | {"Sender": _both()}, "failed"),
        (one(ROLE, ManagedPolicyArns=[STARTS]) | {"Sender": _both()}, "passed"),
        (one(ROLE, **_inline("ecr:GetAuthorizationToken", "logs:PutLogEvents")) | {"Sender": _both()}, "passed"),
        (one(ROLE, **_inline("s3:GetObject"), ManagedPolicyArns=[STARTS]) | {"Sender": _both()}, "failed"),
        (one(ROLE, ManagedPolicyArns=[GIVEN]) | {"Sender": _both()}, "unknown"),
        # Of another task it is started by.
        (READS | {"Sender": _task(), "Other": _task("ExecutionRoleArn")}, "passed"),
        # Several tasks are started by one role, which their containers do not have.
        (READS | {"One": _task("ExecutionRoleArn"), "Two": _task("ExecutionRoleArn")}, "not_applicable"),
        (one(ROLE, **_inline("logs:PutLogEvents", "xray:PutTraceSegments")) | TWO, "passed"),
        (one(ROLE, **_inline("ec2:CreateNetworkInterface", "ec2:DescribeSubnets")) | TWO, "passed"),
        (one(ROLE, **_inline("s3:*", Effect="Deny")) | TWO, "passed"),
        (one(ROLE, **_inline("*")) | TWO, "failed"),
        (one(ROLE, **_inline("s3:GetObject"), ManagedPolicyArns=[BASIC]) | TWO, "failed"),
        (one(ROLE, ManagedPolicyArns=[BASIC]) | TWO, "passed"),
        (one(ROLE, ManagedPolicyArns=["arn:aws:iam::aws:policy/AmazonSQSFullAccess"]) | TWO, "failed"),
        (one(ROLE, ManagedPolicyArns=["arn:aws:iam::111122223333:policy/app"]) | TWO, "unknown"),
        (one(ROLE, ManagedPolicyArns=[GIVEN]) | TWO, "unknown"),
        (one(ROLE, **_inline(GIVEN)) | TWO, "unknown"),
        (one(ROLE) | TWO, "passed"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("role_for_one_workload", resources) == expected


def test_policies_beside_the_role_count() -> None:
    document = {"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}]}
    beside = {"Type": "AWS::IAM::Policy", "Properties": {"Roles": [{"Ref": "Subject"}], "PolicyDocument": document}}
    assert judged("role_for_one_workload", one(ROLE) | TWO | {"Policy": beside}) == "failed"


def test_who_shares_it_is_named() -> None:
    found = verdict("role_for_one_workload", READS | TWO)
    assert found is not None
    assert found.message == "Intake, Letters have the role, so that each may do what any of them needs."


def _called(*functions: str) -> dict[str, Any]:
    return {
        f"Call{name}": {"Type": "Custom::Set", "Properties": {"ServiceToken": {"Fn::GetAtt": [name, "Arn"]}}}
        for name in functions
    }


@pytest.mark.parametrize(
    ("called", "expected"), [(("Intake", "Letters"), "passed"), (("Intake",), "failed"), ((), "failed")]
)
def test_functions_of_deployments_may_share_one(called: tuple[str, ...], expected: str) -> None:
    assert judged("role_for_one_workload", READS | TWO | _called(*called)) == expected


WITH_SECRETS = [{"Name": "app", "Secrets": [{"Name": "DB_PASSWORD", "ValueFrom": "arn"}]}]
FROM_ELSEWHERE = [{"Name": "app", "RepositoryCredentials": {"CredentialsParameter": "arn"}}]


def _started(containers: Any) -> dict[str, Any]:
    properties = {"ExecutionRoleArn": ARN, "ContainerDefinitions": containers}
    return {"Portal": {"Type": "AWS::ECS::TaskDefinition", "Properties": properties}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_started(WITH_SECRETS) | {"Intake": _function()}, "failed"),
        (_started(FROM_ELSEWHERE) | {"Sender": _task()}, "failed"),
        # Images and logs are everybody's.
        (_started([{"Name": "app"}]) | {"Intake": _function()}, "passed"),
        (_started(GIVEN) | {"Intake": _function()}, "passed"),
        (_started(WITH_SECRETS), "not_applicable"),
    ],
)
def test_who_has_the_role_that_starts_a_task_reads_its_secrets(resources: dict[str, Any], expected: str) -> None:
    role = one(ROLE, **_inline("secretsmanager:GetSecretValue"))
    found = verdict("role_for_one_workload", role | resources)
    assert found is not None
    assert found.outcome == expected
    assert expected != "failed" or "by which ECS fetches the secrets of Portal" in found.message


def _job(**properties: Any) -> dict[str, Any]:
    return {"Job": {"Type": "AWS::Batch::JobDefinition", "Properties": properties}}


TWICE = {"JobRoleArn": ARN, "ExecutionRoleArn": ARN}


@pytest.mark.parametrize(
    ("role", "job", "expected"),
    [
        (READS, _job(ContainerProperties=TWICE), "failed"),
        (READS, _job(NodeProperties={"NodeRangeProperties": [{"Container": TWICE}]}), "failed"),
        (
            READS,
            _job(EcsProperties={"TaskProperties": [{"TaskRoleArn": ARN, "ExecutionRoleArn": ARN}]}),
            "failed",
        ),
        (one(ROLE, ManagedPolicyArns=[STARTS]), _job(ContainerProperties=TWICE), "passed"),
        (one(ROLE, ManagedPolicyArns=[GIVEN]), _job(ContainerProperties=TWICE), "unknown"),
        (READS, _job(ContainerProperties={"JobRoleArn": ARN}), "not_applicable"),
        (READS, _job(ContainerProperties={**TWICE, "ExecutionRoleArn": "elsewhere"}), "not_applicable"),
    ],
)
def test_a_job_whose_containers_act_by_the_role_that_starts_them(
    role: dict[str, Any], job: dict[str, Any], expected: str
) -> None:
    found = verdict("role_for_one_workload", role | job)
    assert found is not None
    assert found.outcome == expected
    assert expected != "failed" or found.message.startswith("Job has the role both as JobRoleArn")
