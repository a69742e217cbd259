from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_backup as backup

from hipaa_constructs._arguments import refuse
from hipaa_constructs._constants import days
from hipaa_constructs.recovery.backup_rule import BackupRule

# docs.aws.amazon.com/aws-backup/latest/devguide/aws-backup-limits.html
_MOST_RULES = 10


def default_rules() -> list[BackupRule]:
    """What is older is kept more thinly."""
    return [BackupRule.continuous(), BackupRule.daily(), BackupRule.weekly(), BackupRule.monthly()]


def require_rules(rules: Sequence[BackupRule]) -> None:
    """Refuse none, too many, two of one name, or one that would keep continuous backups from running."""
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
    _require_apart(rules)


def _require_apart(rules: Sequence[BackupRule]) -> None:
    """Refuse what would end point-in-time recovery without a word.

    Where start windows overlap, AWS Backup runs the rule that keeps longer and leaves the other out; of several
    continuous rules it runs one. Snapshots may overlap: the one that is kept longest stands for the others. Sources:
    docs.aws.amazon.com/aws-backup/latest/devguide/plan-options-and-configuration.html and
    docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery-overlapping.html.
    """
    for continuous in (rule for rule in rules if rule.enable_continuous_backup):
        for other in (rule for rule in rules if rule is not continuous):
            if other.enable_continuous_backup:
                refuse(
                    "rules",
                    [continuous.name, other.name],
                    allowed="a plan runs one rule of continuous backups",
                    fix="Keep the one that keeps longer.",
                )
            if other.delete_after_days >= continuous.delete_after_days and other.overlaps(continuous):
                refuse(
                    "rules",
                    other.name,
                    allowed=f"it may not begin while {continuous.name!r} may: AWS Backup would run only the rule that "
                    "keeps longer, and there would be no point-in-time recovery",
                    fix="Choose another hour for it, or a shorter start_window.",
                )


def define_rule(rule: BackupRule, targets: Sequence[backup.IBackupVault]) -> backup.BackupPlanRule:
    """Write a rule for CDK; snapshots are copied to each of ``targets`` and live there as long."""
    delete_after = days(rule.delete_after_days)
    cold = days(rule.cold_after_days) if rule.cold_after_days is not None else None
    copies = None
    if targets and not rule.enable_continuous_backup:
        copies = [
            backup.BackupPlanCopyActionProps(
                destination_backup_vault=target, delete_after=delete_after, move_to_cold_storage_after=cold
            )
            for target in targets
        ]
    return backup.BackupPlanRule(
        rule_name=rule.name,
        schedule_expression=rule.schedule,
        start_window=cdk.Duration.minutes(rule.start_window_minutes),
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
