"""What EMR security configurations switch on."""

from __future__ import annotations

import json

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Resolved, Ternary, dig, is_true


def emr_setting(resource: Resource, name: str) -> Ternary:
    """Whether a switch is on of an EMR security configuration, which is written as JSON or as an object."""
    return is_true(emr_value(resource, name))


def emr_value(resource: Resource, path: str) -> Resolved | None:
    """Return what stands at a dotted path of an EMR security configuration's encryption; None if nothing does."""
    written = resource.get("SecurityConfiguration")
    if isinstance(written, str):
        try:
            written = json.loads(written)
        except ValueError:
            return UNKNOWN
    return dig(written, f"EncryptionConfiguration.{path}")
