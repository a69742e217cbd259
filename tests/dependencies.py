"""What a resource of a template has to wait for: CloudFormation creates in that order, and deletes in the reverse."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Dependencies = Mapping[str, frozenset[str]]


def dependencies(template: Mapping[str, Any]) -> Dependencies:
    """Return, for each resource, those that it names by ``Ref``, ``GetAtt``, ``Sub`` or ``DependsOn``."""
    resources = template["Resources"]
    return {
        name: frozenset({*_named(resource.get("Properties")), *_listed(resource.get("DependsOn", []))} & set(resources))
        for name, resource in resources.items()
    }


def all_dependencies(known: Dependencies, name: str) -> frozenset[str]:
    """Return what has to be there before ``name`` and stays until it is gone."""
    found: set[str] = set()
    to_see = [name]
    while to_see:
        new = known[to_see.pop()] - found
        found |= new
        to_see.extend(new)
    return frozenset(found)


def in_circles(known: Dependencies) -> list[str]:
    """Return the resources that wait for themselves, which CloudFormation refuses."""
    return sorted(name for name in known if name in all_dependencies(known, name))


def _named(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _named(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "Ref":
                yield item
            elif key == "Fn::GetAtt":
                yield _listed(item)[0].split(".")[0]
            elif key == "Fn::Sub":
                yield from re.findall(r"\$\{([^!}.]+)", _listed(item)[0])
            yield from _named(item)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
