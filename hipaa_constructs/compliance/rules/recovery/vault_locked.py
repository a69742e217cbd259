"""Backup vaults are locked.

Compliant: a lock that holds recovery points for seven days or more, as long as databases keep automatic backups
(DatabaseBackupsKept). Non-compliant: a shorter lock, or none, so backup administrators may delete them. Not applicable:
logically air-gapped vaults, which are locked by nature.
"""

from __future__ import annotations

from hipaa_constructs.compliance.facts.settings import Setting, Table, at_least, judge_by, to_set
from hipaa_constructs.compliance.fix import fixes_of_types
from hipaa_constructs.compliance.rule import Rule

_SETTINGS: Table = {"AWS::Backup::BackupVault": Setting("LockConfiguration.MinRetentionDays", at_least(7), value=7)}

RULE = Rule(
    name="VaultLocked",
    severity="error",
    resource_types=tuple(_SETTINGS),
    controls=("164.308(a)(7)(ii)(A)", "164.312(c)(1)"),
    fix="Lock the vault, so that it holds recovery points for a week or more.",
    fixes=fixes_of_types(
        to_set(_SETTINGS),
        cdk={
            "AWS::Backup::BackupVault": "backup.BackupVault(lock_configuration="
            "backup.LockConfiguration(min_retention=cdk.Duration.days(7)))"
        },
        constructs={"AWS::Backup::BackupVault": "RecoveryVault"},
    ),
    check=judge_by(_SETTINGS),
)
