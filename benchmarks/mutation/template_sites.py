"""Where things stand in a template, and what CloudFormation's own schema says about each place."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cfnlint.schema import ResourceNotFoundError  # type: ignore[import-untyped]  # cfn-lint has no type information
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

Path = tuple[str | int, ...]


class _Removed:
    def __repr__(self) -> str:
        return "removed"


REMOVED: Final = _Removed()


@dataclass(frozen=True, slots=True)
class Site:
    """One value within a resource's properties."""

    path: Path
    value: Any
    schema: Mapping[str, Any]
    required: bool

    @property
    def name(self) -> str:
        """The property that the value belongs to: the last name on its path."""
        return next((str(key) for key in reversed(self.path) if isinstance(key, str)), "")


@dataclass(frozen=True, slots=True)
class Edit:
    """A value to put at a path of a template, or ``REMOVED``."""

    path: Path
    value: Any


def applied(body: Mapping[str, Any], edits: Sequence[Edit]) -> dict[str, Any]:
    """Return a copy of ``body`` with ``edits``, which shares with it what they leave alone.

    Edits are applied from the last to the first, so that those within a list may be given in its order.
    """
    made: Any = body
    for edit in reversed(edits):
        made = _replaced(made, edit.path, edit.value)
    return dict(made)


def _replaced(value: Any, path: Path, new: Any) -> Any:
    if not path:
        return new
    made = copy.copy(value)
    if len(path) == 1 and new is REMOVED:
        del made[path[0]]
    else:
        key: Any = path[0]
        present = made[key] if isinstance(made, list) or key in made else {}
        made[key] = _replaced(present, path[1:], new)
    return made


def sites(logical_id: str, resource: Mapping[str, Any]) -> Iterator[Site]:
    """Yield every value of a resource's properties, outermost first, but nothing within a policy document."""
    schema = schema_of(resource["Type"])
    yield from _walk(("Resources", logical_id, "Properties"), resource.get("Properties", {}), schema, schema, True)


def documents(logical_id: str, resource: Mapping[str, Any]) -> Iterator[Site]:
    """Yield every policy document of a resource."""
    for site in sites(logical_id, resource):
        if is_document(site.value):
            yield site


def is_document(value: Any) -> bool:
    """Whether a value is a policy: it has statements."""
    return isinstance(value, Mapping) and isinstance(value.get("Statement"), list)


def is_intrinsic(value: Any) -> bool:
    """Whether a value is one call of an intrinsic function."""
    return isinstance(value, Mapping) and len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::"))


@functools.cache
def schema_of(resource_type: str) -> Mapping[str, Any]:
    """Return CloudFormation's schema of a resource type; empty for a custom resource."""
    try:
        schema: Mapping[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource_type).schema
    except ResourceNotFoundError:
        return {}
    return schema


def resolved(schema: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a schema's ``$ref`` to a definition."""
    for _ in range(10):
        reference = schema.get("$ref") if isinstance(schema, Mapping) else None
        if not isinstance(reference, str):
            break
        schema = root.get("definitions", {}).get(reference.removeprefix("#/definitions/"), {})
    return schema if isinstance(schema, Mapping) else {}


def _walk(path: Path, value: Any, schema: Any, root: Mapping[str, Any], required: bool) -> Iterator[Site]:
    schema = resolved(schema, root)
    yield Site(path, value, schema, required)
    if is_intrinsic(value) or is_document(value):
        return
    if isinstance(value, Mapping):
        properties = schema.get("properties", {})
        needed = schema.get("required", ())
        for key, item in value.items():
            yield from _walk((*path, key), item, properties.get(key, {}), root, key in needed)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk((*path, index), item, schema.get("items", {}), root, False)


def shown(path: Path) -> str:
    """Write a path within a resource as rules do: dots, and brackets for a place in a list."""
    text = ""
    for key in path[2:]:
        text += "[]" if isinstance(key, int) else f".{key}"
    return text.removeprefix(".Properties").removeprefix(".")
