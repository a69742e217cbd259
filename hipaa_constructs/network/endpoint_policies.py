"""What may pass a VPC endpoint: principals of this account, to resources of this account, and what AWS itself needs.

Of endpoints that many accounts share, the organization takes the account's place.

An endpoint policy grants nothing; it bounds. With stolen credentials of another account, or a bucket of another
account as target, data does not leave the VPC by this way: docs.aws.amazon.com/IAM/latest/UserGuide/
access_policies_data-perimeters.html. An endpoint reaches one service only, so the action ``*`` is that service's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from hipaa_constructs._arguments import is_token
from hipaa_constructs._stacks import account_of, partition_in, region_of
from hipaa_constructs.network.aws_buckets import readable_buckets

# Where custom resources and wait conditions answer CloudFormation; the first is written without dashes.
# docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/vpc-interface-endpoints.html
_RESPONSE_BUCKET = "cloudformation-custom-resource-response-{region}"
_WAIT_CONDITION_BUCKET = "cloudformation-waitcondition-{region}"


class EndpointPolicies:
    """The statements for the endpoints of one VPC; most endpoints share one, which saves calls to Node.

    :param organization_id: the organization whose accounts share the endpoints. Default: this account has them alone.
    """

    def __init__(self, stack: cdk.Stack, *, organization_id: str | None = None) -> None:
        self._partition = partition_in(stack)
        self._region = region_of(stack)
        self._account = account_of(stack)
        self._everyone = iam.StarPrincipal()
        key, owner = ("OrgID", organization_id) if organization_id else ("Account", self._account)
        self._own_principals, self._own_resources = {f"aws:Principal{key}": owner}, {f"aws:Resource{key}": owner}
        self._within = self._statement(
            "WithinOrganization" if organization_id else "WithinAccount",
            ["*"],
            ["*"],
            {**self._own_principals, **self._own_resources},
        )

    def dynamodb(self) -> list[iam.PolicyStatement]:
        """Let this account's principals use this account's tables."""
        return [self._within]

    def s3(self) -> list[iam.PolicyStatement]:
        """Let read what AWS publishes in its own buckets, and answer CloudFormation, besides the account's buckets."""
        region = self._region
        dashless = cdk.Fn.join("", cdk.Fn.split("-", region)) if is_token(region) else region.replace("-", "")
        partition = self._partition
        readable = [f"arn:{partition}:s3:::{name}/*" for name in readable_buckets(region)]
        writable = [
            f"arn:{partition}:s3:::{_RESPONSE_BUCKET.format(region=dashless)}/*",
            f"arn:{partition}:s3:::{_WAIT_CONDITION_BUCKET.format(region=region)}/*",
        ]
        return [
            self._within,
            self._statement("ReadFromAws", ["s3:GetObject"], readable),
            self._statement("AnswerCloudFormation", ["s3:PutObject"], writable),
        ]

    def interface(self, service: str) -> list[iam.PolicyStatement]:
        """Return the statements for the interface endpoint of ``service``, such as ``ecr.api``."""
        exceptions = [
            self._statement(sid, actions, [self._arn(name) for name in resources], self._own_principals)
            for sid, actions, resources in _EXCEPTIONS.get(service, ())
        ]
        if service == "sts":
            # The caller has no account yet: a federated identity takes a role of those that the endpoint is for.
            exceptions.append(self._statement("Federate", _FEDERATE, ["*"], self._own_resources))
        if service == "execute-api":
            # An API that does not ask for signatures is called by nobody that AWS knows; its authorizer decides.
            exceptions.append(
                self._statement("OwnApis", ["execute-api:Invoke"], [self._arn("execute-api:{account}:*")])
            )
        return [self._within, *exceptions]

    def _arn(self, name: str) -> str:
        """Return an ARN of this Region from a service and what comes after the Region; ``*`` stays."""
        if name == "*":
            return name
        service, _, rest = name.partition(":")
        return f"arn:{self._partition}:{service}:{self._region}:{rest.format(account=self._account)}"

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


_FEDERATE = ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"]
# Agents and base images come from accounts of AWS; images can be pulled from there, never pushed.
_PULL_IMAGES = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
_LAUNCH = [
    "ec2:CreateFleet",
    "ec2:CreateReplaceRootVolumeTask",
    "ec2:RequestSpotFleet",
    "ec2:RequestSpotInstances",
    "ec2:RunInstances",
]
_USE_DOCUMENTS = [
    "ssm:CreateAssociation",
    "ssm:Describe*",
    "ssm:Get*",
    "ssm:List*",
    "ssm:SendCommand",
    "ssm:StartAutomationExecution",
    "ssm:StartSession",
]

# By service, what this account's principals may do beside what belongs to the account: a name, actions, and resources
# after the Region. Most is AWS's own, from the endpoint policies of
# github.com/aws-samples/data-perimeter-policy-examples as of 2026-03-18. The rest are actions whose requests have no
# aws:ResourceAccount, as
# docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceaccount says.
# Those bring data in, or name no other account; connections to other people's networks are not among them.
_EXCEPTIONS: Mapping[str, Sequence[tuple[str, list[str], list[str]]]] = {
    "cloudformation": [("UseTransforms", ["cloudformation:CreateChangeSet"], ["cloudformation:aws:transform/*"])],
    "ebs": [("WithoutResourceAccount", ["*"], ["*"])],
    "ec2": [
        ("LaunchPublicImages", _LAUNCH, ["ec2::image/*"]),
        (
            "UsePrefixLists",
            ["ec2:GetManagedPrefixListEntries", "ec2:ModifySecurityGroupRules"],
            ["ec2:aws:prefix-list/*"],
        ),
        ("WithoutResourceAccount", ["ec2:CopyImage", "ec2:CopySnapshot", "ec2:CreateVolume"], ["*"]),
    ],
    "ecr.api": [("PullImages", _PULL_IMAGES, ["*"])],
    "ecr.dkr": [("PullImages", _PULL_IMAGES, ["*"])],
    "events": [("WithoutResourceAccount", ["*"], ["events:{account}:*"])],
    "ssm": [
        (
            "UsePublished",
            _USE_DOCUMENTS,
            ["ssm::automation-definition/*", "ssm::document/*", "ssm::parameter/aws/*"],
        )
    ],
}
