"""The report that CDK writes of its validation plugins into a cdk.out folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from hipaa_constructs.cloudformation.load.files import member, read_json

FILE: Final = "validation-report.json"


def read_validation_report(folder: Path) -> Any:
    """Return the report's data; None if there is none.

    :raises UnusableInput: it is broken, or a link.
    """
    file = member(folder, folder, FILE)
    return read_json(file) if file.is_file() else None


def plugin_reports(data: Any) -> Sequence[Mapping[str, Any]]:
    """Return the report's entries, one for each plugin and stage; none for data of another form."""
    return entries(data.get("pluginReports")) if isinstance(data, Mapping) else []


def entries(value: Any) -> Sequence[Mapping[str, Any]]:
    """Return the mappings of a list, such as the violations of a plugin; none for data of another form."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
