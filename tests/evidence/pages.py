"""A page as a test reads it: elements with their attributes, and the text that a reader sees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "br", "wbr", "input", "use"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    parts: list[Element | str] = field(default_factory=list, repr=False)

    @property
    def text(self) -> str:
        return " ".join("".join(part if isinstance(part, str) else part.text_part for part in self.parts).split())

    @property
    def text_part(self) -> str:
        return "".join(part if isinstance(part, str) else part.text_part for part in self.parts)

    def all(self, tag: str | None = None, **attributes: str) -> Iterator[Element]:
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}.items()
        waiting = [part for part in reversed(self.parts) if isinstance(part, Element)]
        while waiting:
            element = waiting.pop()
            if tag in (None, element.tag) and wanted <= element.attributes.items():
                yield element
            waiting.extend(part for part in reversed(element.parts) if isinstance(part, Element))

    def one(self, tag: str | None = None, **attributes: str) -> Element:
        (found,) = self.all(tag, **attributes)
        return found


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        assert len(element.attributes) == len(attrs), f"<{tag}> has an attribute twice"
        self.open[-1].parts.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].parts.append(data)


def parse(html: str) -> Element:
    """Parse a page, whose tags must be nested properly."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    assert parser.open == [parser.root], "elements are left open"
    return parser.root
