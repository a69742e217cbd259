from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from hipaa_constructs.network.endpoint_policies import EndpointPolicies

OWN = "111122223333"
WITHIN_ACCOUNT = {"StringEquals": {"aws:PrincipalAccount": OWN, "aws:ResourceAccount": OWN}}


def rendered(stack: cdk.Stack, statements: list[iam.PolicyStatement]) -> dict[str, dict[str, Any]]:
    return {statement["Sid"]: statement for statement in (stack.resolve(one.to_statement_json()) for one in statements)}


def buckets(statement: dict[str, Any]) -> set[str]:
    """The bucket names of a statement; the partition before them is a token."""
    return {resource["Fn::Join"][1][-1].removeprefix(":s3:::") for resource in statement["Resource"]}


@pytest.mark.parametrize("service", ["kms", "logs", "ecr.dkr", "ssm", "sts"])
def test_principals_and_resources_are_of_this_account(stack: cdk.Stack, service: str) -> None:
    statement = rendered(stack, EndpointPolicies(stack).interface(service))["WithinAccount"]
    assert statement["Condition"] == WITHIN_ACCOUNT


@pytest.mark.parametrize("service", ["kms", "logs", "monitoring", "secretsmanager", "ec2", "ssmmessages"])
def test_most_services_have_no_exception(stack: cdk.Stack, service: str) -> None:
    assert set(rendered(stack, EndpointPolicies(stack).interface(service))) == {"WithinAccount"}


def test_dynamodb_has_no_exception(stack: cdk.Stack) -> None:
    (statement,) = rendered(stack, EndpointPolicies(stack).dynamodb()).values()
    assert statement["Condition"] == WITHIN_ACCOUNT


def test_images_of_other_accounts_can_be_pulled_and_not_pushed(stack: cdk.Stack) -> None:
    for service in ("ecr.api", "ecr.dkr"):
        pull = rendered(stack, EndpointPolicies(stack).interface(service))["PullImages"]
        assert pull["Action"] == [
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
        ]
        assert pull["Condition"] == {"StringEquals": {"aws:PrincipalAccount": OWN}}


def test_public_parameters_and_documents_can_be_read(stack: cdk.Stack) -> None:
    read = rendered(stack, EndpointPolicies(stack).interface("ssm"))["ReadFromAws"]
    assert all(action.startswith(("ssm:Get", "ssm:Describe")) for action in read["Action"])
    assert read["Condition"] == {"StringEquals": {"aws:PrincipalAccount": OWN}}


def test_federated_identities_take_roles_of_this_account_only(stack: cdk.Stack) -> None:
    federate = rendered(stack, EndpointPolicies(stack).interface("sts"))["Federate"]
    assert federate["Condition"] == {"StringEquals": {"aws:ResourceAccount": OWN}}


def test_s3_reads_from_aws_and_answers_cloudformation(stack: cdk.Stack) -> None:
    statements = rendered(stack, EndpointPolicies(stack).s3())
    assert statements["WithinAccount"]["Condition"] == WITHIN_ACCOUNT
    assert statements["ReadFromAws"]["Action"] == "s3:GetObject"
    assert {"prod-us-east-1-starport-layer-bucket/*", "amazon-ssm-us-east-1/*"} <= buckets(statements["ReadFromAws"])
    assert statements["AnswerCloudFormation"]["Action"] == "s3:PutObject"
    assert buckets(statements["AnswerCloudFormation"]) == {
        "cloudformation-custom-resource-response-useast1/*",
        "cloudformation-waitcondition-us-east-1/*",
    }


def test_the_response_bucket_of_an_unknown_region_is_written_without_dashes(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Anywhere")
    answer = rendered(stack, EndpointPolicies(stack).s3())["AnswerCloudFormation"]["Resource"][0]
    assert {"Fn::Join": ["", {"Fn::Split": ["-", {"Ref": "AWS::Region"}]}]} in answer["Fn::Join"][1]
