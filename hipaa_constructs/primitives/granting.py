"""CDK's own ways to grant, without the way over Node and back where a role of this library asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_iam as iam

from hipaa_constructs._stacks import stack_of
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole


def to_principal(
    grantee: iam.IGrantable,
    actions: Sequence[str],
    resource_arns: Sequence[str],
    *,
    conditions: Mapping[str, Mapping[str, Any]] | None = None,
) -> iam.Grant:
    """Grant by a policy of the principal, as ``iam.Grant.add_to_principal`` does."""
    if isinstance(grantee, LeastPrivilegeRole):
        return grantee.allow(actions, resource_arns, conditions=conditions)
    return iam.Grant.add_to_principal(
        grantee=grantee, actions=list(actions), resource_arns=list(resource_arns), conditions=conditions
    )


def to_principal_or_resource(
    grantee: iam.IGrantable,
    actions: Sequence[str],
    resource_arns: Sequence[str],
    *,
    resource: iam.IResourceWithPolicy,
    resource_self_arns: Sequence[str] | None = None,
    conditions: Mapping[str, Mapping[str, Any]] | None = None,
) -> iam.Grant:
    """Grant by a policy of the principal or, for one of elsewhere, by that of ``resource``.

    ``iam.Grant.add_to_principal_or_resource`` does so. A role of the same stack is of the same account.
    """
    if isinstance(grantee, LeastPrivilegeRole) and stack_of(grantee) is stack_of(resource):
        return grantee.allow(actions, resource_arns, conditions=conditions)
    return iam.Grant.add_to_principal_or_resource(
        grantee=grantee,
        actions=list(actions),
        resource_arns=list(resource_arns),
        resource=resource,
        resource_self_arns=resource_self_arns,
        conditions=conditions,
    )
