from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

INSTANCE, CLUSTER = "AWS::RDS::DBInstance", "AWS::RDS::DBCluster"


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(INSTANCE, Engine="postgres", EnableIAMDatabaseAuthentication=True), "passed"),
        (one(INSTANCE, Engine="postgres", EnableIAMDatabaseAuthentication="true"), "passed"),
        (one(INSTANCE, Engine="postgres", EnableIAMDatabaseAuthentication=False), "failed"),
        (one(INSTANCE, Engine="mysql"), "failed"),
        (one(INSTANCE, Engine="mysql", EnableIAMDatabaseAuthentication=GIVEN), "unknown"),
        (one(INSTANCE, Engine=GIVEN), "unknown"),
        (one(INSTANCE, Engine="mariadb", EngineVersion="10.11"), "failed"),
        (one(INSTANCE, Engine="mariadb", EngineVersion="10.5"), "not_applicable"),
        (one(INSTANCE, Engine="sqlserver-se"), "not_applicable"),
        (one(INSTANCE, Engine="aurora-postgresql", DBClusterIdentifier="c"), "not_applicable"),
        (one(CLUSTER, Engine="aurora-postgresql"), "failed"),
        (one("AWS::DocDB::DBCluster"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("database_iam_authenticated", resources) == expected


def test_serverless_clusters_know_no_log_in_by_iam() -> None:
    cluster = {"Engine": "aurora-mysql", "EngineMode": "serverless"}
    assert judged("database_iam_authenticated", one("AWS::RDS::DBCluster", **cluster)) == "not_applicable"
