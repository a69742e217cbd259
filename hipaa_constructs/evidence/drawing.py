"""A small pen for inline SVG: everything it writes is escaped, and colours come from the page's classes."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

# What a character takes on average in the page's sans-serif, as a part of the font size.
_ADVANCE = 0.56


class Drawing:
    """Shapes on a sheet that grows downwards; classes name the colours that style.css gives them."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.height = 0.0
        self.parts: list[Markup] = []

    def box(self, x: float, y: float, width: float, height: float, kind: str, *, radius: int = 5) -> None:
        """Draw a rectangle."""
        self.frame(len(self.parts), x, y, width, height, kind, radius=radius)

    def frame(
        self, before: int, x: float, y: float, width: float, height: float, kind: str, *, radius: int = 5
    ) -> None:
        """Draw a rectangle behind what was drawn from the position ``before`` on, whose size it had to wait for."""
        self._reach(y + height)
        shape = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="{}"/>')
        self.parts.insert(before, shape.format(kind, _n(x), _n(y), _n(width), _n(height), radius))

    def text(self, x: float, y: float, words: str, kind: str, *, room: float = 0, size: int = 13) -> None:
        """Write a line; what has no room is shortened in its middle and stays whole in the tooltip."""
        self._reach(y + 4)
        shown = shorten(words, room, size) if room else words
        title = Markup("<title>{}</title>").format(words) if shown != words else ""
        self.parts.append(
            Markup('<text class="{}" x="{}" y="{}" font-size="{}">{}{}</text>').format(
                kind, _n(x), _n(y), size, title, shown
            )
        )

    def curve(self, start: tuple[float, float], end: tuple[float, float], kind: str) -> None:
        """Draw an S-curve between two points, level at both ends."""
        (x1, y1), (x2, y2) = start, end
        middle = (x1 + x2) / 2
        self.parts.append(
            Markup('<path class="{}" d="M{} {}C{} {} {} {} {} {}"/>').format(
                kind, *map(_n, (x1, y1, middle, y1, middle, y2, x2, y2))
            )
        )

    def chips(self, x: float, y: float, room: float, labels: Sequence[str], kind: str) -> float:
        """Write labels in rounded boxes, as many to a line as fit; return where the last line ends."""
        left, size = x, 12
        for label in labels:
            shown = shorten(label, room - 20, size)
            width = min(room, text_width(shown, size) + 20)
            if left > x and left + width > x + room:
                left, y = x, y + 30
            self.box(left, y, width, 24, kind, radius=12)
            self.text(left + 10, y + 16, label, "p-ink", room=room - 20, size=size)
            left += width + 8
        return y + 24

    def svg(self, label: str) -> Markup:
        """Return the picture; ``label`` is what a screen reader says of it."""
        return Markup('<svg role="img" aria-label="{}" viewBox="0 0 {} {}">{}</svg>').format(
            label, self.width, _n(self.height + 8), Markup("").join(self.parts)
        )

    def _reach(self, bottom: float) -> None:
        self.height = max(self.height, bottom)


def text_width(words: str, size: int) -> float:
    """Return about how wide a line is."""
    return len(words) * size * _ADVANCE


def shorten(words: str, room: float, size: int) -> str:
    """Leave out a line's middle, so that it has room: names differ at their ends."""
    most = max(4, int(room / (size * _ADVANCE)))
    if len(words) <= most:
        return words
    tail = (most - 1) * 2 // 3
    return f"{words[: most - 1 - tail]}…{words[-tail:]}"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
