"""The control matrix as CSV."""

from __future__ import annotations

import csv
import io

from hipaa_constructs.evidence.labels import visible
from hipaa_constructs.evidence.model import Evidence
from hipaa_constructs.evidence.tables import Cell, Table, matrix

# At the start of a cell, spreadsheets take these for a formula (owasp.org/www-community/attacks/CSV_Injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def as_csv(evidence: Evidence) -> str:
    """Return the matrix."""
    return csv_of(matrix(evidence))


def csv_of(table: Table) -> str:
    """Return a table as CSV, with a byte order mark by which spreadsheets know the encoding."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(table.columns)
    writer.writerows([_inert(cell) for cell in row] for row in table.rows)
    return "\ufeff" + stream.getvalue()


def _inert(cell: Cell) -> Cell:
    """Keep text from being taken for a formula, whichever of its lines a spreadsheet may split off."""
    if not isinstance(cell, str):
        return cell
    return "\n".join(f"'{line}" if line.startswith(_FORMULA) else line for line in visible(cell).split("\n"))
