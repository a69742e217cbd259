"""Nobody deletes recovery points by hand.

Compliant: the vault's policy denies everyone ``backup:DeleteRecoveryPoint``, or its lock is in compliance
mode, which nobody can lift. Non-compliant: neither. Not applicable: logically air-gapped vaults, which refuse
deletion by nature.
"""

from __future__ import annotations

from hipaa_constructs.compliance.policy import Statement, statements
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, unknown
from hipaa_constructs.compliance.template import Resource, Unknown


def _denies_deletion(statement: Statement) -> bool:
    return (
        statement.denies
        and statement.names_everyone()
        and statement.conditions is None
        and statement.covers_action("backup:DeleteRecoveryPoint")
    )


def check(resource: Resource) -> Verdict:
    if resource.get("LockConfiguration.ChangeableForDays") is not None:
        return PASSED
    found = statements(resource.get("AccessPolicy"))
    if isinstance(found, Unknown):
        return unknown("AccessPolicy is known only at deployment.")
    if any(_denies_deletion(statement) for statement in found):
        return PASSED
    return failed("AccessPolicy does not deny backup:DeleteRecoveryPoint to everyone.")


RULE = Rule(
    name="VaultDeletionDenied",
    title="Nobody deletes recovery points by hand",
    severity="error",
    resource_types=("AWS::Backup::BackupVault",),
    fix="Set block_recovery_point_deletion=True on backup.BackupVault, or use BackupPlan.",
    check=check,
)
