"""Wildcards in what a role is granted, acknowledged where a service names things only when it makes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from weakref import WeakKeyDictionary

import jsii
from aws_cdk import aws_iam as iam
from constructs import IValidation

from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compliance.packs import wildcard_ids
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole


def acknowledge_wildcards(grantee: iam.IGrantable, *arns: str, reason: str, source: str) -> None:
    """Acknowledge what a role of this library is granted on ``arns`` once they are those of the template.

    Before synthesis they are not, as where they are another stack's. Of several reasons for the same ARN the first
    stands. What other principals are granted is for their owner to accept.
    """
    role = grantee.grant_principal
    if not isinstance(role, LeastPrivilegeRole):
        return
    role.node.add_validation(cast("IValidation", _Acknowledged(role, arns, reason=reason, source=source)))


@jsii.implements(IValidation)
class _Acknowledged:
    """At synthesis, when it is known how one stack refers to another."""

    def __init__(self, role: LeastPrivilegeRole, arns: Sequence[str], *, reason: str, source: str) -> None:
        self._role = role
        self._arns = arns
        self._said = {"reason": reason, "source": source}
        self._done = False

    def validate(self) -> list[str]:
        """Acknowledge them, at the first synthesis of several."""
        if not self._done:
            known = _KNOWN.setdefault(self._role, set())
            new = [one for one in dict.fromkeys(wildcard_ids(self._role, *self._arns)) if one not in known]
            known.update(new)
            if new:
                acknowledge_limitation(self._role, *new, **self._said)
        self._done = True
        return []


_KNOWN: WeakKeyDictionary[LeastPrivilegeRole, set[str]] = WeakKeyDictionary()
