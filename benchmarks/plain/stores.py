from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from aws_cdk import aws_iam as iam
from constructs import Construct

from benchmarks.plain.keys import key


def table(scope: Construct, construct_id: str) -> dynamodb.TableV2:
    return dynamodb.TableV2(
        scope,
        construct_id,
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        billing=dynamodb.Billing.on_demand(),
        encryption=dynamodb.TableEncryptionV2.customer_managed_key(key(scope, f"{construct_id}Key")),
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        deletion_protection=True,
        contributor_insights_specification=dynamodb.ContributorInsightsSpecification(enabled=False),
        resource_policy=_over_tls("dynamodb:*"),
        removal_policy=cdk.RemovalPolicy.RETAIN,
    )


def file_system(scope: Construct, construct_id: str, *, vpc: ec2.IVpc) -> efs.FileSystem:
    group = ec2.SecurityGroup(scope, f"{construct_id}Group", vpc=vpc, description="NFS", allow_all_outbound=False)
    return efs.FileSystem(
        scope,
        construct_id,
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, one_per_az=True),
        security_group=group,
        encrypted=True,
        kms_key=key(scope, f"{construct_id}Key"),
        file_system_policy=_over_tls("elasticfilesystem:*"),
        allow_anonymous_access=True,
        removal_policy=cdk.RemovalPolicy.RETAIN,
    )


def _over_tls(actions: str) -> iam.PolicyDocument:
    return iam.PolicyDocument(
        statements=[
            iam.PolicyStatement(
                sid="DenyWithoutTls",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=[actions],
                resources=["*"],
                conditions={"Bool": {"aws:SecureTransport": "false"}},
            )
        ]
    )
