from __future__ import annotations

import re

import aws_cdk as cdk
from aws_cdk import aws_events as events

from hipaa_constructs._arguments import checked_arguments, refuse, require_days
from hipaa_constructs._constants import days

# docs.aws.amazon.com/aws-backup/latest/devguide/API_Lifecycle.html: at least 90 days in cold storage.
_COLD_DAYS = 90
# docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery.html
_CONTINUOUS_DAYS = 35
# docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupRuleInput.html
_SHORTEST_WINDOW = 60
# The longest that a vault lock can hold:
# docs.aws.amazon.com/aws-backup/latest/devguide/API_PutBackupVaultLockConfiguration.html
_MOST_DAYS = 36_500

_DAY = 24 * 60

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
    :param start_window: how long after its time a backup may still begin, whole minutes, an hour or more; with many
        stores, or backups that run for hours, AWS Backup needs longer. What has not begun by then expires, and is
        told. Once begun, a backup has as long as AWS Backup gives it. Default: an hour.
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
        start_window: cdk.Duration | None = None,
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
        self.start_window_minutes = _window(start_window)
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
            delete_after=delete_after or days(35),
        )

    @classmethod
    def weekly(cls, *, delete_after: cdk.Duration | None = None) -> BackupRule:
        """Every Saturday at 5:00 UTC, kept 90 days unless said otherwise."""
        return cls(
            "Weekly",
            schedule=events.Schedule.cron(hour="5", minute="0", week_day="SAT"),
            delete_after=delete_after or days(90),
        )

    @classmethod
    def monthly(cls, *, delete_after: cdk.Duration | None = None) -> BackupRule:
        """On the first of the month at 5:00 UTC, cold after 90 days, kept seven years unless said otherwise."""
        return cls(
            "Monthly",
            schedule=events.Schedule.cron(hour="5", minute="0", day="1"),
            delete_after=delete_after or cdk.Duration.days(SEVEN_YEARS),
            move_to_cold_storage_after=days(90),
        )

    def overlaps(self, other: BackupRule) -> bool:
        """Whether the start windows of two rules have a time of day in common, on days that they share.

        A schedule that only deployment can tell overlaps with none.
        """
        return any(
            (theirs - ours) % _DAY < self.start_window_minutes or (ours - theirs) % _DAY < other.start_window_minutes
            for ours in self._starts()
            for theirs in other._starts()
        )

    def _starts(self) -> list[int]:
        """Return the minutes of the day at which the rule runs."""
        minutes, hours = self.schedule.expression_string[len("cron(") :].split()[:2]
        return [60 * hour + minute for hour in _values(hours, 24) for minute in _values(minutes, 60)]

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


def _values(field: str, size: int) -> set[int]:
    """Read a cron field: ``*``, numbers, ranges, steps and lists of these; nothing where it is none of them.

    Source: docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html.
    """
    found: set[int] = set()
    for part in field.split(","):
        match = re.fullmatch(r"(?:\*|(\d+)(?:-(\d+))?)(?:/(\d+))?", part)
        if match is None:
            return set()
        first, last, step = match.groups()
        end = int(last) if last else size - 1 if first is None or step else int(first)
        found.update(range(int(first or 0), end + 1, int(step or 1)))
    return found


def _window(start_window: cdk.Duration | None) -> int:
    if start_window is None:
        return _SHORTEST_WINDOW
    minutes = 0 if start_window.is_unresolved() else start_window.to_minutes(integral=False)
    if minutes < _SHORTEST_WINDOW or minutes != int(minutes):
        refuse(
            "start_window",
            "a token" if start_window.is_unresolved() else f"{minutes:g} minutes",
            allowed=f"it takes whole minutes, {_SHORTEST_WINDOW} or more, known at synth",
            fix="Leave it out for an hour.",
        )
    return int(minutes)


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
