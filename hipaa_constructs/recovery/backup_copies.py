"""Copies into a vault of another Region or account, without a token that crosses Regions.

A vault's ARN from another Region, as a token, would make CDK add a custom resource that reads it; so it is written from
the vault's name, which is known at synth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from constructs import Construct

from hipaa_constructs._arguments import is_token, refuse
from hipaa_constructs._stacks import arn_in, stack_of
from hipaa_constructs.cloudformation.partitions import partition_of
from hipaa_constructs.compliance.availability import is_absent
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.recovery.backup_rule import BackupRule
from hipaa_constructs.recovery.copy_permissions import copy_statements
from hipaa_constructs.recovery.permissions import Place, Statement
from hipaa_constructs.recovery.plan_vault import PlanVault
from hipaa_constructs.recovery.recovery_vault import RecoveryVault


def require_copy_target(scope: Construct, copy_to: RecoveryVault, rules: Sequence[BackupRule]) -> None:
    """Refuse a vault that cannot receive what ``rules`` copy."""
    here, there = Place.of(scope), Place.of(copy_to)
    if is_token(here.region) or is_token(there.region):
        refuse(
            "copy_to",
            "a vault of an unknown Region",
            allowed="both stacks have to state their Region",
            fix="Pass env=cdk.Environment(account=…, region=…) to both stacks.",
        )
    if here.region == there.region:
        refuse(
            "copy_to",
            f"a vault in {there.region}, the plan's own Region",
            allowed="a copy that outlives the loss of a Region lies in another",
            fix="Put the RecoveryVault into a stack of another Region.",
        )
    if isinstance(copy_to, PlanVault):
        refuse(
            "copy_to",
            "the vault of another BackupPlan",
            allowed="its name is known only at deployment, and another Region has to know it before",
            fix="Make a RecoveryVault in that stack.",
        )
    if partition_of(here.region) != partition_of(there.region):
        refuse(
            "copy_to",
            f"a vault in {there.region}",
            allowed=f"AWS Backup copies within a partition, and the plan is in {here.region}",
            fix="Put the RecoveryVault into another Region of the plan's partition.",
        )
    if here.account != there.account and is_absent("cross-account-copy", here.region, kind="backup_features"):
        refuse(
            "copy_to",
            f"a vault of account {there.account}",
            allowed=f"{here.region} has no copies to other accounts",
            fix="Put the RecoveryVault into a stack of the same account.",
        )
    if is_token(here.account) != is_token(there.account):
        refuse(
            "copy_to",
            "a vault of which it is unknown whether it is in the same account",
            allowed="both stacks state their account, or neither does",
            fix="Pass env=cdk.Environment(account=…, region=…) to both stacks.",
        )
    require_snapshots("copy_to", rules)
    for rule in rules:
        if rule.enable_continuous_backup:
            continue
        if rule.delete_after_days not in copy_to.retention_days:
            first, last = copy_to.retention_days[0], copy_to.retention_days[-1]
            refuse(
                "copy_to",
                f"a vault whose lock lets in {first} to {last} days",
                allowed=f"rule {rule.name!r} keeps its copies {rule.delete_after_days} days, so each would fail",
                fix="Widen min_retention or max_retention of the RecoveryVault, or change the rule.",
            )
    if _key_statement(copy_to) is None:
        refuse(
            "copy_to",
            "a vault under a key that is known in its own Region only",
            allowed="the plan's role has to name the key",
            fix="Leave out the vault's encryption_key, or pass the key of a KmsRotatedKey.",
        )


def require_snapshots(argument: str, rules: Sequence[BackupRule]) -> None:
    """Refuse copies of a plan that makes nothing that is copied."""
    if all(rule.enable_continuous_backup for rule in rules):
        refuse(
            argument,
            "a vault for a plan of continuous backups alone",
            allowed="snapshots are copied, continuous backups are not",
            fix="Add a rule of snapshots, such as BackupRule.daily().",
        )


def vault_arn(vault: RecoveryVault) -> str:
    """Write the ARN of a vault from its name, so that it can be named in another Region."""
    return arn_in(vault, "backup", f"backup-vault:{vault.vault_name}")


def copy_policy(scope: Construct, copy_to: RecoveryVault) -> list[Statement]:
    """What the plan's role needs to copy, with the target's key narrowed to that key."""
    key = _key_statement(copy_to)
    assert key is not None
    return copy_statements(Place.of(scope), Place.of(copy_to), vault_arn=vault_arn(copy_to), key=key)


def _key_statement(vault: RecoveryVault) -> dict[str, Any] | None:
    """Name the vault's key: by its alias, which is known at synth, or by an ARN that is no token."""
    stack = stack_of(vault)
    made = KmsRotatedKey.made(vault.encryption_key)
    if made is not None:
        return {
            "Resource": Place.of(stack).arns("kms", "key/*"),
            "Condition": {"ForAnyValue:StringEquals": {"kms:ResourceAliases": [made.alias_name]}},
        }
    arn = vault.encryption_key.key_arn
    return None if is_token(arn) else {"Resource": [arn]}
