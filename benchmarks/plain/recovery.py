from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

import aws_cdk as cdk
from aws_cdk import aws_backup as backup
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from benchmarks.plain.buckets import encrypted_bucket
from benchmarks.plain.keys import allow_service, key
from hipaa_constructs.recovery.backup_permissions import backup_statements
from hipaa_constructs.recovery.permissions import Place
from hipaa_constructs.recovery.restore_permissions import restore_statements

_KINDS = ("Aurora", "DynamoDB", "EBS", "EFS", "RDS", "S3")
_REPORTS = ("BACKUP_JOB_REPORT", "RESTORE_JOB_REPORT", "RESOURCE_COMPLIANCE_REPORT")
_CONTROLS = (
    "BACKUP_RESOURCES_PROTECTED_BY_BACKUP_PLAN",
    "BACKUP_RESOURCES_PROTECTED_BY_BACKUP_VAULT_LOCK",
    "RESTORE_TIME_FOR_RESOURCES_MEET_TARGET",
    "BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK",
    "BACKUP_RECOVERY_POINT_ENCRYPTED",
    "BACKUP_RECOVERY_POINT_MANUAL_DELETION_DISABLED",
    "BACKUP_RECOVERY_POINT_MINIMUM_RETENTION_CHECK",
)


class Backups(NamedTuple):
    """A plan, and what is still to be selected with the stores that come."""

    plan: backup.BackupPlan
    role: iam.Role
    reports: s3.Bucket

    def select(self, *arns: str) -> None:
        """Select stores, once all of them are known."""
        found = [backup.BackupResource.from_arn(arn) for arn in (self.reports.bucket_arn, *arns)]
        self.plan.add_selection("Stores", role=self.role, resources=found)


def backups(scope: Construct, construct_id: str, *, logs: s3.Bucket, also_tried: Sequence[str] = ()) -> Backups:
    stack = cdk.Stack.of(scope)
    topic = _topic(scope, f"{construct_id}Alerts")
    vault = _vault(scope, f"{construct_id}Vault", topic)
    plan = backup.BackupPlan(
        scope,
        construct_id,
        backup_plan_name=construct_id,
        backup_vault=vault,
        backup_plan_rules=[
            backup.BackupPlanRule(
                rule_name=name,
                schedule_expression=events.Schedule.cron(hour=hour, minute="0"),
                delete_after=cdk.Duration.days(days),
                enable_continuous_backup=name == "Continuous",
            )
            for name, hour, days in (("Continuous", "3", 35), ("Daily", "5", 2557))
        ],
    )
    here = Place(stack.account, stack.region)
    role = _role(scope, f"{construct_id}Role", backup_statements(here, vault.backup_vault_arn))
    restore_role = _role(scope, f"{construct_id}RestoreRole", restore_statements(here))
    _restore_tests(scope, construct_id, vault, restore_role, (*_KINDS, *also_tried))
    rule = events.Rule(
        scope,
        f"{construct_id}Failures",
        description="Backup, copy and restore jobs that failed",
        event_pattern=events.EventPattern(
            source=["aws.backup"],
            detail_type=["Backup Job State Change", "Copy Job State Change", "Restore Job State Change"],
            detail={"$or": [{"state": ["ABORTED", "EXPIRED", "FAILED"]}, {"status": ["ABORTED", "EXPIRED", "FAILED"]}]},
        ),
    )
    rule.add_target(targets.SnsTopic(topic))
    reports = _audit(scope, construct_id, logs)
    return Backups(plan, role, reports)


def _topic(scope: Construct, construct_id: str) -> sns.Topic:
    of = key(scope, f"{construct_id}Key")
    topic = sns.Topic(scope, construct_id, master_key=of, enforce_ssl=True)
    stack = cdk.Stack.of(scope)
    topics = f"arn:{stack.partition}:sns:{stack.region}:{stack.account}:*"
    for service in ("backup.amazonaws.com", "events.amazonaws.com"):
        context = {"ArnLike": {"kms:EncryptionContext:aws:sns:topicArn": topics}}
        allow_service(of, service, context, ["kms:Decrypt", "kms:GenerateDataKey*"])
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(service)], actions=["sns:Publish"], resources=[topic.topic_arn]
            )
        )
    return topic


