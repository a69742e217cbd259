from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from hipaa_constructs.network.endpoint_policies import EndpointPolicies
from tests.policy_evaluator import allowed
from tests.storage.policies import literal

OWN = "111122223333"
WITHIN_ACCOUNT = {"StringEquals": {"aws:PrincipalAccount": OWN, "aws:ResourceAccount": OWN}}


def rendered(stack: cdk.Stack, statements: list[iam.PolicyStatement]) -> dict[str, dict[str, Any]]:
    return {statement["Sid"]: statement for statement in (stack.resolve(one.to_statement_json()) for one in statements)}


def buckets(statement: dict[str, Any]) -> set[str]:
    """The bucket names of a statement; the partition before them is a token."""
    return {resource["Fn::Join"][1][-1].removeprefix(":s3:::") for resource in statement["Resource"]}


def passes(stack: cdk.Stack, service: str, action: str, resource: str, **context: str) -> bool:
    """Whether a request of this account's principals gets through the endpoint, as far as its policy goes."""
    policies = EndpointPolicies(stack)
    statements = policies.s3() if service == "s3" else policies.interface(service)
    document = {"Statement": [literal(statement) for statement in rendered(stack, statements).values()]}
    request = {"aws:PrincipalAccount": OWN, **{key.replace("_", ":", 1): value for key, value in context.items()}}
    return allowed([document], action, f"arn:<AWS::Partition>:{resource}" if resource != "*" else "*", context=request)


@pytest.mark.parametrize("service", ["kms", "logs", "ecr.dkr", "ssm", "sts"])
def test_principals_and_resources_are_of_this_account(stack: cdk.Stack, service: str) -> None:
    statement = rendered(stack, EndpointPolicies(stack).interface(service))["WithinAccount"]
    assert statement["Condition"] == WITHIN_ACCOUNT


@pytest.mark.parametrize("service", ["kms", "logs", "monitoring", "secretsmanager", "ssmmessages"])
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


# What the examples of github.com/aws-samples/data-perimeter-policy-examples let through, and requests without
# aws:ResourceAccount: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html.
LET_THROUGH = [
    ("ec2", "ec2:RunInstances", "ec2:us-east-1::image/ami-0123456789abcdef0"),
    ("ec2", "ec2:CreateFleet", "ec2:us-east-1::image/ami-0123456789abcdef0"),
    ("ec2", "ec2:CreateReplaceRootVolumeTask", "ec2:us-east-1::image/ami-0123456789abcdef0"),
    ("ec2", "ec2:GetManagedPrefixListEntries", "ec2:us-east-1:aws:prefix-list/pl-63a5400a"),
    ("ec2", "ec2:CopySnapshot", "ec2:us-east-1::snapshot/snap-0123456789abcdef0"),
    ("ec2", "ec2:CopyImage", "*"),
    ("ec2", "ec2:CreateVolume", f"ec2:us-east-1:{OWN}:volume/*"),
    ("ebs", "ebs:PutSnapshotBlock", "ec2:us-east-1::snapshot/snap-0123456789abcdef0"),
    ("events", "events:PutEvents", f"events:us-east-1:{OWN}:event-bus/clinic"),
    ("ssm", "ssm:SendCommand", "ssm:us-east-1::document/AWS-RunPatchBaseline"),
    ("ssm", "ssm:StartSession", "ssm:us-east-1::document/AWS-StartPortForwardingSession"),
    ("ssm", "ssm:StartAutomationExecution", "ssm:us-east-1::automation-definition/AWS-UpdateLinuxAmi:1"),
    ("ssm", "ssm:GetParameter", "ssm:us-east-1::parameter/aws/service/ami-amazon-linux-latest/al2023"),
    ("ssm", "ssm:GetDocument", "ssm:us-east-1::document/AWS-RunPatchBaseline"),
    (
        "cloudformation",
        "cloudformation:CreateChangeSet",
        "cloudformation:us-east-1:aws:transform/Serverless-2016-10-31",
    ),
]
KEPT_OUT = [
    ("ec2", "ec2:ModifyImageAttribute", "ec2:us-east-1::image/ami-0123456789abcdef0"),
    ("ec2", "ec2:CreateVpcPeeringConnection", f"ec2:us-east-1:{OWN}:vpc/vpc-1"),
    ("ec2", "ec2:CreateVpcEndpoint", f"ec2:us-east-1:{OWN}:vpc/vpc-1"),
    ("ec2", "ec2:RunInstances", "ec2:us-east-1:999999999999:subnet/subnet-1"),
    ("events", "events:PutEvents", "events:us-east-1:999999999999:event-bus/elsewhere"),
    ("ssm", "ssm:SendCommand", "ssm:us-east-1:999999999999:document/Elsewhere"),
    ("ssm", "ssm:PutParameter", "ssm:us-east-1::parameter/aws/service/x"),
    ("cloudformation", "cloudformation:CreateStack", "cloudformation:us-east-1:999999999999:stack/x/1"),
]


