"""What changed between two estimates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from hipaa_constructs.cost.choices import CHOICES
from hipaa_constructs.cost.figures import NOTHING, Estimate, Sum
from hipaa_constructs.cost.words import resource_name

_LEAST = Decimal("0.005")


@dataclass(frozen=True, slots=True)
class Change:
    """What something cost, and what it costs now."""

    name: str
    before: Decimal
    after: Decimal

    @property
    def usd(self) -> Decimal:
        """By how much it costs more, or less where it is negative."""
        return self.after - self.before


@dataclass(frozen=True)
class Comparison:
    """Two estimates by the same usage and prices; what differs by less than half a cent is left out.

    Resources share what an app uses, so that one more of a kind makes the others of it cheaper: sums by service tell
    what it comes to.
    """

    before: Estimate
    after: Estimate

    @property
    def usd(self) -> Decimal:
        """By how much the app costs more, of what has a price."""
        return self.after.total.usd - self.before.total.usd

    @cached_property
    def services(self) -> Sequence[Change]:
        """What changed by service, the most first."""
        return _changes(self.before.by_service, self.after.by_service)

    @cached_property
    def choices(self) -> Sequence[Change]:
        """What changed by choice, the most first."""
        return _changes(_titled(self.before), _titled(self.after))

    @cached_property
    def resources(self) -> Sequence[Change]:
        """What changed by resource, the most first."""
        return _changes(_named(self.before), _named(self.after))


def _titled(estimate: Estimate) -> Mapping[str, Sum]:
    return {CHOICES[name].title: one for name, one in estimate.by_choice.items()}


def _named(estimate: Estimate) -> Mapping[str, Sum]:
    return {resource_name(stack, name): one for (stack, name), one in estimate.by_resource.items()}


def _changes(before: Mapping[str, Sum], after: Mapping[str, Sum]) -> Sequence[Change]:
    names = dict.fromkeys([*after, *before])
    changes = [Change(name, _usd(before.get(name)), _usd(after.get(name))) for name in names]
    return sorted((one for one in changes if abs(one.usd) >= _LEAST), key=lambda one: (-abs(one.usd), one.name))


def _usd(one: Sum | None) -> Decimal:
    return one.usd if one is not None else NOTHING
