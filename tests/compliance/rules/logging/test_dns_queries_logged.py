from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import judged, one

VPC = one("AWS::EC2::VPC")


def _associated(**properties: Any) -> dict[str, Any]:
    kind = "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation"
    return {"Association": {"Type": kind, "Properties": properties}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (VPC | _associated(ResourceId={"Ref": "Subject"}, ResolverQueryLogConfigId="rqlc-1"), "passed"),
        (VPC | _associated(ResourceId={"Ref": "Subject"}), "failed"),
        (VPC | _associated(ResourceId="vpc-other", ResolverQueryLogConfigId="rqlc-1"), "failed"),
        (VPC, "failed"),
        (one("AWS::EC2::Subnet"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("dns_queries_logged", resources) == expected
