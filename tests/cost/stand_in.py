"""Prices for tests: figures that nobody charges, so that no test rests on a list price; and apps of a few resources."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cost.amounts import AMOUNTS
from hipaa_constructs.cost.items import Case, Item
from hipaa_constructs.cost.meters import METERS
from hipaa_constructs.cost.usage import Usage

READ = datetime.date(2026, 11, 1)
TODAY = datetime.date(2026, 11, 28)
Tiers = Sequence[tuple[int | None, str]]


@dataclass(frozen=True)
class StandInPrice:
    tiers: Tiers
    what: str = "something"
    unit: str = "piece"
    nearest: bool = False
    priced_region: str = "us-east-1"
    source: str = "https://aws.example/pricing"
    read: datetime.date = READ
    quoted: bool = False

    def cost(self, quantity: Decimal) -> Decimal:
        total, below = Decimal(0), Decimal(0)
        for up_to, usd in self.tiers:
            top = quantity if up_to is None else min(quantity, Decimal(up_to))
            total += max(Decimal(0), top - below) * Decimal(usd)
            below = max(below, top)
        return total

    def stale(self, today: datetime.date) -> bool:
        return (today - self.read).days > 180


@dataclass(frozen=True)
class StandInBook:
    """A book in which everything costs ``flat`` apiece, but for what ``prices`` says; None there has no price."""

    prices: Mapping[str, StandInPrice | None] = field(default_factory=dict)
    flat: str | None = "1"
    as_of: datetime.date = READ
    notes: Sequence[str] = ()

    def price(self, price_id: str, region: str) -> StandInPrice | None:
        if price_id in self.prices:
            return self.prices[price_id]
        return None if self.flat is None else StandInPrice([(None, self.flat)], priced_region=region)


def app_of(resources: Mapping[str, Any], **where: Any) -> App:
    """Return an app of one template; a resource is its type, or its type and properties."""
    app = App()
    add(app, "stack.json", resources, **where)
    return app


def add(app: App, name: str, resources: Mapping[str, Any], **where: Any) -> None:
    bodies = {
        logical_id: {"Type": one} if isinstance(one, str) else {"Type": one[0], "Properties": one[1]}
        for logical_id, one in resources.items()
    }
    app.add(name, {"Resources": bodies}, **where)


def usage_of(**amounts: object) -> Usage:
    """Return a usage of nothing at all but what is given, as ``storage__gb=5``."""
    nothing = dict.fromkeys(AMOUNTS, Decimal(0))
    return Usage("startup", {**nothing, **{key.replace("__", "."): Decimal(str(v)) for key, v in amounts.items()}})


def items_of(resource: Resource, usage: Usage, year: int = 1) -> list[Item]:
    return list(METERS[resource.type][1](Case(resource, usage, year)))


def quantities(app: App, logical_id: str, usage: Usage | None = None, year: int = 1) -> dict[str, Decimal]:
    """Return what a resource is billed for by price, without what it is billed for none of."""
    (resource,) = (one for one in app.of_type("*") if one.logical_id == logical_id)
    found: dict[str, Decimal] = {}
    for item in items_of(resource, usage or usage_of(), year):
        found[item.price] = found.get(item.price, Decimal(0)) + item.quantity
    return {price: quantity for price, quantity in found.items() if quantity}
