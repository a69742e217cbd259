"""Options that several commands share."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from hipaa_constructs.compliance.acknowledgements.baseline_file import DEFAULT_FILE as BASELINE
from hipaa_constructs.compliance.acknowledgements.reviewed_file import DEFAULT_FILE

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
    return click.option(
        "--acknowledgements",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help=f"The reviewed file that the gate read. Default: {DEFAULT_FILE} here, if there is one.",
    )(command)


def baseline_option(command: Command) -> Command:
    """Return the command with the option ``--baseline``, the findings that are known."""
    return click.option(
        "--baseline",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help=f"Findings that are known and fail nothing. Default: {BASELINE} here, if there is one.",
    )(command)


def day_of(context: click.Context, option: click.Parameter, value: datetime.datetime | None) -> datetime.date:
    """Return the day that an option names, or today."""
    day = value.date() if value is not None else datetime.date.today()
    if day >= _END:
        raise click.BadParameter(f"{day} is too far away; give a day before {_END}.")
    return day
