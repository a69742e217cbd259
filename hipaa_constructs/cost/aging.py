"""What is kept of what came in over the years, by how old it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from hipaa_constructs.cost.items import DAYS_OF_YEAR, MONTHS_OF_YEAR, Case


def inflow_by_year(case: Case, monthly: Callable[[Case], Decimal]) -> list[Decimal]:
    """Return what came in in each year until the case's, the first first, from what comes in in a month of it."""
    return [monthly(replace(case, year=year)) * MONTHS_OF_YEAR for year in range(1, case.year + 1)]


def kept(
    inflow: Sequence[Decimal], classes: Sequence[tuple[Decimal, str]], expires: Decimal | None
) -> Mapping[str, Decimal]:
    """Return what is kept at the end of the last year, by class.

    What comes in in a year comes in evenly over its 365 days.

    :param inflow: what came in in each year, the first first.
    :param classes: from how many days of age on things are in which class, in order; the first from 0 on.
    :param expires: at how many days they are removed; None for never.
    """
    found = {name: Decimal(0) for _, name in classes}
    ends = [*(start for start, _ in classes[1:]), None]
    for (start, name), end in zip(classes, ends, strict=True):
        until = expires if end is None else end if expires is None else min(end, expires)
        for years_ago, amount in enumerate(reversed(inflow)):
            youngest, oldest = DAYS_OF_YEAR * years_ago, DAYS_OF_YEAR * (years_ago + 1)
            low = max(start, youngest)
            high = oldest if until is None else min(until, oldest)
            if high > low:
                found[name] += amount * (high - low) / DAYS_OF_YEAR
    return found
