"""Permissions on log groups that would match no request.

CloudWatch Logs matches every action but those on tags against an ARN that ends in ``:*`` or names a stream:
docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.storage.policies import literal

_PLAIN = {"logs:ListTagsForResource", "logs:TagResource", "logs:UntagResource"}


def without_effect(template: Mapping[str, Any]) -> list[str]:
    """Return the ARNs of log groups that permissions for CloudWatch Logs name without ``:*``."""
    return [
        str(arn)
        for statement in _statements(template)
        if any(action.startswith("logs:") and action not in _PLAIN for action in _list(statement.get("Action", [])))
        for arn in _list(literal(statement.get("Resource", [])))
        if ":log-group:" in arn and not arn.endswith("*") and ":log-stream:" not in arn
    ]


def _statements(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, Mapping):
        if value.get("Effect") in ("Allow", "Deny"):
            yield dict(value)
        for item in value.values():
            yield from _statements(item)
    elif isinstance(value, list):
        for item in value:
            yield from _statements(item)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
