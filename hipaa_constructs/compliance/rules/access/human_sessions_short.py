"""Sessions of people last no longer than a shift.

A session's end is the automatic logoff of people at AWS, 164.312(a)(2)(iii), which leaves the time to the entity; here
it is a shift of eight hours. Compliant: a role that people take, with a second factor or by an identity provider, or a
permission set of IAM Identity Center, has sessions of at most that; the default is one hour of both
(docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-settings.html,
docs.aws.amazon.com/singlesignon/latest/userguide/howtosessionduration.html). Non-compliant: longer ones. Not
applicable: roles of services and workloads.
"""

from __future__ import annotations

import re

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Ternary, Unknown, as_int, as_text
from hipaa_constructs.compliance.facts.people import TAKING, asks_for_factor, people
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown
from hipaa_constructs.iam.document import Statement, policy_at
from hipaa_constructs.iam.locations import TRUST_POLICY

_SHIFT_HOURS = 8
_ROLE, _PERMISSION_SET = "AWS::IAM::Role", "AWS::SSO::PermissionSet"
_ISO = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def _is_taken_by_people(statement: Statement) -> bool:
    if statement.denies is Ternary.YES or not any(statement.covers_action(action) is Ternary.YES for action in TAKING):
        return False
    # A whole account may be workloads; one that needs a second factor is not.
    return any(
        people(kind, value, statement)[0] and (kind == "Federated" or asks_for_factor(statement) is Ternary.YES)
        for kind, value in statement.principals
    )


def _seconds(resource: Resource) -> int | Unknown | None:
    if resource.type == _ROLE:
        return as_int(resource.get("MaxSessionDuration", 3600))
    text = as_text(resource.get("SessionDuration", "PT1H"))
    found = _ISO.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return UNKNOWN
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def check(resource: Resource) -> Verdict:
    if resource.type == _ROLE:
        found = policy_at(resource, TRUST_POLICY)
        if isinstance(found, Unknown) or not any(map(_is_taken_by_people, found)):
            return NOT_APPLICABLE
    seconds = _seconds(resource)
    if not isinstance(seconds, int):
        return unknown("When a session ends is known only at deployment.")
    if seconds <= _SHIFT_HOURS * 3600:
        return PASSED
    return failed(f"Sessions last up to {seconds / 3600:g} hours, longer than a shift of {_SHIFT_HOURS}.")


RULE = Rule(
    name="HumanSessionsShort",
    severity="warning",
    resource_types=(_ROLE, _PERMISSION_SET),
    controls=("164.312(a)(2)(iii)",),
    fix="Let a session last no longer than a shift of eight hours.",
    fixes=(
        Fix(
            (_ROLE,),
            {"MaxSessionDuration": _SHIFT_HOURS * 3600},
            cdk=(f"iam.Role(max_session_duration=cdk.Duration.hours({_SHIFT_HOURS}))",),
            constructs=("BreakGlassRole", "WorkforceRoles"),
        ),
        Fix((_PERMISSION_SET,), {"SessionDuration": f"PT{_SHIFT_HOURS}H"}, constructs=("WorkforcePermissionSets",)),
    ),
    check=check,
)
