from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize("kind", ["AWS::Redshift::Cluster", "AWS::RedshiftServerless::Workgroup"])
@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"EnhancedVpcRouting": True}, "passed"),
        ({"EnhancedVpcRouting": "true"}, "passed"),
        ({"EnhancedVpcRouting": False}, "failed"),
        ({}, "failed"),
        ({"EnhancedVpcRouting": GIVEN}, "unknown"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("warehouse_traffic_in_vpc", one(kind, **properties)) == expected


def test_looks_at_no_other_type() -> None:
    assert judged("warehouse_traffic_in_vpc", one("AWS::RDS::DBInstance")) == "not_inspected"
