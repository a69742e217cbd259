from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

ON = {"PointInTimeRecoveryEnabled": True}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::Cassandra::Table", PointInTimeRecoveryEnabled=True), "passed"),
        (one("AWS::Cassandra::Table"), "failed"),
        (one("AWS::DynamoDB::Table", PointInTimeRecoverySpecification=ON), "passed"),
        (one("AWS::DynamoDB::Table", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}), "failed"),
        (one("AWS::DynamoDB::Table"), "failed"),
        (one("AWS::DynamoDB::Table", PointInTimeRecoverySpecification=GIVEN), "unknown"),
        (one("AWS::DynamoDB::GlobalTable", Replicas=[{"PointInTimeRecoverySpecification": ON}]), "passed"),
        (one("AWS::DynamoDB::GlobalTable", Replicas=[{"PointInTimeRecoverySpecification": ON}, {}]), "failed"),
        (one("AWS::DynamoDB::Table", Tags=[{"Key": "hipaa:data-classification", "Value": "NO_PHI"}]), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("point_in_time_recovery", resources) == expected
