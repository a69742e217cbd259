"""What AWS asks for, by a dated table: ``catalogue/prices.json``, or AWS's own price list in its place.

No figure is written from memory: each names the page that states it. Prices are AWS's list prices in US dollars,
on demand, without commitment, tax or credits. What AWS gives every account for good, each month, is a first tier at 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeAlias

from hipaa_constructs.cloudformation.partitions import PARTITIONS, partition_of
from hipaa_constructs.compliance.controls import read
from hipaa_constructs.cost.price_list import Listed, Selector, read_price_list

MAX_AGE: Final = timedelta(days=180)
# The Regions that the table is kept for.
REGIONS: Final = ("us-east-1", "us-west-2", "eu-central-1", "us-gov-west-1")
# Regions whose prices stand in where no source was found for one of those.
OTHER_REGIONS: Final = ("us-east-2", "us-west-1", "eu-north-1", "eu-west-1")
# The Region of the table that stands in for a continent without one, by how the codes of its Regions begin.
_NEIGHBOURS = {"af": "eu-central-1", "ap": "us-west-2", "il": "eu-central-1", "me": "eu-central-1"}
_NEIGHBOUR = "us-east-1"

# What one of a quantity is. A month is AWS's own of 730 hours:
# https://aws.amazon.com/calculator/calculator-assumptions/ ("730 hours in a month").
UNITS: Final = frozenset(
    {
        "ACL-month",
        "ACU-hour",
        "DPU-hour",
        "GB",
        "GB-hour",
        "GB-month",
        "GB-second",
        "IOPS-month",
        "LCU-hour",
        "MB/s-month",
        "NLCU-hour",
        "RCU-hour",
        "RPU-hour",
        "WCU-hour",
        "address-hour",
        "alarm-metric-month",
        "alarm-month",
        "assessment",
        "attachment-hour",
        "balancer-hour",
        "broker-hour",
        "bucket-month",
        "check",
        "check-month",
        "cluster-hour",
        "connection-hour",
        "dashboard-month",
        "datastore-hour",
        "domain-month",
        "email",
        "endpoint-AZ-hour",
        "endpoint-hour",
        "evaluation",
        "event",
        "function-month",
        "gateway-hour",
        "hour",
        "identity-month",
        "image",
        "instance-hour",
        "instance-month",
        "interface-hour",
        "invocation",
        "item",
        "key-month",
        "message",
        "metric-month",
        "minute",
        "node-hour",
        "notification",
        "object",
        "organization-month",
        "parameter-month",
        "payload unit",
        "pipeline-month",
        "policy-month",
        "protocol-hour",
        "query",
        "request",
        "request unit",
        "rule-month",
        "run",
        "scan",
        "second",
        "secret-month",
        "shard-hour",
        "stream-hour",
        "test",
        "transition",
        "user-month",
        "vCPU-hour",
        "vCPU-month",
        "zone-month",
    }
)


@dataclass(frozen=True, slots=True)
class Tier:
    """What each costs up to a quantity a month, counted from the first; ``up_to`` None is the last tier."""

    up_to: Decimal | None
    usd: Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """What AWS asks for one thing in one Region.

    :param region: the Region that was asked for.
    :param nearest: whether another Region's price, that of ``priced_region``, stands in, since none was found for it.
    :param source: the page or file that states the figure; ``quoted`` if it is not AWS's own.
    :param read: the day that the source bears, else the day it was read.
    :param free: what of the first tier AWS gives an account once, in whatever Regions it is used; the rest of what is
        free there is given in each Region.
    """

    id: str
    service: str
    what: str
    unit: str
    tiers: tuple[Tier, ...]
    region: str
    nearest: bool
    priced_region: str
    source: str
    read: date
    quoted: bool = False
    free: Decimal = Decimal(0)

    def cost(self, quantity: Decimal, *, taken: Decimal = Decimal(0)) -> Decimal:
        """Return what a month's ``quantity`` costs in US dollars, unrounded.

        :param taken: what of ``free`` the account has taken elsewhere.
        :raises ValueError: for less than nothing.
        """
        if quantity < 0:
            raise ValueError(f"quantity: got {quantity} {self.unit} of {self.id}; it takes 0 or more")
        total, below = Decimal(0), Decimal(0)
        for tier in self.tiers:
            top = quantity if tier.up_to is None else min(quantity, tier.up_to)
            if top <= below:
                break
            total += (top - below) * tier.usd
            below = top
        paid = min(quantity, self.free) - min(quantity, max(Decimal(0), self.free - taken))
        return total + paid * self.tiers[1].usd if paid else total

    def stale(self, today: date) -> bool:
        """Whether the figure is older than 180 days."""
        return today - self.read > MAX_AGE


@dataclass(frozen=True, slots=True)
class _Source:
    url: str
    read: date
    quoted: bool


@dataclass(frozen=True, slots=True)
class _Figure:
    tiers: tuple[Tier, ...]
    source: _Source


@dataclass(frozen=True, slots=True)
class _Entry:
    id: str
    what: str
    unit: str
    free: Decimal
    selector: Selector | None
    figures: Mapping[str, _Figure]


_Figures: TypeAlias = Mapping[str, _Figure]


@dataclass(frozen=True, slots=True)
class PriceBook:
    """Prices by id and Region.

    ``as_of`` is the day of the oldest price in it, so that the book as a whole is as old as what is oldest in it. A
    warning is due for each price that an estimate used and that is ``stale`` itself: most are newer.
    """

    _entries: Mapping[str, _Entry] = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def as_of(self) -> date:
        """The day of the oldest price."""
        return min(figure.source.read for entry in self._entries.values() for figure in entry.figures.values())

    @property
    def ids(self) -> Sequence[str]:
        """The ids of all prices, in the table's order."""
        return tuple(self._entries)

    def stale(self, today: date) -> bool:
        """Whether any of its prices is older than 180 days."""
        return today - self.as_of > MAX_AGE

    def price(self, price_id: str, region: str) -> Price | None:
        """Return a price, or None where no source was found for it in the Region's whole partition.

        Where the Region has no price of its own the nearest one's stands in: of the Regions of the same partition that
        have one, that of the same part of the same continent (``us-west-1`` takes ``us-west-2``), else of the same
        continent, else of the continent's neighbour: Frankfurt for Africa, Israel and the Middle East, Oregon for Asia
        and the Pacific, else Northern Virginia.
        """
        entry = self._entries.get(price_id)
        if entry is None:
            return None
        known = partition_of(region)
        if known not in entry.figures:
            nearest = _nearest(region, entry.figures)
            if nearest is None:
                return None
            known = nearest
        figure = entry.figures[known]
        own = known in (region, partition_of(region))
        # No source says that it is free in other partitions too.
        free = entry.free if partition_of(region) == "aws" and figure.tiers[0].usd else Decimal(0)
        return Price(
            id=entry.id,
            service=entry.id.partition(".")[0],
            what=entry.what,
            unit=entry.unit,
            tiers=_with_free(figure.tiers, free),
            region=region,
            nearest=not own,
            priced_region=region if own else known,
            source=figure.source.url,
            read=figure.source.read,
            quoted=figure.source.quoted,
            free=free,
        )

    def with_price_list(self, paths: Iterable[Path]) -> PriceBook:
        """Return the book with what AWS's own price list files say in the place of the table, Region by Region.

        What a file has no single price for stays as it was, and ``notes`` says so.

        :raises PriceListError: for a file that is no price list of a service, or of none that the table asks for.
        """
        entries, notes = dict(self._entries), list(self.notes)
        selectors = {entry.id: entry.selector for entry in entries.values() if entry.selector is not None}
        for path in paths:
            offer = read_price_list(path, selectors)
            source = {region: _Source(offer.url(region), offer.published, quoted=False) for region in offer.regions}
            for (price_id, region), listed in offer.prices.items():
                if listed is None:
                    notes.append(f"{path}: several prices of {price_id} in {region}; the table's stays")
                    continue
                entry = entries[price_id]
                figure = _Figure(_tiers(listed), source[region])
                entries[price_id] = replace(entry, figures={**entry.figures, region: figure})
            if offer.missing:
                notes.append(f"{path}: no price of {', '.join(offer.missing)}; the table's stay")
        return PriceBook(entries, tuple(notes))


