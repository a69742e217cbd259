from __future__ import annotations

import re

import aws_cdk as cdk
from aws_cdk import aws_events as events

from hipaa_constructs._arguments import checked_arguments, refuse, require_days

# docs.aws.amazon.com/aws-backup/latest/devguide/API_Lifecycle.html: at least 90 days in cold storage.
_COLD_DAYS = 90
# docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery.html
_CONTINUOUS_DAYS = 35
# The longest that a vault lock can hold:
# docs.aws.amazon.com/aws-backup/latest/devguide/API_PutBackupVaultLockConfiguration.html
_MOST_DAYS = 36_500

SEVEN_YEARS = 2557
"""Seven years in days, of which two are leap days."""


class BackupRule:
    """How often a ``BackupPlan`` makes recovery points, and how long they stay.

    HIPAA sets no period for medical records; state law does. 45 CFR 164.316(b)(2)(i) asks for six years of
    documentation alone, so no retention is refused here for being short.

    :param name: how jobs and reports call the rule.
    :param schedule: when it runs, as ``events.Schedule.cron(...)`` in UTC.
    :param delete_after: how long recovery points stay, whole days. The vault lock is derived from it.
    :param move_to_cold_storage_after: when recovery points of services that have cold storage move there, at least 90
        days before they are deleted. Other services keep them warm. Default: never.
    :param enable_continuous_backup: whether a database or bucket can be restored to any second of the last
        ``delete_after``, 35 days at most. Services without continuous backup get snapshots. Default: snapshots.
    :raises ValueError: a name, schedule or period that AWS Backup refuses.
    """

    @checked_arguments
    def __init__(
        self,
        name: str,
        *,
        schedule: events.Schedule,
        delete_after: cdk.Duration,
        move_to_cold_storage_after: cdk.Duration | None = None,
        enable_continuous_backup: bool = False,
    ) -> None:
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,50}", name):
            refuse(
                "name",
                name,
                allowed="allowed are 1 to 50 letters, digits, '.', '_' and '-'",
                fix="AWS Backup names rules so.",
            )
        if not schedule.expression_string.startswith("cron("):
            refuse(
                "schedule",
                schedule.expression_string,
                allowed="AWS Backup takes cron expressions",
                fix="Use events.Schedule.cron(...).",
            )
        self.name = name
        self.schedule = schedule
        self.enable_continuous_backup = enable_continuous_backup
        self.delete_after_days = whole_days("delete_after", delete_after)
        self.cold_after_days = (
            whole_days("move_to_cold_storage_after", move_to_cold_storage_after)
            if move_to_cold_storage_after is not None
            else None
        )
        self._require_lifecycle()

    @classmethod
    def continuous(cls) -> BackupRule:
        """Restore to any second of the last 35 days, the longest AWS Backup offers."""
        return cls(
            "Continuous",
            schedule=events.Schedule.cron(hour="3", minute="0"),
            delete_after=cdk.Duration.days(_CONTINUOUS_DAYS),
            enable_continuous_backup=True,
        )

    @classmethod
    def daily(cls, *, delete_after: cdk.Duration | None = None) -> BackupRule:
        """Every day at 5:00 UTC, kept 35 days unless said otherwise."""
        return cls(
            "Daily",
            schedule=events.Schedule.cron(hour="5", minute="0"),
            delete_after=delete_after or cdk.Duration.days(35),
        )

    @classmethod
    def weekly(cls, *, delete_after: cdk.Duration | None = None) -> BackupRule:
        """Every Saturday at 5:00 UTC, kept 90 days unless said otherwise."""
        return cls(
            "Weekly",
            schedule=events.Schedule.cron(hour="5", minute="0", week_day="SAT"),
            delete_after=delete_after or cdk.Duration.days(90),
        )

    @classmethod
    def monthly(cls, *, delete_after: cdk.Duration | None = None) -> BackupRule:
        """On the first of the month at 5:00 UTC, cold after 90 days, kept seven years unless said otherwise."""
        return cls(
            "Monthly",
            schedule=events.Schedule.cron(hour="5", minute="0", day="1"),
            delete_after=delete_after or cdk.Duration.days(SEVEN_YEARS),
            move_to_cold_storage_after=cdk.Duration.days(90),
        )

    @property
    def archives(self) -> bool:
        """Whether EBS snapshots move to cold storage too, which takes a rule that runs once a month or less.

        Source: docs.aws.amazon.com/aws-backup/latest/devguide/API_Lifecycle.html.
        """
        day_of_month = self.schedule.expression_string[5:-1].split()[2]
        return self.cold_after_days is not None and bool(re.fullmatch(r"\d+W?|LW?", day_of_month))

    def _require_lifecycle(self) -> None:
        cold = self.cold_after_days
        if self.enable_continuous_backup:
            if self.delete_after_days > _CONTINUOUS_DAYS:
                refuse(
                    "delete_after",
                    f"{self.delete_after_days} days",
                    allowed=f"continuous backups are kept 1 to {_CONTINUOUS_DAYS} days",
                    fix="Add a rule of snapshots for what is kept longer.",
                )
            if cold is not None:
                refuse(
                    "move_to_cold_storage_after",
                    f"{cold} days",
                    allowed="continuous backups have no cold storage",
                    fix="Leave it out, or add a rule of snapshots.",
                )
        elif cold is not None and self.delete_after_days < cold + _COLD_DAYS:
            refuse(
                "delete_after",
                f"{self.delete_after_days} days",
                allowed=f"cold storage after {cold} days asks for {cold + _COLD_DAYS} days or more",
                fix="Keep recovery points longer, or leave out move_to_cold_storage_after.",
            )


def whole_days(argument: str, value: cdk.Duration) -> int:
    """Return a period in days; it has to be known at synth, since the vault lock is computed from it."""
    if value.is_unresolved():
        refuse(
            argument,
            "a token",
            allowed="it has to be known at synth, since the vault lock depends on it",
            fix="Pass Duration.days(…) with a number.",
        )
    require_days(argument, value, 1, _MOST_DAYS, fix="AWS Backup keeps recovery points within that range.")
    return int(value.to_days())
