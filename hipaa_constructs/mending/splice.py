"""A template's text with some of its values changed: whatever is not about those stays as it was written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hipaa_constructs.cloudformation.load.template_file import parse
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.mending.nodes import Entry, Node, column, is_json, json_nodes, plain, yaml_nodes
from hipaa_constructs.mending.written import Style

_COMMENT = re.compile(r"(?<=\s)#[^\n]*")


class CannotWriteError(Exception):
    """A change cannot be written in its place; it says why."""


def rewritten(text: str, wanted: Mapping[str, Any]) -> str:
    """Return a template's text so that it says ``wanted``, with comments, order, anchors and short forms kept.

    Only what differs is written. It is read again: what does not come out as it is wanted is an error.

    :raises CannotWriteError: the text has a form in which that cannot be done.
    """
    before = plain(parse(text, "", []))
    if same(before, wanted):
        return text
    try:
        root = json_nodes(text) if is_json(text) else yaml_nodes(text)
        splice = _Splice(text, root)
        splice.differ(root, before, wanted, None)
        after = splice.text()
        read = plain(parse(after, "", []))
    except (UnusableInput, ValueError, IndexError, KeyError) as error:
        raise CannotWriteError(f"the text has a form in which this cannot be written ({error})") from None
    if not same(read, wanted):
        raise CannotWriteError("the text has a form in which this cannot be written")
    return after


def same(one: Any, other: Any) -> bool:
    """Whether two values of a template are the same to CloudFormation's reader: true is not 1, nor is 1 "1"."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, str) and isinstance(other, str):
        # What a framework fills in is marked by a class of its own, and is written as it is.
        return one == other
    return type(one) is type(other) and bool(one == other)


def _is_like(node: Node, old: Any, new: Any) -> bool:
    """Whether what a function is given stays a mapping or a list that is written at its place, behind the tag."""
    if node.kind == "list":
        return isinstance(old, list) and isinstance(new, list) and 0 < len(old) <= len(new)
    return isinstance(old, Mapping) and isinstance(new, Mapping) and node.keeps(new)


