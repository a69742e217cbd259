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
from hipaa_constructs.cost.prices import Price, Tier
from hipaa_constructs.cost.usage import Usage

READ = datetime.date(2026, 11, 1)
TODAY = datetime.date(2026, 11, 28)
Tiers = Sequence[tuple[int | None, str]]


def priced(
    tiers: Tiers,
    *,
    nearest: bool = False,
    priced_region: str = "us-east-1",
    read: datetime.date = READ,
    quoted: bool = False,
) -> Price:
    return Price(
        id="some.thing",
        service="some",
        what="something",
        unit="piece",
        tiers=tuple(Tier(None if top is None else Decimal(top), Decimal(usd)) for top, usd in tiers),
        region="us-east-1",
        nearest=nearest,
        priced_region=priced_region,
        source="https://aws.example/pricing",
        read=read,
        quoted=quoted,
    )


@dataclass(frozen=True)
class StandInBook:
    """A book in which everything costs ``flat`` apiece, but for what ``prices`` says; None there has no price."""

    prices: Mapping[str, Price | None] = field(default_factory=dict)
    flat: str | None = "1"
    as_of: datetime.date = READ
    notes: Sequence[str] = ()

    def price(self, price_id: str, region: str) -> Price | None:
        if price_id in self.prices:
            return self.prices[price_id]
        return None if self.flat is None else priced([(None, self.flat)], priced_region=region)


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
