"""How values are written into a template, in the manner of what stands there already."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hipaa_constructs.mending.nodes import Node, column, is_json

_PLAIN = re.compile(r"[A-Za-z_/][\w./@+*-]*(?::{1,2}[\w./@+*-]+)*")
# Lines that a literal block says as they are: the first is not indented, and one end of line is the last.
_BLOCK = re.compile(r"\S.*\n(?:.*\n)*.*\S\n")
# What YAML 1.1 takes for something else than text.
_ODD = re.compile(r"y|n|yes|no|on|off|true|false|null", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Style:
    """What a text is like: ``unit`` is an indentation, ``in_lists`` that of a list below its key."""

    json: bool
    newline: str
    unit: str
    in_lists: str
    short: bool
    quote: str

    @classmethod
    def of(cls, text: str, root: Node) -> Style:
        """Return the style of a text, which is mostly that of its larger part."""
        mappings: Counter[int] = Counter()
        lists: Counter[int] = Counter()
        tags = False
        for node in root.every():
            tags = tags or bool(node.function)
            # What stands behind the dash of a list is no key of its own line.
            if node.kind != "mapping":
                continue
            for entry in node.entries:
                value = entry.value
                if value.entries and "\n" in text[entry.start : value.entries[0].start]:
                    inner = column(text, value.entries[0].start) - column(text, entry.start)
                    (lists if value.kind == "list" and not value.flow else mappings)[inner] += 1
        mappings.pop(0, None)
        width = mappings.most_common(1)[0][0] if mappings else 2
        width = width if width > 0 else 2
        behind_tab = re.search(r"^\t+", text, re.MULTILINE) is not None
        unit = "\t" * width if behind_tab and is_json(text) else " " * width
        below = lists.most_common(1)[0][0] if lists else width
        return cls(
            json=is_json(text),
            newline="\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n",
            unit=unit,
            in_lists=" " * max(below, 0),
            short=tags or ("Fn::" not in text and not re.search(r"\bRef\"?:", text)),
            quote='"' if text.count('"') > text.count("'") else "'",
        )

    def lines(self, value: Any) -> list[str]:
        """Write a value of YAML in block style."""
        if (inline := self.inline(value)) is not None:
            return [inline]
        lines: list[str] = []
        if isinstance(value, Mapping):
            for key, item in value.items():
                lines += self.entry(key, item)
            return lines
        for item in value:
            first, *rest = self.lines(item)
            lines += [f"- {first}", *(f"  {line}" for line in rest)]
        return lines

    def entry(self, key: str, value: Any) -> list[str]:
        """Write a key and its value in block style; text of several lines, such as code, line by line."""
        if isinstance(value, str) and _BLOCK.fullmatch(value) and all(map(str.isprintable, value.split("\n"))):
            return [f"{self.text(key)}: |", *(f"{self.unit}{line}" if line else "" for line in value.split("\n")[:-1])]
        if (inline := self.inline(value)) is not None:
            return [f"{self.text(key)}: {inline}"]
        below = self.in_lists if isinstance(value, list) else self.unit
        return [f"{self.text(key)}:", *(f"{below}{line}" for line in self.lines(value))]

    def inline(self, value: Any) -> str | None:
        """Write a value that block style writes on one line; None for another."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping) and value:
            return self._function(value)
        if isinstance(value, (Mapping, list)) and value:
            return None
        return json.dumps(value)

    def text(self, value: str) -> str:
        """Write text of YAML, in quotation marks where it would be taken for something else."""
        if _PLAIN.fullmatch(value) and not _ODD.fullmatch(value):
            return value
        if self.quote == "'" and value.isprintable():
            return "'" + value.replace("'", "''") + "'"
        return _escaped(json.dumps(value, ensure_ascii=False))

    def _function(self, value: Mapping[str, Any]) -> str | None:
        if not self.short or len(value) != 1:
            return None
        ((name, inner),) = value.items()
        if name == "Ref" and isinstance(inner, str):
            return f"!Ref {self.text(inner)}"
        if name == "Fn::GetAtt" and isinstance(inner, list) and all(isinstance(part, str) for part in inner):
            return f"!GetAtt {self.text('.'.join(inner))}"
        return f"!Sub {self.text(inner)}" if name == "Fn::Sub" and isinstance(inner, str) else None

    def flow(self, value: Any, *, base: str, spread: bool, colon: str = ": ") -> str:
        """Write a value within brackets; ``base`` indents its lines but for the first, if it is ``spread`` on several.

        YAML reads what JSON writes.
        """
        if not spread:
            text = json.dumps(value, ensure_ascii=False, separators=(", ", colon))
            return text if self.json else _escaped(text)
        text = json.dumps(value, ensure_ascii=False, indent=self.unit, separators=(",", colon))
        text = text if self.json else _escaped(text)
        return text.replace("\n", f"{self.newline}{base}")


def _escaped(text: str) -> str:
    """Escape what YAML does not read as it is; JSON's pairs of escapes for one sign are none of YAML's."""
    return "".join(sign if sign.isprintable() or sign == "\n" else f"\\U{ord(sign):08x}" for sign in text)
