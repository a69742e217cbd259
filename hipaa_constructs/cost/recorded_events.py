"""Which events a trail records."""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, any_of, dig, is_false, is_one_of, is_present, spread


def records_management(trail: Resource) -> bool:
    """Whether a trail records management events."""
    if is_present(trail.get("AdvancedEventSelectors")) is Ternary.YES:
        return any_of(is_one_of(one, "Management") for one in _categories(trail)) is not Ternary.NO
    selectors = list(spread(trail.properties, "EventSelectors[].IncludeManagementEvents"))
    return not selectors or any(is_false(one) is not Ternary.YES for one in selectors)


def records_data(trail: Resource) -> bool:
    """Whether a trail records reads and writes of data."""
    plain = any(is_present(one) is not Ternary.NO for one in spread(trail.properties, "EventSelectors[].DataResources"))
    return plain or any_of(is_one_of(one, "Data") for one in _categories(trail)) is not Ternary.NO


def _categories(trail: Resource) -> Iterator[object]:
    for field in spread(trail.properties, "AdvancedEventSelectors[].FieldSelectors[]"):
        if is_one_of(dig(field, "Field"), "eventCategory") is not Ternary.NO:
            yield from spread(field, "Equals[]")
