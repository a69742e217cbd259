from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

VPC = one("AWS::EC2::VPC")


def _names(kind: str, name: str) -> dict[str, Any]:
    return {"Type": kind, "Properties": {name: {"Fn::GetAtt": ["Subject", "DefaultSecurityGroup"]}}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (VPC, "failed"),
        (VPC | {"Closed": _names("Custom::VpcRestrictDefaultSG", "DefaultSecurityGroupId")}, "passed"),
        (VPC | {"Closed": _names("AWS::CloudFormation::CustomResource", "Group")}, "passed"),
        (
            VPC
            | {"Closed": _names("Custom::VpcRestrictDefaultSG", "DefaultSecurityGroupId")}
            | {"Open": _names("AWS::EC2::SecurityGroupIngress", "GroupId")},
            "failed",
        ),
        (VPC | {"Closed": {"Type": "Custom::Other", "Properties": GIVEN}}, "failed"),
        (one("AWS::EC2::Subnet"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("default_security_group_closed", resources) == expected
