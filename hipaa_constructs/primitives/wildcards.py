"""Wildcards in what a role is granted, acknowledged where a service names things only when it makes them."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from typing import cast
from weakref import WeakKeyDictionary

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from constructs import IValidation

from hipaa_constructs._stacks import stack_of
from hipaa_constructs.compliance.acknowledge import acknowledge_limitations
from hipaa_constructs.compliance.packs import wildcard_ids
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole


def acknowledge_wildcards(grantee: iam.IGrantable, *arns: str, reason: str, source: str) -> None:
    """Acknowledge what a role of this library is granted on ``arns`` once they are those of the template.

    Before synthesis they are not, as where they are another stack's. Of several reasons for the same ARN the first
    stands. What other principals are granted is for their owner to accept.
    """
    role = grantee if isinstance(grantee, LeastPrivilegeRole) else grantee.grant_principal
    if not isinstance(role, LeastPrivilegeRole):
        return
    waiting = _OF_ROLES.get(role)
    if waiting is None:
        waiting = _OF_ROLES[role] = _of_stack(stack_of(role))
    waiting.add(role, arns, reason, source)


def _of_stack(stack: cdk.Stack) -> _Acknowledged:
    """Return what acknowledges the wildcards of a stack: one for all roles, since Node calls each."""
    known = _OF_STACKS.get(stack)
    if known is None:
        known = _OF_STACKS[stack] = _Acknowledged(stack)
        stack.node.add_validation(cast("IValidation", known))
    return known


@jsii.implements(IValidation)
class _Acknowledged:
    """At synthesis, when it is known how one stack refers to another."""

    def __init__(self, stack: cdk.Stack) -> None:
        self._stack = stack
        self._said: list[tuple[LeastPrivilegeRole, Sequence[str], str, str]] = []
        self._known: dict[LeastPrivilegeRole, set[str]] = defaultdict(set)

    def add(self, role: LeastPrivilegeRole, arns: Sequence[str], reason: str, source: str) -> None:
        """Have what ``role`` is granted on ``arns`` acknowledged."""
        self._said.append((role, arns, reason, source))

    def validate(self) -> list[str]:
        """Acknowledge them, each at the first synthesis of several."""
        ids = iter(wildcard_ids(self._stack, *(arn for _, arns, _, _ in self._said for arn in arns)))
        new: dict[LeastPrivilegeRole, dict[tuple[str, str], list[str]]] = defaultdict(dict)
        for role, arns, reason, source in self._said:
            for one in itertools.islice(ids, len(arns)):
                if one not in self._known[role]:
                    self._known[role].add(one)
                    new[role].setdefault((reason, source), []).append(one)
        self._said.clear()
        for role, limitations in new.items():
            acknowledge_limitations(role, limitations)
        return []


_OF_STACKS: WeakKeyDictionary[cdk.Stack, _Acknowledged] = WeakKeyDictionary()
_OF_ROLES: WeakKeyDictionary[LeastPrivilegeRole, _Acknowledged] = WeakKeyDictionary()
