"""Where in a JSON text each part stands; ``template_yaml`` has the same of YAML."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_LINE_END = re.compile(r"\r\n?|\n")


class Mark(NamedTuple):
    """A place in a file; line and column count from 1, the column in characters."""

    line: int
    column: int


class JsonMarks:
    """The places of one text, which is known to be valid JSON."""

    def __init__(self, text: str) -> None:
        self._lines = [0, *(end.end() for end in _LINE_END.finditer(text))]
        self._repeated: list[tuple[str, int]] = []
        self._root = self._scanned(text)

    @property
    def repeated(self) -> Sequence[tuple[str, Mark]]:
        """Each key that stands in its mapping once more, and where it does."""
        return [(key, self._mark(offset)) for key, offset in self._repeated]

    def find(self, path: Sequence[str | int]) -> Mark | None:
        """Return where a path begins, or the nearest part above it; of what stands twice, the last."""
        parts: _Parts | None = self._root
        found: int | None = None
        for step in path:
            if parts is None or step not in parts:
                break
            found, parts = parts[step]
        return None if found is None else self._mark(found)

    def _mark(self, offset: int) -> Mark:
        line = bisect_right(self._lines, offset)
        return Mark(line, offset - self._lines[line - 1] + 1)

    def _scanned(self, text: str) -> _Parts:
        """Return the parts of mappings by key, and of lists by number."""
        root = _Parts()
        open_ = [root]
        key: str | None = None
        at = 0
        for token in _TOKEN.finditer(text):
            sign, within = token[0], open_[-1]
            if sign in ",:":
                continue
            if sign in "}]":
                open_.pop()
            elif within.named and key is None:
                key, at = _unquoted(sign), token.start()
                if key in within:
                    self._repeated.append((key, at))
            else:
                value = _Parts(named=sign == "{") if sign in "{[" else None
                if key is None:
                    within[len(within)] = (token.start(), value)
                else:
                    within[key] = (at, value)
                    key = None
                if value is not None:
                    open_.append(value)
        return root[0][1] or root


class _Parts(dict[str | int, tuple[int, "_Parts | None"]]):
    """The parts of a mapping or list: where each begins, a mapping's where its key does, and its own parts."""

    __slots__ = ("named",)

    def __init__(self, *, named: bool = False) -> None:
        super().__init__()
        self.named = named


def _unquoted(key: str) -> str:
    return str(json.loads(key)) if "\\" in key else key[1:-1]
