"""Evidence as a table of plain cells, for spreadsheets: here the control matrix."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hipaa_constructs.evidence.model import COLUMN_WORDS, STATUS_WORDS, Column, Evidence, ResourceName

Cell = str | int
# Column titles, each with its width in characters and what it shows of an item.
Columns = Mapping[str, tuple[int, Callable[[Any], Cell]]]

# A cell of Excel holds 32,767 characters.
_MOST_CHARACTERS = 32_000


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet: its name, its columns with their widths, and its rows."""

    name: str
    columns: Mapping[str, int]
    rows: Sequence[Sequence[Cell]]


def table(name: str, columns: Columns, items: Iterable[Any]) -> Table:
    """Return a table with a row for each item."""
    widths = {title: width for title, (width, _) in columns.items()}
    return Table(name, widths, [[show(item) for _, show in columns.values()] for item in items])


def matrix(evidence: Evidence) -> Table:
    """Return the control matrix: 69 rows."""
    attested = {one.id: f"{one.id}: {one.status}" for one in evidence.attestations}
    columns: Columns = {
        "Citation": (22, lambda one: f"§{one.id}"),
        "Title": (34, lambda one: one.control.title),
        "Kind": (14, lambda one: one.control.kind),
        "Requirement": (13, lambda one: one.control.requirement or ""),
        "Status": (18, lambda one: STATUS_WORDS[one.status]),
        "Why": (50, lambda one: one.reason),
        "Infrastructure": (26, lambda one: _column(one.infrastructure)),
        "Live account": (22, lambda one: _column(one.live)),
        "People": (22, lambda one: _column(one.people)),
        "Checks passed": (9, lambda one: one.checks.passed),
        "Checks failed": (9, lambda one: one.checks.failed),
        "Checks acknowledged": (14, lambda one: one.checks.acknowledged),
        "Checks unknown": (9, lambda one: one.checks.unknown),
        "Failed resources": (40, lambda one: listed(one.resources["failed"])),
        "Acknowledged resources": (40, lambda one: listed(one.resources["acknowledged"])),
        "Unknown resources": (40, lambda one: listed(one.resources["unknown"])),
        "Passed resources": (40, lambda one: listed(one.resources["passed"])),
        "Rules": (44, lambda one: listed(one.rules)),
        "Cited by cdk-nag, not counted": (44, lambda one: listed(one.cited)),
        "Watched after deployment": (40, lambda one: listed([check.name for check in one.runtime if check.deployed])),
        "Not watched by these templates": (
            40,
            lambda one: listed([check.name for check in one.runtime if not check.deployed]),
        ),
        "Attestations": (36, lambda one: listed([attested[identifier] for identifier in one.attestations])),
        "What people must still do": (60, lambda one: one.duty),
    }
    return table("Controls", columns, evidence.controls.values())


def _column(one: Column) -> str:
    """Return what a column says, and whether that can never be enough."""
    return f"{COLUMN_WORDS[one.status]}{' (supports)' if one.role == 'supports' else ''}"


def listed(items: Sequence[str | ResourceName]) -> str:
    """Return items one a line, as many as a cell holds; report.json has all of them."""
    lines: list[str] = []
    length = 0
    for position, item in enumerate(items):
        text = str(item)
        length += len(text) + 1
        if length > _MOST_CHARACTERS:
            lines.append(f"… and {len(items) - position} more, in report.json")
            break
        lines.append(text)
    return "\n".join(lines)
