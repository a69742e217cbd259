"""For whom identity pools have their roles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, Ternary, Unknown, as_mapping, is_false, spread
from hipaa_constructs.iam.document import policy_at
from hipaa_constructs.iam.locations import TRUST_POLICY

_ROLE: Final = "AWS::IAM::Role"
_POOL: Final = "AWS::Cognito::IdentityPool"
_GROUP: Final = "AWS::Cognito::UserPoolGroup"
_ATTACHMENT: Final = "AWS::Cognito::IdentityPoolRoleAttachment"
_GUESTS: Final = "unauthenticated"
_RULES: Final = "RulesConfiguration.Rules[].RoleARN"
_AUDIENCE: Final = "cognito-identity.amazonaws.com:aud"


def is_for_some_alone(role: Resource) -> bool:
    """Whether Cognito gives a role to a group of a user pool, or by a rule, and to nobody else.

    That is so of the ``RoleArn`` of a group and of what a rule of a mapping names, if the role is not what a pool
    gives whoever signs in, by ``Roles``
    (docs.aws.amazon.com/cognito/latest/developerguide/role-based-access-control.html), and if none of the pools that
    it trusts has the classic flow, in which one who signs in asks AWS STS for whatever role trusts the pool
    (docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html). It is false where the pools are not
    of the app.
    """
    app = role.template.app
    told = {everybody for _, everybody in app.told(role, "whom pools give roles", (_GROUP, _ATTACHMENT), _given)}
    if told != {False}:
        return False
    trust = policy_at(role, TRUST_POLICY)
    admitting = [] if isinstance(trust, Unknown) else [one for one in trust if one.allows is not Ternary.NO]
    compared = [[value for one in each.compared(_AUDIENCE) for value in one.values] for each in admitting]
    pools = [role.template.target(value, _POOL) for values in compared for value in values]
    return (
        bool(compared)
        and all(compared)
        and all(pool is not None and is_false(pool.get("AllowClassicFlow", False)) is Ternary.YES for pool in pools)
    )


def is_for_guests_alone(role: Resource) -> bool:
    """Whether pools of the app have a role as ``unauthenticated`` and as nothing else."""
    app = role.template.app
    return {name for _, name in app.told(role, "what pools call roles", (_GROUP, _ATTACHMENT), _called)} == {_GUESTS}


def _called(holder: Resource) -> Iterator[tuple[Resource, str]]:
    """Yield the roles that a group or a pool gives, each with how it is called there."""
    for name, value in as_mapping(holder.get("Roles")).items() if holder.type == _ATTACHMENT else ():
        role = holder.template.target(value, _ROLE)
        if role is not None:
            yield role, str(name)
    for role, everybody in _given(holder):
        if not everybody:
            yield role, "chosen"


def _given(holder: Resource) -> Iterator[tuple[Resource, bool]]:
    """Yield the roles that a group or a pool gives, each with whether everybody gets it who signs in or none does."""
    values: list[tuple[Resolved, bool]] = []
    if holder.type == _GROUP:
        values.append((holder.get("RoleArn"), False))
    else:
        mappings = as_mapping(holder.get("RoleMappings")).values()
        values += [(one, False) for mapping in mappings for one in spread(mapping, _RULES)]
        values += [(one, True) for one in as_mapping(holder.get("Roles")).values()]
    for value, everybody in values:
        role = holder.template.target(value, _ROLE)
        if role is not None:
            yield role, everybody
