from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate
from tests.compliance.rules.support import GIVEN, judged, one, rule

VPC = {"Ref": "Vpc"}
OTHER = {"Ref": "Other"}


def _vpcs() -> dict[str, Any]:
    return {name: {"Type": "AWS::EC2::VPC", "Properties": {}} for name in ("Vpc", "Other")}


def _subnet(vpc: Any = VPC) -> dict[str, Any]:
    return one("AWS::EC2::Subnet", VpcId=vpc) | _vpcs()


def _acl(vpc: Any = VPC) -> dict[str, Any]:
    return {"Acl": {"Type": "AWS::EC2::NetworkAcl", "Properties": {"VpcId": vpc}}}


def _associated(subnet: Any, network_acl: Any = None) -> dict[str, Any]:
    properties = {"SubnetId": subnet, "NetworkAclId": network_acl or {"Ref": "Acl"}}
    return {"Association": {"Type": "AWS::EC2::SubnetNetworkAclAssociation", "Properties": properties}}


def _sisters(number: int) -> dict[str, Any]:
    return {f"Sister{one}": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": VPC}} for one in range(number)}


SUBJECT = {"Ref": "Subject"}
BY_ID = {"Fn::GetAtt": ["Subject", "SubnetId"]}
DEFAULT = {"Fn::GetAtt": ["Vpc", "DefaultNetworkAcl"]}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_subnet(), "not_applicable"),
        (_subnet() | _acl(OTHER), "not_applicable"),
        (_subnet() | _acl(), "failed"),
        (_subnet() | _acl() | _associated(SUBJECT), "passed"),
        (_subnet() | _acl() | _associated(BY_ID), "passed"),
        (_subnet() | _acl() | _associated({"Ref": "Another"}), "unknown"),
        # It serves subnets, those of another app.
        (_subnet() | _acl() | _associated("subnet-1"), "not_applicable"),
        # It serves this one's sisters: one of two is left out, two of three are left to the default list.
        (_subnet() | _acl() | _sisters(1) | _associated({"Ref": "Sister0"}), "failed"),
        (_subnet() | _acl() | _sisters(2) | _associated({"Ref": "Sister0"}), "not_applicable"),
        (_subnet() | _acl() | _associated(SUBJECT, "acl-1"), "passed"),
        (_subnet() | _acl() | _associated(SUBJECT, GIVEN), "passed"),
        (_subnet() | _acl() | _associated(SUBJECT, DEFAULT), "failed"),
        (_subnet() | _acl() | _associated(GIVEN), "unknown"),
        (_subnet("vpc-1") | _acl("vpc-1"), "failed"),
        (_subnet("vpc-1") | _acl("vpc-2"), "not_applicable"),
        # The same parameter is the same VPC; two parameters may be.
        (_subnet(GIVEN) | _acl(GIVEN), "failed"),
        (_subnet(GIVEN) | _acl(GIVEN) | _associated(SUBJECT), "passed"),
        (_subnet(GIVEN) | _acl({"Fn::ImportValue": "Vpc"}), "unknown"),
        (_subnet(GIVEN) | _acl(), "not_applicable"),
        (_subnet(["vpc-1"]) | _acl({"a": [1]}), "unknown"),
        (one("AWS::EC2::Subnet"), "not_applicable"),
        (one("AWS::EC2::NetworkAcl", VpcId="vpc-1"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("network_acl_associated", resources) == expected


def test_looks_across_stacks() -> None:
    app = App()
    exports = {name: {"Value": {"Ref": name}, "Export": {"Name": name}} for name in ("Vpc", "Subject")}
    app.add("Network.template.json", {"Resources": _subnet(), "Outputs": exports})
    closed = _acl({"Fn::ImportValue": "Vpc"})
    app.add("Security.template.json", {"Resources": closed | _associated({"Fn::ImportValue": "Subject"})})
    (result,) = evaluate(app, [rule("network_acl_associated")])
    assert result.verdict.outcome == "passed"

    app = App()
    app.add("Network.template.json", {"Resources": _subnet(), "Outputs": exports})
    app.add("Security.template.json", {"Resources": closed})
    (result,) = evaluate(app, [rule("network_acl_associated")])
    assert result.verdict.outcome == "failed"
