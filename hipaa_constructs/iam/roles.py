"""Which roles of an app hold a policy, which policies a role holds, and who takes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Text, Unknown, as_list, spread
from hipaa_constructs.iam.document import Statement, parsed, statements
from hipaa_constructs.iam.grants import documents
from hipaa_constructs.iam.locations import TRUST_POLICY

_ROLE = "AWS::IAM::Role"
# Where a policy says which roles hold it.
_HELD_BY: Mapping[str, str] = {
    "AWS::IAM::ManagedPolicy": "Roles",
    "AWS::IAM::Policy": "Roles",
    "AWS::IAM::RolePolicy": "RoleName",
}


def roles_of(policy: Resource) -> Sequence[Resource | Unknown]:
    """Return the app's roles that hold a policy, or the role itself; ``UNKNOWN`` for one that cannot be told."""
    if policy.type == _ROLE:
        return [policy]
    if policy.type not in _HELD_BY:
        return []
    app, found = policy.template.app, as_list(policy.get(_HELD_BY[policy.type]))
    roles: list[Resource | Unknown] = list(app.referring(policy, _ROLE, "ManagedPolicyArns"))
    for value in [UNKNOWN] if found is UNKNOWN else found:
        role = policy.template.target(value, _ROLE)
        if role is not None:
            roles.append(role)
        elif value is UNKNOWN or isinstance(value, Text):
            roles.append(UNKNOWN)
    return roles


def documents_of(role: Resource) -> Iterator[Sequence[Statement] | Unknown]:
    """Yield the statements of each policy of a role and of its boundary; ``UNKNOWN`` for what is not in the app.

    The policies that AWS manages are left out.
    """
    app = role.template.app
    yield from documents(role)
    for kind, path in _HELD_BY.items():
        for policy in app.referring(role, kind, path):
            yield from documents(policy)
    for arn in (*spread(role.properties, "ManagedPolicyArns[]"), role.get("PermissionsBoundary")):
        policy_of_app = role.template.target(arn, "AWS::IAM::ManagedPolicy")
        if policy_of_app is not None:
            yield from documents(policy_of_app)
        elif arn is not None and "::aws:policy/" not in str(arn):
            yield UNKNOWN


def trusted_principals(role: Resource) -> Sequence[tuple[str, Any]] | Unknown:
    """Return whom a role's trust policy admits, as kind and value; ``UNKNOWN`` if it cannot be read."""
    found = statements(parsed(role.get(TRUST_POLICY)))
    if isinstance(found, Unknown):
        return UNKNOWN
    return [principal for statement in found if statement.allows for principal in statement.principals]