class _Splice:
    def __init__(self, text: str, root: Node) -> None:
        self._text = text
        self._style = Style.of(text, root)
        self._edits: list[tuple[int, int, str]] = []
        nodes = list(root.every())
        self._aliases = any(node.kind == "alias" for node in nodes)
        self._flows = [(one.start, one.end) for one in nodes if one.flow and one.kind in ("mapping", "list")]
        # What nodes that aliases name are to say.
        self._shared: dict[int, Any] = {}

    def text(self) -> str:
        """Return the text with all edits done."""
        text, end = self._text, len(self._text) + 1
        # Of two at one place, what is put in comes before what is taken out there, and what was asked for first, first.
        order = sorted(enumerate(self._edits), key=lambda one: (one[1][0], one[1][1] > one[1][0], one[0]), reverse=True)
        for _, (start, stop, new) in order:
            if stop > end:
                raise CannotWriteError("two changes touch the same part of the text")
            text, end = text[:start] + new + text[stop:], start
        return text

    def differ(self, node: Node, old: Any, new: Any, entry: Entry | None) -> None:
        """Note what has to be written so that ``node``, the value of ``entry``, says ``new`` in place of ``old``."""
        if node.shared:
            self._shared[id(node)] = new
        if node.kind == "alias":
            assert node.target is not None
            if not same(self._shared.get(id(node.target), old), new):
                self._replace(node, new, entry)
        elif same(old, new) and not self._aliases:
            return
        elif node.function:
            self._differ_function(node, old, new, entry)
        elif node.kind == "mapping" and isinstance(old, Mapping) and isinstance(new, Mapping) and node.keeps(new):
            self._differ_mapping(node, old, new)
        elif node.kind == "list" and isinstance(old, list) and isinstance(new, list) and 0 < len(old) <= len(new):
            for one, before, after in zip(node.entries, old, new, strict=False):
                self.differ(one.value, before, after, one)
            self._append(node, new[len(old) :])
        elif not same(old, new):
            self._replace(node, new, entry)

    def _differ_function(self, node: Node, old: Any, new: Any, entry: Entry | None) -> None:
        inner = node.function
        stays = isinstance(new, Mapping) and list(new) == [inner] and _is_like(node, old[inner], new[inner])
        if node.kind == "scalar" or not stays:
            if not same(old, new):
                self._replace(node, new, entry)
            return
        bare = Node(node.kind, node.start, node.end, node.flow, "", node.entries)
        self.differ(bare, old[inner], new[inner], None)

    def _differ_mapping(self, node: Node, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        merged = self._merged(node)
        own = {one.key: one for one in node.entries if one.key != "<<"}
        for key in merged:
            if key not in new and key not in own:
                raise CannotWriteError(f"{key} comes from an anchor that others share")
        for one in node.entries:
            if one.key == "<<":
                continue
            if one.key not in new:
                self._remove(node, one)
            elif own[one.key] is one:
                self.differ(one.value, old[one.key], new[one.key], one)
        before: Entry | None = None
        added: list[tuple[str, Any]] = []
        for key, value in new.items():
            if key in own:
                self._insert(node, before, added)
                before, added = own[key], []
            elif key not in merged or not same(merged[key], value):
                added.append((key, value))
        self._insert(node, before, added)

    def _merged(self, node: Node) -> Mapping[str, Any]:
        """Return what a mapping will take from others that it merges in."""
        found: dict[str, Any] = {}
        for one in node.entries:
            if one.key != "<<":
                continue
            aliases = [inner.value for inner in one.value.entries] if one.value.kind == "list" else [one.value]
            for alias in reversed(aliases):
                if alias.target is None or id(alias.target) not in self._shared:
                    raise CannotWriteError("a mapping merges in what is no anchor above it")
                found |= self._shared[id(alias.target)]
        return found

    def _replace(self, node: Node, new: Any, entry: Entry | None) -> None:
        if node.shared:
            raise CannotWriteError("the value is one that others share by an anchor")
        style, empty = self._style, node.start == node.end
        self._keep_comments(node, entry)
        flow_around = style.json or entry is None or self._within_flow(node)
        if flow_around:
            base = self._indent(entry.start if entry else node.start)
            spread = style.json and "\n" in self._text[node.start : node.end]
            self._edit(node.start, node.end, style.flow(new, base=base, spread=spread))
            return
        assert entry is not None
        inline = style.inline(new)
        if inline is not None:
            apart = bool(entry.key) and "\n" in self._text[entry.colon : node.start]
            self._edit(entry.colon if apart else node.start, node.end, f" {inline}" if empty or apart else inline)
            return
        indent = " " * column(self._text, entry.start)
        if not entry.key:
            # The item of a list begins behind its dash.
            indent += "  "
            self._edit(node.start, node.end, (style.newline + indent).join(style.lines(new)))
            return
        below = style.in_lists if isinstance(new, list) else style.unit
        lines = [f"{style.newline}{indent}{below}{line}" for line in style.lines(new)]
        # A comment behind the value is about the key, not about the last line of what comes below it.
        line_end = self._line_end(max(node.end, entry.colon))
        behind = self._text[max(node.end, entry.colon) : line_end]
        kept = behind if behind.lstrip().startswith("#") else ""
        self._edit(entry.colon, line_end if kept else node.end, kept + "".join(lines))

    def _keep_comments(self, node: Node, entry: Entry | None) -> None:
        """Put the comments of what is replaced above it."""
        if self._style.json or not node.entries:
            return
        at = entry.start if entry is not None else node.start
        line = self._text.rfind("\n", 0, at) + 1
        indent = self._text[line:at]
        indent = indent[: len(indent) - len(indent.lstrip(" "))]
        kept = [f"{indent}{comment}{self._style.newline}" for comment in self._comments(node)]
        if kept:
            self._edit(line, line, "".join(kept))

    def _comments(self, node: Node) -> Iterator[str]:
        """Yield the comments within a value: what stands behind a number sign, but for that in a text."""
        texts = [(one.start, one.end) for one in node.every() if one.kind == "scalar"]
        texts += [(entry.start, entry.colon) for one in node.every() for entry in one.entries if entry.key]
        at = node.start
        while found := _COMMENT.search(self._text, at, node.end):
            # A text that holds the sign may have a comment behind it.
            at = next((end for start, end in texts if start <= found.start() < end), 0)
            if not at:
                yield found[0].rstrip()
                at = found.end()

    def _within_flow(self, node: Node) -> bool:
        return any(start < node.start < end for start, end in self._flows)

    def _insert(self, node: Node, before: Entry | None, added: Sequence[tuple[str, Any]]) -> None:
        if not added:
            return
        first = node.entries[0]
        if node.flow:
            self._insert_in_flow(node, before, [self._flow_entry(node, key, value) for key, value in added])
            return
        indent = " " * column(self._text, first.start)
        lines = [line for key, value in added for line in self._style.entry(key, value)]
        if before is None:
            self._edit(first.start, first.start, "".join(f"{line}{self._style.newline}{indent}" for line in lines))
        else:
            end = self._line_end(max(before.value.end, before.colon))
            self._edit(end, end, "".join(f"{self._style.newline}{indent}{line}" for line in lines))

    def _append(self, node: Node, added: Sequence[Any]) -> None:
        if not added:
            return
        last = node.entries[-1]
        if node.flow:
            spread, base = self._spread(node)
            self._insert_in_flow(node, last, [self._style.flow(item, base=base, spread=spread) for item in added])
            return
        indent = " " * column(self._text, last.start)
        end = self._line_end(last.value.end)
        lines = [line for item in added for line in self._style.lines([item])]
        self._edit(end, end, "".join(f"{self._style.newline}{indent}{line}" for line in lines))

    def _flow_entry(self, node: Node, key: str, value: Any) -> str:
        spread, base = self._spread(node)
        first = node.entries[0]
        quoted = self._text[first.start] == '"'
        # As in "Key" : value, of templates from before there was YAML.
        between = self._text[first.start : first.value.start].rpartition('"')[2] if quoted else ": "
        colon = between if between.strip() == ":" and "\n" not in between else ": "
        name = self._style.flow(key, base="", spread=False) if quoted or self._style.json else self._style.text(key)
        return f"{name}{colon}{self._style.flow(value, base=base, spread=spread, colon=colon)}"

    def _insert_in_flow(self, node: Node, before: Entry | None, parts: Sequence[str]) -> None:
        spread, base = self._spread(node)
        gap = f"{self._style.newline}{base}" if spread else " "
        if before is None:
            start = node.entries[0].start
            self._edit(start, start, "".join(f"{part},{gap}" for part in parts))
        else:
            end = max(before.value.end, before.colon)
            self._edit(end, end, "".join(f",{gap}{part}" for part in parts))

    def _spread(self, node: Node) -> tuple[bool, str]:
        """Return whether a flow collection has its parts on lines of their own, and what indents them."""
        first = node.entries[0].start
        return "\n" in self._text[node.start : first], self._indent(first)

    def _indent(self, offset: int) -> str:
        line = self._text[self._text.rfind("\n", 0, offset) + 1 : offset]
        return line[: len(line) - len(line.lstrip())]

    def _remove(self, node: Node, entry: Entry) -> None:
        others = [one for one in node.entries if one is not entry]
        if not others:
            raise CannotWriteError(f"without {entry.key} nothing would be left there")
        at = node.entries.index(entry)
        if node.flow:
            following = node.entries[at + 1] if at + 1 < len(node.entries) else None
            if following is not None:
                self._edit(entry.start, following.start, "")
            else:
                self._edit(max(node.entries[at - 1].value.end, node.entries[at - 1].colon), entry.value.end, "")
            return
        start = self._text.rfind("\n", 0, entry.start) + 1
        if self._text[start : entry.start].strip():
            second = node.entries[at + 1].start if at == 0 else entry.start
            between = self._text[max(entry.value.end, entry.colon) : second]
            if not self._text[start : entry.start].strip(" -") and second > entry.start and not between.strip():
                # The first of an item: the second takes its place behind the dash.
                self._edit(entry.start, second, "")
                return
            raise CannotWriteError(f"{entry.key} stands on a line with something else")
        end = self._line_end(max(entry.value.end, entry.colon))
        if start == 0:
            self._edit(start, min(end + len(self._style.newline), len(self._text)), "")
            return
        # With the end of the line before, so that something may be added behind the last of a mapping.
        before = start - 2 if self._text[start - 2 : start] == "\r\n" else start - 1
        self._edit(before, end, "")

    def _line_end(self, offset: int) -> int:
        end = self._text.find("\n", offset)
        end = len(self._text) if end < 0 else end
        return end - 1 if end > offset and self._text[end - 1] == "\r" else end

    def _edit(self, start: int, end: int, new: str) -> None:
        self._edits.append((start, end, new))
