from __future__ import annotations

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from constructs import Construct

from hipaa_constructs.database.audit_files import AuditFiles
from hipaa_constructs.database.db2_engine import Db2Engine
from hipaa_constructs.database.engine_controls import EngineControls
from hipaa_constructs.database.prerequisites import BACKUPS, CERTIFICATE, MASTER, MONITORED_EVERY, Prerequisites
from hipaa_constructs.database.requirements import Request


def define_instance(
    scope: Construct, prerequisites: Prerequisites, request: Request, audit_files: AuditFiles | None
) -> rds.DatabaseInstance:
    """Define an instance with a standby in another zone."""
    controls = request.controls
    engine = cast("rds.IInstanceEngine", request.engine)
    db2 = engine if isinstance(engine, Db2Engine) else None
    parameters = {**controls.parameters, **(db2.licence_parameters if db2 else {})}
    instance = rds.DatabaseInstance(
        scope,
        "Resource",
        engine=engine,
        instance_identifier=prerequisites.identifier,
        instance_type=request.instance_type,
        allocated_storage=request.allocated_storage,
        max_allocated_storage=request.max_allocated_storage,
        storage_type=rds.StorageType.GP3,
        storage_encryption_key=prerequisites.key,
        database_name=request.database_name,
        license_model=request.license_model,
        parameters=parameters or None,
        option_group=_define_option_group(scope, prerequisites, request, audit_files),
        ca_certificate=CERTIFICATE,
        credentials=rds.Credentials.from_username(MASTER, encryption_key=prerequisites.key),
        manage_master_user_password=True,
        iam_authentication=controls.iam_authentication or None,
        vpc=prerequisites.vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        security_groups=[prerequisites.security_group],
        publicly_accessible=False,
        port=controls.port,
        multi_az=True,
        backup_retention=BACKUPS,
        delete_automated_backups=False,
        copy_tags_to_snapshot=True,
        deletion_protection=True,
        removal_policy=cdk.RemovalPolicy.SNAPSHOT,
        auto_minor_version_upgrade=True,
        cloudwatch_logs_exports=[*controls.logs, *controls.unwritten_logs],
        monitoring_interval=MONITORED_EVERY,
        monitoring_role=prerequisites.monitoring_role,
        enable_performance_insights=controls.insights or None,
        performance_insight_encryption_key=prerequisites.key if controls.insights else None,
        database_insights_mode=rds.DatabaseInsightsMode.STANDARD if controls.insights else None,
    )
    resource = cast("rds.CfnDBInstance", instance.node.default_child)
    resource.node.add_dependency(*prerequisites.first)
    if db2:
        resource.license_model = db2.license_model
    return instance


def _define_option_group(
    scope: Construct, prerequisites: Prerequisites, request: Request, audit_files: AuditFiles | None
) -> rds.OptionGroup | None:
    """Define the engine's options; one with a TLS port listens behind the database's own security group."""
    controls = request.controls
    listens = controls.tls_port is not None
    options = [
        rds.OptionConfiguration(
            name=name,
            settings=dict(settings),
            port=controls.tls_port,
            vpc=prerequisites.vpc if listens else None,
            security_groups=[prerequisites.security_group] if listens else None,
        )
        for name, settings in controls.options.items()
    ]
    if audit_files is not None:
        options.append(_audit_option(controls, audit_files))
    if not options:
        return None
    group = rds.OptionGroup(
        scope, "OptionGroup", engine=cast("rds.IInstanceEngine", request.engine), configurations=options
    )
    if audit_files is not None:
        # RDS tries both when the option is added; references to them do not wait for their policies.
        group.node.add_dependency(
            audit_files.role.node.find_child("Policy1"), cast("s3.BucketPolicy", audit_files.bucket.bucket.policy)
        )
    # The last snapshot keeps using it: RDS refuses to delete an option group that a snapshot refers to, and so would
    # stop a rollback too. RDS makes its name, which nothing takes again.
    # docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithOptionGroups.html
    group.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    return group


def _audit_option(controls: EngineControls, audit_files: AuditFiles) -> rds.OptionConfiguration:
    bucket = audit_files.bucket.bucket
    named = bucket.bucket_arn if controls.audit_bucket.endswith("_ARN") else bucket.bucket_name
    return rds.OptionConfiguration(
        name=cast("str", controls.audit_option),
        settings={"IAM_ROLE_ARN": audit_files.role.role_arn, controls.audit_bucket: named},
    )
