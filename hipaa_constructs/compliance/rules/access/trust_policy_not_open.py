"""Roles do not trust everyone.

Compliant: services, named accounts and principals, a wildcard tied to an account, organization or source, and
identity providers whose statement says which of their identities: ``sub`` for providers that serve many
tenants or many workloads (GitHub, GitLab, EKS and the like), ``aud`` and ``amr`` for Cognito, either for others.
Non-compliant: any principal without such a condition, a provider's every identity, Cognito's guests; as a warning,
Cognito without ``amr``, which tells guests from those who signed in, also in the role that a pool has for guests
(docs.aws.amazon.com/cognito/latest/developerguide/identity-pools-security-best-practices.html), and whatever runs in a
repository of GitHub, from any branch, where neither branch nor environment is named
(docs.github.com/actions/reference/security/oidc); and a condition whose key is written with a gap, such as
``${Provider}:sub``, which CloudFormation leaves as it stands
(github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/198). Not applicable: the role for guests of a
pool of the app, which GuestAccessDisabled tells of.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Resolved, Ternary, Text, Unknown, is_mapping, negate, spread
from hipaa_constructs.compliance.facts.pool_roles import is_for_guests_alone
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, judge, listed, unknown, worst
from hipaa_constructs.iam.document import FOR_ALL, Statement, is_unfilled, policy_at
from hipaa_constructs.iam.exposure import is_open
from hipaa_constructs.iam.locations import TRUST_POLICY
from hipaa_constructs.iam.roles import trusted_principals

_SHARED_PROVIDERS = (
    "accounts.google.com",
    "agent.buildkite.com",
    "api.bitbucket.org",
    "app.terraform.io",
    "gitlab.com",
    "graph.facebook.com",
    "oidc.circleci.com",
    "oidc.eks.",
    "token.actions.githubusercontent.com",
    "www.amazon.com",
)
_COGNITO, _GITHUB = "cognito-identity.amazonaws.com", "token.actions.githubusercontent.com"
# repo:clinic/records:*, repo:clinic/*; who starts it stands after the second colon.
_ANY_BRANCH = re.compile(r"repo:[^:]*:\*|repo:[^:]*\*[^:]*")


def _federated(statement: Statement, provider: str, role: Resource) -> Verdict:
    if any(str(action).lower() == "sts:assumerolewithsaml" for action in statement.actions):
        return PASSED
    where = f"statement {statement.name}"
    if not statement.conditions:
        return failed(f"Every identity of {provider} may assume the role ({where}).")
    dead = next(_by_the_letter(statement), None)
    if dead is not None:
        said = f"{provider} sends nobody whose {dead} has a wildcard in it, which StringEquals takes by the letter"
        return failed(f"{said} ({where}).", severity="warning")
    claims = dict(_claims(statement))
    if provider == _COGNITO and "unauthenticated" in str(claims.get("amr")).lower():
        # Whether it has guests, GuestAccessDisabled says of a pool of the app.
        own = any(_is_own_pool(role, value) for one in statement.compared(f"{_COGNITO}:aud") for value in one.values)
        return (
            PASSED if own and "aud" in claims else failed(f"Guests of an identity pool may assume the role ({where}).")
        )
    shared = any(name in provider for name in _SHARED_PROVIDERS)
    deciding = ("aud",) if provider == _COGNITO else ("sub",) if shared else ("sub", "aud")
    compared = [claims[claim] for claim in deciding if claim in claims]
    if any(value is not UNKNOWN for value in compared):
        if provider == _COGNITO:
            return _signed_in(statement, claims.get("amr"), where, role)
        return _of_branch(statement, claims.keys(), where) if _GITHUB in provider else PASSED
    if compared or any(isinstance(condition, Unknown) for condition in statement.conditions):
        return unknown(f"Which identities of {provider} may assume the role is known only at deployment ({where}).")
    return failed(f"{provider} may send anyone: no condition on {' or '.join(deciding)} ({where}).")


def _of_branch(statement: Statement, claims: Collection[str], where: str) -> Verdict:
    """Judge that a branch or an environment is named, by the subject or by a claim of its own."""
    subjects = (
        str(value)
        for condition in statement.known_conditions()
        if condition.key.endswith(":sub") and condition.operator.startswith("stringlike")
        for value in condition.values
    )
    found = next(filter(_ANY_BRANCH.fullmatch, subjects), None)
    if found is None or set(claims) - {"aud", "sub"}:
        return PASSED
    return failed(f"What runs in {found} may assume the role from any branch ({where}).", severity="warning")


def _signed_in(statement: Statement, amr: str | Unknown | None, where: str, role: Resource) -> Verdict:
    """Judge that Cognito's guests are kept out of a role for those who sign in, and these out of the guests'."""
    for_guests = is_for_guests_alone(role)
    others = "Who signs in" if for_guests else "Guests of the identity pool"
    unclear = amr is UNKNOWN or any(isinstance(condition, Unknown) for condition in statement.conditions)
    if unclear:
        whether = f"{others[0].lower()}{others[1:]}"
        return unknown(f"Whether {whether} may assume the role is known only at deployment ({where}).")
    if amr is not None:
        return PASSED
    what = "the role for guests" if for_guests else "the role"
    return failed(f"{others} may assume {what} too: no condition on amr ({where}).", severity="warning")


def _is_own_pool(role: Resource, value: Resolved) -> bool:
    return role.template.target(value, "AWS::Cognito::IdentityPool") is not None


def _by_the_letter(statement: Statement) -> Iterator[str]:
    """Yield the claims that are compared for equality with nothing but wildcards, so that no token has them."""
    for condition in statement.known_conditions():
        claim = condition.key.rpartition(":")[2]
        equal = claim in ("aud", "sub") and condition.operator.startswith("stringequals")
        known = [value for value in condition.values if isinstance(value, str) and not isinstance(value, Text)]
        if equal and known and len(known) == len(condition.values) and all("*" in value for value in known):
            yield claim


def _claims(statement: Statement) -> Iterator[tuple[str, str | Unknown]]:
    """Yield what the conditions compare of the token, by claim; a bare wildcard compares nothing."""
    for condition in statement.known_conditions():
        equal = condition.operator.startswith("stringequals")
        like = condition.operator.startswith("stringlike")
        if not (equal or like) or condition.if_exists or condition.quantifier == FOR_ALL:
            continue
        claim = condition.key.rpartition(":")[2]
        if any(value is UNKNOWN for value in condition.values):
            # Compared for equality, whatever it will be names something.
            yield claim, UNKNOWN if like else "named"
        elif not any(str(value).removeprefix("repo:").startswith("*") for value in condition.values):
            yield claim, str(condition.values)


def check(resource: Resource) -> Verdict:
    found = policy_at(resource, TRUST_POLICY)
    if isinstance(found, Unknown):
        return unknown("The trust policy cannot be read before deployment.")
    verdicts = (verdict for statement in found for verdict in _judge(statement, found, resource))
    return worst((PASSED, *_unfilled(resource), *verdicts))


def _unfilled(role: Resource) -> Iterator[Verdict]:
    """Yield a warning where a key of a condition is written as if CloudFormation filled something in."""
    conditions = spread(role.properties, f"{TRUST_POLICY}.Statement[].Condition")
    operators = (entries for one in conditions if is_mapping(one) for entries in one.values() if is_mapping(entries))
    keys = list(dict.fromkeys(str(key) for entries in operators for key in entries if is_unfilled(key)))
    if keys:
        yield failed(
            f"The condition asks for {listed(keys)}: CloudFormation fills in nothing in keys, so no request has that. "
            "It does in a policy that is JSON in the text of Fn::Sub.",
            severity="warning",
        )


def _judge(statement: Statement, policy: Sequence[Statement], role: Resource) -> Iterator[Verdict]:
    where = f"statement {statement.name}"
    yield judge(
        negate(is_open(statement, policy)),
        f"The trust policy lets any principal assume the role ({where}).",
        unknown_message=f"Who may assume the role is known only at deployment ({where}).",
    )
    if statement.allows is not Ternary.NO:
        for kind, value in statement.principals:
            if kind == "Federated" and str(value) != "*":
                yield _federated(statement, str(value), role)


def _trusts_cognito(role: Resource) -> bool:
    trusted = trusted_principals(role)
    return not isinstance(trusted, Unknown) and any(
        kind == "Federated" and str(value).lower() == _COGNITO for kind, value in trusted
    )


def _of_cognito(who: str, when: Callable[[Resource], bool]) -> Fix:
    """Return the fix for a role of an identity pool; ``who`` is how Cognito calls whom it is for."""
    return Fix(
        template=f"The statement of AssumeRolePolicyDocument has {_COGNITO} in Principal.Federated, and a Condition "
        f"{{StringEquals: {{{_COGNITO}:aud: <the id of the identity pool>}}, ForAnyValue:StringLike: "
        f"{{{_COGNITO}:amr: {who}}}}}.",
        cdk=(
            f'iam.Role(assumed_by=iam.WebIdentityPrincipal("{_COGNITO}", {{"StringEquals": {{"{_COGNITO}:aud": '
            f'<the id of the identity pool>}}, "ForAnyValue:StringLike": {{"{_COGNITO}:amr": "{who}"}}}}))',
        ),
        when=when,
    )


RULE = Rule(
    name="TrustPolicyNotOpen",
    severity="error",
    resource_types=("AWS::IAM::Role",),
    controls=(
        "164.308(a)(3)(i)",
        "164.308(a)(3)(ii)(A)",
        "164.308(a)(4)(i)",
        "164.308(a)(4)(ii)(B)",
        "164.308(a)(4)(ii)(C)",
        "164.312(a)(1)",
        "164.312(d)",
    ),
    fix="Name who may take the role; of an identity provider, which of its identities.",
    fixes=(
        _of_cognito(
            "unauthenticated",
            lambda role: _trusts_cognito(role) and is_for_guests_alone(role),
        ),
        _of_cognito("authenticated", _trusts_cognito),
        Fix(
            template="The statement of AssumeRolePolicyDocument names ARNs or services in Principal in place of *, or "
            "has a Condition on aws:PrincipalOrgID; for an identity provider, one on its sub claim (of GitHub, such as "
            "repo:clinic/records:environment:production; for Cognito, on aud, and "
            "{ForAnyValue:StringLike: {cognito-identity.amazonaws.com:amr: authenticated}}).",
            cdk=(
                "iam.Role(assumed_by=iam.ArnPrincipal(<who>))",
                'iam.Role(assumed_by=iam.WebIdentityPrincipal(<the provider>, {"StringEquals": {<the sub claim>: '
                "<who>}}))",
            ),
            constructs=("LeastPrivilegeRole", "WorkforceRoles"),
        ),
    ),
    check=check,
)
