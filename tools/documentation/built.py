"""The built site, checked: links and anchors lead somewhere, nothing is asked of the network, headings are in order."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# What a browser fetches by itself, by tag and attribute; a link that is followed by hand is none.
_FETCHED = {
    "audio": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "img": ("src", "srcset"),
    "input": ("src",),
    "link": ("href",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "track": ("src",),
    "video": ("src", "poster"),
}
_OUTSIDE = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_IN_CSS = re.compile(r"(?:url\(\s*['\"]?|@import\s+['\"])((?:https?:)?//[^'\")]+)", re.IGNORECASE)
# Marks that make Material's scripts fetch something: diagrams and the counts of a repository.
_FETCHING = ("mermaid", "md-source__fact")


@dataclass
class Page(HTMLParser):
    """What a page says of itself."""

    path: str
    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element links to, fetches and is called."""
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        self.fetched += [given[name] for name in _FETCHED.get(tag, ()) if given.get(name)]
        self.fetched += _IN_CSS.findall(given.get("style", ""))
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "html" and not given.get("lang"):
            self.faults.append("says no language")
        if tag == "img" and "alt" not in given:
            self.faults.append(f"an image says nothing to who does not see it: {given.get('src', '')}")
        if tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            self.faults.append("sends readers on")
        self.faults += [
            f"has {name}, for which scripts fetch" for name in given.get("class", "").split() if name in _FETCHING
        ]

    def handle_data(self, data: str) -> None:
        """Note what a style sheet in the page fetches."""
        if self.cdata_elem == "style":
            self.fetched += _IN_CSS.findall(data)


def faults(folder: Path) -> list[str]:
    """Return what is wrong with a built site, each with the file it stands in."""
    pages = {file.relative_to(folder).as_posix(): _read(file, folder) for file in sorted(folder.rglob("*.html"))}
    if not pages:
        return [f"{folder} holds no pages"]
    found = [f"{path}: {fault}" for path, page in pages.items() for fault in _of_page(page, pages, folder)]
    for sheet in sorted(folder.rglob("*.css")):
        asked = _IN_CSS.findall(sheet.read_text("utf-8"))
        found += [f"{sheet.relative_to(folder)}: asks {address}" for address in asked]
    return found


def _read(file: Path, folder: Path) -> Page:
    page = Page(file.relative_to(folder).as_posix())
    page.feed(file.read_text("utf-8"))
    page.close()
    return page


def _of_page(page: Page, pages: dict[str, Page], folder: Path) -> Iterator[str]:
    yield from page.faults
    for address in page.fetched:
        if _OUTSIDE.match(address):
            yield f"asks {address}"
        elif not address.startswith("data:"):
            yield from _leads(address, page, pages, folder)
    for address in page.links:
        if not urlsplit(address).scheme and not _OUTSIDE.match(address):
            yield from _leads(address, page, pages, folder)
        elif not re.match(r"https://|mailto:", address):
            yield f"links to {address}, which is neither https nor in the site"
    if page.headings.count(1) != 1:
        yield f"has {page.headings.count(1)} headings of the first level"
    for above, here in zip(page.headings, page.headings[1:], strict=False):
        if here > above + 1:
            yield f"a heading of level {here} follows one of level {above}"


def _leads(address: str, page: Page, pages: dict[str, Page], folder: Path) -> Iterator[str]:
    parts = urlsplit(address)
    if page.path == "404.html" and parts.path.startswith("/"):
        # Shown for any address, so that it names all from the root.
        parts = parts._replace(path=parts.path.lstrip("/"))
    base = posixpath.dirname(page.path)
    path = posixpath.normpath(posixpath.join(base, unquote(parts.path))) if parts.path else page.path
    if path.startswith(("..", "/")) or not (folder / path).is_file():
        yield f"links to {address}, which is not there"
        return
    anchor = unquote(parts.fragment)
    if anchor and path in pages and anchor not in pages[path].anchors and not anchor.startswith("__"):
        yield f"links to {address}, which has no such anchor"
