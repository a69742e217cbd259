from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


def _kafka(enabled: Any) -> dict[str, Any]:
    properties = {"KAFKA_SSL_ENABLED": enabled}
    return {"ConnectionInput": {"ConnectionType": "KAFKA", "ConnectionProperties": properties}}


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("AWS::QuickSight::DataSource", {}, "passed"),
        ("AWS::QuickSight::DataSource", {"SslProperties": {"DisableSsl": True}}, "failed"),
        ("AWS::QuickSight::DataSource", {"SslProperties": {"DisableSsl": GIVEN}}, "unknown"),
        ("AWS::Glue::Connection", {"ConnectionInput": GIVEN}, "unknown"),
        ("AWS::Glue::Connection", {"ConnectionInput": {"ConnectionType": GIVEN}}, "unknown"),
        ("AWS::Glue::Connection", {"ConnectionInput": {"ConnectionType": "KAFKA"}}, "passed"),
        ("AWS::Glue::Connection", _kafka("false"), "failed"),
        ("AWS::Glue::Connection", _kafka(GIVEN), "unknown"),
        ("AWS::CodeBuild::Project", {"Source": {"Type": "GITHUB"}}, "passed"),
        ("AWS::CodeBuild::Project", {"Source": {"InsecureSsl": True}}, "failed"),
        ("AWS::CodeBuild::Project", {"SecondarySources": [{"InsecureSsl": "true"}]}, "failed"),
        (
            "AWS::Glue::Connection",
            {"ConnectionInput": {"ConnectionType": "JDBC", "ConnectionProperties": {"JDBC_ENFORCE_SSL": "true"}}},
            "passed",
        ),
        (
            "AWS::Glue::Connection",
            {"ConnectionInput": {"ConnectionType": "JDBC", "ConnectionProperties": {}}},
            "failed",
        ),
        ("AWS::Glue::Connection", {"ConnectionInput": {"ConnectionType": "NETWORK"}}, "not_applicable"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("client_tls_required", one(kind, **properties)) == expected