def read_prices() -> PriceBook:
    """Return the table.

    :raises ValueError: for an entry of it that is not in order.
    """
    return _book(read("prices.json"))


def _book(table: Any) -> PriceBook:
    as_of = date.fromisoformat(table["as_of"])
    sources = {name: _source(name, written, as_of) for name, written in table["sources"].items()}
    entries: dict[str, _Entry] = {}
    for written in table["prices"]:
        entry = _entry(written, sources)
        if entry.id in entries:
            raise ValueError(f"{entry.id}: stands twice in the table")
        entries[entry.id] = entry
    return PriceBook(entries)


def _source(name: str, written: Mapping[str, Any], as_of: date) -> _Source:
    source = _Source(written["url"], date.fromisoformat(written["read"]), written.get("quoted", False))
    if not source.url.startswith("https://"):
        raise ValueError(f"source {name}: got {source.url}; it takes an https address")
    if source.read > as_of:
        raise ValueError(f"source {name}: read {source.read}, which is after the table's as_of, {as_of}")
    return source


def _entry(written: Mapping[str, Any], sources: Mapping[str, _Source]) -> _Entry:
    name, unit = written["id"], written["unit"]
    if unit not in UNITS:
        raise ValueError(f"{name}: unit {unit} is not known; known are {', '.join(sorted(UNITS))}")
    figures: dict[str, _Figure] = {}
    for group in written["figures"]:
        usd = group["usd"]
        tiers = _tiers([(None, usd)] if isinstance(usd, str) else usd)
        _check(name, tiers)
        for region in group["regions"]:
            if region not in (*REGIONS, *OTHER_REGIONS, *PARTITIONS):
                raise ValueError(f"{name}: Region {region} is not one that the table is kept for: {', '.join(REGIONS)}")
            if region in figures:
                raise ValueError(f"{name}: two prices for {region}")
            figures[region] = _Figure(tiers, sources[group["source"]])
    if not figures:
        raise ValueError(f"{name}: no price; a thing without one is left out of the table")
    if ("free" in written) != (written.get("free_source") in sources):
        raise ValueError(f"{name}: what is free takes a free_source of the table's sources, and nothing else does")
    selector = Selector(**written["list"]) if "list" in written else None
    return _Entry(name, written["what"], unit, Decimal(written.get("free", "0")), selector, figures)


