from __future__ import annotations

from typing import ClassVar, cast

import aws_cdk as cdk
from aws_cdk import aws_backup as backup
from aws_cdk import aws_iam as iam
from constructs import Construct

from hipaa_constructs.compliance.classification import TAG_KEY, DataClassification
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.recovery.recovery_vault import RecoveryVault
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket

# 45 CFR 164.308(a)(7) names no time to restore; the proposed rule of 2025-01-06 (90 FR 898) says 72 hours. The control
# counts minutes: docs.aws.amazon.com/config/latest/developerguide/s3-meets-restore-time-target.html.
RESTORE_TARGET = cdk.Duration.hours(72)

_REPORTS = ("BACKUP_JOB_REPORT", "RESTORE_JOB_REPORT", "RESOURCE_COMPLIANCE_REPORT")
_REPORTS_ROLE = "role/aws-service-role/reports.backup.amazonaws.com/AWSServiceRoleForBackupReports"


class BackupAudit(Construct):
    """A Backup Audit Manager framework that watches a plan, and daily reports in a locked-down bucket.

    Whatever is tagged as PHI has to be in a plan, in a locked vault, and restored within 72 hours, the time of the
    proposed rule of 2025 (90 FR 898), since the rule in force names none; recovery points have to be encrypted,
    undeletable and kept as long as the plan says. The framework takes its facts from AWS Config: the account's
    recorder has to run before it is deployed, or its creation fails:
    docs.aws.amazon.com/aws-backup/latest/devguide/turning-on-resource-tracking.html.

    Meets 164.312(b) audit controls. Supports 164.308(a)(8) evaluation and 164.308(a)(7)(ii)(D) testing and revision
    procedures.

    :param vault: the plan's own vault.
    :param copy_to: where the plan copies to, if anywhere.
    :param backup_plan: covers the reports.
    """

    TYPE: ClassVar = "AWS::Backup::Framework"

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vault: RecoveryVault,
        copy_to: RecoveryVault | None,
        backup_plan: ProtectsData,
    ) -> None:
        super().__init__(scope, construct_id)
        self._framework = backup.CfnFramework(
            self,
            "Framework",
            framework_name=_name(self, ""),
            framework_description=f"Watches {scope.node.path}",
            framework_controls=_controls(self, vault, copy_to),
        )
        self._bucket = EncryptedBucket(self, "Reports", backup_plan=backup_plan)
        policy, name = self._let_reports_in(), self._bucket.bucket.bucket_name
        for template in _REPORTS:
            self._define_report(template, bucket_name=name, policy=policy)

    @property
    def framework(self) -> backup.CfnFramework:
        """The framework; CDK has no higher construct for it."""
        return self._framework

    @property
    def bucket(self) -> EncryptedBucket:
        """Where the reports go."""
        return self._bucket

    def _let_reports_in(self) -> Construct:
        """Let Backup Audit Manager's service-linked role write reports, and nothing else; return the policy.

        The role comes into being with the account's first framework or report plan, and neither a key nor a bucket
        policy can name a principal that does not exist; so both wait for the framework. Sources:
        docs.aws.amazon.com/aws-backup/latest/devguide/create-report-plan-api.html and
        docs.aws.amazon.com/aws-backup/latest/devguide/using-service-linked-roles-AWSServiceRoleForBackupReports.html.
        """
        role = iam.ArnPrincipal(
            cdk.Stack.of(self).format_arn(service="iam", region="", resource=_REPORTS_ROLE),
        )
        bucket = self._bucket.bucket
        self._bucket.encryption_key.add_to_resource_policy(
            iam.PolicyStatement(principals=[role], actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=["*"])
        )
        bucket.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[role],
                actions=["s3:PutObject"],
                resources=[bucket.arn_for_objects("*")],
                conditions={"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
            )
        )
        self._bucket.encryption_key.node.add_dependency(self._framework)
        policy = cast("Construct", bucket.policy)
        policy.node.add_dependency(self._framework)
        return policy

    def _define_report(self, template: str, *, bucket_name: str, policy: Construct) -> None:
        compliance = template == "RESOURCE_COMPLIANCE_REPORT"
        plan = backup.CfnReportPlan(
            self,
            "".join(part.capitalize() for part in template.split("_")),
            report_plan_name=_name(self, template.removesuffix("_REPORT").lower()),
            report_delivery_channel={
                "S3BucketName": bucket_name,
                "Formats": ["CSV", "JSON"],
            },
            report_setting={
                "ReportTemplate": template,
                **({"FrameworkArns": [self._framework.attr_framework_arn]} if compliance else {}),
            },
        )
        plan.node.add_dependency(policy)


def _controls(
    scope: Construct, vault: RecoveryVault, copy_to: RecoveryVault | None
) -> list[backup.CfnFramework.FrameworkControlProperty]:
    """Write the controls.

    Names and parameters: docs.aws.amazon.com/aws-backup/latest/devguide/creating-frameworks-api.html.
    """
    days = str(vault.retention_days.start)
    # CDK passes the scope on as it is, so it has to be in CloudFormation's own spelling.
    phi = {"Tags": [{"Key": TAG_KEY, "Value": DataClassification.PHI.value}]}
    on_phi: dict[str, dict[str, str]] = {
        "BACKUP_RESOURCES_PROTECTED_BY_BACKUP_PLAN": {},
        "BACKUP_RESOURCES_PROTECTED_BY_BACKUP_VAULT_LOCK": {},
        "RESTORE_TIME_FOR_RESOURCES_MEET_TARGET": {"maxRestoreTime": str(int(RESTORE_TARGET.to_minutes()))},
    }
    if copy_to is not None:
        here, there = cdk.Stack.of(scope), cdk.Stack.of(copy_to)
        on_phi["BACKUP_RESOURCES_PROTECTED_BY_CROSS_REGION"] = {"crossRegionList": there.region}
        if there.account != here.account:
            on_phi["BACKUP_RESOURCES_PROTECTED_BY_CROSS_ACCOUNT"] = {"crossAccountList": there.account}
    everywhere: dict[str, dict[str, str]] = {
        "BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK": {
            "requiredFrequencyUnit": "days",
            "requiredFrequencyValue": "1",
            "requiredRetentionDays": days,
        },
        "BACKUP_RECOVERY_POINT_ENCRYPTED": {},
        "BACKUP_RECOVERY_POINT_MANUAL_DELETION_DISABLED": {},
        "BACKUP_RECOVERY_POINT_MINIMUM_RETENTION_CHECK": {"requiredRetentionDays": days},
    }
    return [
        backup.CfnFramework.FrameworkControlProperty(
            control_name=name,
            control_input_parameters=[
                backup.CfnFramework.ControlInputParameterProperty(parameter_name=key, parameter_value=value)
                for key, value in parameters.items()
            ]
            or None,
            control_scope=phi if name in on_phi else None,
        )
        for name, parameters in {**on_phi, **everywhere}.items()
    ]


def _name(scope: Construct, suffix: str) -> str:
    """Audit Manager's names are letters, digits and underscores, unique in the account and Region."""
    unique = cdk.Names.unique_resource_name(scope, max_length=200, separator="_", allowed_special_characters="_")
    return f"{unique}_{suffix}" if suffix else unique
