"""Sessions of people last no longer than a shift.

A session's end is the automatic logoff of people at AWS, 164.312(a)(2)(iii), which leaves the time to the entity; here
it is a shift of eight hours. Compliant: a role that people take, with a second factor or by an identity provider, or a
permission set of IAM Identity Center, has sessions of at most that; the default is one hour of both
(docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-settings.html,
docs.aws.amazon.com/singlesignon/latest/userguide/howtosessionduration.html); access and ID tokens of a client of a
Cognito user pool last no longer, by default an hour, and refresh tokens 92 days, by default 30
(docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-with-identity-providers.html):
three months are what certified health IT has to let patients' apps come back for (45 CFR 170.315(g)(10)(v)).
Non-compliant: longer ones. Not applicable: roles of services and workloads, and clients that are programs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown, as_int, as_text
from hipaa_constructs.compliance.facts.people import TAKING, asks_for_factor, people
from hipaa_constructs.compliance.facts.sessions import PERMISSION_SET, session_seconds
from hipaa_constructs.compliance.facts.user_pools import USER_POOL_CLIENT, of_program
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, judge, unknown, worst
from hipaa_constructs.iam.document import Statement, policy_at
from hipaa_constructs.iam.locations import TRUST_POLICY

_SHIFT_HOURS = 8
_REFRESH_DAYS = 92
# By what a client calls a token: the unit of a number that has none, what the number is by default, and the most.
_TOKENS: Mapping[str, tuple[str, int, int]] = {
    "AccessToken": ("hours", 1, _SHIFT_HOURS * 3600),
    "IdToken": ("hours", 1, _SHIFT_HOURS * 3600),
    "RefreshToken": ("days", 30, _REFRESH_DAYS * 86400),
}
_SECONDS: Mapping[str, int] = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
_ROLE = "AWS::IAM::Role"


def _is_taken_by_people(statement: Statement) -> bool:
    if statement.denies is Ternary.YES or not any(statement.covers_action(action) is Ternary.YES for action in TAKING):
        return False
    # A whole account may be workloads; one that needs a second factor is not.
    return any(
        people(kind, value, statement)[0] and (kind == "Federated" or asks_for_factor(statement) is Ternary.YES)
        for kind, value in statement.principals
    )


def _tokens(client: Resource) -> Iterator[Verdict]:
    for name, (own_unit, default, most) in _TOKENS.items():
        number = as_int(client.get(f"{name}Validity", default))
        unit = as_text(client.get(f"TokenValidityUnits.{name}", own_unit))
        if not isinstance(number, int) or not isinstance(unit, str) or unit not in _SECONDS:
            yield unknown(f"{name}Validity is known only at deployment.")
            continue
        limit = f"{_REFRESH_DAYS} days" if name == "RefreshToken" else f"a shift of {_SHIFT_HOURS} hours"
        yield judge(number * _SECONDS[unit] <= most, f"{name}Validity is {number} {unit}, longer than {limit}.")


def check(resource: Resource) -> Verdict:
    if resource.type == USER_POOL_CLIENT:
        return NOT_APPLICABLE if of_program(resource) is Ternary.YES else worst(_tokens(resource))
    if resource.type == _ROLE:
        found = policy_at(resource, TRUST_POLICY)
        if isinstance(found, Unknown) or not any(map(_is_taken_by_people, found)):
            return NOT_APPLICABLE
    seconds = session_seconds(resource)
    if not isinstance(seconds, int):
        return unknown("When a session ends is known only at deployment.")
    if seconds <= _SHIFT_HOURS * 3600:
        return PASSED
    return failed(f"Sessions last up to {seconds / 3600:g} hours, longer than a shift of {_SHIFT_HOURS}.")


RULE = Rule(
    name="HumanSessionsShort",
    severity="warning",
    resource_types=(USER_POOL_CLIENT, _ROLE, PERMISSION_SET),
    controls=("164.312(a)(2)(iii)",),
    fix="Let a session last no longer than a shift of eight hours.",
    fixes=(
        Fix(
            (USER_POOL_CLIENT,),
            {
                **{f"{name}Validity": default for name, (_, default, _) in _TOKENS.items()},
                "TokenValidityUnits": {name: unit for name, (unit, _, _) in _TOKENS.items()},
            },
            cdk=(
                "cognito.UserPoolClient(access_token_validity=cdk.Duration.hours(1), id_token_validity="
                "cdk.Duration.hours(1), refresh_token_validity=cdk.Duration.days(30))",
            ),
            constructs=("PatientDirectory",),
        ),
        Fix(
            (_ROLE,),
            {"MaxSessionDuration": _SHIFT_HOURS * 3600},
            cdk=(f"iam.Role(max_session_duration=cdk.Duration.hours({_SHIFT_HOURS}))",),
            constructs=("BreakGlassRole", "WorkforceRoles"),
        ),
        Fix((PERMISSION_SET,), {"SessionDuration": f"PT{_SHIFT_HOURS}H"}, constructs=("WorkforcePermissionSets",)),
    ),
    check=check,
)
