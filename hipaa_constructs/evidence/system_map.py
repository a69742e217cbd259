"""The system picture: ways in on the left, Regions with their stores in the middle, ways out on the right."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from hipaa_constructs.evidence.drawing import Drawing
from hipaa_constructs.evidence.labels import kind_of, shorten_path, some
from hipaa_constructs.evidence.system import System

_WIDTH = 960
_BOX = 264
_HEIGHT = 58
_STEP = 66
_TOP = 40
_MIDDLE = (_WIDTH - _BOX) / 2
# A frame's line has some width.
_RIGHT = _WIDTH - _BOX - 2
# More than these a column does not show; the table has all.
_MOST = 12


def system_map(system: System) -> Markup:
    """Draw the whole system."""
    sheet = Drawing(_WIDTH)
    places, bottom = _regions(sheet, system)
    middle = (_TOP + bottom) / 2
    for x, title, none, ways in (
        (0, "Who calls, and how", "Nobody calls over a network", system.ways_in),
        (_RIGHT, "Where data goes", "Data goes nowhere else", system.ways_out),
    ):
        sheet.text(x, 18, title if ways else none, "p-soft", room=_BOX)
        grouped: dict[tuple[str, str], list[str]] = {}
        for way in ways:
            grouped.setdefault((way.party, way.by), []).append(way.at)
        shown = list(grouped.items())[:_MOST]
        top = max(_TOP, middle - len(shown) * _STEP / 2)
        for position, ((party, by), ends) in enumerate(shown):
            y = top + position * _STEP
            for there in dict.fromkeys(places.get(end, middle) for end in ends):
                outer, inner = (x or _BOX, y + _HEIGHT / 2), (_MIDDLE + (_BOX if x else 0), there)
                start, end = (inner, outer) if x else (outer, inner)
                sheet.curve(start, end, "p-flow p-in")
            _box(sheet, x, y, party, f"{'from' if x else 'to'} {_named(ends)}", by)
        if len(grouped) > len(shown):
            words = f"and {len(grouped) - len(shown)} more, in the table"
            sheet.text(x, top + len(shown) * _STEP + 14, words, "p-soft", room=_BOX)
    return sheet.svg(
        f"{system.title}: {some(len(system.ways_in), 'way')} in, {some(len(system.ways_out), 'way')} out; "
        "the table below says the same."
    )


def _named(ends: Sequence[str]) -> str:
    return ends[0] if len(ends) == 1 else f"{ends[0]} and {len(ends) - 1} more"


def _box(sheet: Drawing, x: float, y: float, party: str, ends: str, by: str) -> None:
    sheet.box(x, y, _BOX, _HEIGHT, "p-party")
    sheet.text(x + 12, y + 18, party, "p-ink", room=_BOX - 24)
    sheet.text(x + 12, y + 34, ends, "p-soft", room=_BOX - 24, size=11)
    sheet.text(x + 12, y + 49, by, "p-soft", room=_BOX - 24, size=11)


def _regions(sheet: Drawing, system: System) -> tuple[dict[str, float], float]:
    """Draw the Regions, and return where each store stands, and where the last Region ends."""
    sheet.text(_MIDDLE, 18, "Where PHI is", "p-soft", room=_BOX)
    places: dict[str, float] = {}
    y: float = _TOP
    for region, stores in system.regions.items():
        start, behind = y, len(sheet.parts)
        sheet.text(_MIDDLE + 12, y + 22, region, "p-strong", room=_BOX - 24)
        y += 34
        for store in stores[:_MOST]:
            name = shorten_path(str(store.resource))
            sheet.box(_MIDDLE + 10, y, _BOX - 20, 40, "p-key" if store.role == "copy" else "p-store")
            sheet.text(_MIDDLE + 20, y + 17, name, "p-ink", room=_BOX - 40)
            what = f"{kind_of(store.resource.type)}{', copies' if store.role == 'copy' else ''}"
            sheet.text(_MIDDLE + 20, y + 33, what, "p-soft", room=_BOX - 40, size=11)
            places[name] = y + 20
            y += 48
        if len(stores) > _MOST:
            sheet.text(_MIDDLE + 20, y + 12, f"and {len(stores) - _MOST} more, in the inventory", "p-soft", size=11)
            y += 24
        sheet.frame(behind, _MIDDLE, start, _BOX, y - start + 4, "p-vpc", radius=8)
        y += 20
    return places, y
