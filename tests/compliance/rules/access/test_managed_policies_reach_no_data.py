from __future__ import annotations

import re
from typing import Any

import pytest

from hipaa_constructs.compliance.controls import read
from hipaa_constructs.iam.managed import is_full_access
from tests.compliance.rules.support import GIVEN, SEVERAL, judged, one, outcome, to_do, verdict

RULE = "managed_policies_reach_no_data"
ROLE = "AWS::IAM::Role"


def given(*names: str) -> dict[str, Any]:
    return one(ROLE, ManagedPolicyArns=[{"Fn::Sub": f"arn:${{AWS::Partition}}:iam::aws:policy/{n}"} for n in names])


@pytest.mark.parametrize(
    ("name", "expected", "severity"),
    [
        ("SecretsManagerReadWrite", "failed", None),
        ("AmazonS3ReadOnlyAccess", "failed", None),
        ("ReadOnlyAccess", "failed", None),
        ("service-role/AmazonEC2RoleforSSM", "failed", None),
        ("AWSLambdaExecute", "failed", None),
        ("job-function/DatabaseAdministrator", "failed", None),
        ("service-role/AWSLambdaSQSQueueExecutionRole", "failed", "warning"),
        ("service-role/AWSLambdaRole", "failed", "warning"),
        ("AmazonElasticFileSystemClientReadWriteAccess", "failed", None),
        ("AmazonElasticFileSystemClientReadOnlyAccess", "failed", None),
        ("NeptuneReadOnlyAccess", "failed", None),
        ("AmazonCognitoReadOnly", "failed", None),
        ("service-role/AWSGlueServiceRole", "failed", "warning"),
        ("AWSIoTDataAccess", "failed", "warning"),
        ("service-role/AmazonEC2ContainerServiceEventsRole", "failed", "warning"),
        ("AmazonSSMManagedInstanceCore", "passed", None),
        ("service-role/AWSLambdaBasicExecutionRole", "passed", None),
        ("service-role/AWSLambdaVPCAccessExecutionRole", "passed", None),
        ("service-role/AmazonECSTaskExecutionRolePolicy", "passed", None),
        ("CloudWatchAgentServerPolicy", "passed", None),
        ("job-function/ViewOnlyAccess", "passed", None),
        ("SecurityAudit", "passed", None),
        ("AmazonS3FullAccess", "passed", None),
    ],
)
def test_what_a_policy_reaches(name: str, expected: str, severity: str | None) -> None:
    found = verdict(RULE, given(name))
    assert found is not None
    assert (found.outcome, found.severity) == (expected, severity)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(ROLE), "not_applicable"),
        (one(ROLE, ManagedPolicyArns=[]), "not_applicable"),
        (one(ROLE, ManagedPolicyArns=["arn:aws:iam::111122223333:policy/ReadOnlyAccess"]), "passed"),
        (one(ROLE, ManagedPolicyArns=["arn:aws-us-gov:iam::aws:policy/ReadOnlyAccess"]), "failed"),
        (one(ROLE, ManagedPolicyArns=[{"Ref": "Own"}]), "passed"),
        (one(ROLE, ManagedPolicyArns=[GIVEN]), "unknown"),
        (one(ROLE, ManagedPolicyArns=SEVERAL), "unknown"),
        (one(ROLE, ManagedPolicyArns=[GIVEN, "arn:aws:iam::aws:policy/ReadOnlyAccess"]), "failed"),
        (one("AWS::SSO::PermissionSet", ManagedPolicies=["arn:aws:iam::aws:policy/ReadOnlyAccess"]), "failed"),
        (one("AWS::IAM::ManagedPolicy", PolicyDocument={}), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    own = {"Own": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {}}}}
    assert judged(RULE, {**resources, **own}) == expected


