"""Close a VPC's default security group, which CloudFormation creates open and cannot change."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct, IDependable

from hipaa_constructs._constants import minutes
from hipaa_constructs._stacks import arn_in, stack_of
from hipaa_constructs.compute.provider_function import ProviderFunction

_PROVIDER = "DefaultSecurityGroupProvider"
_HANDLER = "handlers.default_security_group.handle"


def close_default_security_group(
    scope: Construct,
    *,
    resource: ec2.CfnVPC,
    vpc: ec2.IVpc | None,
    encryption_key: kms.IKey,
    reachable_after: Callable[[], Sequence[IDependable]],
    reserve_concurrency: bool,
) -> cdk.CustomResource:
    """Have the default security group of ``resource``, a child of ``scope``, lose its rules.

    One function per stack does it: in the first VPC of the stack, which says whether it has executions of its own, once
    what ``reachable_after`` returns is there and the function can reach EC2 and CloudFormation. Without a ``vpc`` it
    runs outside of any.
    """
    stack = stack_of(scope)
    provider = stack.node.try_find_child(_PROVIDER)
    if not isinstance(provider, ProviderFunction):
        provider = ProviderFunction(
            stack,
            _PROVIDER,
            handler=_HANDLER,
            vpc=vpc,
            encryption_key=encryption_key,
            reserve_concurrency=reserve_concurrency,
        )
        provider.function.node.add_dependency(*reachable_after())
        if vpc is None:
            provider.acknowledge_no_vpc(
                reason="The function revokes the rules of default security groups through EC2's API at deployment, "
                "and reaches nothing inside a VPC."
            )
    group_id = resource.attr_default_security_group
    group_arn = arn_in(stack, "ec2", f"security-group/{group_id}")
    policy = iam.ManagedPolicy(
        scope,
        "CloseDefaultSecurityGroup",
        roles=[provider.role],
        description=f"Lets the rules of the default security group of {scope.node.path} be revoked",
        statements=[
            iam.PolicyStatement(
                actions=["ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"], resources=[group_arn]
            )
        ],
    )
    # Name and type are CDK's own, by which cdk-nag's VPCDefaultSecurityGroupClosed knows a closed group.
    closed = cdk.CustomResource(
        scope,
        "RestrictDefaultSecurityGroupCustomResource",
        resource_type="Custom::VpcRestrictDefaultSG",
        service_token=provider.function.function_arn,
        service_timeout=minutes(10),
        properties={"DefaultSecurityGroupId": group_id},
        # A deletion changes nothing: CloudFormation need not ask for it, of a function that may be unreachable by then.
        removal_policy=cdk.RemovalPolicy.RETAIN,
    )
    closed.node.add_dependency(policy)
    return closed
