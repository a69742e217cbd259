from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("AWS::RDS::DBInstance", {"Engine": "postgres"}, "passed"),
        ("AWS::RDS::DBInstance", {"Engine": "MySQL"}, "passed"),
        ("AWS::RDS::DBInstance", {"Engine": "mariadb"}, "passed"),
        ("AWS::RDS::DBInstance", {"Engine": "sqlserver-ex"}, "passed"),
        ("AWS::RDS::DBInstance", {"Engine": "oracle-se2-cdb"}, "passed"),
        ("AWS::RDS::DBInstance", {"Engine": "db2-ae"}, "passed"),
        ("AWS::RDS::DBInstance", {"Engine": "custom-oracle-ee"}, "failed"),
        ("AWS::RDS::DBInstance", {"Engine": "custom-sqlserver-se"}, "failed"),
        ("AWS::RDS::DBInstance", {"Engine": "docdb"}, "passed"),
        ("AWS::RDS::DBInstance", {"Engine": GIVEN}, "unknown"),
        ("AWS::RDS::DBInstance", {"SourceDBInstanceIdentifier": "db"}, "not_applicable"),
        ("AWS::RDS::DBCluster", {"Engine": "aurora-postgresql"}, "passed"),
        ("AWS::RDS::DBCluster", {"Engine": "aurora-mysql"}, "passed"),
        ("AWS::RDS::DBCluster", {"Engine": "aurora"}, "passed"),
        ("AWS::RDS::DBCluster", {"Engine": "Aurora"}, "passed"),
        ("AWS::RDS::DBCluster", {"Engine": "docdb"}, "passed"),
        ("AWS::RDS::DBCluster", {"Engine": "neptune"}, "passed"),
        ("AWS::RDS::DBCluster", {"Engine": "timestream"}, "failed"),
        ("AWS::RDS::GlobalCluster", {"Engine": "aurora-postgresql"}, "not_inspected"),
        ("AWS::RDS::CustomDBEngineVersion", {"Engine": "custom-oracle-ee"}, "failed"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("eligible_database_engine", one(kind, **properties)) == expected
