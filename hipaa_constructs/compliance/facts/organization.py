"""What the policies of an organization deny, together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Ternary, Unknown, is_one_of
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Verdict, failed, listed, unknown
from hipaa_constructs.iam.document import Statement, policy_at

POLICY = "AWS::Organizations::Policy"


def judge_together(
    resource: Resource, kind: str, asked: Callable[[Sequence[Statement]], Iterator[tuple[str, Ternary]]]
) -> Verdict:
    """Judge all policies of one type at the first of them; ``asked`` says what must be denied, and whether it is."""
    if resource.get("Type") is UNKNOWN:
        return unknown("The type of the policy is known only at deployment.")
    policies = [policy for policy in resource.template.app.of_type(POLICY) if _is(policy, kind)]
    if not policies or policies[0] is not resource:
        return NOT_APPLICABLE
    name = kind.lower().replace("_", " ")
    together: list[Statement] = []
    readable = True
    for policy in policies:
        found = policy_at(policy, "Content")
        if isinstance(found, Unknown):
            readable = False
        else:
            together += found
    denied = list(asked(together))
    missing = [what for what, answer in denied if answer is Ternary.NO]
    if missing and not readable:
        return unknown(f"A {name} cannot be read before deployment.")
    if missing:
        return failed(f"No {name} of the app denies {', '.join(missing)}.", at="")
    unclear = [what for what, answer in denied if answer is Ternary.UNKNOWN]
    if unclear:
        return unknown(f"Whether a {name} of the app denies {listed(unclear)} is known only at deployment.")
    return PASSED


def _is(policy: Resource, kind: str) -> bool:
    return is_one_of(policy.get("Type"), kind) is Ternary.YES
