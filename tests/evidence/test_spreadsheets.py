from __future__ import annotations

import csv
import dataclasses
import io
import zipfile

import openpyxl
import pytest

from hipaa_constructs.evidence.csv_matrix import as_csv
from hipaa_constructs.evidence.model import Evidence, ResourceName
from hipaa_constructs.evidence.tables import listed, matrix
from hipaa_constructs.evidence.xlsx_matrix import as_xlsx

DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1", "=cmd|' /C calc'!A0"]


def with_failed(evidence: Evidence, *names: str, control: str = "164.308(a)(1)(i)") -> Evidence:
    """Return evidence whose control, by default the first, failed on resources of these names."""
    first = evidence.controls[control]
    resources = {**first.resources, "failed": [ResourceName("t.json", "L", "T", name) for name in names]}
    return dataclasses.replace(
        evidence, controls={**evidence.controls, first.id: dataclasses.replace(first, resources=resources)}
    )


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_csv_has_a_row_for_each_entry_and_the_matrix_numbers(clinic: Evidence) -> None:
    head, *body = rows(as_csv(clinic))
    assert len(body) == 69
    for row, control in zip(body, clinic.controls.values(), strict=True):
        cells = dict(zip(head, row, strict=True))
        assert cells["Citation"] == f"§{control.id}"
        assert int(cells["Checks failed"]) == control.checks.failed
        assert int(cells["Checks passed"]) == control.checks.passed
        assert cells["Failed resources"].count("\n") + 1 == max(1, len(control.resources["failed"]))


@pytest.mark.parametrize("name", DANGEROUS)
def test_csv_cells_and_lines_are_no_formulas(clinic: Evidence, name: str) -> None:
    for names in ([name], ["Clinic/Records", name]):
        cell = rows(as_csv(with_failed(clinic, *names)))[1][matrix_column("Failed resources", clinic)]
        assert cell.split("\n")[-1].startswith(f"'{name[0]}")


def matrix_column(title: str, evidence: Evidence) -> int:
    return list(matrix(evidence).columns).index(title)


def test_xlsx_cells_stay_text(clinic: Evidence) -> None:
    changed = clinic
    for citation, name in zip(clinic.controls, DANGEROUS, strict=False):
        changed = with_failed(changed, name, control=citation)
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx(changed)))["Controls"]
    for row, name in enumerate(DANGEROUS, start=2):
        cell = sheet.cell(row, matrix_column("Failed resources", clinic) + 1)
        assert cell.data_type == "s"
        # Excel writes a carriage return so.
        assert str(cell.value).replace("_x000D_", "\r").strip() == name.strip()


def test_xlsx_holds_no_formula_and_all_tables(clinic: Evidence) -> None:
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx(clinic)))
    assert "Summary" in book.sheetnames
    assert book["Controls"].max_row == 70
    assert book["Findings"].max_row == 1 + len(clinic.findings)
    assert book["Acknowledgements"].max_row == 1 + len(clinic.acknowledgements)
    assert book["PHI inventory"].max_row == 1 + len(clinic.inventory)
    assert book["Config rules"].max_row == 131
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in row)
    tickets = [cell.value for cell in book["Acknowledgements"]["I"]]
    assert "=1+1" in tickets


def test_xlsx_marks_text_that_looks_like_a_formula(clinic: Evidence) -> None:
    styles = zipfile.ZipFile(io.BytesIO(as_xlsx(clinic))).read("xl/styles.xml").decode()
    assert 'quotePrefix="1"' in styles


def test_xlsx_bears_no_time_but_the_reports(clinic: Evidence) -> None:
    archive = zipfile.ZipFile(io.BytesIO(as_xlsx(clinic)))
    assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
    assert "2026-11-22T00:00:00Z" in archive.read("docProps/core.xml").decode()


def test_a_cell_holds_no_more_than_excel_takes() -> None:
    names = [f"Clinic/Bucket{number:06}" for number in range(5000)]
    cell = listed(names)
    assert len(cell) < 32_767
    shown = cell.count("\n")
    assert cell.endswith(f"… and {5000 - shown} more, in report.json")


def test_signs_that_xml_lacks_do_not_break_the_workbook(clinic: Evidence) -> None:
    changed = with_failed(clinic, "Clinic/\x07\ud800\uffff")
    assert openpyxl.load_workbook(io.BytesIO(as_xlsx(changed)))["Controls"].max_row == 70
