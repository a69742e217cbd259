"""How often a schedule of AWS runs."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

_RATE = re.compile(r"rate\(\s*(\d+)\s+(minute|hour|day)s?\s*\)")
_MINUTES = {"minute": 1, "hour": 60, "day": 60 * 24}
_DAILY = Decimal(365)
# The fields of cron(minutes hours day-of-month month day-of-week year), each with its least and greatest value.
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7))


@cache
def runs_a_year(expression: str) -> Decimal:
    """Return how many times a year of 365 days an expression of EventBridge runs; one that is not read: once a day."""
    rate = _RATE.fullmatch(expression.strip())
    if rate and int(rate[1]):
        return _DAILY * 24 * 60 / (int(rate[1]) * _MINUTES[rate[2]])
    fields = expression.strip().removeprefix("cron(").removesuffix(")").split()
    if len(fields) != 6:
        return _DAILY
    minutes, hours, days, months, weekdays = (
        _count(field, low, high) for field, (low, high) in zip(fields, _RANGES, strict=False)
    )
    if fields[2] in ("*", "?") and fields[4] in ("*", "?"):
        share = _DAILY * months / 12
    elif fields[4] in ("*", "?"):
        share = days * months
    else:
        share = _DAILY / 7 * weekdays * months / 12
    return minutes * hours * share


def _count(field: str, low: int, high: int) -> Decimal:
    """Return how many values of a range a field names."""
    total = 0
    for item in field.split(","):
        body, _, step = item.partition("/")
        first, _, last = body.partition("-")
        every = int(step) if step.isdigit() and int(step) else 1
        if body in ("*", "?"):
            total += len(range(low, high + 1, every))
        elif first.isdigit() and last.isdigit():
            total += len(range(int(first), int(last) + 1, every))
        elif first.isdigit() and step:
            total += len(range(int(first), high + 1, every))
        elif "-" in body:
            total += max(1, (_day(last) - _day(first)) + 1)
        else:
            total += 1
    return Decimal(max(1, total))


def _day(name: str) -> int:
    names = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
    return names.index(name[:3].upper()) if name[:3].upper() in names else 0
