"""Options that several commands share."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from hipaa_constructs.compliance.acknowledgements.baseline_file import DEFAULT_FILE as BASELINE
from hipaa_constructs.compliance.acknowledgements.reviewed_file import DEFAULT_FILE as REVIEWED
from hipaa_constructs.cost.usage import DEFAULT_FILE as USAGE
from hipaa_constructs.evidence.attestation_kinds import DEFAULT_FILE as ATTESTATIONS
from hipaa_constructs.evidence.plan_steps import DEFAULT_FILE as PLAN

Command = TypeVar("Command", bound=Callable[..., Any])

# Later days leave no room for the terms that are counted from them.
_END = datetime.date(9000, 1, 1)


def today_option(help_text: str) -> Callable[[Command], Command]:
    """Return the option ``--today``, a ``datetime.date`` that makes a run repeatable."""
    return click.option(
        "--today",
        type=click.DateTime(["%Y-%m-%d"]),
        callback=day_of,
        envvar="HIPAA_CONSTRUCTS_TODAY",
        metavar="DATE",
        help=help_text,
    )


def fail_on_option(help_text: str) -> Callable[[Command], Command]:
    """Return the option ``--fail-on``, the least severity that makes the exit code 1."""
    return click.option(
        "--fail-on", type=click.Choice(["error", "warning"]), default="error", show_default=True, help=help_text
    )


def gate_file_option(command: Command) -> Command:
    """Give a command that reads a cdk.out the option ``--acknowledgements``, the file that its gate read."""
    return _file_option("--acknowledgements", REVIEWED, "The reviewed file that the gate read.")(command)


def baseline_option(command: Command) -> Command:
    """Return the command with the option ``--baseline``, the findings that are known."""
    return _file_option("--baseline", BASELINE, "Findings that are known and fail nothing.")(command)


def usage_option(command: Command) -> Command:
    """Return the command with the option ``--usage``, the file that says how much an app is used."""
    return _file_option("--usage", USAGE, "How much the app is used.")(command)


def evidence_options(command: Command) -> Command:
    """Give a command that gathers evidence the files that it is made of besides a cdk.out."""
    options = (
        _file_option("--attestations", ATTESTATIONS, "What infrastructure cannot show."),
        gate_file_option,
        baseline_option,
        click.option(
            "--preflight",
            type=click.Path(path_type=Path),
            multiple=True,
            metavar="FILE",
            help="JSON of `hipaa-constructs preflight`, about a live account. Repeat, one an account.",
        ),
        _file_option("--plan", PLAN, "Who does what by when."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _file_option(name: str, default: str, says: str) -> Callable[[Command], Command]:
    """Return an option that is the file named, or else the one of a name here, or None if there is none."""

    def named(context: click.Context, option: click.Parameter, value: Path | None) -> Path | None:
        here = Path(default)
        return value or (here if here.is_file() else None)

    return click.option(
        name,
        type=click.Path(path_type=Path),
        callback=named,
        metavar="FILE",
        help=f"{says} Default: {default} here, if there is one.",
    )


def day_of(context: click.Context, option: click.Parameter, value: datetime.datetime | None) -> datetime.date:
    """Return the day that an option names, or today."""
    day = value.date() if value is not None else datetime.date.today()
    if day >= _END:
        raise click.BadParameter(f"{day} is too far away; give a day before {_END}.")
    return day
