"""Writes the catalogue's list of resource types from the schemas that cfn-lint brings.

python -m tests.compliance.resource_types
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import cfnlint
from cfnlint.helpers import REGIONS
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

import hipaa_constructs

FILE = Path(hipaa_constructs.__file__).parent / "compliance" / "catalogue" / "resource_types.json"
_SCHEMAS = Path(cfnlint.__file__).parent / "data" / "schemas"


def resource_types() -> str:
    """Return the file: the types of every Region by namespace."""
    types: dict[str, set[str]] = defaultdict(set)
    for region in REGIONS:
        for kind in PROVIDER_SCHEMA_MANAGER.get_resource_types(region):
            provider, service, name = kind.split("::", 2)
            types[f"{provider}::{service}"].add(name)
    data = {
        "source": "CloudFormation's schemas, as cfn-lint ships them",
        "as_of": json.loads((_SCHEMAS / "version.json").read_text("utf-8"))["schema_date"][:10],
        "types": {space: " ".join(sorted(names)) for space, names in sorted(types.items())},
    }
    return json.dumps(data, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(resource_types(), "utf-8")
