"""What the section on cost reads of an estimate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from hipaa_constructs.cost.amounts import AMOUNTS
from hipaa_constructs.cost.choices import CHOICES
from hipaa_constructs.cost.figures import Estimate
from hipaa_constructs.cost.words import (
    NOT_AN_OFFER,
    amount,
    basis,
    dollars,
    headline,
    missing,
    resource_name,
    signed,
    warnings,
)

# So many resources the section shows, and so many choices before they are folded.
MOST_RESOURCES = 40
DEAREST = 5


def cost_view(estimate: Estimate | None) -> Mapping[str, Any]:
    """Return what the section reads; ``cost`` is None where nothing was estimated."""
    words = {"dollars": dollars, "signed": signed, "whole": _whole, "amount": amount}
    if estimate is None:
        return {"cost": None, **words}
    return {
        "cost": estimate,
        **words,
        "cost_headline": headline(estimate),
        "cost_basis": basis(estimate),
        "cost_warnings": list(warnings(estimate)),
        "cost_choices": [(CHOICES[name], one, estimate.years[name]) for name, one in estimate.by_choice.items()],
        "cost_dearest": DEAREST,
        "cost_resources": _resources(estimate),
        "cost_amounts": [(key, AMOUNTS[key], estimate.usage.amounts[key], one) for key, one in estimate.rests.items()],
        "cost_missing": missing(estimate),
        "cost_disclaimer": NOT_AN_OFFER,
    }


def _resources(estimate: Estimate) -> Sequence[tuple[str, Any, Sequence[Any]]]:
    """Return the dearest resources, each with its lines that cost something or have no price."""
    found = []
    for (stack, path), one in list(estimate.by_resource.items())[:MOST_RESOURCES]:
        lines = [line for line in estimate.lines if (line.stack, line.resource) == (stack, path)]
        found.append((resource_name(stack, path), one, [line for line in lines if line.usd is None or line.usd]))
    return found


def _whole(usd: Decimal) -> str:
    return f"{usd:,.0f}"
