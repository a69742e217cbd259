from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::RDS::DBInstance", BackupRetentionPeriod=35), "passed"),
        (one("AWS::RDS::DBInstance", BackupRetentionPeriod="7"), "passed"),
        (one("AWS::RDS::DBInstance", BackupRetentionPeriod=0), "failed"),
        (one("AWS::RDS::DBInstance"), "failed"),
        (one("AWS::RDS::DBInstance", BackupRetentionPeriod=GIVEN), "unknown"),
        (one("AWS::RDS::DBInstance", DBClusterIdentifier="c"), "not_applicable"),
        (one("AWS::RDS::DBInstance", SourceDBInstanceIdentifier="db"), "not_applicable"),
        (one("AWS::RDS::DBCluster", BackupRetentionPeriod=6), "failed"),
        (one("AWS::DocDB::DBCluster", BackupRetentionPeriod=14), "passed"),
        (one("AWS::Redshift::Cluster"), "failed"),
        (one("AWS::ElastiCache::ReplicationGroup", SnapshotRetentionLimit=15), "passed"),
        (one("AWS::ElastiCache::ReplicationGroup"), "failed"),
        (one("AWS::ElastiCache::CacheCluster", Engine="memcached"), "not_applicable"),
        (one("AWS::ElastiCache::CacheCluster", Engine="redis"), "failed"),
        (one("AWS::RDS::DBInstance", Tags=[{"Key": "hipaa:data-classification", "Value": "NO_PHI"}]), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("database_backups_kept", resources) == expected


@pytest.mark.parametrize(
    ("kind", "days", "severity"),
    [
        ("AWS::ElastiCache::ReplicationGroup", 5, "warning"),
        ("AWS::ElastiCache::ReplicationGroup", 0, None),
        ("AWS::ElastiCache::ServerlessCache", 1, "warning"),
        ("AWS::MemoryDB::Cluster", 5, None),
    ],
)
def test_a_cache_that_keeps_some_is_a_warning(kind: str, days: int, severity: str | None) -> None:
    found = verdict("database_backups_kept", one(kind, SnapshotRetentionLimit=days))
    assert found is not None
    assert (found.outcome.value, found.severity) == ("failed", severity)
