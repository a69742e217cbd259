"""What a resource is billed for: items, and what a meter reads them from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import Resolved, Ternary, Unknown, as_items, as_text, dig, is_true
from hipaa_constructs.cost.amounts import MOST
from hipaa_constructs.cost.usage import Usage

# AWS's own month of hours, 8760 / 12 (https://aws.amazon.com/calculator/).
HOURS = Decimal(730)
DAYS_OF_YEAR = Decimal(365)
MONTHS_OF_YEAR = Decimal(12)
# How long the Security Rule and the constructs here keep records and their copies, rounded up.
YEARS = 7


class UntoldError(ValueError):
    """What a meter has to know and the template leaves to deployment."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something that is billed.

    ``quantity`` is of a month, in the unit of ``price``, an id of the price table. ``why`` is what the quantity rests
    on, in words; ``rests`` are the keys of the usage file behind it, none where only the template says how much.
    ``choice`` is what somebody chose to have it; default: what its family of meters says. ``region`` is where it is
    billed; default: in the Region of its stack.
    """

    price: str
    quantity: Decimal
    why: str
    rests: tuple[str, ...] = ()
    choice: str = ""
    region: str = ""


@dataclass(frozen=True)
class Case:
    """A resource in one year of an app's life, with what meters ask of both."""

    resource: Resource
    usage: Usage
    year: int

    @property
    def app(self) -> App:
        """The app that the resource is of."""
        return self.resource.template.app

    @cached_property
    def zones(self) -> int:
        """How many Availability Zones the resource's subnets are in, as many as there are subnets."""
        return max(1, len(self.listed("SubnetIds")))

    def use(self, key: str) -> Decimal:
        """Return what the usage says of a month at the end of the year."""
        return self.usage.of_year(key, self.year)

    def share(self, key: str, *types: str) -> Decimal:
        """Return the part of a usage that falls to the resource: resources of ``types``, by default its own, are even.

        Who shares is counted in the whole app.
        """
        kinds = types or (self.resource.type,)
        count = self.app.cached(f"cost: how many {' '.join(kinds)}", lambda app: sum(1 for _ in app.of_type(*kinds)))
        return self.use(key) / max(1, count)

    def text(self, path: str, default: str = "") -> str:
        """Return a property as text.

        :raises UntoldError: only deployment tells.
        """
        return text_of(self.resource.get(path), path, default)

    def named(self, path: str) -> str:
        """Return a property as text, which CloudFormation wants to be there.

        :raises UntoldError: it is missing, or only deployment tells.
        """
        text = self.text(path)
        if not text:
            raise UntoldError(f"{path} is missing")
        return text

    def number(self, path: str, default: int | str = 0) -> Decimal:
        """Return a property as a number.

        :raises UntoldError: only deployment tells.
        """
        return number_of(self.resource.get(path), path, default)

    def listed(self, path: str) -> list[Resolved]:
        """Return what a property lists; one that is unknown counts as one."""
        return as_items(self.resource.get(path))

    def is_true(self, path: str) -> bool:
        """Whether a property is true; what only deployment tells counts as true, the dearer."""
        return is_true(self.resource.get(path)) is not Ternary.NO

    def target(self, path: str, *types: str) -> Resource | None:
        """Return the app's resource that a property denotes."""
        return self.resource.template.target(self.resource.get(path), *types)


Meter = Callable[[Case], Iterable[Item]]


@dataclass(frozen=True, slots=True)
class Family:
    """The meters of one kind of service.

    ``choice`` is what their items belong to by default, ``units`` the unit of every price that they ask for, where an
    id that ends in ``*`` stands for all that begin so, and ``meters`` what measures a type.
    """

    choice: str
    units: Mapping[str, str]
    meters: Mapping[str, Meter]


def text_of(value: object, path: str, default: str = "") -> str:
    """Read a value as text.

    :raises UntoldError: only deployment tells.
    """
    text = as_text(value)
    if isinstance(text, Unknown):
        raise UntoldError(f"only deployment tells {path}")
    return default if text is None else str(text)


def number_of(value: object, path: str, default: int | str = 0) -> Decimal:
    """Read a value as a number.

    :raises UntoldError: only deployment tells, or it is none.
    """
    text = text_of(value, path, str(default))
    try:
        number = Decimal(text)
    except ArithmeticError:
        raise UntoldError(f"{path} is no number: {text}") from None
    if not number.is_finite() or not 0 <= number <= MOST:
        raise UntoldError(f"{path} is no amount: {text}")
    return number


def part(value: object, path: str, default: int | str = 0) -> Decimal:
    """Read a number within a resolved value.

    :raises UntoldError: only deployment tells.
    """
    return number_of(dig(value, path), path, default)


def hours(price: str, why: str, times: Decimal | int = 1, choice: str = "") -> Item:
    """Return an item that is there all hours of a month, ``times`` over."""
    return Item(price, HOURS * times, f"{why}, {HOURS} hours a month", choice=choice)


def slug(name: str) -> str:
    """Return a name as it stands in the id of a price: ``db.m6g.large`` is ``db_m6g_large``."""
    return "".join(sign if sign.isalnum() else "_" for sign in name.lower())


def matching(resources: Iterable[Resource], holds: Callable[[Resource], bool]) -> Sequence[Resource]:
    """Return the resources for which something holds."""
    return [one for one in resources if holds(one)]
