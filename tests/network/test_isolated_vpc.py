from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from hipaa_constructs.network.isolated_vpc import IsolatedVpc
from hipaa_constructs.testing import assert_no_findings, template_of

US_EAST = cdk.Environment(account="111122223333", region="us-east-1")


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=US_EAST)
    assert len(IsolatedVpc(stack, "Vpc").vpc.isolated_subnets) == 2
    assert_no_findings(app, all_packs=True)
    return template_of(stack)


def kinds(template: dict[str, Any]) -> list[str]:
    return [one["Type"] for one in template["Resources"].values()]


@pytest.mark.parametrize("way", ["InternetGateway", "NatGateway", "Route", "VPCEndpoint", "VPCPeeringConnection"])
def test_there_is_no_way_in_or_out(template: dict[str, Any], way: str) -> None:
    assert f"AWS::EC2::{way}" not in kinds(template)


def test_its_network_acl_lets_nothing_pass(template: dict[str, Any]) -> None:
    assert kinds(template).count("AWS::EC2::NetworkAcl") == 1
    assert kinds(template).count("AWS::EC2::SubnetNetworkAclAssociation") == 2
    assert "AWS::EC2::NetworkAclEntry" not in kinds(template)


def test_the_default_security_group_is_closed(template: dict[str, Any]) -> None:
    assert kinds(template).count("Custom::VpcRestrictDefaultSG") == 1


def test_what_little_it_tells_is_kept(template: dict[str, Any]) -> None:
    assert {"AWS::EC2::FlowLog", "AWS::Route53Resolver::ResolverQueryLoggingConfig"} <= set(kinds(template))
    groups = [one["Properties"] for one in template["Resources"].values() if one["Type"] == "AWS::Logs::LogGroup"]
    assert all(one["RetentionInDays"] >= 2557 and "KmsKeyId" in one for one in groups)


def test_two_in_a_stack_share_the_function_that_closes_groups(app: cdk.App, stack: cdk.Stack) -> None:
    for name in ("One", "Two"):
        IsolatedVpc(stack, name)
    assert_no_findings(app, all_packs=True)
    assert kinds(template_of(stack)).count("AWS::Lambda::Function") == 1
