"""What the policies of an organization deny, together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Unknown
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Verdict, failed, unknown
from hipaa_constructs.iam.document import Statement, parsed, statements

POLICY = "AWS::Organizations::Policy"


def judge_together(
    resource: Resource, kind: str, still_open: Callable[[Sequence[Statement]], Iterator[str]]
) -> Verdict:
    """Judge all policies of one type by what ``still_open`` says that they do not deny, at the first of them."""
    if resource.get("Type") is UNKNOWN:
        return unknown("The type of the policy is known only at deployment.")
    policies = [policy for policy in resource.template.app.of_type(POLICY) if policy.get("Type") == kind]
    if not policies or policies[0] is not resource:
        return NOT_APPLICABLE
    name = kind.lower().replace("_", " ")
    together: list[Statement] = []
    for policy in policies:
        found = statements(parsed(policy.get("Content")))
        if isinstance(found, Unknown):
            return unknown(f"A {name} cannot be read before deployment.")
        together += found
    missing = list(still_open(together))
    return failed(f"No {name} of the app denies {', '.join(missing)}.", at="") if missing else PASSED
