"""An estimate as JSON data; its schema is docs/schema/cost.schema.json. Amounts are text, so that none is rounded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hipaa_constructs.cost.amounts import AMOUNTS
from hipaa_constructs.cost.choices import CHOICES
from hipaa_constructs.cost.compare import Change, Comparison
from hipaa_constructs.cost.figures import Estimate, Line, Sum

SCHEMA_VERSION = "1.0"


def as_json(estimate: Estimate, comparison: Comparison | None = None) -> str:
    """Return an estimate as JSON text, with what changed since another if that is given."""
    data = {**estimate_as_dict(estimate)}
    if comparison is not None:
        data["comparison"] = comparison_as_dict(comparison)
    return json.dumps(data, indent=2) + "\n"


def estimate_as_dict(estimate: Estimate) -> Mapping[str, Any]:
    """Return an estimate as JSON data."""
    usage = estimate.usage
    return {
        "schema_version": SCHEMA_VERSION,
        "date": estimate.today.isoformat(),
        "prices_as_of": estimate.as_of.isoformat(),
        "aged": [{"price": one.price, "read": one.read.isoformat()} for one in estimate.aged],
        "notes": list(estimate.notes),
        "region": estimate.region,
        "assumed": list(estimate.assumed),
        "scale": usage.scale,
        "usage_file": usage.file or None,
        "total": _sum(estimate.total),
        "years": [money(usd) for usd in estimate.all_years],
        "stacks": [{"name": name, **_sum(one)} for name, one in estimate.by_stack.items()],
        "services": [{"name": name, **_sum(one)} for name, one in estimate.by_service.items()],
        "resources": [
            {"stack": stack, "name": name, **_sum(one)} for (stack, name), one in estimate.by_resource.items()
        ],
        "choices": [
            {
                "id": name,
                "title": CHOICES[name].title,
                "controls": list(CHOICES[name].controls),
                "less": CHOICES[name].less,
                "decides": CHOICES[name].decides,
                **_sum(one),
                "years": [money(usd) for usd in estimate.years[name]],
            }
            for name, one in estimate.by_choice.items()
        ],
        "assumptions": [
            {
                "key": key,
                "value": plain(usage.amounts[key]),
                "unit": AMOUNTS[key].unit,
                "what": AMOUNTS[key].what,
                "given": key in usage.given,
                **_sum(one),
            }
            for key, one in estimate.rests.items()
        ],
        "lines": [_line(line) for line in estimate.lines],
        "not_priced": [
            {"stack": one.stack, "resource": one.resource, "type": one.type, "reason": one.reason}
            for one in estimate.not_priced
        ],
        "free": [{"reason": reason, "types": dict(kinds)} for reason, kinds in estimate.free.items()],
    }


def comparison_as_dict(comparison: Comparison) -> Mapping[str, Any]:
    """Return what changed as JSON data."""
    return {
        "before": _sum(comparison.before.total),
        "after": _sum(comparison.after.total),
        "services": [_change(one) for one in comparison.services],
        "resources": [_change(one) for one in comparison.resources],
        "choices": [_change(one) for one in comparison.choices],
    }


def money(usd: Decimal) -> str:
    """Return an amount of US dollars with its cents."""
    return f"{usd:.2f}"


def plain(quantity: Decimal) -> str:
    """Return a quantity in full, of six decimals at most."""
    rounded = f"{quantity:.6f}"
    return rounded.rstrip("0").rstrip(".")


def _sum(one: Sum) -> dict[str, Any]:
    return {"fixed": money(one.fixed), "usage": money(one.usage), "usd": money(one.usd), "unpriced": one.unpriced}


def _line(line: Line) -> Mapping[str, Any]:
    return {
        "stack": line.stack,
        "resource": line.resource,
        "type": line.type,
        "region": line.region,
        "service": line.service,
        "price": line.price,
        "what": line.what,
        "unit": line.unit,
        "quantity": plain(line.quantity),
        "usd": None if line.usd is None else f"{line.usd:f}",
        "fixed": line.fixed,
        "why": line.why,
        "rests": list(line.rests),
        "choice": line.choice,
        "priced_region": line.priced_region or None,
        "source": line.source or None,
        "quoted": line.quoted,
    }


def _change(change: Change) -> Mapping[str, str]:
    return {"name": change.name, "before": money(change.before), "after": money(change.after)}
