"""Measures an app, and asks the price of what was measured."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Protocol

from hipaa_constructs.cloudformation.model import App, Resource, Template
from hipaa_constructs.cost.figures import NOTHING, Aged, Estimate, Line, NotPriced
from hipaa_constructs.cost.items import YEARS, Case, Item, UntoldError
from hipaa_constructs.cost.meters import METERS, reason_of, unit_of
from hipaa_constructs.cost.prices import Price
from hipaa_constructs.cost.services import service_of
from hipaa_constructs.cost.usage import Usage

DEFAULT_REGION = "us-east-1"
_STACK = "AWS::CloudFormation::Stack"
_LEFT_OUT = "a condition leaves it out, by the defaults of parameters"
# Lines are rounded so far that sums of them are exact; however much is given, it fits.
_EXACT = Decimal("1e-9")
_WIDE = Context(prec=300)


class Prices(Protocol):
    """What an estimate asks of prices; a ``PriceBook`` has it."""

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


@dataclass(frozen=True, slots=True)
class _Measured:
    resource: Resource
    item: Item
    choice: str


def estimate(app: App, prices: Prices, usage: Usage, *, today: datetime.date, region: str = DEFAULT_REGION) -> Estimate:
    """Estimate what an app costs a month, at the end of its first year, and how that grows over seven.

    Tiers of a price are those of all that is billed by it in one Region of one account; what is free for good is so
    once in an account. What a condition leaves out by the defaults of parameters costs nothing.

    :param region: the Region of stacks that name none.
    """
    return app.worlds.by_defaults(lambda: _estimate(app, prices, usage, today, region))


def _estimate(app: App, prices: Prices, usage: Usage, today: datetime.date, region: str) -> Estimate:
    measured, not_priced = _measure(app, usage, 1)
    found = {
        key: prices.price(*key) for key in dict.fromkeys((one.item.price, _region(one, region)) for one in measured)
    }
    lines = _lines(measured, found, region)
    aged = {key[0]: Aged(key[0], price.read) for key, price in found.items() if price and price.stale(today)}
    return Estimate(
        usage=usage,
        today=today,
        region=region,
        as_of=min((price.read for price in found.values() if price), default=prices.as_of),
        lines=lines,
        not_priced=not_priced,
        free=_free(app),
        years=_years(app, prices, usage, region),
        aged=sorted(aged.values(), key=lambda one: (one.read, one.price)),
        notes=prices.notes,
        assumed=sorted({name_of(one) for one in app.templates if not one.region and one.resources}),
    )


def name_of(template: Template) -> str:
    """Return how an estimate calls a stack."""
    return template.use or template.stack_path or template.stack_name or template.name


def _region(one: _Measured, default: str) -> str:
    return one.item.region or one.resource.template.region or default


def _measure(app: App, usage: Usage, year: int) -> tuple[Sequence[_Measured], Sequence[NotPriced]]:
    measured: list[_Measured] = []
    missed: list[NotPriced] = []
    for resource in app.of_type("*"):
        if resource.type not in METERS:
            if _is_apart(resource):
                missed.append(_missed(resource, "its template is not at hand, so what it makes is not in the sums"))
            elif reason_of(resource.type) is None:
                missed.append(_missed(resource, "nobody has said what it costs, so it is not in the sums"))
            continue
        family, meter = METERS[resource.type]
        try:
            for item in meter(Case(resource, usage, year)):
                measured.append(_Measured(resource, item, item.choice or family.choice))
        except UntoldError as reason:
            missed.append(_missed(resource, f"{reason}; what follows from that is not in the sums"))
    for template in app.templates:
        for name in template.unread:
            missed.append(NotPriced(name_of(template), name, "", "only deployment tells what it is"))
    return measured, missed


def _is_apart(resource: Resource) -> bool:
    return resource.type == _STACK and resource.template.app.nested(resource) is None


def _missed(resource: Resource, reason: str) -> NotPriced:
    return NotPriced(name_of(resource.template), _path(resource), resource.type, reason)


def _path(resource: Resource) -> str:
    return resource.construct_path or resource.logical_id


def _lines(
    measured: Sequence[_Measured], found: Mapping[tuple[str, str], Price | None], default: str
) -> Sequence[Line]:
    costs = _costs(measured, found, default)
    return [
        _line(one, found[one.item.price, _region(one, default)], usd, default)
        for one, usd in zip(measured, costs, strict=True)
    ]


def _costs(
    measured: Sequence[_Measured], found: Mapping[tuple[str, str], Price | None], default: str
) -> Sequence[Decimal | None]:
    """Return what each costs: its share of what all of its price cost in its Region and account.

    What is free once for an account is taken in the Regions in the order in which they come.
    """
    groups: dict[tuple[str, str, str | None], Decimal] = defaultdict(Decimal)
    keys = [(one.item.price, _region(one, default), one.resource.template.account) for one in measured]
    for key, one in zip(keys, measured, strict=True):
        groups[key] += one.item.quantity
    apiece: dict[tuple[str, str, str | None], Decimal | None] = {}
    taken: dict[tuple[str, str | None], Decimal] = defaultdict(Decimal)
    for key, quantity in groups.items():
        price, once = found[key[:2]], (key[0], key[2])
        # What is billed for nothing costs nothing, whatever its price.
        if price is None or not quantity:
            apiece[key] = None if quantity else NOTHING
            continue
        apiece[key] = price.cost(quantity, taken=taken[once]) / quantity
        taken[once] += min(quantity, price.free)
    return [_times(one.item.quantity, apiece[key]) for key, one in zip(keys, measured, strict=True)]


def _times(quantity: Decimal, usd: Decimal | None) -> Decimal | None:
    if usd is None:
        return None if quantity else NOTHING
    return (quantity * usd).quantize(_EXACT, context=_WIDE)


def _line(one: _Measured, price: Price | None, usd: Decimal | None, default: str) -> Line:
    item, resource = one.item, one.resource
    return Line(
        stack=name_of(resource.template),
        resource=_path(resource),
        type=resource.type,
        region=_region(one, default),
        service=service_of(item.price),
        price=item.price,
        what=price.what if price else "",
        unit=price.unit if price else unit_of(item.price),
        quantity=item.quantity,
        usd=usd,
        why=item.why,
        rests=item.rests,
        choice=one.choice,
        priced_region=price.priced_region if price and price.nearest else "",
        source=price.source if price else "",
        quoted=bool(price and price.quoted),
    )


def _years(app: App, prices: Prices, usage: Usage, region: str) -> Mapping[str, Sequence[Decimal]]:
    years: dict[str, list[Decimal]] = defaultdict(lambda: [NOTHING] * YEARS)
    for year in range(1, YEARS + 1):
        measured, _ = _measure(app, usage, year)
        keys = dict.fromkeys((one.item.price, _region(one, region)) for one in measured)
        found = {key: prices.price(*key) for key in keys}
        for one, usd in zip(measured, _costs(measured, found, region), strict=True):
            years[one.choice][year - 1] += usd or NOTHING
    return dict(years)


def _free(app: App) -> Mapping[str, Mapping[str, int]]:
    free: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for resource in (one for kind in app.resources.values() for one in kind):
        if resource.exists:
            reason = None if resource.type in METERS or _is_apart(resource) else reason_of(resource.type)
        else:
            reason = _LEFT_OUT
        if reason is not None:
            free[reason][resource.type] += 1
    return {reason: dict(sorted(kinds.items())) for reason, kinds in sorted(free.items())}
