"""Roles that an identity pool has for guests, and lets none of them take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, Ternary, Unknown, as_items, is_false, is_one_of
from hipaa_constructs.iam.document import FOR_ALL, Statement, policy_at
from hipaa_constructs.iam.locations import TRUST_POLICY

_ROLE, _POOL = "AWS::IAM::Role", "AWS::Cognito::IdentityPool"
_PROVIDER: Final = "cognito-identity.amazonaws.com"
# Who else may have a policy.
_OTHERS: Final = ("Users", "Groups")


def serves_no_guest(holder: Resource) -> bool:
    """Whether a role, or all roles of a policy, are for guests of identity pools of the app that admit none.

    Such a role trusts nobody but guests of a pool, whom Cognito gives no credentials while
    ``AllowUnauthenticatedIdentities`` is false
    (docs.aws.amazon.com/cognito/latest/developerguide/identity-pools.html).
    """
    if holder.type == _ROLE:
        return _is_closed(holder)
    roles = [holder.template.target(one, _ROLE) for one in as_items(holder.get("Roles"))]
    others = any(holder.get(path) is not None for path in _OTHERS)
    return bool(roles) and not others and all(role is not None and _is_closed(role) for role in roles)


def _is_closed(role: Resource) -> bool:
    trust = policy_at(role, TRUST_POLICY)
    statements = [] if isinstance(trust, Unknown) else [one for one in trust if one.allows is not Ternary.NO]
    return bool(statements) and all(_trusts_nobody(one, role) for one in statements)


def _trusts_nobody(statement: Statement, role: Resource) -> bool:
    """Whether a statement trusts guests alone, of pools that admit none."""
    cognito = [kind == "Federated" and is_one_of(who, _PROVIDER) is Ternary.YES for kind, who in statement.principals]
    pools = [role.template.target(one, _POOL) for one in _compared(statement, "aud")]
    guests = [is_one_of(one, "unauthenticated") is Ternary.YES for one in _compared(statement, "amr")]
    return (
        bool(cognito and pools and guests)
        and all((*cognito, *guests))
        and all(
            pool is not None and is_false(pool.get("AllowUnauthenticatedIdentities")) is Ternary.YES for pool in pools
        )
    )


def _compared(statement: Statement, claim: str) -> Sequence[Resolved]:
    """Return what a claim has to be equal to; nothing where it may be something else, or absent."""
    for one in statement.compared(f"{_PROVIDER}:{claim}"):
        if one.operator in ("stringequals", "stringlike") and not one.if_exists and one.quantifier != FOR_ALL:
            return one.values
    return ()
