"""What statements of service control policies are made of: denials, and the roles that are exempt from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Statement = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Exemptions:
    """Role names, with ``*`` and ``?``: who deploys and mends the controls, and who acts in an emergency."""

    deployment: Sequence[str]
    emergency: Sequence[str]

    def for_deployment(self) -> dict[str, Any]:
        """Return a condition that lets those through who deploy the controls."""
        return unless(self.deployment)

    def for_either(self) -> dict[str, Any]:
        """Return a condition that lets those and break-glass roles through."""
        return unless([*self.deployment, *self.emergency])

    def role_arns(self) -> list[str]:
        """Return the ARN patterns of all exempt roles."""
        return _arns([*self.deployment, *self.emergency])


def deny(
    sid: str, actions: Sequence[str], condition: Mapping[str, Any] | None = None, resources: Sequence[str] = ("*",)
) -> Statement:
    """Return a statement that denies; lists of one are written without brackets, to save characters."""
    statement: dict[str, Any] = {
        "Sid": sid,
        "Effect": "Deny",
        "Action": actions[0] if len(actions) == 1 else list(actions),
        "Resource": resources[0] if len(resources) == 1 else list(resources),
    }
    if condition:
        statement["Condition"] = dict(condition)
    return statement


def unless(names: Sequence[str]) -> dict[str, Any]:
    """Return a condition that fails for roles of these names."""
    return {"ArnNotLike": {"aws:PrincipalArn": _arns(names)}} if names else {}


def _arns(names: Sequence[str]) -> list[str]:
    return [f"arn:*:iam::*:role/{name}" for name in names]
