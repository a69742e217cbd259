from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from constructs import Construct

from benchmarks.plain.keys import allow_logs, key
from hipaa_constructs.primitives.encrypted_log_group import PHI_IDENTIFIERS

_PARAMETERS = {
    "rds.force_ssl": "1",
    "ssl_min_protocol_version": "TLSv1.2",
    "log_connections": "1",
    "log_disconnections": "1",
    "shared_preload_libraries": "pg_stat_statements,pgaudit",
    "pgaudit.log": "ddl,function,read,role,write",
}
_LOGS = ("postgresql", "upgrade", "iam-db-auth-error")


def database(scope: Construct, construct_id: str, *, vpc: ec2.IVpc) -> rds.DatabaseInstance:
    storage_key = key(scope, f"{construct_id}Key")
    name = construct_id.lower()
    groups = [
        _log_group(scope, f"{construct_id}{log}", storage_key, f"/aws/rds/instance/{name}/{log}") for log in _LOGS
    ]
    role, policy = _monitoring_role(scope, construct_id, name)
    security_group = ec2.SecurityGroup(
        scope, f"{construct_id}SecurityGroup", vpc=vpc, description="TLS clients", allow_all_outbound=False
    )
    instance = rds.DatabaseInstance(
        scope,
        construct_id,
        engine=rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_17_6),
        instance_identifier=name,
        instance_type=ec2.InstanceType.of(ec2.InstanceClass.M6G, ec2.InstanceSize.LARGE),
        allocated_storage=100,
        max_allocated_storage=1000,
        storage_type=rds.StorageType.GP3,
        storage_encryption_key=storage_key,
        parameters=_PARAMETERS,
        ca_certificate=rds.CaCertificate.RDS_CA_RSA2048_G1,
        credentials=rds.Credentials.from_username("dbadmin", encryption_key=storage_key),
        manage_master_user_password=True,
        iam_authentication=True,
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        security_groups=[security_group],
        publicly_accessible=False,
        port=15432,
        multi_az=True,
        backup_retention=cdk.Duration.days(35),
        delete_automated_backups=False,
        copy_tags_to_snapshot=True,
        deletion_protection=True,
        removal_policy=cdk.RemovalPolicy.SNAPSHOT,
        auto_minor_version_upgrade=True,
        cloudwatch_logs_exports=list(_LOGS),
        monitoring_interval=cdk.Duration.seconds(60),
        monitoring_role=role,
        enable_performance_insights=True,
        performance_insight_encryption_key=storage_key,
        database_insights_mode=rds.DatabaseInsightsMode.STANDARD,
    )
    instance.node.add_dependency(*groups, policy)
    return instance


def _log_group(scope: Construct, construct_id: str, of: kms.Key, name: str) -> logs.LogGroup:
    allow_logs(of)
    return logs.LogGroup(
        scope,
        construct_id,
        log_group_name=name,
        encryption_key=of,
        retention=logs.RetentionDays.SEVEN_YEARS,
        removal_policy=cdk.RemovalPolicy.RETAIN,
        data_protection_policy=logs.DataProtectionPolicy(
            name="mask-phi", identifiers=[logs.DataIdentifier(identifier) for identifier in PHI_IDENTIFIERS]
        ),
    )


def _monitoring_role(scope: Construct, construct_id: str, name: str) -> tuple[iam.Role, iam.ManagedPolicy]:
    stack = cdk.Stack.of(scope)
    databases = f"arn:{stack.partition}:rds:{stack.region}:{stack.account}:db:{name}*"
    role = iam.Role(
        scope,
        f"{construct_id}MonitoringRole",
        assumed_by=iam.ServicePrincipal(
            "monitoring.rds.amazonaws.com",
            conditions={
                "StringEquals": {"aws:SourceAccount": stack.account},
                "ArnLike": {"aws:SourceArn": databases},
            },
        ),
    )
    group = f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:log-group:RDSOSMetrics:*"
    streams = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:GetLogEvents", "logs:PutLogEvents"]
    actions = ["logs:CreateLogGroup", "logs:PutRetentionPolicy", *streams]
    policy = iam.ManagedPolicy(
        scope,
        f"{construct_id}MonitoringPolicy",
        roles=[role],
        statements=[iam.PolicyStatement(actions=actions, resources=[group])],
    )
    return role, policy
