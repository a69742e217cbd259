"""What was read of a resource, and where that stands in its template, so that what is said of it can point there.

Reading leaves no trace otherwise: a resource is watched when something was found, and the question is asked again.
"""

from __future__ import annotations

import re
from collections.abc import ItemsView, Iterator, Mapping, Sequence, ValuesView
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, NamedTuple

from hipaa_constructs.cloudformation.links import name_property
from hipaa_constructs.cloudformation.model import Properties, Resource, Template
from hipaa_constructs.cloudformation.values import NO_VALUE, same
from hipaa_constructs.cloudformation.worlds import Memo

# A path within a resource or a template: names in mappings, positions in lists.
Path = tuple[str | int, ...]


class _Item(NamedTuple):
    """An item of a list, as a message calls it: a statement by its Sid, or else by its number from 1."""

    number: int
    name: str | None


# What was asked for, as messages call it, whether it is written or not.
Asked = tuple[str | _Item, ...]

# What stands beside the properties, and decides what becomes of a resource.
_ATTRIBUTES: Final = ("DeletionPolicy", "UpdateReplacePolicy")


class Reads:
    """What was read of one resource, and what was said meanwhile."""

    def __init__(self, resource: Resource) -> None:
        properties = resource.properties
        self._raw = resource.raw
        self._written = properties.written if isinstance(properties, Properties) else {}
        # By what a resource is called, others find it; that is seldom what a message is about.
        self._name = name_property(resource.type)
        # What was asked for, and the nearest place to it that is written.
        self._read: list[tuple[Asked, Path]] = []
        self._said: dict[str, Path] = {}

    def note(self, asked: Asked, place: Path) -> None:
        """Note that ``asked`` was read, which stands at ``place``, or would stand within it."""
        self._read.append((asked, place))

    def take(self) -> Sequence[tuple[tuple[str | int, ...], Path]]:
        """Return what was read since the last time, in order: each path of names and positions, and where it stands.

        A part of what was read is left out, if something within it was read too, and so is the resource's name.
        """
        read, self._read = dict(self._read), []
        above = {asked[:length] for asked in read for length in range(1, len(asked))}
        return [
            (tuple(step.number if isinstance(step, _Item) else step for step in asked), place)
            for asked, place in read.items()
            if asked not in above and asked != (self._name,)
        ]

    def say(self, message: str, at: str | None) -> None:
        """Note a message, which is about what was read before."""
        self._said.setdefault(message, self._meant(message) if at is None else self._place(at))

    def place_of(self, message: str) -> Path:
        """Return what a message is about; of one that was put together, what its beginning is about."""
        return next((place for said, place in self._said.items() if message.startswith(said)), ())

    def _meant(self, message: str) -> Path:
        """Return the place of what a message names, as far as it was read, or else of what was read last."""
        named = {asked: _named(asked, message) for asked, _ in self._read}
        best = max(named.values(), default=_NOT)
        if best == _NOT:
            unread = next((key for key in self._written if _named((key,), message) > _NOT), None)
            if unread is not None:
                return ("Properties", unread)
        reads = ((asked, place) for asked, place in reversed(self._read) if asked != (self._name,))
        return next((place for asked, place in reads if named[asked] == best), ())

    def _place(self, path: str) -> Path:
        if path in self._raw:
            return (path,)
        return next((place for asked, place in reversed(self._read) if asked == tuple(path.split("."))), ())


# Of no use to a message.
_NOT: Final = (0, 0, 0)


def _named(asked: Asked, message: str) -> tuple[int, int, int]:
    """Return how much of a path a message names, and how soon, so that the more is the better.

    Which item is meant says more than names, which may be words of the sentence.
    """
    found = [(isinstance(step, _Item), _position(step, message)) for step in asked]
    positions = [position for _, position in found if position is not None]
    items = sum(1 for is_item, position in found if is_item and position is not None)
    return items, len(positions), -min(positions, default=0)


def _position(step: str | _Item, message: str) -> int | None:
    if isinstance(step, _Item) and step.name is None:
        written = re.search(rf"\[{step.number}\]|[Ss]tatement {step.number + 1}(?!\d)", message)
    else:
        name = str(step.name) if isinstance(step, _Item) else step
        written = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", message) if name in message else None
    return None if written is None else written.start()


_WATCHING: ContextVar[Reads | None] = ContextVar("reads", default=None)


def said(message: str, at: str | None = None) -> None:
    """Note a message, if somebody watches what it is about.

    :param at: the dotted path of the property that it is about, an attribute of the resource such as ``Type``, or
        nothing for the resource itself.
        Default: what it names of all that was read.
    """
    reads = _WATCHING.get()
    if reads is not None:
        reads.say(message, at)


@contextmanager
def watched(resource: Resource) -> Iterator[Reads]:
    """Watch what is read of a resource in the present world."""
    reads = Reads(resource)
    own = resource.properties
    properties = _Properties(resource.template, own.written, reads) if isinstance(own, Properties) else Memo()
    token = _WATCHING.set(reads)
    try:
        with resource.replaced(_Attributes(resource.raw, reads), properties):
            yield reads
    finally:
        _WATCHING.reset(token)


