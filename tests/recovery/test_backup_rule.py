from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events as events

from hipaa_constructs.recovery.backup_rule import BackupRule

DAILY = events.Schedule.cron(hour="5", minute="0")
MONTHLY = events.Schedule.cron(hour="5", minute="0", day="1")


def days(number: float) -> cdk.Duration:
    return cdk.Duration.hours(number * 24)


def test_presets() -> None:
    kept = {
        rule.name: (rule.delete_after_days, rule.cold_after_days, rule.enable_continuous_backup)
        for rule in (BackupRule.continuous(), BackupRule.daily(), BackupRule.weekly(), BackupRule.monthly())
    }
    assert kept == {
        "Continuous": (35, None, True),
        "Daily": (35, None, False),
        "Weekly": (90, None, False),
        "Monthly": (2557, 90, False),
    }


@pytest.mark.parametrize("preset", [BackupRule.daily, BackupRule.weekly, BackupRule.monthly])
def test_preset_takes_another_retention(preset: object) -> None:
    assert preset(delete_after=days(3653)).delete_after_days == 3653  # type: ignore[operator]


def test_only_a_monthly_rule_archives_volumes() -> None:
    cold = {"delete_after": days(365), "move_to_cold_storage_after": days(90)}
    assert BackupRule("Monthly", schedule=MONTHLY, **cold).archives
    assert not BackupRule("Daily", schedule=DAILY, **cold).archives
    assert not BackupRule("Monthly", schedule=MONTHLY, delete_after=days(365)).archives


def test_cold_storage_for_exactly_90_days_is_allowed() -> None:
    rule = BackupRule("R", schedule=DAILY, delete_after=days(91), move_to_cold_storage_after=days(1))
    assert rule.cold_after_days == 1


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"name": "Every day"}, r"name: got 'Every day'; allowed are 1 to 50 letters"),
        ({"name": ""}, r"name: got ''"),
        ({"schedule": events.Schedule.rate(cdk.Duration.days(1))}, r"schedule: got 'rate\(1 day\)'.*cron"),
        (
            {"schedule": "cron(0 5 * * ? *)"},
            r"BackupRule\(schedule=…\): got 'cron.*it takes aws_cdk.aws_events.Schedule",
        ),
        ({"delete_after": 35}, r"BackupRule\(delete_after=…\): got 35; it takes aws_cdk.Duration"),
        ({"delete_after": days(0)}, r"delete_after: got '0 days'; allowed are 1 to 36500 days"),
        ({"delete_after": days(36_501)}, r"delete_after: got '36501 days'"),
        ({"delete_after": days(1.5)}, r"delete_after: got '1.5 days'; it takes whole days"),
        (
            {"delete_after": cdk.Duration.days(cdk.Token.as_number("x"))},
            r"delete_after: got 'a token'; it has to be known at synth",
        ),
        (
            {"delete_after": days(179), "move_to_cold_storage_after": days(90)},
            r"delete_after: got '179 days'; cold storage after 90 days asks for 180 days or more",
        ),
        ({"move_to_cold_storage_after": days(0)}, r"move_to_cold_storage_after: got '0 days'"),
        ({"start_window": cdk.Duration.minutes(59)}, r"start_window: got '59 minutes'; it takes whole minutes, 60 or"),
        ({"start_window": cdk.Duration.seconds(3601)}, r"start_window: got '60.0167 minutes'"),
        ({"start_window": cdk.Duration.hours(cdk.Token.as_number("x"))}, r"start_window: got 'a token'"),
        (
            {"delete_after": days(36), "enable_continuous_backup": True},
            r"delete_after: got '36 days'; continuous backups are kept 1 to 35 days",
        ),
        (
            {"delete_after": days(35), "move_to_cold_storage_after": days(1), "enable_continuous_backup": True},
            r"move_to_cold_storage_after: got '1 days'; continuous backups have no cold storage",
        ),
    ],
)
def test_refuses(changed: dict[str, object], message: str) -> None:
    arguments: dict[str, object] = {"name": "R", "schedule": DAILY, "delete_after": days(365), **changed}
    with pytest.raises(ValueError, match=message):
        BackupRule(**arguments)  # type: ignore[arg-type]


def test_begins_within_an_hour_unless_said_otherwise() -> None:
    assert BackupRule.daily().start_window_minutes == 60
    rule = BackupRule("R", schedule=DAILY, delete_after=days(7), start_window=cdk.Duration.hours(3))
    assert rule.start_window_minutes == 180


@pytest.mark.parametrize(
    ("schedule", "overlaps"),
    [
        ("cron(0 5 * * ? *)", True),
        ("cron(59 5 * * ? *)", True),
        ("cron(1 4 * * ? *)", True),
        ("cron(0 4,6 * * ? *)", False),
        ("cron(0/20 6-8 ? * MON-FRI *)", False),
        ("cron(0/20 4-8 ? * MON-FRI *)", True),
        ("cron(0 1/4 ? * * *)", True),
        ("cron(0 */3 ? * * *)", False),
        ("cron(30 * 1 * ? *)", True),
        # What is no cron field, or known only at deployment, overlaps with nothing.
        ("cron(0 FIVE * * ? *)", False),
        ("cron(0 {} * * ? *)", False),
    ],
)
def test_overlaps_with_rules_that_begin_in_its_window(schedule: str, overlaps: bool) -> None:
    one = BackupRule("One", schedule=DAILY, delete_after=days(7))
    schedule = schedule.format(cdk.Token.as_string({"Ref": "Hour"}))
    other = BackupRule("Other", schedule=events.Schedule.expression(schedule), delete_after=days(7))
    assert (one.overlaps(other), other.overlaps(one)) == (overlaps, overlaps)


def test_windows_reach_over_midnight() -> None:
    late = events.Schedule.cron(hour="23", minute="30")
    one = BackupRule("One", schedule=late, delete_after=days(7), start_window=cdk.Duration.hours(6))
    assert one.overlaps(BackupRule("Other", schedule=DAILY, delete_after=days(7)))
    assert not one.overlaps(BackupRule("Other", schedule=events.Schedule.cron(hour="6"), delete_after=days(7)))
