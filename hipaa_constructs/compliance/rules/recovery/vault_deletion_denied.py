"""Recovery points cannot be deleted, or shortened, by hand.

Compliant: the vault's policy denies everyone ``backup:DeleteRecoveryPoint`` and
``backup:UpdateRecoveryPointLifecycle``, or its lock is in compliance mode, which nobody can lift. Non-compliant:
either is missing. A policy that does not deny its own removal and that of the lock, at least to some, is a warning:
the Config rule backup-recovery-point-manual-deletion-disabled asks for that too
(docs.aws.amazon.com/config/latest/developerguide/backup-recovery-point-manual-deletion-disabled.html). Not
applicable: logically air-gapped vaults, which refuse deletion by nature.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Unknown
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, unknown
from hipaa_constructs.iam.document import Statement, statements

_DELETION = ("backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle")
# By these one would get rid of the denials above, and of the lock.
_UNPROTECTING = (
    "backup:DeleteBackupVaultAccessPolicy",
    "backup:DeleteBackupVaultLockConfiguration",
    "backup:PutBackupVaultAccessPolicy",
    "backup:PutBackupVaultLockConfiguration",
)


def _denies(statement: Statement, action: str) -> bool:
    return statement.denies and statement.names_everyone() and statement.covers_action(action)


def check(resource: Resource) -> Verdict:
    if resource.get("LockConfiguration.ChangeableForDays") is not None:
        return PASSED
    found = statements(resource.get("AccessPolicy"))
    if isinstance(found, Unknown):
        return unknown("AccessPolicy is known only at deployment.")
    for action in _DELETION:
        if not any(_denies(statement, action) and statement.conditions is None for statement in found):
            return failed(f"AccessPolicy does not deny {action} to everyone.")
    for action in _UNPROTECTING:
        # Somebody has to be let through, or the policy could never be changed.
        if not any(_denies(statement, action) for statement in found):
            return failed(f"AccessPolicy denies {action} to nobody.", severity="warning")
    return PASSED


RULE = Rule(
    name="VaultDeletionDenied",
    severity="error",
    resource_types=("AWS::Backup::BackupVault",),
    controls=("164.308(a)(7)(ii)(A)", "164.312(c)(1)"),
    fix="Use RecoveryVault or BackupPlan; block_recovery_point_deletion=True on backup.BackupVault is the lesser part.",
    check=check,
)
