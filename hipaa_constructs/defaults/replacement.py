"""Which properties CloudFormation changes only by making the resource anew, by its own schemas.

``catalogue/replacements.json`` is written by ``docs/replacements.py`` from the schemas that cfn-lint ships.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache

from hipaa_constructs.compliance.controls import read


def replaced_by(resource_type: str, properties: Iterable[str]) -> Collection[str]:
    """Return those of ``properties`` whose change replaces, or may replace, a deployed resource of the type."""
    known = _create_only().get(resource_type, frozenset())
    return [name for name in properties if name in known]


@cache
def _create_only() -> dict[str, frozenset[str]]:
    """Return the properties by type: one is enough that holds a part which is set only at creation."""
    return {
        resource_type: frozenset(path.split("/")[0] for path in (*kinds["always"], *kinds["sometimes"]))
        for resource_type, kinds in read("replacements.json")["types"].items()
    }
