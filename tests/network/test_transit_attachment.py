"""A VPC on a transit gateway: who gets there, and who does not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.evidence.network import networks_of
from hipaa_constructs.network.private_vpc import PrivateVpc
from hipaa_constructs.testing import assert_no_findings, template_of

GATEWAY = "tgw-0123456789abcdef0"
BEYOND = ("10.0.0.0/12", "172.20.0.0/16")


def vpc_in(app: cdk.App, *, region: str = "us-east-1", **arguments: Any) -> PrivateVpc:
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region=region))
    return PrivateVpc(stack, "Network", cidr="10.1.0.0/16", **arguments)


def fresh() -> cdk.App:
    return cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    return template_of(cdk.Stack.of(vpc_in(fresh())))


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    app = fresh()
    vpc = vpc_in(app)
    vpc.attach_to_transit_gateway(GATEWAY, cidrs=BEYOND)
    assert set(vpc.network_acls) == {"Private", "Isolated", "Transit"}
    assert_no_findings(app, all_packs=True)
    return template_of(cdk.Stack.of(vpc))


def of_type(template: Mapping[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {
        name: one["Properties"] for name, one in template["Resources"].items() if one["Type"] == f"AWS::EC2::{kind}"
    }


def tier(template: Mapping[str, Any], name: str) -> set[str]:
    tag = {"Key": "aws-cdk:subnet-name", "Value": name}
    return {subnet for subnet, found in of_type(template, "Subnet").items() if tag in found["Tags"]}


def tables(template: Mapping[str, Any], name: str) -> set[str]:
    subnets = tier(template, name)
    return {
        link["RouteTableId"]["Ref"]
        for link in of_type(template, "SubnetRouteTableAssociation").values()
        if link["SubnetId"]["Ref"] in subnets
    }


def entries(template: Mapping[str, Any], name: str) -> set[tuple[bool, str, Any]]:
    """Return what the network ACL of a tier lets through: whether outwards, with whom, to which ports."""
    subnets = tier(template, name)
    (acl,) = {
        link["NetworkAclId"]["Ref"]
        for link in of_type(template, "SubnetNetworkAclAssociation").values()
        if link["SubnetId"]["Ref"] in subnets
    }
    found = [entry for entry in of_type(template, "NetworkAclEntry").values() if entry["NetworkAclId"] == {"Ref": acl}]
    numbers = [(entry.get("Egress", False), entry["RuleNumber"]) for entry in found]
    assert len(set(numbers)) == len(numbers)
    return {
        (
            entry.get("Egress", False),
            entry["CidrBlock"],
            (entry["PortRange"]["From"], entry["PortRange"]["To"]) if "PortRange" in entry else None,
        )
        for entry in found
    }


def test_it_is_attached_in_small_subnets_of_its_own(template: dict[str, Any]) -> None:
    ((_, attachment),) = of_type(template, "TransitGatewayAttachment").items()
    assert attachment["TransitGatewayId"] == GATEWAY
    assert {one["Ref"] for one in attachment["SubnetIds"]} == tier(template, "Transit")
    blocks = {of_type(template, "Subnet")[name]["CidrBlock"] for name in tier(template, "Transit")}
    assert blocks == {"10.1.255.160/28", "10.1.255.176/28", "10.1.255.192/28"}


# 164.312(e)(1) transmission security


def test_transmission_security_private_subnets_alone_lead_there(template: dict[str, Any]) -> None:
    routes = of_type(template, "Route").values()
    assert {route["TransitGatewayId"] for route in routes} == {GATEWAY}
    assert {(route["RouteTableId"]["Ref"], route["DestinationCidrBlock"]) for route in routes} == {
        (table, cidr) for table in tables(template, "Private") for cidr in BEYOND
    }


def test_transmission_security_nothing_is_routed_before_it_is_attached(template: dict[str, Any]) -> None:
    ((attachment, _),) = of_type(template, "TransitGatewayAttachment").items()
    routes = [one for one in template["Resources"].values() if one["Type"] == "AWS::EC2::Route"]
    assert all(attachment in route["DependsOn"] for route in routes)


# 164.312(a)(1) access control


def test_access_control_private_subnets_speak_https_with_them(plain: dict[str, Any], template: dict[str, Any]) -> None:
    added = entries(template, "Private") - entries(plain, "Private")
    assert added == {rule for cidr in BEYOND for rule in ((False, cidr, (443, 443)), (True, cidr, (1024, 65535)))}


def test_access_control_isolated_subnets_stay_as_they_were(plain: dict[str, Any], template: dict[str, Any]) -> None:
    assert entries(template, "Isolated") == entries(plain, "Isolated")


def test_access_control_the_gateway_s_subnets_pass_to_private_ones_alone(template: dict[str, Any]) -> None:
    private = {of_type(template, "Subnet")[name]["CidrBlock"] for name in tier(template, "Private")}
    assert entries(template, "Transit") == {(outward, cidr, None) for outward in (False, True) for cidr in private}


def test_what_is_there_already_is_not_moved(plain: dict[str, Any], template: dict[str, Any]) -> None:
    for name, resource in plain["Resources"].items():
        assert template["Resources"][name]["Type"] == resource["Type"]
        if resource["Type"].startswith("AWS::EC2::"):
            assert template["Resources"][name]["Properties"] == resource["Properties"], name


def test_before_it_is_accepted_there_is_no_route(app: cdk.App) -> None:
    vpc = vpc_in(app, max_azs=2)
    vpc.attach_to_transit_gateway(cdk.Fn.import_value("Gateway"))
    template = template_of(cdk.Stack.of(vpc))
    assert len(tier(template, "Transit")) == 2
    assert not of_type(template, "Route")


def test_all_else_goes_there_too_if_it_is_the_way_out(app: cdk.App, plain: dict[str, Any]) -> None:
    vpc = vpc_in(app)
    vpc.attach_to_transit_gateway(GATEWAY, egress=True)
    assert_no_findings(app, all_packs=True)
    template = template_of(cdk.Stack.of(vpc))
    ((attachment, _),) = of_type(template, "TransitGatewayAttachment").items()
    routes = [one for one in template["Resources"].values() if one["Type"] == "AWS::EC2::Route"]
    assert {route["Properties"]["RouteTableId"]["Ref"] for route in routes} == tables(template, "Private")
    for route in routes:
        assert route["Properties"]["DestinationCidrBlock"] == "0.0.0.0/0"
        assert route["Properties"]["TransitGatewayId"] == GATEWAY
        assert attachment in route["DependsOn"]
    # HTTPS out and its answers are what the ACL lets through without it.
    assert entries(template, "Private") == entries(plain, "Private")
    assert {rule for rule in entries(plain, "Private") if rule[0] and rule[1] == "0.0.0.0/0"} == {
        (True, "0.0.0.0/0", (443, 443))
    }
    assert not of_type(template, "InternetGateway")


def test_a_second_way_out_is_refused(app: cdk.App) -> None:
    vpc = vpc_in(app, nat_gateways=1)
    with pytest.raises(ValueError, match="egress: got True; NAT gateways are the way to the internet already"):
        vpc.attach_to_transit_gateway(GATEWAY, egress=True)
    assert not of_type(template_of(cdk.Stack.of(vpc)), "TransitGatewayAttachment")


def test_beside_nat_gateways_and_load_balancers_it_has_room(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-gov-west-1"))
    vpc = PrivateVpc(stack, "Network", cidr="10.1.0.0/22", nat_gateways=3, load_balancer_subnets=True)
    vpc.attach_to_transit_gateway(GATEWAY, cidrs=[f"10.{n}.0.0/16" for n in range(2, 11)])
    assert_no_findings(app, all_packs=True)
    for outward in (False, True):
        assert sum(rule[0] is outward for rule in entries(template_of(stack), "Private")) <= 20


def test_evidence_shows_the_way(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path), builtin_cloud_formation_validation=False, analytics_reporting=False)
    vpc_in(app).attach_to_transit_gateway(GATEWAY, cidrs=BEYOND)
    app.synth()
    (network,) = networks_of(assembly.load([tmp_path]))
    assert "Transit gateway attachment" in network.gateways
    groups = {group.name: group for group in network.groups}
    assert groups["Private"].tier == "outbound"
    assert "10.0.0.0/12 to a transit gateway" in groups["Private"].routes
    assert groups["Isolated"].tier == groups["Transit"].tier == "isolated"


def test_evidence_shows_the_way_out(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path), builtin_cloud_formation_validation=False, analytics_reporting=False)
    vpc_in(app).attach_to_transit_gateway(GATEWAY, egress=True)
    app.synth()
    (network,) = networks_of(assembly.load([tmp_path]))
    groups = {group.name: group for group in network.groups}
    assert groups["Private"].tier == "outbound"
    assert "0.0.0.0/0 to a transit gateway" in groups["Private"].routes


@pytest.mark.parametrize(
    ("gateway", "cidrs", "message"),
    [
        ("vgw-0123456789abcdef0", BEYOND, "transit_gateway_id: got 'vgw-0123456789abcdef0'; it takes the id"),
        (GATEWAY, ["0.0.0.0/0"], "cidrs: got '0.0.0.0/0'; allowed are blocks within 10.0.0.0/8"),
        (GATEWAY, ["8.8.0.0/16"], "allowed are blocks within"),
        (GATEWAY, ["10.0.0.1/12"], "it takes IPv4 networks, literally"),
        pytest.param(GATEWAY, [cdk.Fn.import_value("Network")], "it takes IPv4 networks, literally", id="token"),
        (GATEWAY, ["10.1.0.0/16"], "it is within the VPC's own 10.1.0.0/16"),
        (GATEWAY, ["10.1.4.0/24"], "it is within the VPC's own"),
        (GATEWAY, ["10.0.0.0/12", "10.2.0.0/16"], "some of them overlap"),
        (GATEWAY, ["10.2.0.0/16", "10.2.0.0/16"], "some of them overlap"),
        (GATEWAY, [f"10.{n}.0.0/16" for n in range(2, 12)], "cidrs: got '10 networks'; it takes up to 9"),
        (GATEWAY, "10.0.0.0/12", r"attach_to_transit_gateway\(cidrs=…\): got"),
    ],
)
def test_bad_input_is_refused(app: cdk.App, gateway: str, cidrs: Any, message: str) -> None:
    vpc = vpc_in(app)
    with pytest.raises(ValueError, match=message):
        vpc.attach_to_transit_gateway(gateway, cidrs=cidrs)
    assert not of_type(template_of(cdk.Stack.of(vpc)), "TransitGatewayAttachment")


def test_a_second_attachment_is_refused(app: cdk.App) -> None:
    vpc = vpc_in(app)
    vpc.attach_to_transit_gateway(GATEWAY)
    with pytest.raises(ValueError, match="the VPC is attached to a transit gateway already"):
        vpc.attach_to_transit_gateway(GATEWAY)
