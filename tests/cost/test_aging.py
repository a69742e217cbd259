"""What is kept over the years: by class, by age, by expiry."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipaa_constructs.cost.aging import kept
from hipaa_constructs.cost.schedules import runs_a_year

DAYS = st.integers(1, 4000).map(Decimal)
AMOUNTS = st.lists(st.integers(0, 10**9).map(Decimal), min_size=1, max_size=8)


def test_a_year_comes_in_evenly() -> None:
    classes = [(Decimal(0), "hot"), (Decimal(73), "cool"), (Decimal(146), "cold")]
    assert kept([Decimal(1000)], classes, None) == {"hot": 200, "cool": 200, "cold": 600}


def test_what_is_too_old_is_gone() -> None:
    classes = [(Decimal(0), "hot"), (Decimal(73), "cold")]
    assert kept([Decimal(1000), Decimal(2000)], classes, Decimal(365)) == {"hot": 400, "cold": 1600}
    assert kept([Decimal(1000), Decimal(2000)], classes, Decimal(438)) == {"hot": 400, "cold": 1800}
    assert kept([Decimal(1000)], classes, Decimal(10)) == {"hot": Decimal(10000) / 365, "cold": 0}


@given(AMOUNTS, st.lists(DAYS, max_size=4, unique=True), st.none() | DAYS)
def test_classes_share_what_is_kept_without_them(
    inflow: list[Decimal], days: list[Decimal], expires: Decimal | None
) -> None:
    classes = [(Decimal(0), "0"), *((day, str(day)) for day in sorted(days))]
    by_class = kept(inflow, classes, expires)
    (whole,) = kept(inflow, [(Decimal(0), "0")], expires).values()
    assert min(by_class.values()) >= 0
    assert abs(sum(by_class.values()) - whole) <= Decimal("1e-12") * (1 + whole)
    assert whole <= sum(inflow) * (1 + Decimal("1e-20"))


@given(AMOUNTS, DAYS, DAYS)
def test_a_longer_retention_keeps_no_less(inflow: list[Decimal], one: Decimal, other: Decimal) -> None:
    short, long = sorted((one, other))
    classes = [(Decimal(0), "all")]
    assert kept(inflow, classes, short)["all"] <= kept(inflow, classes, long)["all"]


@pytest.mark.parametrize(
    ("expression", "runs"),
    [
        ("cron(0 5 * * ? *)", 365),
        ("cron(0 7 1 1,4,7,10 ? *)", 4),
        ("cron(0 5 1 * ? *)", 12),
        ("cron(0/15 * * * ? *)", 365 * 24 * 4),
        ("cron(0 6 1,15 * ? *)", 24),
        ("cron(0 5 ? * MON *)", Decimal(365) / 7),
        ("cron(0 5 ? * MON-FRI *)", Decimal(365) / 7 * 5),
        ("cron(0 8-17 * * ? *)", 3650),
        ("rate(1 day)", 365),
        ("rate(12 hours)", 730),
        ("at noon", 365),
        ("", 365),
    ],
)
def test_schedules_are_counted(expression: str, runs: int | Decimal) -> None:
    assert abs(runs_a_year(expression) - runs) < Decimal("1e-9")
