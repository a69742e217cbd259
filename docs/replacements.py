"""Writes ``catalogue/replacements.json``: which properties CloudFormation changes only by making a resource anew.

``make replacements`` runs it, after an update of cfn-lint, whose schemas it reads; a test fails when the table is not
what they say.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Mapping, Sequence
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.defaults.services import all_services

TABLE = Path(__file__).parent.parent / "hipaa_constructs" / "compliance" / "catalogue" / "replacements.json"
_REGION = "us-east-1"


def table(types: Collection[str]) -> Mapping[str, Any]:
    """Return the table for these resource types."""
    return {
        "source": f"CloudFormation's schemas of {_REGION}, shipped with cfn-lint {version('cfn-lint')}: "
        "createOnlyProperties (always) and conditionalCreateOnlyProperties (sometimes)",
        "as_of": _schemas("version.json")["schema_date"][:10],
        "note": "Written by docs/replacements.py.",
        "types": {name: _properties(name) for name in sorted(types)},
    }


def written(data: Mapping[str, Any]) -> str:
    """Return the table as text."""
    return json.dumps(data, indent=1) + "\n"


def types_set() -> set[str]:
    """Return the types that secure_defaults or a fix sets anything of, as far as there are schemas of them."""
    injected = {
        name
        for service in all_services()
        for name in (*(plain.resource_type for plain in service.plain), *(raw.resource_type for raw in service.raw))
    }
    judged = {name for rule in all_rules() for name in rule.resource_types}
    return injected | (judged & _schemas("providers", f"{_REGION}.json").keys())


def _properties(resource_type: str) -> Mapping[str, Sequence[str]]:
    schema = _schemas("resources", f"{_schemas('providers', f'{_REGION}.json')[resource_type]}.json")
    return {
        "always": _paths(schema.get("createOnlyProperties")),
        "sometimes": _paths(schema.get("conditionalCreateOnlyProperties")),
    }


def _paths(pointers: Sequence[str] | None) -> Sequence[str]:
    return sorted(pointer.removeprefix("/properties/") for pointer in pointers or ())


def _schemas(*path: str) -> Any:
    return json.loads(files("cfnlint").joinpath("data", "schemas", *path).read_text("utf-8"))


if __name__ == "__main__":
    TABLE.write_text(written(table(types_set())), "utf-8")
    sys.stdout.write(f"wrote {TABLE}\n")
