"""Options that several commands share."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

# Later days leave no room for the terms that are counted from them.
_END = datetime.date(9000, 1, 1)


def today_option(help_text: str) -> Callable[[Command], Command]:
    """Return the option ``--today``, a ``datetime.date`` that makes a run repeatable."""
    return click.option(
        "--today",
        type=click.DateTime(["%Y-%m-%d"]),
        callback=_day,
        envvar="HIPAA_CONSTRUCTS_TODAY",
        metavar="DATE",
        help=help_text,
    )


def _day(context: click.Context, option: click.Parameter, value: datetime.datetime | None) -> datetime.date:
    day = value.date() if value is not None else datetime.date.today()
    if day >= _END:
        raise click.BadParameter(f"{day} is too far away; give a day before {_END}.")
    return day
