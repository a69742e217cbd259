"""What a function needs in a VPC: rights to network interfaces for Lambda alone, and a security group."""

from __future__ import annotations

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from hipaa_constructs._stacks import path_of
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole

# What AWS's own AWSLambdaVPCAccessExecutionRole allows of EC2.
_NETWORK_INTERFACES = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)


def define_network_interface_policy(scope: Construct, role: LeastPrivilegeRole) -> iam.ManagedPolicy:
    """Let Lambda, and not the function's code, connect what runs as ``role`` to its VPC."""
    policy = iam.ManagedPolicy(
        scope,
        "NetworkInterfaces",
        roles=[role],
        description=f"Lets Lambda connect {path_of(scope)} to its VPC",
        statements=[
            iam.PolicyStatement(actions=list(_NETWORK_INTERFACES), resources=["*"]),
            # The Lambda service connects the function. Calls of the function's code carry this key, and fail.
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                actions=list(_NETWORK_INTERFACES),
                resources=["*"],
                conditions={"Null": {"lambda:SourceFunctionArn": "false"}},
            ),
        ],
    )
    acknowledge_limitation(
        policy,
        "AwsSolutions-IAM5[Resource::*]",
        reason="Lambda asks for these actions on all resources: it makes and finds the network interfaces itself. "
        "The function's own code is denied every one of them.",
        source="docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html",
    )
    return policy


def define_security_group(
    scope: Construct, vpc: ec2.IVpc, *, description: str = "HTTPS outwards, nothing inwards"
) -> ec2.SecurityGroup:
    """Make a security group that lets HTTPS out and nothing in."""
    group = ec2.SecurityGroup(
        scope,
        "SecurityGroup",
        vpc=vpc,
        description=description,
        allow_all_outbound=False,
    )
    # Not narrower than any address: S3's gateway endpoint answers from public addresses that change.
    group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS endpoints")
    return group
