from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("AWS::ElastiCache::ReplicationGroup", {"TransitEncryptionEnabled": True}, "passed"),
        (
            "AWS::ElastiCache::ReplicationGroup",
            {"TransitEncryptionEnabled": True, "TransitEncryptionMode": "required"},
            "passed",
        ),
        (
            "AWS::ElastiCache::ReplicationGroup",
            {"TransitEncryptionEnabled": True, "TransitEncryptionMode": "preferred"},
            "failed",
        ),
        ("AWS::ElastiCache::ReplicationGroup", {"TransitEncryptionEnabled": "false"}, "failed"),
        ("AWS::ElastiCache::ReplicationGroup", {}, "failed"),
        ("AWS::ElastiCache::ReplicationGroup", {"TransitEncryptionEnabled": GIVEN}, "unknown"),
        ("AWS::ElastiCache::CacheCluster", {}, "failed"),
        ("AWS::ElastiCache::CacheCluster", {"TransitEncryptionEnabled": True}, "passed"),
        ("AWS::MemoryDB::Cluster", {}, "passed"),
        ("AWS::MemoryDB::Cluster", {"TLSEnabled": False}, "failed"),
        ("AWS::MemoryDB::MultiRegionCluster", {"TLSEnabled": False}, "failed"),
        ("AWS::DAX::Cluster", {}, "failed"),
        ("AWS::DAX::Cluster", {"ClusterEndpointEncryptionType": "TLS"}, "passed"),
        ("AWS::AppSync::ApiCache", {}, "failed"),
        ("AWS::AppSync::ApiCache", {"TransitEncryptionEnabled": True}, "passed"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("cache_tls_required", one(kind, **properties)) == expected
