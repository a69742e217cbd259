from __future__ import annotations

from collections.abc import Collection

from constructs import Construct

from hipaa_constructs._constants import hours
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.recovery.audit_framework import AuditFramework
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket

# 45 CFR 164.308(a)(7) names no time to restore; the proposed rule of 2025-01-06 (90 FR 898) says 72 hours. The control
# counts minutes: docs.aws.amazon.com/config/latest/developerguide/s3-meets-restore-time-target.html.
RESTORE_TARGET = hours(72)


class BackupAudit(AuditFramework):
    """A Backup Audit Manager framework that watches a plan, and daily reports in a locked-down bucket.

    Whatever is tagged as PHI has to be in a plan, in a locked vault, and restored within 72 hours, the time of the
    proposed rule of 2025 (90 FR 898), since the rule in force names none; recovery points have to be encrypted,
    undeletable and kept as long as the plan says. The framework takes its facts from AWS Config: the account's
    recorder has to run before it is deployed, or its creation fails:
    docs.aws.amazon.com/aws-backup/latest/devguide/turning-on-resource-tracking.html.

    Meets 164.312(b) audit controls. Supports 164.308(a)(8) evaluation and 164.308(a)(7)(ii)(D) testing and revision
    procedures.

    :param retention_days: how long recovery points stay at least.
    :param copy_regions: the Regions that the plan copies to, if any.
    :param copy_accounts: the accounts, if any.
    :param backup_plan: covers the reports.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        retention_days: int,
        copy_regions: Collection[str],
        copy_accounts: Collection[str],
        backup_plan: ProtectsData,
    ) -> None:
        on_phi: dict[str, dict[str, str]] = {
            "BACKUP_RESOURCES_PROTECTED_BY_BACKUP_PLAN": {},
            "BACKUP_RESOURCES_PROTECTED_BY_BACKUP_VAULT_LOCK": {},
            "RESTORE_TIME_FOR_RESOURCES_MEET_TARGET": {"maxRestoreTime": str(int(RESTORE_TARGET.to_minutes()))},
        }
        if copy_regions:
            on_phi["BACKUP_RESOURCES_PROTECTED_BY_CROSS_REGION"] = {"crossRegionList": ",".join(copy_regions)}
        if copy_accounts:
            on_phi["BACKUP_RESOURCES_PROTECTED_BY_CROSS_ACCOUNT"] = {"crossAccountList": ",".join(copy_accounts)}
        super().__init__(
            scope,
            construct_id,
            on_phi=on_phi,
            everywhere={
                "BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK": {
                    "requiredFrequencyUnit": "days",
                    "requiredFrequencyValue": "1",
                    "requiredRetentionDays": str(retention_days),
                },
                **of_recovery_points(retention_days),
            },
            reports=["BACKUP_JOB_REPORT", "RESTORE_JOB_REPORT", "RESOURCE_COMPLIANCE_REPORT"],
            define_bucket=lambda own, bucket_id: EncryptedBucket(own, bucket_id, backup_plan=backup_plan),
        )


def of_recovery_points(retention_days: int) -> dict[str, dict[str, str]]:
    """Return the controls of recovery points, wherever they are from."""
    return {
        "BACKUP_RECOVERY_POINT_ENCRYPTED": {},
        "BACKUP_RECOVERY_POINT_MANUAL_DELETION_DISABLED": {},
        "BACKUP_RECOVERY_POINT_MINIMUM_RETENTION_CHECK": {"requiredRetentionDays": str(retention_days)},
    }
