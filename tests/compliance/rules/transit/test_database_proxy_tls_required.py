from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("AWS::RDS::DBProxy", {"RequireTLS": True}, "passed"),
        ("AWS::RDS::DBProxy", {"RequireTLS": False}, "failed"),
        ("AWS::RDS::DBProxy", {}, "failed"),
        ("AWS::RDS::DBProxy", {"RequireTLS": GIVEN}, "unknown"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("database_proxy_tls_required", one(kind, **properties)) == expected
