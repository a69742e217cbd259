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
from hipaa_constructs.cloudformation.values import Ternary, Unknown, all_of, any_of
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, judge, listed, unknown
from hipaa_constructs.iam.document import Statement, policy_at

_DELETION = ("backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle")
# By these one would get rid of the denials above, and of the lock.
_UNPROTECTING = (
    "backup:DeleteBackupVaultAccessPolicy",
    "backup:DeleteBackupVaultLockConfiguration",
    "backup:PutBackupVaultAccessPolicy",
    "backup:PutBackupVaultLockConfiguration",
)


def _denies(statement: Statement, action: str) -> Ternary:
    return all_of((statement.denies, statement.names_everyone(), statement.covers_action(action)))


def _is_unconditional(statement: Statement) -> Ternary:
    """Whether no condition lets anybody through."""
    if not statement.conditions:
        return Ternary.YES
    return Ternary.UNKNOWN if all(isinstance(one, Unknown) for one in statement.conditions) else Ternary.NO


def check(resource: Resource) -> Verdict:
    if resource.get("LockConfiguration.ChangeableForDays") is not None:
        return PASSED
    found = policy_at(resource, "AccessPolicy")
    if isinstance(found, Unknown):
        return unknown("AccessPolicy is known only at deployment.")
    everyone = {a: any_of(all_of((_denies(one, a), _is_unconditional(one))) for one in found) for a in _DELETION}
    # Somebody has to be let through, or the policy could never be changed.
    anybody = {a: any_of(_denies(one, a) for one in found) for a in _UNPROTECTING}
    allowed = [action for action, answer in everyone.items() if answer is Ternary.NO]
    undone = [action for action, answer in anybody.items() if answer is Ternary.NO]
    if allowed:
        return failed(f"AccessPolicy does not deny {listed(allowed)} to everyone.")
    if all_of(everyone.values()) is Ternary.UNKNOWN:
        return unknown("Whether AccessPolicy denies deletion is known only at deployment.")
    if undone:
        return failed(f"AccessPolicy denies {listed(undone)} to nobody.", severity="warning")
    return judge(all_of(anybody.values()), "", unknown_message="What AccessPolicy denies is known only at deployment.")


RULE = Rule(
    name="VaultDeletionDenied",
    severity="error",
    resource_types=("AWS::Backup::BackupVault",),
    controls=("164.308(a)(7)(ii)(A)", "164.312(c)(1)"),
    fix="Deny in the vault's policy that recovery points are deleted or shortened, and that the denial is lifted.",
    fixes=(
        Fix(
            beside=f"In AccessPolicy, deny Principal * the actions {listed(_DELETION)} on Resource * without a "
            f"condition, and {', '.join(_UNPROTECTING)} to all but who looks after the vault, such as by the Condition "
            "{ArnNotLike: {aws:PrincipalArn: <their role>}}.",
            cdk=("backup.BackupVault.add_to_access_policy(<each statement>)",),
            constructs=("RecoveryVault", "BackupPlan"),
        ),
    ),
    check=check,
)
