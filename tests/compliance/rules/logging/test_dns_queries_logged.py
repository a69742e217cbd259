from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, SEVERAL, judged, one, verdict

VPC = one("AWS::EC2::VPC")
ZONE = "AWS::Route53::HostedZone"
GROUP = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/route53/clinic.example.org"


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
        (one(ZONE, QueryLoggingConfig={"CloudWatchLogsLogGroupArn": GROUP}), "passed"),
        (one(ZONE, Name="clinic.example.org"), "failed"),
        (one(ZONE, QueryLoggingConfig=GIVEN), "unknown"),
        (one(ZONE, VPCs=SEVERAL), "not_applicable"),
        (one(ZONE, VPCs=[{"VPCId": "vpc-1", "VPCRegion": "us-east-1"}]), "not_applicable"),
        (one("AWS::EC2::Subnet"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("dns_queries_logged", resources) == expected


def test_networks_are_told_once_and_zones_once() -> None:
    resources = VPC | {"Second": VPC["Subject"], "Zone": one(ZONE, Name="clinic.example.org")["Subject"]}
    logged = {"Third": VPC["Subject"]} | _associated(ResourceId={"Ref": "Third"}, ResolverQueryLogConfigId="rqlc-1")
    found = verdict("dns_queries_logged", resources | logged)
    assert found is not None
    assert found.message.endswith(" is associated with the VPC. The same is so of Second.")
    assert judged("dns_queries_logged", {"First": VPC["Subject"], **VPC}) == "not_applicable"
