"""A template that is being mended, as data; and why something in it is not mended."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

ACCOUNT: Mapping[str, Any] = {"Ref": "AWS::AccountId"}
_IN_SUB = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[^}]*)?\}")


class CannotMendError(Exception):
    """A finding is left as it is; ``why`` says it in a sentence, the same for what is alike."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Draft:
    """The data of one template; what it holds may be changed in place."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.body = body

    @property
    def resources(self) -> dict[str, Any]:
        """The template's resources by logical id, as it writes them."""
        found: dict[str, Any] = self.body["Resources"]
        return found

    def resource(self, logical_id: str) -> dict[str, Any]:
        """Return a resource as the template writes it.

        :raises CannotMendError: it is written by something else there.
        """
        raw = self.resources.get(logical_id)
        if not isinstance(raw, dict):
            raise CannotMendError("A loop or AWS SAM writes the resource, so that it is not in the template itself.")
        return raw

    def properties(self, logical_id: str) -> dict[str, Any]:
        """Return a resource's properties, empty ones if it has none yet.

        :raises CannotMendError: only deployment knows them.
        """
        raw = self.resource(logical_id)
        if raw.get("Properties") is None:
            raw["Properties"] = {}
        properties = raw["Properties"]
        if not isinstance(properties, dict) or is_function(properties):
            raise CannotMendError(DECIDED)
        return properties

    def add(self, name: str, raw: Mapping[str, Any]) -> str:
        """Add a resource under a name like this one that is free, and return the name."""
        free, number = name, 1
        while free in self.resources or free in self.body.get("Parameters", {}):
            number += 1
            free = f"{name}{number}"
        self.resources[free] = dict(raw)
        return free

    def of_type(self, *types: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the resources of some types with properties that can be read, by logical id."""
        for logical_id, raw in self.resources.items():
            if isinstance(raw, dict) and raw.get("Type") in types and isinstance(raw.get("Properties"), dict):
                yield logical_id, raw

    def naming(self, logical_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the other resources that name one anywhere in what they are."""
        for other, raw in self.resources.items():
            if other != logical_id and isinstance(raw, dict) and names(raw, logical_id):
                yield other, raw


DECIDED = "A parameter, a condition or another function decides the value at deployment: it is changed there."


def is_function(value: Any) -> bool:
    """Whether a value is what only deployment fills in."""
    return isinstance(value, Mapping) and any(key == "Ref" or str(key).startswith("Fn::") for key in value)


def is_about(value: Any, logical_id: str) -> bool:
    """Whether a value is a reference to a resource, or to an attribute of it."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return False
    ((name, inner),) = value.items()
    if name == "Ref":
        return bool(inner == logical_id)
    if name == "Fn::GetAtt":
        return bool((inner[0] if isinstance(inner, list) and inner else str(inner).split(".")[0]) == logical_id)
    return name == "Fn::Sub" and isinstance(inner, str) and _IN_SUB.fullmatch(inner) is not None and logical_id in inner


def names(value: Any, logical_id: str) -> bool:
    """Whether a value, or something in it, names a resource."""
    if isinstance(value, list):
        return any(names(item, logical_id) for item in value)
    if not isinstance(value, Mapping):
        return False
    if is_about(value, logical_id):
        return True
    text = value.get("Fn::Sub")
    text = text[0] if isinstance(text, list) and text else text
    if isinstance(text, str) and logical_id in _IN_SUB.findall(text):
        return True
    return any(names(item, logical_id) for item in value.values())


def listed(value: Any) -> list[Any]:
    """Return a value that may stand alone where a list is meant, as a list."""
    return value if isinstance(value, list) else [value]
