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


class EndpointPolicies:
    """The statements for the endpoints of one VPC; most endpoints share one, which saves calls to Node."""

    def __init__(self, stack: cdk.Stack) -> None:
        self._stack = stack
        self._region = stack.region
        self._account = stack.account
        self._everyone = iam.StarPrincipal()
        self._within_account = self._statement(
            "WithinAccount",
            ["*"],
            ["*"],
            {"aws:PrincipalAccount": self._account, "aws:ResourceAccount": self._account},
        )

    def dynamodb(self) -> list[iam.PolicyStatement]:
        """Let this account's principals use this account's tables."""
        return [self._within_account]

    def s3(self) -> list[iam.PolicyStatement]:
        """Let read what AWS publishes in its own buckets, and answer CloudFormation, besides the account's buckets."""
        region = self._region
        dashless = (
            cdk.Fn.join("", cdk.Fn.split("-", region)) if cdk.Token.is_unresolved(region) else region.replace("-", "")
        )
        partition = self._stack.partition
        readable = [f"arn:{partition}:s3:::{name.format(region=region)}/*" for name in _READABLE_BUCKETS]
        writable = [
            f"arn:{partition}:s3:::{_RESPONSE_BUCKET.format(region=dashless)}/*",
            f"arn:{partition}:s3:::{_WAIT_CONDITION_BUCKET.format(region=region)}/*",
        ]
        return [
            self._within_account,
            self._statement("ReadFromAws", ["s3:GetObject"], readable),
            self._statement("AnswerCloudFormation", ["s3:PutObject"], writable),
        ]

    def interface(self, service: str) -> list[iam.PolicyStatement]:
        """Return the statements for the interface endpoint of ``service``, such as ``ecr.api``."""
        own_principals = {"aws:PrincipalAccount": self._account}
        if service.startswith("ecr."):
            # Agents and base images come from accounts of AWS; images can be pulled from there, never pushed.
            exception = self._statement("PullImages", _PULL_IMAGES, ["*"], own_principals)
        elif service == "ssm":
            arn = f"arn:{self._stack.partition}:ssm:{self._region}:"
            published = [f"{arn}:parameter/aws/*", f"{arn}:document/*"]
            exception = self._statement("ReadFromAws", _READ_PUBLISHED, published, own_principals)
        elif service == "sts":
            # The caller has no account yet: a federated identity takes a role of this account.
            own_roles = {"aws:ResourceAccount": self._account}
            exception = self._statement("Federate", _FEDERATE, ["*"], own_roles)
        else:
            return [self._within_account]
        return [self._within_account, exception]

    def _statement(
        self, sid: str, actions: list[str], resources: list[str], equals: dict[str, str] | None = None
    ) -> iam.PolicyStatement:
        return iam.PolicyStatement(
            sid=sid,
            principals=[self._everyone],
            actions=actions,
            resources=resources,
            conditions={"StringEquals": equals} if equals else None,
        )


_PULL_IMAGES = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
_FEDERATE = ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"]

# docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html
_READ_PUBLISHED = [
    "ssm:DescribeDocument",
    "ssm:DescribeDocumentParameters",
    "ssm:GetDocument",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
]