def test_the_message_says_what_is_reached() -> None:
    found = verdict(RULE, given("AmazonS3ReadOnlyAccess", "SecretsManagerReadWrite"))
    assert found is not None
    assert found.seen == (
        "The AWS managed policy AmazonS3ReadOnlyAccess allows s3:GetObject on every resource.",
        "The AWS managed policy SecretsManagerReadWrite allows secretsmanager:GetSecretValue on every resource.",
    )


def test_every_entry_of_the_catalogue_is_dated_and_says_what_it_reaches() -> None:
    for name, entry in read("managed_policies.json")["policies"].items():
        assert re.fullmatch(r"v\d+", entry["version"]), name
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", entry["created"]), name
        assert entry["actions"], name
        assert entry["actions"] == sorted(set(entry["actions"])), name
        # GrantsBounded knows these by their names.
        assert not is_full_access(name)


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ({"JobFlowRole": "EMR_EC2_DefaultRole"}, "failed"),
        ({"ServiceRole": "EMR_DefaultRole"}, "failed"),
        ({"JobFlowRole": "claims", "ServiceRole": "EMR_DefaultRole_V2"}, "not_applicable"),
        ({"JobFlowRole": GIVEN}, "not_applicable"),
        ({}, "not_applicable"),
    ],
)
def test_roles_that_emr_makes_by_itself(roles: dict[str, Any], expected: str) -> None:
    assert judged(RULE, one("AWS::EMR::Cluster", **roles)) == expected


@pytest.mark.parametrize(
    ("names", "core"),
    [
        (["service-role/AmazonEC2RoleforSSM"], True),
        (["service-role/AmazonEC2RoleforSSM", "CloudWatchAgentServerPolicy"], True),
        (["service-role/AmazonEC2RoleforSSM", "AmazonS3ReadOnlyAccess"], False),
        (["AmazonS3ReadOnlyAccess"], False),
    ],
)
def test_the_fix_names_what_serves_systems_manager(names: list[str], core: bool) -> None:
    said = to_do(RULE, given(*names))
    assert said.startswith("Give AmazonSSMManagedInstanceCore in place of") is core


@pytest.mark.parametrize(
    ("policies", "event", "expected"),
    [
        (["AWSLambdaDynamoDBExecutionRole"], "DynamoDB", "passed"),
        (["AWSLambdaKinesisExecutionRole"], "Kinesis", "passed"),
        (["AWSLambdaSQSQueueExecutionRole"], "SQS", "passed"),
        (["AWSLambdaSQSQueueExecutionRole"], "DynamoDB", "failed"),
        (["AWSLambdaSQSQueueExecutionRole"], "Schedule", "failed"),
        (["AWSLambdaSQSQueueExecutionRole", "AmazonS3ReadOnlyAccess"], "SQS", "failed"),
    ],
)
def test_what_sam_adds_by_itself_is_nobodys_choice(policies: list[str], event: str, expected: str) -> None:
    function: dict[str, Any] = {
        "Type": "AWS::Serverless::Function",
        "Properties": {"Policies": policies, "CodeUri": "a"},
    }
    function["Properties"]["Events"] = {"Read": {"Type": event, "Properties": {"Queue": "q", "Stream": "s"}}}
    resources = {"Read": function}
    assert outcome(RULE, resources, "ReadRole", Transform="AWS::Serverless-2016-10-31") == expected


def test_a_role_that_is_written_is_judged_whatever_its_function_reads() -> None:
    arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"
    role = {"Type": ROLE, "Properties": {"ManagedPolicyArns": [arn]}}
    function: dict[str, Any] = {
        "Type": "AWS::Serverless::Function",
        "Properties": {"CodeUri": "a", "Role": {"Ref": "ReadRole"}},
    }
    function["Properties"]["Events"] = {"Read": {"Type": "SQS", "Properties": {"Queue": "q"}}}
    resources = {"Read": function, "ReadRole": role}
    assert outcome(RULE, resources, "ReadRole", Transform="AWS::Serverless-2016-10-31") == "failed"
