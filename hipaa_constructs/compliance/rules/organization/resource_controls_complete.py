"""Resource control policies keep data within the organization, and on TLS.

The rule judges what the app's policies deny together, for each request in the catalogue. Compliant: for every service
that AWS's examples cover, requests from outside the organization, from services on an outsider's behalf, without TLS
and, for S3, below TLS 1.2 are denied. Non-compliant: one is not; the finding is on the first policy. Unknown: a policy
that only deployment can tell. Not applicable: the other policies, of this and of other types.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.controls import read
from hipaa_constructs.compliance.facts.organization import POLICY, judge_together
from hipaa_constructs.compliance.rule import Rule, Verdict
from hipaa_constructs.iam.conditions import first_compared
from hipaa_constructs.iam.document import Statement
from hipaa_constructs.iam.evaluate import denies_request


def _open(policy: Sequence[Statement]) -> Iterator[str]:
    """Yield what is not denied, and for which services."""
    # Requests that are to be denied for another reason come from the organization that is let in.
    own = first_compared(policy, "aws:PrincipalOrgID", "o-own0000000")
    for group in read("guarded_requests.json")["resource_control"]:
        context = {key: own if value == "OWN" else value for key, value in group["context"].items()}
        services = [
            action.partition(":")[0]
            for action in group["actions"]
            if not any(denies_request(statement, action, "*", context) for statement in policy)
        ]
        if services:
            yield f"{group['what']} {' and '.join(services)}"


def check(resource: Resource) -> Verdict:
    return judge_together(resource, "RESOURCE_CONTROL_POLICY", _open)


RULE = Rule(
    name="ResourceControlsComplete",
    severity="warning",
    resource_types=(POLICY,),
    controls=("164.308(a)(4)(i)", "164.312(a)(1)", "164.312(e)(1)"),
    fix="Use Guardrails, or add Deny statements for the services named; acknowledge it where other policies have them.",
    check=check,
)
