from __future__ import annotations

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_docdb as docdb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_rds as rds
from constructs import Construct

from benchmarks.plain.keys import key
from benchmarks.plain.trail import masked_log_group


def documents(scope: Construct, construct_id: str, *, vpc: ec2.IVpc) -> str:
    """Define a cluster, and return its ARN."""
    storage_key = key(scope, f"{construct_id}Key")
    logs = [masked_log_group(scope, f"{construct_id}{log}", storage_key) for log in ("Audit", "Profiler")]
    group = ec2.SecurityGroup(
        scope, f"{construct_id}Group", vpc=vpc, description="TLS clients of the database", allow_all_outbound=False
    )
    cluster = docdb.DatabaseCluster(
        scope,
        construct_id,
        engine_version="5.0.0",
        parameter_group=docdb.ClusterParameterGroup(
            scope,
            f"{construct_id}Parameters",
            family="docdb5.0",
            parameters={"tls": "tls1.2+", "audit_logs": "all", "profiler": "enabled"},
        ),
        master_user=docdb.Login(username="dbadmin"),
        manage_master_user_password=True,
        master_user_secret_kms_key=storage_key,
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        security_group=group,
        port=37017,
        instances=2,
        instance_type=ec2.InstanceType("r6g.large"),
        ca_certificate=rds.CaCertificate.RDS_CA_RSA2048_G1,
        kms_key=storage_key,
        backup=docdb.BackupProps(retention=cdk.Duration.days(35)),
        copy_tags_to_snapshot=True,
        export_audit_logs_to_cloud_watch=True,
        export_profiler_logs_to_cloud_watch=True,
        deletion_protection=True,
        removal_policy=cdk.RemovalPolicy.SNAPSHOT,
    )
    cast("docdb.CfnDBCluster", cluster.node.default_child).node.add_dependency(*logs)
    return cdk.Stack.of(scope).format_arn(
        service="rds",
        resource="cluster",
        resource_name=cluster.cluster_identifier,
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
