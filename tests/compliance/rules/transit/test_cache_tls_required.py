from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do


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


CACHE, GROUP = "AWS::ElastiCache::CacheCluster", "AWS::ElastiCache::ReplicationGroup"
PREFERRED = "deployed with TransitEncryptionMode: preferred first"


@pytest.mark.parametrize(
    ("kind", "given", "sets", "says"),
    [
        (CACHE, {"Engine": "redis"}, "", "AWS::ElastiCache::ReplicationGroup"),
        (CACHE, {"Engine": "Valkey"}, "", "AWS::ElastiCache::ReplicationGroup"),
        (CACHE, {"Engine": "memcached"}, "Set TransitEncryptionEnabled: true.", ""),
        (CACHE, {"Engine": "memcached", "EngineVersion": "1.6.22"}, "Set TransitEncryptionEnabled: true.", ""),
        (CACHE, {"Engine": "memcached", "EngineVersion": "1.5.16"}, 'and EngineVersion: "1.6.22"', "from 1.6.12 on"),
        (GROUP, {"Engine": "redis", "EngineVersion": "7.1"}, "and TransitEncryptionMode: required", PREFERRED),
        (GROUP, {"Engine": "valkey", "EngineVersion": "8.0"}, "and TransitEncryptionMode: required", PREFERRED),
        (GROUP, {}, "and TransitEncryptionMode: required", PREFERRED),
        (GROUP, {"EngineVersion": "6.x"}, "Set TransitEncryptionEnabled: true.", "before 7 takes TLS"),
        (
            GROUP,
            {"Engine": "redis", "EngineVersion": "2.8.24"},
            "Set TransitEncryptionEnabled: true.",
            "from 4.0.10 on",
        ),
        (
            GROUP,
            {"TransitEncryptionEnabled": True, "TransitEncryptionMode": "preferred"},
            "Set TransitEncryptionMode: required.",
            "all clients speak it before",
        ),
    ],
)
def test_what_to_do_fits_the_engine_and_its_version(kind: str, given: dict[str, Any], sets: str, says: str) -> None:
    fix = to_do("cache_tls_required", one(kind, **given))
    assert sets in fix
    assert says in fix
    assert ("Set " in fix) is bool(sets)
