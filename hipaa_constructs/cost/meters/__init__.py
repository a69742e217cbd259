"""What measures each type of resource; a file a family of services."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from hipaa_constructs.cost.items import Family, Meter
from hipaa_constructs.cost.meters import (
    backups,
    buckets,
    clinical,
    compute,
    databases,
    delivery,
    edge,
    interfaces,
    keys,
    logs,
    messaging,
    monitoring,
    network,
    stores,
    threats,
    trails,
)
from hipaa_constructs.cost.meters.free import reason_of

__all__ = ["FAMILIES", "METERS", "reason_of", "unit_of"]

_MODULES: tuple[ModuleType, ...] = (
    backups,
    buckets,
    clinical,
    compute,
    databases,
    delivery,
    edge,
    interfaces,
    keys,
    logs,
    messaging,
    monitoring,
    network,
    stores,
    threats,
    trails,
)
FAMILIES: Mapping[str, Family] = {module.__name__.rpartition(".")[2]: module.FAMILY for module in _MODULES}
METERS: Mapping[str, tuple[Family, Meter]] = {
    kind: (family, meter) for family in FAMILIES.values() for kind, meter in family.meters.items()
}
_UNITS: Mapping[str, str] = {price: unit for family in FAMILIES.values() for price, unit in family.units.items()}


def unit_of(price: str) -> str:
    """Return the unit of a price.

    :raises KeyError: no meter's family names it.
    """
    if price in _UNITS:
        return _UNITS[price]
    patterns = (name for name in _UNITS if "*" in name)
    found = next((name for name in patterns if _fits(price, name)), None)
    if found is None:
        raise KeyError(price)
    return _UNITS[found]


def _fits(price: str, pattern: str) -> bool:
    before, _, after = pattern.partition("*")
    return price.startswith(before) and price.endswith(after) and len(price) > len(before) + len(after)