@pytest.mark.parametrize(("service", "action", "resource"), LET_THROUGH)
def test_what_belongs_to_aws_or_to_nobody_is_let_through(
    stack: cdk.Stack, service: str, action: str, resource: str
) -> None:
    assert passes(stack, service, action, resource)
    assert not passes(stack, service, action, resource, aws_PrincipalAccount="999999999999")


@pytest.mark.parametrize(("service", "action", "resource"), KEPT_OUT)
def test_what_belongs_to_others_is_not(stack: cdk.Stack, service: str, action: str, resource: str) -> None:
    assert not passes(stack, service, action, resource)


def test_apis_without_signatures_are_called_in_this_account_alone(stack: cdk.Stack) -> None:
    policies = rendered(stack, EndpointPolicies(stack).interface("execute-api"))
    document = {"Statement": [literal(statement) for statement in policies.values()]}
    api = "arn:<AWS::Partition>:execute-api:us-east-1:{}:a1b2c3/prod/GET/records"
    assert allowed([document], "execute-api:Invoke", api.format(OWN))
    assert not allowed([document], "execute-api:Invoke", api.format("999999999999"))


def test_federated_identities_take_roles_of_this_account_only(stack: cdk.Stack) -> None:
    federate = rendered(stack, EndpointPolicies(stack).interface("sts"))["Federate"]
    assert federate["Condition"] == {"StringEquals": {"aws:ResourceAccount": OWN}}


def test_s3_reads_from_aws_and_answers_cloudformation(stack: cdk.Stack) -> None:
    statements = rendered(stack, EndpointPolicies(stack).s3())
    assert statements["WithinAccount"]["Condition"] == WITHIN_ACCOUNT
    assert statements["ReadFromAws"]["Action"] == "s3:GetObject"
    assert buckets(statements["ReadFromAws"]) >= {
        "al2023-repos-us-east-1-de612dc2/*",
        "amazon-ssm-us-east-1/*",
        "amazoncloudwatch-agent-us-east-1/*",
        "amazonlinux-2-repos-us-east-1/*",
        "aws-patch-manager-us-east-1-1970c647d/*",
        "aws-ssm-distributor-file-us-east-1/*",
        "aws-windows-downloads-us-east-1/*",
        "patch-baseline-snapshot-us-east-1/*",
        "prod-us-east-1-starport-layer-bucket/*",
        "session-manager-downloads/*",
        "us-east-1-birdwatcher-prod/*",
    }
    assert statements["AnswerCloudFormation"]["Action"] == "s3:PutObject"
    assert buckets(statements["AnswerCloudFormation"]) == {
        "cloudformation-custom-resource-response-useast1/*",
        "cloudformation-waitcondition-us-east-1/*",
    }


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("me-south-1", {"patch-baseline-snapshot-me-south-1-uduvl7q8/*", "aws-patch-manager-me-south-1-a53fc9dce/*"}),
        ("us-gov-west-1", {"patch-baseline-snapshot-us-gov-west-1/*"}),
    ],
)
def test_buckets_of_patches_have_the_names_of_their_region(app: cdk.App, region: str, expected: set[str]) -> None:
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account=OWN, region=region))
    read = rendered(stack, EndpointPolicies(stack).s3())["ReadFromAws"]
    assert {name for name in buckets(read) if "patch" in name and "macos" not in name} == expected


def test_no_bucket_of_aws_is_named_by_a_wildcard(app: cdk.App, stack: cdk.Stack) -> None:
    for there in (stack, cdk.Stack(app, "Anywhere")):
        read = rendered(there, EndpointPolicies(there).s3())["ReadFromAws"]
        assert all("*" not in literal(resource).removesuffix("/*") for resource in read["Resource"])


def test_the_response_bucket_of_an_unknown_region_is_written_without_dashes(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Anywhere")
    answer = rendered(stack, EndpointPolicies(stack).s3())["AnswerCloudFormation"]["Resource"][0]
    assert {"Fn::Join": ["", {"Fn::Split": ["-", {"Ref": "AWS::Region"}]}]} in answer["Fn::Join"][1]
