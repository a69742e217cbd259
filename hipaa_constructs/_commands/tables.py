"""Rows of text that stay readable at 80 columns."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Sequence

import click

from hipaa_constructs.compliance.output import printable

_WIDTH = 80


def rows(entries: Iterable[Sequence[str]]) -> str:
    """Set rows in columns; the last column is wrapped within the width."""
    listed = [list(entry) for entry in entries]
    if not listed:
        return ""
    widths = [max(len(entry[column]) for entry in listed) for column in range(len(listed[0]) - 1)]
    indent = sum(widths) + 2 * len(widths)
    lines: list[str] = []
    for entry in listed:
        start = "".join(f"{cell:<{width}}  " for cell, width in zip(entry[:-1], widths, strict=True))
        if indent > _WIDTH - 30:
            lines.append(start.rstrip())
            lines.extend(textwrap.wrap(entry[-1], _WIDTH, initial_indent="    ", subsequent_indent="    "))
        else:
            wrapped = textwrap.wrap(entry[-1], _WIDTH, initial_indent=start, subsequent_indent=" " * indent)
            lines.extend(wrapped or [start.rstrip()])
    return "\n".join(lines)


def paragraph(text: str, *, indent: int = 0) -> str:
    """Wrap a paragraph."""
    return textwrap.fill(text, _WIDTH, initial_indent=" " * indent, subsequent_indent=" " * indent)


def say(text: str) -> None:
    """Print lines of which a construct's id or a file may be a part."""
    shown = "\n".join(printable(line) for line in text.split("\n"))
    # Bytes: a terminal's encoding may lack a character that a construct's id holds.
    click.echo(shown.encode(sys.stdout.encoding or "utf-8", "backslashreplace"))