def _vault(scope: Construct, construct_id: str, topic: sns.Topic) -> backup.BackupVault:
    points = ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"]
    changes = [
        "backup:DeleteBackupVault",
        "backup:DeleteBackupVaultAccessPolicy",
        "backup:DeleteBackupVaultLockConfiguration",
        "backup:PutBackupVaultAccessPolicy",
        "backup:PutBackupVaultLockConfiguration",
    ]
    anyone = [iam.AnyPrincipal()]
    return backup.BackupVault(
        scope,
        construct_id,
        backup_vault_name=construct_id,
        encryption_key=key(scope, f"{construct_id}Key"),
        access_policy=iam.PolicyDocument(
            statements=[
                iam.PolicyStatement(
                    sid="KeepRecoveryPoints",
                    effect=iam.Effect.DENY,
                    principals=anyone,
                    actions=points,
                    resources=["*"],
                ),
                iam.PolicyStatement(
                    sid="ChangeThroughCloudFormationOnly",
                    effect=iam.Effect.DENY,
                    principals=anyone,
                    actions=[*changes, *points],
                    resources=["*"],
                    conditions={"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/cdk-*"}},
                ),
            ]
        ),
        lock_configuration=backup.LockConfiguration(
            min_retention=cdk.Duration.days(35), max_retention=cdk.Duration.days(2557)
        ),
        notification_topic=topic,
        notification_events=[
            backup.BackupVaultEvents.COPY_JOB_FAILED,
            backup.BackupVaultEvents.RECOVERY_POINT_MODIFIED,
            backup.BackupVaultEvents.S3_BACKUP_OBJECT_FAILED,
            backup.BackupVaultEvents.S3_RESTORE_OBJECT_FAILED,
        ],
        removal_policy=cdk.RemovalPolicy.RETAIN,
    )


def _role(scope: Construct, construct_id: str, statements: list[dict[str, object]]) -> iam.Role:
    policy = iam.ManagedPolicy(
        scope,
        f"{construct_id}Policy",
        statements=[iam.PolicyStatement.from_json(statement) for statement in statements],
    )
    return iam.Role(
        scope, construct_id, assumed_by=iam.ServicePrincipal("backup.amazonaws.com"), managed_policies=[policy]
    )


def _restore_tests(
    scope: Construct, construct_id: str, vault: backup.BackupVault, role: iam.Role, kinds: Sequence[str]
) -> None:
    plan = backup.CfnRestoreTestingPlan(
        scope,
        f"{construct_id}RestoreTests",
        restore_testing_plan_name=f"{construct_id}_tests",
        schedule_expression="cron(0 7 1 1,4,7,10 ? *)",
        start_window_hours=24,
        recovery_point_selection=backup.CfnRestoreTestingPlan.RestoreTestingRecoveryPointSelectionProperty(
            algorithm="RANDOM_WITHIN_WINDOW",
            include_vaults=[vault.backup_vault_arn],
            recovery_point_types=["CONTINUOUS", "SNAPSHOT"],
            selection_window_days=92,
        ),
    )
    for kind in kinds:
        backup.CfnRestoreTestingSelection(
            scope,
            f"{construct_id}Restore{kind}",
            restore_testing_plan_name=plan.ref,
            restore_testing_selection_name=kind,
            iam_role_arn=role.role_arn,
            protected_resource_type=kind,
            protected_resource_arns=["*"],
        )


def _audit(scope: Construct, construct_id: str, logs: s3.Bucket) -> s3.Bucket:
    framework = backup.CfnFramework(
        scope,
        f"{construct_id}Framework",
        framework_name=f"{construct_id}_audit",
        framework_controls=[
            backup.CfnFramework.FrameworkControlProperty(
                control_name=name,
                control_input_parameters=[
                    backup.CfnFramework.ControlInputParameterProperty(
                        parameter_name="requiredRetentionDays", parameter_value="35"
                    )
                ]
                if "RETENTION" in name
                else None,
            )
            for name in _CONTROLS
        ],
    )
    bucket = encrypted_bucket(scope, f"{construct_id}Reports", logs=logs)
    stack = cdk.Stack.of(scope)
    reporter = iam.ArnPrincipal(f"arn:{stack.partition}:iam::{stack.account}:role/AWSServiceRoleForBackupReports")
    cast("iam.IResourceWithPolicy", bucket.encryption_key).add_to_resource_policy(
        iam.PolicyStatement(principals=[reporter], actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=["*"])
    )
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[reporter],
            actions=["s3:PutObject"],
            resources=[bucket.arn_for_objects("*")],
            conditions={"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
        )
    )
    for template in _REPORTS:
        report = backup.CfnReportPlan(
            scope,
            f"{construct_id}{template}",
            report_plan_name=f"{construct_id}_{template.lower()}",
            report_delivery_channel={"S3BucketName": bucket.bucket_name, "Formats": ["CSV", "JSON"]},
            report_setting={"ReportTemplate": template, "FrameworkArns": [framework.attr_framework_arn]},
        )
        report.node.add_dependency(cast("Construct", bucket.policy))
    return bucket
