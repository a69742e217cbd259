"""The site's pages before it is built: each page's text by its path, and the navigation over them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).parent.parent.parent
# An entry of the navigation: a page by its path, or a part with its title and its entries.
Entry: TypeAlias = "str | Part"
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the navigation; a page that is called index.md stands for the part itself."""

    title: str
    entries: Sequence[Entry]

    def pages(self) -> Sequence[str]:
        """Return the paths of all pages of the part."""
        return [page for one in self.entries for page in ([one] if isinstance(one, str) else one.pages())]


@dataclass
class Book:
    """All pages.

    ``pages`` are Markdown by path. ``files`` are what pages link to and is no page. ``sources`` tell which page or
    file a file of the repository became, by its path there.
    """

    pages: dict[str, str] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    navigation: Sequence[Part] = ()

    def title(self, page: str) -> str:
        """Return a page's title, which is its only heading of the first level."""
        return title_of(self.pages[page], page)


def title_of(text: str, name: str) -> str:
    """Return the title of a page, without marks of code.

    :raises ValueError: it has none.
    """
    found = _TITLE.search(text)
    if found is None:
        raise ValueError(f"{name}: a page begins with its title: # and a few words")
    return found[1].replace("`", "")


def relative(page: str, target: str) -> str:
    """Return how a page links to another page or file of the site."""
    return posixpath.relpath(target, posixpath.dirname(page) or ".")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table; a cell may hold several lines, which are joined."""
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    return lines + [f"| {' | '.join(' '.join(cell.split()) for cell in row)} |" for row in rows]


def grouped(pages: Mapping[str, str]) -> Sequence[Part]:
    """Return a part for each group of pages, from the name of each page's group, in their order."""
    groups: dict[str, list[str]] = {}
    for page, group in pages.items():
        groups.setdefault(group, []).append(page)
    return [Part(title, entries) for title, entries in groups.items()]
