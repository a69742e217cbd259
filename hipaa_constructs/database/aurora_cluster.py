from __future__ import annotations

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_rds as rds
from constructs import Construct

from hipaa_constructs._constants import hours
from hipaa_constructs._stacks import region_of
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compliance.availability import is_absent
from hipaa_constructs.database.cluster_member import acknowledge_member
from hipaa_constructs.database.prerequisites import BACKUPS, CERTIFICATE, MASTER, MONITORED_EVERY, Prerequisites
from hipaa_constructs.database.requirements import Request

# The longest there is: docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Managing.Backtrack.html
_BACKTRACK = hours(72)


def define_cluster(scope: Construct, prerequisites: Prerequisites, request: Request) -> rds.DatabaseCluster:
    """Define an Aurora cluster whose writer and readers take turns in the zones.

    In an imported VPC, whose zones a template cannot refer to, Aurora chooses them.
    """
    controls = request.controls
    engine = cast("rds.IClusterEngine", request.engine)
    mysql = engine.engine_type == "aurora-mysql"
    region = region_of(scope)
    backtracks = mysql and not is_absent("aurora-mysql-backtrack", region, kind="database_features")
    names = ["Writer", *(f"Reader{number}" for number in range(1, request.readers + 1))]
    writer, *readers = [_member(name, index, prerequisites, request) for index, name in enumerate(names)]
    cluster = rds.DatabaseCluster(
        scope,
        "Resource",
        engine=engine,
        cluster_identifier=prerequisites.identifier,
        writer=writer,
        readers=readers,
        storage_encryption_key=prerequisites.key,
        default_database_name=request.database_name,
        parameters=dict(controls.parameters),
        credentials=rds.Credentials.from_username(MASTER, encryption_key=prerequisites.key),
        manage_master_user_password=True,
        iam_authentication=True,
        vpc=prerequisites.vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        security_groups=[prerequisites.security_group],
        port=controls.port,
        backup=rds.BackupProps(retention=BACKUPS),
        backtrack_window=_BACKTRACK if backtracks else None,
        delete_automated_backups=False,
        copy_tags_to_snapshot=True,
        deletion_protection=True,
        removal_policy=cdk.RemovalPolicy.SNAPSHOT,
        cloudwatch_logs_exports=list(controls.logs),
        monitoring_interval=MONITORED_EVERY,
        monitoring_role=prerequisites.monitoring_role,
        enable_performance_insights=True,
        performance_insight_encryption_key=prerequisites.key,
        database_insights_mode=rds.DatabaseInsightsMode.STANDARD,
    )
    cdk.Annotations.of(cluster).acknowledge_warning(
        "@aws-cdk/aws-rds:instancePerformanceInsightsOverridden", "What the cluster says holds for its instances."
    )
    resource = cast("rds.CfnDBCluster", cluster.node.default_child)
    resource.node.add_dependency(*prerequisites.first)
    for name in names:
        acknowledge_member(cluster.node.find_child(name))
    if mysql and not backtracks:
        acknowledge_limitation(
            resource,
            "AwsSolutions-RDS14",
            reason="Aurora MySQL cannot backtrack in this Region; point-in-time recovery covers 35 days.",
            source="docs.aws.amazon.com/config/latest/developerguide/aurora-mysql-backtracking-enabled.html",
        )
    return cluster


def _member(name: str, index: int, prerequisites: Prerequisites, request: Request) -> rds.IClusterInstance:
    return rds.ClusterInstance.provisioned(
        name,
        instance_identifier=f"{prerequisites.identifier}-{name.lower()}",
        instance_type=request.instance_type,
        availability_zone=request.zones[index % len(request.zones)] if request.zones else None,
        publicly_accessible=False,
        auto_minor_version_upgrade=True,
        ca_certificate=CERTIFICATE,
    )
