"""What may pass a VPC endpoint: principals of this account, to resources of this account, and what AWS itself needs.

An endpoint policy grants nothing; it bounds. With stolen credentials of another account, or a bucket of another
account as target, data does not leave the VPC by this way: docs.aws.amazon.com/IAM/latest/UserGuide/
access_policies_data-perimeters.html. An endpoint reaches one service only, so the action ``*`` is that service's.
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

# Buckets of AWS that the Systems Manager agent, Amazon Linux and Amazon ECR read from:
# docs.aws.amazon.com/systems-manager/latest/userguide/ssm-agent-technical-details.html
# docs.aws.amazon.com/linux/al2023/ug/managing-repos-os-updates.html
# docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
_READABLE_BUCKETS = (
    "al2023-repos-{region}-de612dc2",
    "amazon-ssm-{region}",
    "amazon-ssm-packages-{region}",
    "aws-ssm-{region}",
    "aws-ssm-distributor-file-{region}",
    "aws-ssm-document-attachments-{region}",
    "patch-baseline-snapshot-{region}",
    "prod-{region}-starport-layer-bucket",
)

# Where custom resources and wait conditions answer CloudFormation; the first is written without dashes.
# docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/vpc-interface-endpoints.html
_RESPONSE_BUCKET = "cloudformation-custom-resource-response-{region}"
_WAIT_CONDITION_BUCKET = "cloudformation-waitcondition-{region}"


def within_account(stack: cdk.Stack) -> iam.PolicyStatement:
    """Let this account's principals use this account's resources."""
    return _statement(
        "WithinAccount",
        ["*"],
        ["*"],
        {"aws:PrincipalAccount": stack.account, "aws:ResourceAccount": stack.account},
    )


def s3_statements(stack: cdk.Stack) -> list[iam.PolicyStatement]:
    """Let read what AWS publishes in its own buckets, and answer CloudFormation, besides the account's buckets."""
    region = stack.region
    dashless = (
        cdk.Fn.join("", cdk.Fn.split("-", region)) if cdk.Token.is_unresolved(region) else region.replace("-", "")
    )
    readable = [_objects(stack, name.format(region=region)) for name in _READABLE_BUCKETS]
    writable = [
        _objects(stack, _RESPONSE_BUCKET.format(region=dashless)),
        _objects(stack, _WAIT_CONDITION_BUCKET.format(region=region)),
    ]
    return [
        within_account(stack),
        _statement("ReadFromAws", ["s3:GetObject"], readable),
        _statement("AnswerCloudFormation", ["s3:PutObject"], writable),
    ]


def interface_statements(stack: cdk.Stack, service: str) -> list[iam.PolicyStatement]:
    """Return the statements for the interface endpoint of ``service``, such as ``ecr.api``."""
    statements = [within_account(stack)]
    own_principals = {"aws:PrincipalAccount": stack.account}
    if service.startswith("ecr."):
        # Agents and base images come from accounts of AWS; images can be pulled from there, never pushed.
        pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        statements.append(_statement("PullImages", pull, ["*"], own_principals))
    elif service == "ssm":
        # docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html
        published = [
            stack.format_arn(service="ssm", account="", resource="parameter", resource_name="aws/*"),
            stack.format_arn(service="ssm", account="", resource="document", resource_name="*"),
        ]
        read = [
            "ssm:DescribeDocument",
            "ssm:DescribeDocumentParameters",
            "ssm:GetDocument",
            "ssm:GetParameter",
            "ssm:GetParameters",
            "ssm:GetParametersByPath",
        ]
        statements.append(_statement("ReadFromAws", read, published, own_principals))
    elif service == "sts":
        # The caller has no account yet: a federated identity takes a role of this account.
        federate = ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"]
        statements.append(_statement("Federate", federate, ["*"], {"aws:ResourceAccount": stack.account}))
    return statements


def _objects(stack: cdk.Stack, bucket: str) -> str:
    return f"arn:{stack.partition}:s3:::{bucket}/*"


def _statement(
    sid: str, actions: list[str], resources: list[str], equals: dict[str, str] | None = None
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid,
        principals=[iam.StarPrincipal()],
        actions=actions,
        resources=resources,
        conditions={"StringEquals": equals} if equals else None,
    )
