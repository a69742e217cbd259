"""What the tests of this room share."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2

CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/11111111-2222-3333-4444-555555555555"


def new_stack(region: str = "us-east-1") -> cdk.Stack:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    return cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region=region))


def resources(template: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [found for found in template["Resources"].values() if found["Type"] == kind]


def only(template: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return the properties of the one resource of a type."""
    (found,) = resources(template, kind)
    properties: dict[str, Any] = found.get("Properties", {})
    return properties


def vpc_of(stack: cdk.Stack, *, public: bool = True) -> ec2.IVpc:
    """Return a VPC from elsewhere, which keeps templates to what a test is about."""
    return ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-1",
        vpc_cidr_block="10.0.0.0/16",
        availability_zones=["us-east-1a", "us-east-1b"],
        private_subnet_ids=["subnet-1", "subnet-2"],
        public_subnet_ids=["subnet-3", "subnet-4"] if public else None,
        isolated_subnet_ids=["subnet-5", "subnet-6"],
        isolated_subnet_route_table_ids=["rtb-5", "rtb-6"],
    )
