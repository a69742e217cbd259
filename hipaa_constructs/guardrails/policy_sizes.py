"""How large an organization's policies may be, and how statements are spread over several."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from hipaa_constructs._arguments import refuse

# Characters without white space, which CloudFormation does not add:
# docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html. Service control policies take 10,240
# and a target ten of them since May 2026; up to then these took 5,120 and a target five. Within the older quotas, the
# newer leave as much again to the organization's own policies.
LIMITS = {
    "AISERVICES_OPT_OUT_POLICY": 2_500,
    "BACKUP_POLICY": 10_000,
    "RESOURCE_CONTROL_POLICY": 5_120,
    "SERVICE_CONTROL_POLICY": 5_120,
    "TAG_POLICY": 10_000,
}
# A target keeps FullAWSAccess, the fifth.
MOST_SERVICE_CONTROL_POLICIES = 4


def require_size(name: str, kind: str, content: Mapping[str, Any]) -> None:
    """Refuse a policy that Organizations would not take."""
    size = _size(content)
    if size > LIMITS[kind]:
        refuse(
            name,
            f"{size} characters",
            allowed=f"Organizations takes {LIMITS[kind]} in a {kind.lower().replace('_', ' ')}",
            fix="Name fewer roles, accounts, services or Regions, or use wildcards in role names.",
        )


def packed(statements: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Spread statements over as few service control policies as hold them, the largest first.

    Every statement denies, so that it does not matter in which policy it stands.
    """
    limit = LIMITS["SERVICE_CONTROL_POLICY"]
    policies: list[list[Mapping[str, Any]]] = []
    for statement in sorted(statements, key=_size, reverse=True):
        require_size(str(statement["Sid"]), "SERVICE_CONTROL_POLICY", _document([statement]))
        for policy in policies:
            if _size(_document([*policy, statement])) <= limit:
                policy.append(statement)
                break
        else:
            policies.append([statement])
    return [_document(policy) for policy in policies]


def _document(statements: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _size(content: Mapping[str, Any]) -> int:
    return len(json.dumps(content, separators=(",", ":")))
