from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("AWS::MSK::Cluster", {}, "passed"),
        (
            "AWS::MSK::Cluster",
            {"EncryptionInfo": {"EncryptionInTransit": {"ClientBroker": "TLS", "InCluster": True}}},
            "passed",
        ),
        ("AWS::MSK::Cluster", {"EncryptionInfo": {"EncryptionInTransit": {"ClientBroker": "TLS_PLAINTEXT"}}}, "failed"),
        ("AWS::MSK::Cluster", {"EncryptionInfo": {"EncryptionInTransit": {"ClientBroker": "PLAINTEXT"}}}, "failed"),
        ("AWS::MSK::Cluster", {"EncryptionInfo": {"EncryptionInTransit": {"InCluster": False}}}, "failed"),
        ("AWS::MSK::Cluster", {"EncryptionInfo": {"EncryptionInTransit": {"ClientBroker": GIVEN}}}, "unknown"),
        ("AWS::MSK::Cluster", {"EncryptionInfo": {"EncryptionInTransit": GIVEN}}, "unknown"),
        ("AWS::KafkaConnect::Connector", {"KafkaClusterEncryptionInTransit": {"EncryptionType": "TLS"}}, "passed"),
        (
            "AWS::KafkaConnect::Connector",
            {"KafkaClusterEncryptionInTransit": {"EncryptionType": "PLAINTEXT"}},
            "failed",
        ),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("kafka_tls_required", one(kind, **properties)) == expected
