"""Wildcards that a service leaves no way around, acknowledged where a role of this library is granted them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import jsii
from constructs import IValidation

from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compliance.packs import wildcard_ids
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole


def acknowledge_wildcards(role: LeastPrivilegeRole, *arns: str, reason: str, source: str) -> None:
    """Acknowledge what ``role`` is granted on ``arns`` once they are those of the template, as of another stack."""
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
            acknowledge_limitation(self._role, *wildcard_ids(self._role, *self._arns), **self._said)
        self._done = True
        return []
