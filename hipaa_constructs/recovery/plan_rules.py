from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_backup as backup

from hipaa_constructs._arguments import refuse
from hipaa_constructs.recovery.backup_rule import BackupRule

# docs.aws.amazon.com/aws-backup/latest/devguide/aws-backup-limits.html
_MOST_RULES = 10


def default_rules() -> list[BackupRule]:
    """What is older is kept more thinly."""
    return [BackupRule.continuous(), BackupRule.daily(), BackupRule.weekly(), BackupRule.monthly()]


def require_rules(rules: Sequence[BackupRule]) -> None:
    """Refuse none, too many, or two of one name."""
    names = [rule.name for rule in rules]
    if not 1 <= len(names) <= _MOST_RULES:
        refuse(
            "rules",
            f"{len(names)} rules",
            allowed=f"a plan takes 1 to {_MOST_RULES}",
            fix="Leave rules out for continuous, daily, weekly and monthly backups up to seven years.",
        )
    for name in names:
        if names.count(name) > 1:
            refuse("rules", name, allowed="each name can be used once in a plan", fix="Rename one of the rules.")


def define_rule(rule: BackupRule, target: backup.IBackupVault | None) -> backup.BackupPlanRule:
    """Write a rule for CDK; snapshots are copied to ``target`` and live there as long."""
    delete_after = cdk.Duration.days(rule.delete_after_days)
    cold = cdk.Duration.days(rule.cold_after_days) if rule.cold_after_days is not None else None
    copies = None
    if target is not None and not rule.enable_continuous_backup:
        copies = [
            backup.BackupPlanCopyActionProps(
                destination_backup_vault=target, delete_after=delete_after, move_to_cold_storage_after=cold
            )
        ]
    return backup.BackupPlanRule(
        rule_name=rule.name,
        schedule_expression=rule.schedule,
        delete_after=delete_after,
        move_to_cold_storage_after=cold,
        enable_continuous_backup=rule.enable_continuous_backup,
        copy_actions=copies,
    )


def archive_volumes(plan: backup.BackupPlan, rules: Sequence[BackupRule]) -> None:
    """Let EBS snapshots move to cold storage; CDK's rule has no such property, and without it they stay warm."""
    resource = cast("backup.CfnBackupPlan", plan.node.default_child)
    for index, rule in enumerate(rules):
        if rule.archives:
            resource.add_property_override(
                f"BackupPlan.BackupPlanRule.{index}.Lifecycle.OptInToArchiveForSupportedResources", True
            )
