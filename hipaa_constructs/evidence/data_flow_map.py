"""A data-flow picture: parties on the left, stores in the middle, keys on the right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from hipaa_constructs.evidence.data_flow import Flow, Node
from hipaa_constructs.evidence.drawing import Drawing
from hipaa_constructs.evidence.labels import some

_WIDTH = 960
_BOX = 248
_HEIGHT = 42
_STEP = 54
_TOP = 40
_STORES = (_WIDTH - _BOX) / 2
_KEYS = _WIDTH - _BOX


def data_flow_map(flow: Flow) -> Markup:
    """Draw one stack's flow."""
    sheet = Drawing(_WIDTH)
    lengths = [len(flow.parties), len(flow.stores), len(flow.keys)]
    tallest = max(lengths)
    store_rows = _rows(range(len(flow.stores)), tallest)
    party_order = _by_neighbours(len(flow.parties), ((who, store_rows[store]) for who, store in flow.access))
    key_order = _by_neighbours(len(flow.keys), ((key, store_rows[store]) for store, key in flow.encrypted))
    party_rows, key_rows = _rows(party_order, tallest), _rows(key_order, tallest)
    for (who, store), verbs in sorted(flow.access.items()):
        start = (_BOX, _middle(party_rows[who]))
        end = (_STORES, _middle(store_rows[store]))
        # The arrow points where data goes.
        way = "both" if {"read", "write"} <= verbs else "in" if "write" in verbs else "out"
        sheet.curve(start, end, "p-flow p-connect" if verbs == {"connect"} else f"p-flow p-{way}")
    for store, key in sorted(flow.encrypted):
        sheet.curve((_STORES + _BOX, _middle(store_rows[store])), (_KEYS, _middle(key_rows[key])), "p-key-line")
    for x, title, number in (
        (0, "Who may reach", lengths[0]),
        (_STORES, "Stores", lengths[1]),
        (_KEYS, "Keys", lengths[2]),
    ):
        sheet.text(x, 18, title if number else f"{title}: none in these templates", "p-soft", room=_BOX)
    _column(sheet, 0, flow.parties, party_rows, "p-party")
    _column(sheet, _STORES, flow.stores, store_rows, "p-store")
    _column(sheet, _KEYS, flow.keys, key_rows, "p-key")
    parties, stores, keys = some(lengths[0], "party", "parties"), some(lengths[1], "store"), some(lengths[2], "key")
    return sheet.svg(f"{flow.stack}: {parties}, {stores}, {keys}; the table below says who may reach what.")


def _column(sheet: Drawing, x: float, nodes: Sequence[Node], rows: Sequence[float], kind: str) -> None:
    for node, row in zip(nodes, rows, strict=True):
        y = _TOP + row * _STEP
        sheet.box(x, y, _BOX, _HEIGHT, kind)
        sheet.text(x + 12, y + 18, node.name, "p-ink", room=_BOX - 24)
        sheet.text(x + 12, y + 34, node.kind, "p-soft", room=_BOX - 24, size=11)


def _middle(row: float) -> float:
    return _TOP + row * _STEP + _HEIGHT / 2


def _rows(order: Iterable[int], tallest: int) -> list[float]:
    """Return each node's row, from the order in which they stand; a short column stands in the middle."""
    ordered = list(order)
    rows = [0.0] * len(ordered)
    for position, node in enumerate(ordered):
        rows[node] = position + (tallest - len(ordered)) / 2
    return rows


def _by_neighbours(number: int, lines: Iterable[tuple[int, float]]) -> list[int]:
    """Order nodes by the mean row of what they are tied to, so that few lines cross."""
    tied: list[list[float]] = [[] for _ in range(number)]
    for node, row in lines:
        tied[node].append(row)
    return sorted(range(number), key=lambda node: (sum(tied[node]) / len(tied[node]) if tied[node] else 0, node))
