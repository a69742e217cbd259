"""What values that CDK resolved say at any depth, and which resources they name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def parts(value: Any, name: str) -> Iterator[Any]:
    """Yield what stands under a name, at any depth."""
    if isinstance(value, dict):
        if name in value:
            yield value[name]
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from parts(one, name)


def names(value: Any) -> Iterator[str]:
    """Yield the logical ids of what is named by ``Fn::GetAtt`` and ``Ref``."""
    yield from (str(one[0]) for one in parts(value, "Fn::GetAtt"))
    yield from map(str, parts(value, "Ref"))
