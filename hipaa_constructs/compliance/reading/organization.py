"""What the policies of an organization deny, together."""

from __future__ import annotations

from collections.abc import Sequence

from hipaa_constructs.compliance.policy import Statement, statements
from hipaa_constructs.compliance.reading.exposure import parsed
from hipaa_constructs.compliance.template import App, Resource, Unknown

POLICY = "AWS::Organizations::Policy"


def policies_of(app: App, kind: str) -> Sequence[Resource]:
    """Return the app's policies of one type, such as ``SERVICE_CONTROL_POLICY``."""
    return [policy for policy in app.of_type(POLICY) if policy.get("Type") == kind]


def statements_of(policies: Sequence[Resource]) -> Sequence[Statement] | Unknown:
    """Return the statements of all policies; ``UNKNOWN`` if one cannot be read."""
    together: list[Statement] = []
    for policy in policies:
        found = statements(parsed(policy.get("Content")))
        if isinstance(found, Unknown):
            return found
        together += found
    return together
