from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

VPC = one("AWS::EC2::VPC")


def _flow_log(target: str, traffic: Any) -> dict[str, Any]:
    properties = {"ResourceId": {"Ref": target}, "ResourceType": "VPC", "TrafficType": traffic}
    return {f"FlowLog{target}": {"Type": "AWS::EC2::FlowLog", "Properties": properties}}


def _subnet(logical_id: str) -> dict[str, Any]:
    return {logical_id: {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Subject"}}}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (VPC, "failed"),
        (VPC | _flow_log("Subject", "ALL"), "passed"),
        (VPC | _flow_log("Subject", "REJECT"), "passed"),
        (VPC | _flow_log("Subject", "ACCEPT"), "failed"),
        (VPC | _flow_log("Subject", GIVEN), "unknown"),
        (VPC | _subnet("A") | _subnet("B") | _flow_log("A", "ALL"), "failed"),
        (VPC | _subnet("A") | _flow_log("A", "ALL"), "passed"),
        (one("AWS::EC2::Subnet"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("vpc_flow_logged", resources) == expected
