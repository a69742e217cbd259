from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

SEARCH = "AWS::OpenSearchService::Domain"


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::RDS::DBInstance"), "passed"),
        (one("AWS::RDS::DBInstance", AutoMinorVersionUpgrade=False), "failed"),
        (one("AWS::RDS::DBInstance", AutoMinorVersionUpgrade=GIVEN), "unknown"),
        (one("AWS::AmazonMQ::Broker"), "failed"),
        (one("AWS::Redshift::Cluster", AllowVersionUpgrade="false"), "failed"),
        (one(SEARCH, SoftwareUpdateOptions={"AutoSoftwareUpdateEnabled": True}), "passed"),
        (one(SEARCH, SoftwareUpdateOptions=GIVEN), "unknown"),
        (one(SEARCH), "failed"),
        (one("AWS::RDS::DBCluster"), "passed"),
        (one("AWS::RDS::DBCluster", AutoMinorVersionUpgrade="false"), "failed"),
        (one("AWS::ElastiCache::CacheCluster", Engine="redis"), "passed"),
        (one("AWS::ElastiCache::CacheCluster", Engine="redis", AutoMinorVersionUpgrade=False), "failed"),
        (one("AWS::ElastiCache::CacheCluster", Engine="memcached", AutoMinorVersionUpgrade=False), "not_applicable"),
        (one("AWS::DocDB::DBInstance", AutoMinorVersionUpgrade=False), "not_inspected"),
        (one("AWS::DynamoDB::Table"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("minor_upgrades_automatic", resources) == expected


@pytest.mark.parametrize(
    ("kind", "setting", "severity"),
    [
        (SEARCH, {}, "warning"),
        ("AWS::AmazonMQ::Broker", {"AutoMinorVersionUpgrade": False}, "warning"),
        ("AWS::RDS::DBInstance", {"AutoMinorVersionUpgrade": False}, None),
        ("AWS::ElastiCache::ReplicationGroup", {"AutoMinorVersionUpgrade": False}, None),
        ("AWS::ElasticBeanstalk::Environment", {}, None),
    ],
)
def test_what_security_hub_weighs_low_is_a_warning(kind: str, setting: dict[str, Any], severity: str | None) -> None:
    found = verdict("minor_upgrades_automatic", one(kind, **setting))
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", severity)
