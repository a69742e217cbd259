"""The documents of a report: the name of each, and who renders it. Renderers are imported when they are asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.evidence.model import Evidence

# Format: the files that it writes, each with the module here and the function in it.
FORMATS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "html": (("report.html", "html_report", "as_html"),),
    "json": (("report.json", "json_report", "as_json"),),
    "csv": (("control-matrix.csv", "csv_matrix", "as_csv"),),
    "xlsx": (("control-matrix.xlsx", "xlsx_matrix", "as_xlsx"),),
    "junit": (("junit.xml", "junit", "as_junit"),),
    "sarif": (
        ("findings.sarif", "sarif_findings", "as_sarif"),
        ("findings-and-exceptions.sarif", "sarif_findings", "as_sarif_with_exceptions"),
    ),
    "oscal": (
        ("oscal-catalog.json", "oscal_catalog", "as_oscal_catalog"),
        ("oscal-assessment-plan.json", "oscal_plan", "as_oscal_plan"),
        ("oscal-component-definition.json", "oscal_component", "as_oscal_component"),
        ("oscal-assessment-results.json", "oscal_results", "as_oscal_results"),
    ),
}


def write(
    evidence: Evidence, folder: Path, formats: Iterable[str], *, step: Callable[[str], None] = lambda name: None
) -> Sequence[Path]:
    """Write documents into a folder, which is made if need be, and return their paths.

    :raises UnusableInput: the folder cannot be written.
    """
    written: list[Path] = []
    for form in formats:
        for name, module, function in FORMATS[form]:
            step(name)
            render = getattr(importlib.import_module(f"hipaa_constructs.evidence.{module}"), function)
            written.append(deliver(folder / name, render(evidence)))
    return written


def deliver(file: Path, content: str | bytes) -> Path:
    """Write one file.

    :raises UnusableInput: the system refuses.
    """
    data = content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    except OSError as error:
        raise UnusableInput(str(file), f"cannot be written: {error.strerror or error}") from None
    return file
