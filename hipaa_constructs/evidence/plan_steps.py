"""The steps of the timeline as the catalogue has them, and the file in which people say who does them by when."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import cache
from typing import Any

from hipaa_constructs.compliance.controls import read

DEFAULT_FILE = "hipaa-plan.toml"


@cache
def catalogue() -> Mapping[str, Any]:
    """Return title, source, phases and steps."""
    entries: Mapping[str, Any] = read("timeline.json")
    return entries


@cache
def weeks() -> Mapping[str, int]:
    """Return the steps' ids in their order, each with its week, counted from 1."""
    return {step["id"]: step["week"] for step in catalogue()["steps"]}


def last_day(start: datetime.date, week: int) -> datetime.date:
    """Return the last day of a week of a plan."""
    return start + datetime.timedelta(days=7 * week - 1)
