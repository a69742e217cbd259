"""The control matrix and what belongs to it as an Excel workbook."""

from __future__ import annotations

import datetime
import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from hipaa_constructs.evidence.labels import visible
from hipaa_constructs.evidence.model import DISCLAIMER, STATUS_WORDS, Evidence
from hipaa_constructs.evidence.sheets import sheets
from hipaa_constructs.evidence.tables import Table

_FILLS = {
    STATUS_WORDS["open"]: "#F8D7DA",
    STATUS_WORDS["not_attested"]: "#FFF3CD",
    STATUS_WORDS["excepted"]: "#E2E3F8",
    STATUS_WORDS["met"]: "#D4EDDA",
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_xlsx(evidence: Evidence) -> bytes:
    """Return the workbook."""
    return workbook_of(sheets(evidence), title="HIPAA Security Rule: control matrix", today=evidence.today)


def workbook_of(tables: Sequence[Table], *, title: str, today: datetime.date) -> bytes:
    """Return a workbook of tables. Its times are the report's date, so that the same evidence gives the same bytes."""
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(
        stream,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False},
    )
    workbook.set_properties(
        {
            "title": title,
            "comments": DISCLAIMER,
            "created": datetime.datetime.combine(today, datetime.time()),
        }
    )
    for table in tables:
        _write(workbook, table)
    workbook.close()
    return stream.getvalue()


def _write(workbook: Any, table: Table) -> None:
    sheet = workbook.add_worksheet(table.name)
    head = workbook.add_format({"bold": True, "bottom": 1, "valign": "top", "text_wrap": True})
    plain = workbook.add_format({"valign": "top", "text_wrap": True})
    # Marks the cell as text, as a leading apostrophe typed by hand would.
    quoted = workbook.add_format({"valign": "top", "text_wrap": True, "quote_prefix": True})
    fills = {
        word: workbook.add_format({"valign": "top", "text_wrap": True, "bg_color": color})
        for word, color in _FILLS.items()
    }
    for column, (title, width) in enumerate(table.columns.items()):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, title, head)
    for number, row in enumerate(table.rows, start=1):
        for column, cell in enumerate(row):
            if isinstance(cell, int):
                sheet.write_number(number, column, cell, plain)
            else:
                text = visible(cell)
                form = quoted if text.startswith(_FORMULA) else fills.get(text, plain)
                sheet.write_string(number, column, text, form)
    sheet.freeze_panes(1, 1)
    if table.rows and table.name != "Summary":
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
