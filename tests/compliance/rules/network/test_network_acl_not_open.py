from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

KIND = "AWS::EC2::NetworkAclEntry"


def _entry(**properties: Any) -> dict[str, Any]:
    acl = {"NetworkAclId": {"Ref": "Acl"}, "RuleNumber": 100, "RuleAction": "allow", "Protocol": -1}
    return {"Acl": {"Type": "AWS::EC2::NetworkAcl"}} | one(KIND, **{**acl, "CidrBlock": "0.0.0.0/0", **properties})


def _denial(number: int, port: int) -> dict[str, Any]:
    properties = {
        "NetworkAclId": {"Ref": "Acl"},
        "RuleNumber": number,
        "RuleAction": "deny",
        "Protocol": 6,
        "PortRange": {"From": port, "To": port},
        "CidrBlock": "0.0.0.0/0",
    }
    return {f"Denial{port}": {"Type": KIND, "Properties": properties}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_entry(), "failed"),
        (_entry(Protocol="-1"), "failed"),
        (_entry(Protocol=6, PortRange={"From": 3389, "To": 3389}), "failed"),
        (_entry(Protocol=6, PortRange={"From": "0", "To": "65535"}), "failed"),
        (_entry(Protocol=6, PortRange={"From": 1024, "To": 65535}), "passed"),
        (_entry(Protocol=6, PortRange={"From": 443, "To": 443}), "passed"),
        (_entry(Protocol=17, PortRange={"From": 22, "To": 22}), "passed"),
        (_entry(CidrBlock="10.0.0.0/16"), "passed"),
        (_entry(CidrBlock=None, Ipv6CidrBlock="::/0"), "failed"),
        (_entry(CidrBlock=None, Ipv6CidrBlock="fc00::/7"), "passed"),
        (_entry(CidrBlock=None, Ipv6CidrBlock="fd00::/8"), "passed"),
        (_entry(CidrBlock=None, Ipv6CidrBlock="fc00::/6"), "failed"),
        (_entry(CidrBlock=GIVEN), "unknown"),
        (_entry(Protocol=GIVEN), "unknown"),
        (_entry(Protocol=6), "unknown"),
        (_entry(Egress=True), "not_applicable"),
        (_entry(RuleAction="deny"), "not_applicable"),
        (_entry() | _denial(50, 22) | _denial(51, 3389), "passed"),
        (_entry() | _denial(50, 22), "failed"),
        (_entry() | _denial(150, 22) | _denial(151, 3389), "failed"),
        (one("AWS::EC2::NetworkAcl"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("network_acl_not_open", resources) == expected
