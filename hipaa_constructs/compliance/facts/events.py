"""What EventBridge rules take."""

from __future__ import annotations

import json

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Fields, Unknown, is_mapping


def event_pattern(rule: Resource) -> Fields | Unknown:
    """Return a rule's event pattern, which may be JSON text, as a mapping; ``UNKNOWN`` if it cannot be read."""
    pattern = rule.get("EventPattern", {})
    if isinstance(pattern, str):
        try:
            pattern = json.loads(pattern)
        except ValueError:
            return UNKNOWN
    return pattern if is_mapping(pattern) else UNKNOWN
