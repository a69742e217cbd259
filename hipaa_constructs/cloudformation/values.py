"""What a value of a template comes to: a literal, a reference, a text with gaps, or what only deployment can tell.

``UNKNOWN`` refuses to be taken for true or false, so that nobody passes a value by accident.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from hipaa_constructs.cloudformation.model import Resource


class Unknown:
    """A value that only deployment can tell."""

    def __bool__(self) -> NoReturn:
        raise TypeError("an unknown value is neither true nor false: compare with `is UNKNOWN` first")

    def __repr__(self) -> str:
        return "UNKNOWN"


class NoValue:
    """``AWS::NoValue``: the property or item is left out."""


UNKNOWN: Final = Unknown()
NO_VALUE: Final = NoValue()


@dataclass(frozen=True, slots=True)
class Reference:
    """What ``Ref`` (attribute None) or ``Fn::GetAtt`` of a resource in the app resolves to."""

    resource: Resource
    attribute: str | None = None

    def __str__(self) -> str:
        return "${" + self.resource.logical_id + (f".{self.attribute}" if self.attribute else "") + "}"


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of a text that only deployment fills in.

    ``shown`` stands for it in the text. ``key`` is the same for what is filled in alike, and differs for all else.
    ``single`` says that it is one name, neither empty nor a list of names.
    """

    shown: str = field(compare=False)
    key: Hashable
    single: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        return self.shown


Part = str | Reference | Gap


class Text(str):
    """A string joined from parts that deployment fills in, shown as ``${…}``; it keeps its parts.

    Texts that look alike may come to something else, where two templates call different things by one name: ``alike``
    tells.
    """

    parts: tuple[Part, ...]
    __slots__ = ("parts",)

    def __new__(cls, *parts: Part) -> Text:
        """Join literals, references and gaps."""
        made = super().__new__(cls, "".join(map(str, parts)))
        made.parts = parts
        return made

    @property
    def references(self) -> tuple[Reference, ...]:
        """The resources that are shown in it."""
        return tuple(part for part in self.parts if isinstance(part, Reference))


def alike(one: Any, other: Any) -> bool:
    """Whether two values are equal and, if both are texts with gaps, are filled in alike."""
    if isinstance(one, Text) and isinstance(other, Text):
        return str(one) == str(other) and _filled(one) == _filled(other)
    return bool(one == other)


def _filled(text: Text) -> list[Part]:
    return [part for part in text.parts if not isinstance(part, str)]


class Unlisted(Text):
    """A parameter's value that is none of those which its template names."""

    listed: frozenset[str]
    __slots__ = ("listed",)

    @classmethod
    def of(cls, name: str, listed: Iterable[str]) -> Unlisted:
        """Make it from the parameter's name and the values that it is not."""
        made = cls(parameter_gap(name))
        made.listed = frozenset(listed)
        return made


def parameter_gap(name: str) -> Gap:
    """Return the gap that a parameter's value leaves: parameters of one name are given one value."""
    return Gap("${?" + name + "}", ("Ref", name))


class SomeItems(list[Any]):
    """A list that only deployment fills in, and that is not empty: it holds what stands for any of its items.

    How many they are is not known, so count them with ``count``. ``gap`` is what its items make when they are joined,
    where something is known of each.
    """

    def __init__(self, item: Any = UNKNOWN, gap: Gap | None = None) -> None:
        """Make it from what is known of each item."""
        super().__init__([item])
        self.gap = gap


def count(items: list[Any]) -> int | Unknown:
    """Return how many items a list has; ``UNKNOWN`` where deployment fills it in."""
    return UNKNOWN if isinstance(items, SomeItems) else len(items)


def negated(value: bool | Unknown) -> bool | Unknown:
    """Return the opposite; of what is not known, ``UNKNOWN``."""
    return UNKNOWN if isinstance(value, Unknown) else not value


def dig(value: Any, path: str, default: Any = None) -> Any:
    """Return what stands at a dotted path of resolved data; ``UNKNOWN`` where the path leads into one."""
    for key in path.split("."):
        if value is UNKNOWN or isinstance(value, Reference):
            return UNKNOWN
        if isinstance(value, list) and key.isdigit():
            value = value[int(key)] if int(key) < len(value) else None
        elif isinstance(value, Mapping):
            value = value.get(key)
        else:
            return default
        if value is None:
            return default
    return value


def spread(value: Any, path: str) -> Iterator[Any]:
    """Yield what stands at a path whose ``[]`` parts are lists: None where absent, ``UNKNOWN`` where unknown.

    An absent list has no items, so that nothing is yielded for it.
    """
    head, _, rest = path.partition(".")
    found = dig(value, head.removesuffix("[]"))
    if not head.endswith("[]"):
        if rest:
            yield from spread(found, rest)
        else:
            yield found
        return
    items = as_list(found)
    for item in [UNKNOWN] if items is UNKNOWN else items:
        if rest:
            yield from spread(item, rest)
        else:
            yield item


def function_of(written: Any) -> tuple[str, Any]:
    """Return the function that a written value is, such as ``Ref``, and its argument; no name if it is none."""
    if isinstance(written, Mapping) and len(written) == 1:
        ((function, argument),) = written.items()
        if function == "Ref" or str(function).startswith("Fn::"):
            return str(function), argument
    return "", written


def as_bool(value: Any) -> Any:
    """Read a CloudFormation boolean, which may be written as text: True, False, None if absent, or ``UNKNOWN``."""
    if value is None or isinstance(value, bool) or value is UNKNOWN:
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return UNKNOWN


def as_int(value: Any) -> Any:
    """Read a CloudFormation number, which may be written as text: int, None if absent, or ``UNKNOWN``."""
    if value is None or value is UNKNOWN:
        return value
    if isinstance(value, bool):
        return UNKNOWN
    if isinstance(value, (int, float)):
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"\s*-?\d+(\.0+)?\s*", value):
        return int(float(value))
    return UNKNOWN


def as_text(value: Any) -> Any:
    """Read a value that is compared as text: str, None if absent, or ``UNKNOWN`` if deployment fills it in."""
    if value is None or (isinstance(value, str) and not isinstance(value, Text) and "{{resolve:" not in value):
        return value
    return literal_text(value) if isinstance(value, (bool, int, float)) else UNKNOWN


def literal_text(value: str | float | bool) -> str:
    """Return a literal as CloudFormation reads it as text: a boolean in lower case."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_list(value: Any) -> Any:
    """Read a value that may be one or several: a list, empty if absent, or ``UNKNOWN``."""
    if value is UNKNOWN:
        return UNKNOWN
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def as_mapping(value: Any) -> Mapping[str, Any]:
    """Read what a template writes as a mapping; empty for anything else."""
    return value if isinstance(value, Mapping) else {}


def same(left: Any, right: Any) -> bool:
    """Whether two values are certainly equal."""
    if left is UNKNOWN or right is UNKNOWN:
        return False
    try:
        return alike(left, right)
    except TypeError:
        return False
