"""Which properties CloudFormation changes only by making the resource anew, by its own schemas.

``catalogue/replacements.json`` is written by ``docs/replacements.py`` from the schemas that cfn-lint ships.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cache

from hipaa_constructs.compliance.controls import read


def replaced_by(resource_type: str, properties: Iterable[str]) -> Collection[str]:
    """Return those of ``properties`` whose change replaces, or may replace, a deployed resource of the type.

    A property may be a dotted path, in which items of lists are left out: a part of it counts, and what it is part of.
    """
    known = _create_only().get(resource_type, ())
    return [name for name in properties if any(_meet(name.split("."), path) for path in known)]


def is_known(resource_type: str) -> bool:
    """Whether the table says of a type what replaces it."""
    return resource_type in _create_only()


def _meet(one: Sequence[str], other: Sequence[str]) -> bool:
    return all(mine == theirs for mine, theirs in zip(one, other, strict=False))


@cache
def _create_only() -> dict[str, Sequence[Sequence[str]]]:
    return {
        resource_type: [
            [part for part in path.split("/") if part != "*"] for path in (*kinds["always"], *kinds["sometimes"])
        ]
        for resource_type, kinds in read("replacements.json")["types"].items()
    }
