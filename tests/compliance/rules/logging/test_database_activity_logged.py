from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

INSTANCE = "AWS::RDS::DBInstance"
LOGGED = {"log_connections": "1", "log_disconnections": "on", "pgaudit.log": "ddl,write"}


def _postgres(**parameters: Any) -> dict[str, Any]:
    group = {"Type": "AWS::RDS::DBParameterGroup", "Properties": {"Parameters": parameters}}
    return one(INSTANCE, Engine="postgres", DBParameterGroupName={"Ref": "Group"}) | {"Group": group}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_postgres(**LOGGED), "passed"),
        (_postgres(**{**LOGGED, "pgaudit.log": "none", "log_statement": "ddl"}), "passed"),
        (_postgres(**{**LOGGED, "pgaudit.log": "none"}), "failed"),
        (_postgres(**{**LOGGED, "log_connections": "0"}), "failed"),
        (_postgres(log_connections="1", **{"pgaudit.log": "all"}), "failed"),
        (_postgres(**{**LOGGED, "log_connections": GIVEN}), "unknown"),
        (_postgres(), "failed"),
        (one(INSTANCE, Engine="postgres"), "failed"),
        (one(INSTANCE, Engine="postgres", DBParameterGroupName="elsewhere"), "unknown"),
        (one(INSTANCE, Engine=GIVEN), "unknown"),
        (one(INSTANCE, Engine="mysql"), "not_applicable"),
        (one(INSTANCE, Engine="aurora-postgresql", DBClusterIdentifier="c"), "not_applicable"),
        (one("AWS::RDS::DBCluster", Engine="aurora-postgresql"), "failed"),
        (one("AWS::RDS::DBProxy"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("database_activity_logged", resources) == expected
