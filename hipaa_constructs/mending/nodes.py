"""Where the parts of a template's text begin and end, in JSON and in YAML, so that one can be changed in its place."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

# What CloudFormation's tags stand for without the prefix of a function.
_PLAIN = frozenset({"Ref", "Condition"})
_MERGE = "<<"
_KEEPS = re.compile(r"(![^\s]*\s+|&\S+\s+)*[|>](\d?\+|\+\d)")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)


@dataclass(slots=True, eq=False)
class Entry:
    """A key of a mapping, where it begins and where its colon ends, and its value; or an item of a list."""

    key: str
    start: int
    colon: int
    value: Node


@dataclass(slots=True, eq=False)
class Node:
    """A value as the text writes it, from ``start`` to ``end``, without comments and blank lines behind it.

    ``flow`` says that it stands in brackets or on one line. ``function`` is what a tag makes of it, ``Fn::Sub`` of
    ``!Sub``. An alias has the node that it names, whose text stands elsewhere; a node that aliases name is ``shared``.
    """

    kind: Literal["mapping", "list", "scalar", "alias"]
    start: int
    end: int
    flow: bool = True
    function: str = ""
    entries: list[Entry] = field(default_factory=list)
    target: Node | None = None
    shared: bool = False

    def entry(self, key: str | int) -> Entry | None:
        """Return a mapping's entry, the last that has the key, or a list's item."""
        if isinstance(key, int):
            return self.entries[key] if self.kind == "list" and key < len(self.entries) else None
        found = [one for one in self.entries if one.key == key] if self.kind == "mapping" else []
        return found[-1] if found else None

    def keeps(self, keys: Collection[str]) -> bool:
        """Whether something of a mapping stays where it is to have these keys."""
        return any(one.key == _MERGE or one.key in keys for one in self.entries)

    def every(self) -> Iterator[Node]:
        """Yield it and all that stands in it."""
        yield self
        for one in self.entries:
            yield from one.value.every()


def is_json(text: str) -> bool:
    """Whether a text is JSON, which YAML's flow style looks like."""
    if text.lstrip()[:1] not in ("{", "["):
        return False
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def json_nodes(text: str) -> Node:
    """Return the parts of a text that is known to be valid JSON."""
    tokens = list(_TOKEN.finditer(text))
    return _JsonReader(tokens).value()


class _JsonReader:
    def __init__(self, tokens: Sequence[re.Match[str]]) -> None:
        self._tokens = tokens
        self._at = 0

    def _next(self) -> re.Match[str]:
        self._at += 1
        return self._tokens[self._at - 1]

    def _peek(self) -> str:
        return self._tokens[self._at][0]

    def value(self) -> Node:
        first = self._next()
        if first[0] not in "{[":
            return Node("scalar", first.start(), first.end())
        node = Node("mapping" if first[0] == "{" else "list", first.start(), first.end())
        while self._peek() not in "}]":
            if node.kind == "mapping":
                key, colon = self._next(), self._next()
                node.entries.append(Entry(str(json.loads(key[0])), key.start(), colon.end(), self.value()))
            else:
                start = self._tokens[self._at].start()
                node.entries.append(Entry("", start, start, self.value()))
            if self._peek() == ",":
                self._next()
        node.end = self._next().end()
        return node


def yaml_nodes(text: str) -> Node:
    """Return the parts of a text that is known to be one valid YAML document."""
    import yaml

    # libyaml's bindings are ten times faster, where they are compiled in.
    return _YamlReader(text, yaml.parse(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)), yaml).value()


class _YamlReader:
    def __init__(self, text: str, events: Iterator[Any], yaml: Any) -> None:
        self._text = text
        self._yaml = yaml
        self._events = iter(events)
        self._anchors: dict[str, Node] = {}
        self._event: Any = None
        while not isinstance(self._event, yaml.DocumentStartEvent):
            self._advance()
        self._advance()

    def _advance(self) -> Any:
        before, self._event = self._event, next(self._events)
        return before

    def value(self) -> Node:
        event = self._advance()
        start = event.start_mark.index
        if isinstance(event, self._yaml.AliasEvent):
            target = self._anchors[event.anchor]
            target.shared = True
            return Node("alias", start, event.end_mark.index, target=target)
        function = _function(getattr(event, "tag", None))
        if isinstance(event, self._yaml.ScalarEvent):
            node = Node("scalar", start, self._content_end(start, event.end_mark.index), function=function)
        else:
            node = self._collection(event, function)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _collection(self, event: Any, function: str) -> Node:
        mapping = isinstance(event, self._yaml.MappingStartEvent)
        flow = bool(event.flow_style)
        node = Node("mapping" if mapping else "list", event.start_mark.index, 0, flow, function)
        end: Callable[[], bool] = lambda: isinstance(  # noqa: E731 (read twice, and nowhere else)
            self._event, (self._yaml.MappingEndEvent, self._yaml.SequenceEndEvent)
        )
        while not end():
            if mapping:
                key = self._advance()
                while isinstance(key, (self._yaml.MappingStartEvent, self._yaml.SequenceStartEvent)):
                    raise ValueError("a key is no single value")
                colon = self._text.index(":", key.end_mark.index) + 1
                name = _MERGE if key.value == _MERGE and key.style is None else key.value
                node.entries.append(Entry(str(name), key.start_mark.index, colon, self.value()))
            else:
                item = self.value()
                # The dash of a block list stands before what may be a tag, an anchor or a comment.
                start = item.start if flow else self._text.rindex("-", 0, max(item.start, 1))
                node.entries.append(Entry("", start, item.start, item))
        closing = self._advance()
        last = node.entries[-1].value.end if node.entries else node.start
        node.end = closing.end_mark.index if flow else last
        return node

    def _content_end(self, start: int, end: int) -> int:
        # A block scalar ends behind the blank lines that follow it, which are its own where it keeps them (|+); an
        # empty value has no text at all.
        if _KEEPS.match(self._text, start, end):
            return len(self._text[:end].rstrip(" ").removesuffix("\n").removesuffix("\r"))
        return start + len(self._text[start:end].rstrip()) if end > start else start


def _function(tag: str | None) -> str:
    if not tag or not tag.startswith("!") or tag == "!":
        return ""
    name = tag[1:]
    return name if name in _PLAIN else f"Fn::{name}"


def child(node: Node, key: str | int) -> Node | None:
    """Return the node of a part of a value; that of a tag's function is the tagged node itself."""
    if node.function:
        return None
    found = node.entry(key)
    return None if found is None else found.value


def column(text: str, offset: int) -> int:
    """Return how far from the beginning of its line a place is."""
    return offset - (text.rfind("\n", 0, offset) + 1)


def plain(value: Any) -> Any:
    """Return a copy of a template's data in which nothing is shared, as if each alias were written out."""
    # Most is text; to ask whether a value is a Mapping takes longer than to copy it.
    if type(value) is str:
        return value
    if type(value) is dict or isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value
