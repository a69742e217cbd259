"""Which roles of an app hold a policy, which policies a role holds, and who takes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Resolved,
    Ternary,
    Text,
    Unknown,
    as_items,
    as_mapping,
    spread,
)
from hipaa_constructs.iam.document import Statement, policy_at
from hipaa_constructs.iam.grants import documents
from hipaa_constructs.iam.locations import HOLDERS, TRUST_POLICY

_ROLE = "AWS::IAM::Role"
# Where a policy says which roles hold it.
_HELD_BY = {kind: path for kind, paths in HOLDERS.items() for path in paths if path in ("Roles", "RoleName")}


def roles_of(policy: Resource) -> Sequence[Resource | Unknown]:
    """Return the app's roles that hold a policy, or the role itself; ``UNKNOWN`` for one that cannot be told."""
    if policy.type == _ROLE:
        return [policy]
    if policy.type not in _HELD_BY:
        return []
    app = policy.template.app
    roles: list[Resource | Unknown] = list(app.referring(policy, _ROLE, "ManagedPolicyArns"))
    for value in as_items(policy.get(_HELD_BY[policy.type])):
        role = policy.template.target(value, _ROLE)
        if role is not None:
            roles.append(role)
        elif value is UNKNOWN or isinstance(value, Text):
            roles.append(UNKNOWN)
    return roles


def may_do_something(role: Resource) -> bool:
    """Whether a role holds any policy, as written, whatever conditions come to."""
    app = role.template.app
    written = as_mapping(role.raw.get("Properties"))
    return any(written.get(own) for own in ("ManagedPolicyArns", "Policies")) or any(
        app.referring(role, kind, path) for kind, path in _HELD_BY.items()
    )


def documents_of(role: Resource, *, with_boundary: bool = True) -> Iterator[Sequence[Statement] | Unknown]:
    """Yield the statements of each policy of a role and of its boundary; ``UNKNOWN`` for what is not in the app.

    The policies that AWS manages are left out.
    """
    app = role.template.app
    yield from documents(role)
    for kind, path in _HELD_BY.items():
        for policy in app.referring(role, kind, path):
            yield from documents(policy)
    boundary = (role.get("PermissionsBoundary"),) if with_boundary else ()
    for arn in (*spread(role.properties, "ManagedPolicyArns[]"), *boundary):
        policy_of_app = role.template.target(arn, "AWS::IAM::ManagedPolicy")
        if policy_of_app is not None:
            yield from documents(policy_of_app)
        elif arn is not None and "::aws:policy/" not in str(arn):
            yield UNKNOWN


def trusted_principals(role: Resource) -> Sequence[tuple[str, Resolved]] | Unknown:
    """Return whom a role's trust policy admits, as kind and value; ``UNKNOWN`` if it cannot be read."""
    found = policy_at(role, TRUST_POLICY)
    if isinstance(found, Unknown):
        return UNKNOWN
    admitting = (statement for statement in found if statement.allows is not Ternary.NO)
    return [principal for statement in admitting for principal in statement.principals]
