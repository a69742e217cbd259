"""What EMR security configurations switch on."""

from __future__ import annotations

import json

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, dig, is_true


def emr_setting(resource: Resource, name: str) -> Ternary:
    """Whether a switch is on of an EMR security configuration, which is written as JSON or as an object."""
    written = resource.get("SecurityConfiguration")
    if isinstance(written, str):
        try:
            written = json.loads(written)
        except ValueError:
            return Ternary.UNKNOWN
    return is_true(dig(written, f"EncryptionConfiguration.{name}"))
