from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from benchmarks.plain.keys import key
from benchmarks.plain.messages import dead_letters
from benchmarks.plain.trail import masked_log_group

_NETWORK = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
]


def function(
    scope: Construct, construct_id: str, *, vpc: ec2.IVpc, code: lambda_.Code, runtime: lambda_.Runtime
) -> lambda_.Function:
    function_key = key(scope, f"{construct_id}Key")
    log_group = masked_log_group(scope, f"{construct_id}Logs", function_key)
    failed = dead_letters(scope, f"{construct_id}DeadLetters", function_key)
    role = iam.Role(
        scope,
        f"{construct_id}Role",
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        description=construct_id,
    )
    iam.ManagedPolicy(
        scope,
        f"{construct_id}Policy",
        roles=[role],
        statements=[
            iam.PolicyStatement(
                actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[log_group.log_group_arn]
            ),
            iam.PolicyStatement(actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[function_key.key_arn]),
            iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[failed.queue_arn]),
        ],
    )
    connecting = iam.ManagedPolicy(
        scope,
        f"{construct_id}Network",
        roles=[role],
        statements=[
            iam.PolicyStatement(actions=_NETWORK, resources=["*"]),
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                actions=_NETWORK,
                resources=["*"],
                conditions={"Null": {"lambda:SourceFunctionArn": "false"}},
            ),
        ],
    )
    group = ec2.SecurityGroup(
        scope, f"{construct_id}Group", vpc=vpc, description="HTTPS outwards", allow_all_outbound=False
    )
    group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS endpoints")
    made = lambda_.Function(
        scope,
        construct_id,
        code=code,
        handler="index.handle",
        runtime=runtime,
        # Else CDK would write inline policies.
        role=role.without_policy_updates(),
        environment_encryption=function_key,
        memory_size=256,
        timeout=cdk.Duration.seconds(30),
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
        security_groups=[group],
        log_group=log_group,
        dead_letter_queue=failed,
        reserved_concurrent_executions=10,
    )
    made.node.add_dependency(connecting)
    return made
