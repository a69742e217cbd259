"""Backup vaults are locked.

Compliant: a lock with a shortest retention of a day or more. Non-compliant: no lock, so that whoever may
administer backups may shorten or delete them. Not applicable: logically air-gapped vaults, which are locked
by nature.
"""

from __future__ import annotations

from hipaa_constructs.compliance.rule import Rule
from hipaa_constructs.compliance.settings import Setting, Table, at_least, judge_by

_SETTINGS: Table = {"AWS::Backup::BackupVault": Setting("LockConfiguration.MinRetentionDays", at_least(1))}

RULE = Rule(
    name="VaultLocked",
    title="Backup vaults are locked",
    severity="error",
    resource_types=tuple(_SETTINGS),
    fix="Set lock_configuration on backup.BackupVault, or use BackupPlan.",
    check=judge_by(_SETTINGS),
)
