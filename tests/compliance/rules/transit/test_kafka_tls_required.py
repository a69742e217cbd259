from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do


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


@pytest.mark.parametrize(
    ("given", "anew"),
    [
        ({"ClientBroker": "TLS_PLAINTEXT"}, False),
        ({"ClientBroker": "PLAINTEXT", "InCluster": True}, False),
        ({"ClientBroker": "TLS", "InCluster": False}, True),
        ({"ClientBroker": "PLAINTEXT", "InCluster": "false"}, True),
    ],
)
def test_what_replaces_a_cluster_is_set_where_it_is_wrong_alone(given: dict[str, Any], anew: bool) -> None:
    cluster = one("AWS::MSK::Cluster", EncryptionInfo={"EncryptionInTransit": given})
    fix = to_do("kafka_tls_required", cluster)
    assert "EncryptionInTransit.ClientBroker: TLS" in fix
    assert ("InCluster: true" in fix, "CloudFormation replaces one that exists" in fix) == (anew, anew)
