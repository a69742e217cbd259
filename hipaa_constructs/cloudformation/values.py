"""What a value of a template comes to: a literal, a reference, a text with gaps, or what only deployment can tell.

``UNKNOWN`` refuses to be taken for true or false, and to be compared otherwise than by ``is``, so that nobody passes a
value by accident. mypy sees the same misuse: to it, what a value comes to is ``Resolved``, which tells nothing.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeGuard, cast

if TYPE_CHECKING:
    from hipaa_constructs.cloudformation.model import Resource


class Resolved:
    """To mypy, what any value of a template comes to: to be read by its type, or by what stands below.

    It has no truth, and is equal to nothing, so that mypy reports an ``if``, ``==`` or ``in`` that would have to
    guess. What values really are is not derived from it.
    """


class Unknown(Resolved):
    """A value that only deployment can tell."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __str__(self) -> str:
        # How messages show it beside what is known.
        return "<given at deployment>"

    # Hidden from mypy, which then reports all of these.
    if not TYPE_CHECKING:

        def __bool__(self) -> NoReturn:
            raise TypeError("an unknown value is neither true nor false: compare with `is UNKNOWN` first")

        def __eq__(self, other: object) -> NoReturn:
            raise TypeError("an unknown value is neither equal nor unequal: compare with `is UNKNOWN` first")

        def __hash__(self) -> NoReturn:
            raise TypeError("an unknown value is in no set and no mapping: compare with `is UNKNOWN` first")


class Fields(Mapping[str, Resolved]):
    """To mypy, a mapping of a template; like ``Resolved``, no more than a word for it."""

    __slots__ = ()

    def get(self, key: str, default: Any = None) -> Resolved:
        """Return what stands there, or ``default``."""
        raise NotImplementedError


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

    Texts that look alike may come to something else, where two templates call different things by one name: ``same``
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


class Ternary(enum.Enum):
    """An answer: yes, no, or what only deployment can tell. It is compared by ``is``, and is neither true nor false."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, answer: bool) -> Ternary:
        """Return a plain answer as one of these."""
        return cls.YES if answer else cls.NO

    # Hidden from mypy, which then reports whoever takes an answer for true or false.
    if not TYPE_CHECKING:

        def __bool__(self) -> NoReturn:
            raise TypeError("an answer is neither true nor false: compare with `is Ternary.YES`")


def all_of(answers: Iterable[Ternary]) -> Ternary:
    """Whether all answers are yes; what comes after a no is not asked for."""
    together = Ternary.YES
    for answer in answers:
        if answer is Ternary.NO:
            return Ternary.NO
        if answer is Ternary.UNKNOWN:
            together = Ternary.UNKNOWN
    return together


def any_of(answers: Iterable[Ternary]) -> Ternary:
    """Whether any answer is yes; what comes after a yes is not asked for."""
    together = Ternary.NO
    for answer in answers:
        if answer is Ternary.YES:
            return Ternary.YES
        if answer is Ternary.UNKNOWN:
            together = Ternary.UNKNOWN
    return together


def negate(answer: Ternary) -> Ternary:
    """Return the opposite; of what is not known, ``UNKNOWN``."""
    if answer is Ternary.UNKNOWN:
        return answer
    return Ternary.NO if answer is Ternary.YES else Ternary.YES


def dig(value: object, path: str, default: object = None) -> Resolved:
    """Return what stands at a dotted path of resolved data; ``UNKNOWN`` where the path leads into one."""
    return cast("Resolved", _dug(value, path, default))


def _dug(value: Any, path: str, default: object) -> Any:
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


def spread(value: object, path: str) -> Iterator[Resolved]:
    """Yield what stands at a path whose ``[]`` parts are lists: None where absent, ``UNKNOWN`` where unknown.

    An absent list has no items, so that nothing is yielded for it.
    """
    return (found for _, found in placed(value, path))


def placed(value: object, path: str, above: str = "") -> Iterator[tuple[str, Resolved]]:
    """Yield the same as ``spread``, each with its place, in which a list of several items has the item's index."""
    head, _, rest = path.partition(".")
    name = head.removesuffix("[]")
    found, place = dig(value, name), f"{above}.{name}" if above else name
    listed = as_items(found) if name != head else [found]
    for index, item in enumerate(listed):
        here = f"{place}[{index}]" if len(listed) > 1 else place
        if rest:
            yield from placed(item, rest, here)
        else:
            yield here, item


