from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do


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


VPC = {"Vpc": {"Type": "AWS::EC2::VPC"}}


@pytest.mark.parametrize("kind", ["AWS::Redshift::Cluster", "AWS::RedshiftServerless::Workgroup"])
@pytest.mark.parametrize(
    ("network", "says"),
    [
        (VPC, "COPY and UNLOAD fail from then on: for S3, an AWS::EC2::VPCEndpoint of Gateway type"),
        ({}, "Its VPC is not of this app"),
        (VPC | {"Way": {"Type": "AWS::EC2::VPCEndpoint"}}, None),
        (VPC | {"Way": {"Type": "AWS::EC2::NatGateway"}}, None),
    ],
)
def test_what_has_no_way_to_s3_is_told_of_one(kind: str, network: dict[str, Any], says: str | None) -> None:
    told = to_do("warehouse_traffic_in_vpc", one(kind) | network)
    assert "EnhancedVpcRouting: true" in told
    assert says in told if says else "COPY" not in told
