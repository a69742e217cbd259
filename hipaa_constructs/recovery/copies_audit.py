from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from hipaa_constructs._constants import anyone
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compliance.packs import in_every_pack
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.recovery.audit_framework import AuditFramework, reports_role_arn
from hipaa_constructs.recovery.backup_audit import of_recovery_points
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.storage.write_denials import deny_deletion


class CopiesAudit(AuditFramework):
    """A Backup Audit Manager framework of an account that keeps others' copies, and daily reports.

    Recovery points have to be encrypted, undeletable and kept; whether each store has a copy is for the accounts to
    say that own the stores. What is reported are copies that arrived, restores, and what the framework finds. As for
    ``BackupAudit``, the account's AWS Config recorder has to run before it is deployed.

    Meets 164.312(b) audit controls. Supports 164.308(a)(8) evaluation.

    :param retention_days: how long copies stay at least.
    """

    def __init__(self, scope: Construct, construct_id: str, *, retention_days: int) -> None:
        super().__init__(
            scope,
            construct_id,
            on_phi={},
            everywhere=of_recovery_points(retention_days),
            reports=["COPY_JOB_REPORT", "RESTORE_JOB_REPORT", "RESOURCE_COMPLIANCE_REPORT"],
            define_bucket=_Reports,
        )


class _Reports(EncryptedBucket):
    """Reports on copies: names, times and states, and nothing of what is in a copy; nobody deletes or
    overwrites one.
    """

    _holds_data = False
    _needs_copy = False

    def _define_copies(self, plan: ProtectsData | None, destination: EncryptedBucket | None) -> None:
        deny_deletion(self._document, bucket_arn=self._arn)
        self._document.add_statements(
            iam.PolicyStatement(
                sid="DenyOtherWriters",
                effect=iam.Effect.DENY,
                principals=[anyone()],
                actions=["s3:PutObject"],
                resources=[f"{self._arn}/*"],
                conditions={"ArnNotEquals": {"aws:PrincipalArn": reports_role_arn(self)}},
            )
        )
        acknowledge_limitation(
            self._bucket.resource,
            "HIPAA.Constructs-StoreBackedUp",
            *in_every_pack("S3BucketReplicationEnabled"),
            reason="An account that keeps others' copies has no plan of its own. AWS Backup delivers each report to "
            "one bucket, and the accounts whose copies these are have reports of their own; here files are versioned "
            "and closed to deletion.",
            source="docs.aws.amazon.com/aws-backup/latest/devguide/working-with-audit-reports.html",
        )