def _check(name: str, tiers: Sequence[Tier]) -> None:
    tops = [tier.up_to for tier in tiers]
    bounds = [top for top in tops if top is not None]
    rising = all(low < high for low, high in zip([Decimal(0), *bounds], bounds, strict=False))
    if not tops or tops[-1] is not None or None in tops[:-1] or not rising:
        raise ValueError(f"{name}: tiers end at {tops}; each ends above the one before, and the last is open")
    if any(tier.usd < 0 for tier in tiers):
        raise ValueError(f"{name}: a price below 0")


def _tiers(written: Listed) -> tuple[Tier, ...]:
    return tuple(Tier(None if top is None else Decimal(top), Decimal(usd)) for top, usd in written)


def _with_free(tiers: tuple[Tier, ...], free: Decimal) -> tuple[Tier, ...]:
    """Put what is free for everyone first."""
    if not free:
        return tiers
    return (Tier(free, Decimal(0)), *(tier for tier in tiers if tier.up_to is None or tier.up_to > free))


def _nearest(region: str, figures: _Figures) -> str | None:
    continent, area = region.partition("-")[0], region.rpartition("-")[0]
    neighbour = _NEIGHBOURS.get(continent, _NEIGHBOUR)
    return min(
        (known for known in figures if known not in PARTITIONS and partition_of(known) == partition_of(region)),
        key=lambda known: (
            known != region,
            known.rpartition("-")[0] != area,
            known.partition("-")[0] != continent,
            known != neighbour,
            known,
        ),
        default=None,
    )
