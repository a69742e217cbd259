"""The documents of a report: the name of each, and who renders it. Renderers are imported when they are asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hipaa_constructs.cloudformation.load.unusable import UnusableInput

# Format: the files that it writes, each with the module here and the function in it.
Formats = Mapping[str, tuple[tuple[str, str, str], ...]]
FORMATS: Formats = {
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
# The same of many accounts.
OF_ORGANIZATION: Formats = {
    "html": (("organization.html", "organization_html", "as_html"),),
    "json": (("organization.json", "organization_json", "as_json"),),
    "csv": (("organization-matrix.csv", "organization_tables", "as_csv"),),
    "xlsx": (("organization-matrix.xlsx", "organization_tables", "as_xlsx"),),
}


def write(
    evidence: Any,
    folder: Path,
    formats: Iterable[str],
    *,
    kinds: Formats = FORMATS,
    step: Callable[[str], None] = lambda name: None,
) -> Sequence[Path]:
    """Write documents into a folder, which is made if need be, and return their paths.

    :param evidence: of one app, or of an organization.
    :param kinds: the documents that there are of it; formats that are not among them are passed over.
    :raises UnusableInput: the folder cannot be written.
    """
    written: list[Path] = []
    for form in formats:
        for name, module, function in kinds.get(form, ()):
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
