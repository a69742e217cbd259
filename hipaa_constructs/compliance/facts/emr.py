"""What EMR security configurations switch on."""

from __future__ import annotations

import json
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, as_bool, dig


def emr_setting(resource: Resource, name: str) -> Any:
    """Return a switch of an EMR security configuration, which is written as JSON or as an object."""
    written = resource.get("SecurityConfiguration")
    if isinstance(written, str):
        try:
            written = json.loads(written)
        except ValueError:
            return UNKNOWN
    return as_bool(dig(written, f"EncryptionConfiguration.{name}"))
