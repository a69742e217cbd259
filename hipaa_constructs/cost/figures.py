"""What an estimate says: lines, and sums of them; what is free, and what is not priced."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TypeVar

from hipaa_constructs.cost.usage import Usage

Key = TypeVar("Key", bound=Hashable)
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Line:
    """Something that is billed, and what a month of it costs in US dollars: None where its price is not known.

    ``quoted`` is whether others than AWS state the price; ``priced_region`` the Region whose price stands in where it
    is another than ``region``, else empty. ``rests`` are the keys of the usage that the quantity rests on; a line
    without is fixed.
    """

    stack: str
    resource: str
    type: str
    region: str
    service: str
    price: str
    what: str
    unit: str
    quantity: Decimal
    usd: Decimal | None
    why: str
    rests: tuple[str, ...]
    choice: str
    priced_region: str = ""
    source: str = ""
    quoted: bool = False

    @property
    def fixed(self) -> bool:
        """Whether it is there whatever the use."""
        return not self.rests


@dataclass(frozen=True, slots=True)
class NotPriced:
    """A resource, or a part of it, that no meter could measure, and why."""

    stack: str
    resource: str
    type: str
    reason: str


@dataclass(frozen=True, slots=True)
class Sum:
    """What lines come to, and how many of them have no price, so that they come to at least that."""

    fixed: Decimal
    usage: Decimal
    unpriced: int

    @property
    def usd(self) -> Decimal:
        """Both together."""
        return self.fixed + self.usage


@dataclass(frozen=True, slots=True)
class Aged:
    """A price that is older than 180 days."""

    price: str
    read: datetime.date


@dataclass(frozen=True)
class Estimate:
    """What an app costs a month, at the end of its first year.

    ``notes`` are what of AWS's price lists could not be taken; ``assumed`` the stacks that name no Region, so that
    ``region`` is assumed; ``free`` counts resources by the reason why they cost nothing and by type; ``years`` has what
    each choice comes to a month at the end of the years one to seven, of what has a price.
    """

    usage: Usage
    today: datetime.date
    region: str
    as_of: datetime.date
    lines: Sequence[Line]
    not_priced: Sequence[NotPriced]
    free: Mapping[str, Mapping[str, int]]
    years: Mapping[str, Sequence[Decimal]]
    aged: Sequence[Aged]
    assumed: Sequence[str]
    notes: Sequence[str]

    @cached_property
    def total(self) -> Sum:
        """All lines together."""
        return sum_of(self.lines)

    @cached_property
    def by_stack(self) -> Mapping[str, Sum]:
        """Sums by stack, the dearest first."""
        return grouped(self.lines, lambda line: line.stack)

    @cached_property
    def by_service(self) -> Mapping[str, Sum]:
        """Sums by service, the dearest first."""
        return grouped(self.lines, lambda line: line.service)

    @cached_property
    def by_resource(self) -> Mapping[tuple[str, str], Sum]:
        """Sums by stack and resource, the dearest first."""
        return grouped(self.lines, lambda line: (line.stack, line.resource))

    @cached_property
    def by_choice(self) -> Mapping[str, Sum]:
        """Sums by choice, the dearest first."""
        return grouped(self.lines, lambda line: line.choice)

    @cached_property
    def all_years(self) -> Sequence[Decimal]:
        """What a month costs at the end of each year."""
        return [sum(amounts, NOTHING) for amounts in zip(*self.years.values(), strict=True)]

    @cached_property
    def rests(self) -> Mapping[str, Sum]:
        """What lines come to that rest on each key of the usage, in the order of the usage file."""
        keys = {key for line in self.lines for key in line.rests}
        return {
            key: sum_of([line for line in self.lines if key in line.rests]) for key in self.usage.amounts if key in keys
        }


def sum_of(lines: Sequence[Line]) -> Sum:
    """Add lines up."""
    return Sum(
        sum((line.usd for line in lines if line.fixed and line.usd is not None), NOTHING),
        sum((line.usd for line in lines if not line.fixed and line.usd is not None), NOTHING),
        sum(line.usd is None for line in lines),
    )


def grouped(lines: Sequence[Line], key: Callable[[Line], Key]) -> Mapping[Key, Sum]:
    """Add lines up in groups, the dearest first."""
    groups: dict[Key, list[Line]] = {}
    for line in lines:
        groups.setdefault(key(line), []).append(line)
    sums = {name: sum_of(members) for name, members in groups.items()}
    return dict(sorted(sums.items(), key=lambda item: -item[1].usd))