def function_of(written: Any) -> tuple[str, Any]:
    """Return the function that a written value is, such as ``Ref``, and its argument; no name if it is none."""
    if isinstance(written, Mapping) and len(written) == 1:
        ((function, argument),) = written.items()
        if function == "Ref" or str(function).startswith("Fn::"):
            return str(function), argument
    return "", written


def as_bool(value: object) -> bool | Unknown | None:
    """Read a CloudFormation boolean, which may be written as text: True, False, None if absent, or ``UNKNOWN``."""
    if value is None or isinstance(value, (bool, Unknown)):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return UNKNOWN


def is_true(value: object) -> Ternary:
    """Whether a CloudFormation boolean is true, in either of its spellings; an absent one is not."""
    return _is(as_bool(value), True)


def is_false(value: object) -> Ternary:
    """Whether a CloudFormation boolean is false, in either of its spellings; an absent one is not."""
    return _is(as_bool(value), False)


def is_one_of(value: object, *texts: str, any_case: bool = False) -> Ternary:
    """Whether a value, compared as text, is one of some; an absent one is none of them.

    :param any_case: whether the service ignores case; ``texts`` are then in lower case.
    """
    text = as_text(value)
    if isinstance(text, Unknown):
        excluded = isinstance(value, (list, Mapping)) or (
            isinstance(value, Unlisted) and value.listed.issuperset(texts)
        )
        return Ternary.NO if excluded else Ternary.UNKNOWN
    return Ternary.of(text is not None and (text.lower() if any_case else text) in texts)


def is_present(value: object) -> Ternary:
    """Whether a value says anything at all, which an empty text, list or mapping does not."""
    if value is UNKNOWN:
        return Ternary.UNKNOWN
    return Ternary.of(value is not None and (not isinstance(value, (str, list, Mapping)) or bool(value)))


def _is(value: bool | Unknown | None, wanted: bool) -> Ternary:
    return Ternary.UNKNOWN if isinstance(value, Unknown) else Ternary.of(value is wanted)


def as_int(value: object) -> int | Unknown | None:
    """Read a CloudFormation number, which may be written as text: int, None if absent, or ``UNKNOWN``."""
    if value is None or isinstance(value, bool):
        return UNKNOWN if value is not None else None
    if isinstance(value, (int, float)):
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"\s*-?\d+(\.0+)?\s*", value):
        return int(float(value))
    return UNKNOWN


def as_text(value: object) -> str | Unknown | None:
    """Read a value that is compared as text: str, None if absent, or ``UNKNOWN`` if deployment fills it in."""
    if isinstance(value, str):
        return UNKNOWN if isinstance(value, Text) or "{{resolve:" in value else value
    if value is None:
        return None
    return literal_text(value) if isinstance(value, (bool, int, float)) else UNKNOWN


def literal_text(value: str | float | bool) -> str:
    """Return a literal as CloudFormation reads it as text: a boolean in lower case."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_list(value: object) -> list[Any] | Unknown:
    """Read a value that may be one or several: a list, empty if absent, or ``UNKNOWN``."""
    if isinstance(value, Unknown):
        return value
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def as_items(value: object) -> list[Resolved]:
    """Read a value that may be one or several as what can be looked at one by one: ``UNKNOWN`` is one of them."""
    listed = as_list(value)
    return [UNKNOWN] if isinstance(listed, Unknown) else listed


def as_mapping(value: object) -> Mapping[str, Any]:
    """Read what a template writes as a mapping; empty for anything else."""
    return value if isinstance(value, Mapping) else {}


def is_mapping(value: object) -> TypeGuard[Fields]:
    """Whether a resolved value is a mapping, whose items mypy then takes for resolved too."""
    return isinstance(value, Mapping)


def same(left: object, right: object) -> bool:
    """Whether two values are certainly equal, and texts are filled in alike."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, Text) and isinstance(right, Text):
        return str(left) == str(right) and _filled(left) == _filled(right)
    return left is not UNKNOWN and right is not UNKNOWN and bool(left == right)


def _filled(text: Text) -> list[Part]:
    return [part for part in text.parts if not isinstance(part, str)]