class _Attributes(dict[str, Any]):
    """A resource as written, which notes the attributes that are asked for."""

    def __init__(self, raw: Mapping[str, Any], reads: Reads) -> None:
        super().__init__(raw)
        self._reads = reads

    def get(self, key: str, default: Any = None) -> Any:
        if key in _ATTRIBUTES:
            self._reads.note((key,), (key,) if key in self else ())
        return super().get(key, default)


class _Properties(Properties):
    """The properties of a resource, which note what is asked for."""

    __slots__ = ("_reads",)

    def __init__(self, template: Template, written: Mapping[str, Any], reads: Reads) -> None:
        super().__init__(template, written)
        self._reads = reads

    def _resolved(self, key: str) -> Any:
        value = super()._resolved(key)
        place: Path = ("Properties", key) if key in self.written else ()
        self._reads.note((key,), place)
        return _noting(value, self.written.get(key), (key,), place, self)

    def note(self, asked: Asked, place: Path) -> None:
        self._reads.note(asked, place)


def _noting(value: Any, written: Any, asked: Asked, place: Path, within: _Properties) -> Any:
    """Return a mapping or list that notes what is asked of it, put beside what is written; others as they are."""
    if isinstance(value, Mapping):
        written, place = _branch(value, written, place, within.template)
        named = written if isinstance(written, Mapping) and not _is_function(written) else {}
        places = {key: (*place, key) if key in named else place for key in value}
        parts = {key: _noting(item, named.get(key), (*asked, key), places[key], within) for key, item in value.items()}
        return _Mapping(parts, asked, place, places, within)
    if isinstance(value, list):
        written, place = _branch(value, written, place, within.template)
        came_from = _origins(value, written, within.template)
        steps = [_Item(number, _sid(item)) for number, item in enumerate(value)]
        listed = [place if number is None else (*place, number) for number, _ in came_from]
        items = [
            _noting(item, part, (*asked, step), there, within)
            for item, step, there, (_, part) in zip(value, steps, listed, came_from, strict=True)
        ]
        return _List(items, [(*asked, step) for step in steps], listed, within)
    return value


def _branch(value: Any, written: Any, place: Path, template: Template) -> tuple[Any, Path]:
    """Return the branch of ``Fn::If`` that a value comes from, and where it stands."""
    while isinstance(written, Mapping) and len(written) == 1:
        branches = written.get("Fn::If")
        if not isinstance(branches, Sequence) or isinstance(branches, str) or len(branches) != 3:
            break
        taken = next((number for number in (1, 2) if _unchanged(template.resolve(branches[number]), value)), None)
        if taken is None:
            break
        written, place = branches[taken], (*place, "Fn::If", taken)
    return written, place


def _unchanged(one: Any, other: Any) -> bool:
    """Whether two readings of one expression are the same; what is unknown in both is, as nothing else is compared."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_unchanged(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_unchanged, one, other))
    return one is other or same(one, other)


def _origins(value: Sequence[Any], written: Any, template: Template) -> Sequence[tuple[int | None, Any]]:
    """Return for each item which written one it comes from; in the present world some may be left out."""
    kept: list[tuple[int, Any]] = []
    if isinstance(written, Sequence) and not isinstance(written, str):
        kept = list(enumerate(written))
        if len(kept) != len(value):
            kept = [(number, item) for number, item in kept if template.resolve(item) is not NO_VALUE]
    return kept if len(kept) == len(value) else [(None, None)] * len(value)


def _sid(item: Any) -> str | None:
    sid = item.get("Sid") if isinstance(item, Mapping) else None
    return sid if isinstance(sid, str) and sid else None


def _is_function(written: Mapping[str, Any]) -> bool:
    return len(written) == 1 and any(name == "Ref" or str(name).startswith("Fn::") for name in written)


class _Mapping(dict[str, Any]):
    """A mapping that notes what is asked of it."""

    def __init__(
        self, value: Mapping[str, Any], asked: Asked, place: Path, places: Mapping[str, Path], within: _Properties
    ) -> None:
        super().__init__(value)
        self._asked, self._place, self._places, self._within = asked, place, places, within

    def __getitem__(self, key: str) -> Any:
        self._note(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._note(str(key))
        return super().__contains__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self._note(key)
        return super().get(key, default)

    def items(self) -> Any:
        return ItemsView(self)

    def values(self) -> Any:
        return ValuesView(self)

    def _note(self, key: str) -> None:
        self._within.note((*self._asked, key), self._places.get(key, self._place))


class _List(list[Any]):
    """A list that notes which of its items are looked at."""

    def __init__(
        self, value: Sequence[Any], asked: Sequence[Asked], places: Sequence[Path], within: _Properties
    ) -> None:
        super().__init__(value)
        self._asked, self._places, self._within = asked, places, within

    def __iter__(self) -> Iterator[Any]:
        for number in range(len(self)):
            yield self[number]

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, int) and 0 <= index < len(self):
            self._within.note(self._asked[index], self._places[index])
        return super().__getitem__(index)
