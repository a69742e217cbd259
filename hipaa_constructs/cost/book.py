"""What an estimate asks of prices; ``prices.py`` is the table."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol


class Price(Protocol):
    """What AWS asks for one thing in one Region; ``nearest`` is whether ``priced_region`` stands in for it."""

    @property
    def what(self) -> str:
        """What is billed, in words."""
        ...

    @property
    def unit(self) -> str:
        """What one of a quantity is."""
        ...

    @property
    def nearest(self) -> bool:
        """Whether another Region's price stands in."""
        ...

    @property
    def priced_region(self) -> str:
        """The Region whose price it is."""
        ...

    @property
    def source(self) -> str:
        """The page or file that states it."""
        ...

    @property
    def read(self) -> datetime.date:
        """The day of the source."""
        ...

    @property
    def quoted(self) -> bool:
        """Whether others than AWS state it."""
        ...

    def cost(self, quantity: Decimal) -> Decimal:
        """Return what a month's quantity costs in US dollars, by its tiers."""
        ...

    def stale(self, today: datetime.date) -> bool:
        """Whether the price is older than 180 days."""
        ...


class Book(Protocol):
    """Prices by id and Region."""

    @property
    def as_of(self) -> datetime.date:
        """The day of the oldest price."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """What of a price list could not be taken."""
        ...

    def price(self, price_id: str, region: str) -> Price | None:
        """Return a price; None where none is known."""
        ...
