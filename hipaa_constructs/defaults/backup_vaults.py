"""AWS Backup: vaults under the stack's key, locked, of which nobody deletes a recovery point before its time."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_backup as backup
from aws_cdk import aws_iam as iam

from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Plain, Setting
from hipaa_constructs.recovery.vault_policy import kept

_TYPE, _PLAN = "AWS::Backup::BackupVault", "AWS::Backup::BackupPlan"
_DAYS = 7


def _finish(session: Session, found: Found) -> None:
    short = any(days < _DAYS for plan in found.of(_PLAN) for days in _kept(session.resolved(plan, "backup_plan")))
    for resource in found.of(_TYPE):
        path = session.path(resource).removesuffix("/Resource")
        given = session.seen.get(path)
        owner = session.owner(resource)
        if given is None or not isinstance(owner, backup.BackupVault):
            continue
        if given.get("accessPolicy") is None and given.get("blockRecoveryPointDeletion") is not False:
            owner.add_to_access_policy(iam.PolicyStatement.from_json(kept(owner)[-1]))
            why = "CloudFormation alone changes what the vault denies, and its lock."
            session.record(resource, path, _TYPE, "access_policy", ["AccessPolicy"], "set", why)
        # A job that keeps its recovery point for less than the lock says fails:
        # docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html
        if not short and resource.lock_configuration is None:
            resource.lock_configuration = backup.CfnBackupVault.LockConfigurationTypeProperty(min_retention_days=_DAYS)
            why = "A recovery point stays a week at least."
            session.record(resource, path, _TYPE, "lock_configuration", ["LockConfiguration"], "set", why)


def _kept(value: Any) -> list[float]:
    """Return after how many days anything of a plan goes."""
    if isinstance(value, dict):
        days = value.get("deleteAfterDays")
        here = [float(days)] if isinstance(days, int | float) else []
        return [*here, *(one for part in value.values() for one in _kept(part))]
    return [one for part in value for one in _kept(part)] if isinstance(value, list) else []


SERVICE = Service(
    plain=[
        Plain(
            construct=backup.BackupVault,
            props=backup.BackupVaultProps,
            resource_type=_TYPE,
            migration="Make a second vault, and have the plan write there; recovery points can be copied.",
            settings=[
                Setting(
                    argument="encryption_key",
                    properties=["EncryptionKeyArn"],
                    value=lambda made: made.key,
                    why="Recovery points of services that leave that to the vault are under the stack's key.",
                ),
                # docs.aws.amazon.com/aws-backup/latest/devguide/create-a-vault-access-policy.html
                Setting(
                    argument="block_recovery_point_deletion",
                    properties=["AccessPolicy"],
                    value=lambda made: True,
                    why="Recovery points go when the plan says so, and nobody deletes one before.",
                ),
            ],
        )
    ],
    types=[_TYPE, _PLAN],
    finish=_finish,
    later=[
        f"Vaults are locked to keep recovery points {_DAYS} days or more, unless a plan of the app keeps any for less; "
        "CloudFormation alone changes what they deny.",
    ],
)
