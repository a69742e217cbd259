"""Resource control policies keep data within the organization, and on TLS.

The rule judges what the app's policies deny together, for each request in the catalogue. Compliant: for every service
that keeps what customers store and that such policies reach, by the catalogue's dated list, requests from outside the
organization, from services on an outsider's behalf, without TLS and, for S3, below TLS 1.2 are denied. Non-compliant:
one is not; the finding is on the first policy. Unknown: a policy that only deployment can tell. Not applicable: the
other policies, of this and of other types.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, any_of
from hipaa_constructs.compliance.controls import read
from hipaa_constructs.compliance.facts.organization import POLICY, judge_together
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule, Verdict
from hipaa_constructs.iam.conditions import first_compared
from hipaa_constructs.iam.document import Statement
from hipaa_constructs.iam.evaluate import denies_request


def _asked(policy: Sequence[Statement]) -> Iterator[tuple[str, Ternary]]:
    """Yield what has to be denied for which services, and whether it is."""
    # Requests that are to be denied for another reason come from the organization that is let in.
    own = first_compared(policy, "aws:PrincipalOrgID", "o-own0000000")
    for group in read("guarded_requests.json")["resource_control"]:
        context = {key: own if value == "OWN" else value for key, value in group["context"].items()}
        denied = {action: _denied(policy, action, context) for action in group["actions"]}
        for answer in (Ternary.NO, Ternary.UNKNOWN):
            services = [action.partition(":")[0] for action, found in denied.items() if found is answer]
            if services:
                yield f"{group['what']} {' and '.join(services)}", answer


def _denied(policy: Sequence[Statement], action: str, context: Mapping[str, str]) -> Ternary:
    return any_of(denies_request(statement, action, "*", context) for statement in policy)


def check(resource: Resource) -> Verdict:
    return judge_together(resource, "RESOURCE_CONTROL_POLICY", _asked)


RULE = Rule(
    name="ResourceControlsComplete",
    severity="warning",
    resource_types=(POLICY,),
    controls=("164.308(a)(4)(i)", "164.312(a)(1)", "164.312(e)(1)"),
    fix="Deny what comes from outside the organization, and what comes without TLS, for every service "
    "that the finding names.",
    fixes=(
        Fix(
            beside="Content, of Type: RESOURCE_CONTROL_POLICY, has a statement with Effect: Deny, Principal: *, the "
            "actions of the services named and a Condition on aws:PrincipalOrgID, aws:SourceOrgID or "
            "aws:SecureTransport; acknowledge the finding where other policies of the organization have it.",
            constructs=("Guardrails",),
        ),
    ),
    check=check,
)
