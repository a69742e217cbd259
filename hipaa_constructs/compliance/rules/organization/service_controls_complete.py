"""Service control policies deny what no account with PHI may do.

The rule judges what the app's policies deny together, for each request in the catalogue: leaving the organization, the
root user, other Regions, services that are not eligible, switching audit, detection and encryption off, opening data to
the public, and stores without encryption; and that others change exempt roles, or hand one to a service. Compliant:
every such request of an ordinary role is denied. Non-compliant: one is not; the finding is on the first policy.
Unknown: a policy that only deployment can tell. Not applicable: the other policies, of this and of other types.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, Ternary, all_of, any_of
from hipaa_constructs.compliance.controls import read
from hipaa_constructs.compliance.facts.organization import POLICY, judge_together
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule, Verdict
from hipaa_constructs.iam.conditions import first_compared
from hipaa_constructs.iam.document import Statement
from hipaa_constructs.iam.evaluate import denies_request

_ANYBODY: Mapping[str, str] = {
    "aws:PrincipalAccount": "111122223333",
    "aws:PrincipalArn": "arn:aws:iam::111122223333:role/Anybody",
    "aws:SecureTransport": "true",
}

# By any of these, somebody else would act as a role.
_CHANGES = ("iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy")


def _asked(policy: Sequence[Statement]) -> Iterator[tuple[str, Ternary]]:
    """Yield what has to be denied, and whether it is."""
    # From an allowed Region: were all requests denied for their Region, nothing else would show.
    anybody = {**_ANYBODY, "aws:RequestedRegion": first_compared(policy, "aws:RequestedRegion", "us-east-1")}

    def is_denied(action: str, resource: str, context: Mapping[str, str]) -> Ternary:
        return any_of(denies_request(statement, action, resource, {**anybody, **context}) for statement in policy)

    for request in read("guarded_requests.json")["service_control"]:
        yield request["what"], is_denied(request["action"], request.get("resource", "*"), request.get("context", {}))
    exempt = list(_exempt(policy))
    changing = (is_denied(action, arn, {}) for action in _CHANGES for arn in exempt)
    yield "changing the roles that are exempt", all_of(changing)
    yield "passing the roles that are exempt", all_of(is_denied("iam:PassRole", arn, {}) for arn in exempt)


def _exempt(policy: Sequence[Statement]) -> Iterator[str]:
    """Yield an ARN for each pattern of roles that some statement lets through."""
    for statement in policy:
        for condition in statement.compared("aws:principalarn"):
            if condition.operator in ("arnnotequals", "arnnotlike", "stringnotlike") and not condition.quantifier:
                yield from (_example(value) for value in condition.values if ":role/" in str(value))


def _example(pattern: Resolved) -> str:
    """Put something for each wildcard of an ARN's pattern."""
    return str(pattern).replace("arn:*:", "arn:aws:").replace("*", "x").replace("?", "x")


def check(resource: Resource) -> Verdict:
    return judge_together(resource, "SERVICE_CONTROL_POLICY", _asked)


RULE = Rule(
    name="ServiceControlsComplete",
    severity="warning",
    resource_types=(POLICY,),
    controls=("164.308(a)(3)(i)", "164.308(a)(4)(i)", "164.308(b)(1)", "164.312(a)(2)(iv)", "164.312(b)"),
    fix="Deny what no account with PHI may do.",
    fixes=(
        Fix(
            beside="Content, of Type: SERVICE_CONTROL_POLICY, has statements with Effect: Deny for what the finding "
            "names; acknowledge it where other policies of the organization have them.",
            constructs=("Guardrails",),
        ),
    ),
    check=check,
)
