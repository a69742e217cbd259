"""The configuration as JSON Schema, by which editors complete and check it; imports no aws_cdk.

It says what each key takes. What keys have to do with each other, such as Regions that differ, only loading tells.
"""

from __future__ import annotations

import json
from typing import Any

from hipaa_constructs.landing_zone.config import LandingZoneConfig, OrganizationZoneConfig

FILE = "landing-zone.schema.json"


def schema() -> dict[str, Any]:
    """Return one schema for both kinds, so that an editor knows every key before it knows which kind it is."""
    one, many = LandingZoneConfig.model_json_schema(), OrganizationZoneConfig.model_json_schema()
    keys = {**one["properties"], **many["properties"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:hipaa-constructs:landing-zone:1",
        "title": "Configuration of the landing zone",
        "description": "One account, or an organization of many: see docs/organization.md.",
        "type": "object",
        "properties": _untitled(keys),
        "additionalProperties": False,
        "if": {"required": ["organization"]},
        "then": {"properties": dict.fromkeys(sorted(one["properties"].keys() - many["properties"].keys()), False)},
        "else": {"required": one["required"]},
        "$defs": _untitled({**one["$defs"], **many["$defs"]}),
    }


def text() -> str:
    """Return the schema as it is written to a file."""
    return f"{json.dumps(schema(), indent=1)}\n"


def _untitled(definitions: dict[str, Any]) -> dict[str, Any]:
    """Leave out the titles that pydantic makes of each name, which an editor would show in place of nothing."""
    return {name: _without_title(one) for name, one in definitions.items()}


def _without_title(definition: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in definition.items() if key != "title"}
    if "properties" in kept:
        kept["properties"] = _untitled(kept["properties"])
    return kept
