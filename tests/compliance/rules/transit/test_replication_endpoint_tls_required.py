from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("AWS::DMS::Endpoint", {"EngineName": "postgres", "SslMode": "require"}, "passed"),
        ("AWS::DMS::Endpoint", {"EngineName": "postgres"}, "failed"),
        ("AWS::DMS::Endpoint", {"EngineName": "mysql", "SslMode": "none"}, "failed"),
        ("AWS::DMS::Endpoint", {"EngineName": "oracle", "SslMode": GIVEN}, "unknown"),
        ("AWS::DMS::Endpoint", {"EngineName": GIVEN}, "unknown"),
        ("AWS::DMS::Endpoint", {"EngineName": "s3"}, "not_applicable"),
        ("AWS::DMS::Endpoint", {"EngineName": "redshift"}, "not_applicable"),
        ("AWS::DMS::Endpoint", {"EngineName": "kafka"}, "failed"),
        ("AWS::DMS::Endpoint", {"EngineName": "kafka", "KafkaSettings": {"SecurityProtocol": "sasl-ssl"}}, "passed"),
        ("AWS::DMS::Endpoint", {"EngineName": "kafka", "KafkaSettings": {"SecurityProtocol": GIVEN}}, "unknown"),
        ("AWS::DMS::Endpoint", {"EngineName": "redis"}, "passed"),
        (
            "AWS::DMS::Endpoint",
            {"EngineName": "redis", "RedisSettings": {"SslSecurityProtocol": "plaintext"}},
            "failed",
        ),
        ("AWS::DMS::DataProvider", {"Settings": {"PostgreSqlSettings": {"SslMode": "verify-full"}}}, "passed"),
        ("AWS::DMS::DataProvider", {"Settings": {"PostgreSqlSettings": {}}}, "failed"),
        ("AWS::DMS::DataProvider", {"Settings": {"RedshiftSettings": {}}}, "not_applicable"),
        ("AWS::DMS::DataProvider", {"Settings": GIVEN}, "unknown"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("replication_endpoint_tls_required", one(kind, **properties)) == expected
