"""Roles trust somebody in particular.

Compliant: services, named accounts and principals, a wildcard tied to an account, organization or source, and
identity providers whose statement says which of their identities: ``sub`` for providers that serve many
tenants or many workloads (GitHub, GitLab, EKS and the like), ``aud`` for Cognito, either for others.
Non-compliant: any principal without such a condition, a provider's every identity, Cognito's guests. Not
applicable: nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Unknown, as_list
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, unknown, worst
from hipaa_constructs.iam.document import Statement, statements
from hipaa_constructs.iam.exposure import is_open
from hipaa_constructs.iam.locations import TRUST_POLICY

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
_COGNITO = "cognito-identity.amazonaws.com"
_UNREADABLE = "?"


def _statement(statement: Statement, policy: list[Statement]) -> Iterator[Verdict]:
    open_ = is_open(statement, policy)
    if open_ is True:
        yield failed("The trust policy lets any principal assume the role.")
    elif open_ is UNKNOWN:
        yield unknown("Whom the trust policy admits is known only at deployment.")
    for kind, value in statement.principals:
        if kind == "Federated" and value != "*":
            yield _federated(statement, str(value))


def _federated(statement: Statement, provider: str) -> Verdict:
    if any(str(action).lower() == "sts:assumerolewithsaml" for action in statement.actions):
        return PASSED
    if not isinstance(statement.conditions, Mapping):
        absent = statement.conditions is None
        return (
            failed(f"Every identity of {provider} may assume the role.")
            if absent
            else unknown(f"Which identities of {provider} may assume the role is known only at deployment.")
        )
    claims = dict(_claims(statement.conditions))
    if provider == _COGNITO and "unauthenticated" in str(claims.get("amr")).lower():
        return failed("Guests of an identity pool may assume the role.")
    shared = any(name in provider for name in _SHARED_PROVIDERS)
    deciding = ("aud",) if provider == _COGNITO else ("sub",) if shared else ("sub", "aud")
    compared = [claims[claim] for claim in deciding if claim in claims]
    if any(value is not UNKNOWN for value in compared):
        return PASSED
    if compared or _UNREADABLE in claims:
        return unknown(f"Which identities of {provider} may assume the role is known only at deployment.")
    return failed(f"{provider} may send anyone: no condition on {' or '.join(deciding)}.")


def _claims(conditions: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what the conditions compare of the token, by claim; a bare wildcard compares nothing."""
    for operator, entries in conditions.items():
        base = operator.lower().removeprefix("foranyvalue:")
        if not isinstance(entries, Mapping):
            yield _UNREADABLE, UNKNOWN
        elif base.startswith(("stringequals", "stringlike")) and not base.endswith("ifexists"):
            for key, value in entries.items():
                values = as_list(value)
                claim = key.rpartition(":")[2].lower()
                if values is UNKNOWN or UNKNOWN in values:
                    # Compared for equality, whatever it will be names something.
                    yield claim, UNKNOWN if base.startswith("stringlike") else "named"
                elif not any(str(item).removeprefix("repo:").startswith("*") for item in values):
                    yield claim, values


def check(resource: Resource) -> Verdict:
    found = statements(resource.get(TRUST_POLICY))
    if isinstance(found, Unknown):
        return unknown("The trust policy cannot be read before deployment.")
    judged = (verdict for item in found if item.allows for verdict in _statement(item, list(found)))
    return worst([PASSED, *judged])


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
    fix="Name the principal, or condition it: iam.PrincipalWithConditions, iam.OrganizationPrincipal, a sub claim.",
    check=check,
)
