from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.edge.site_connection import SiteConnection
from hipaa_constructs.network.private_vpc import PrivateVpc
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.edge.support import new_stack, only, resources, vpc_of

SITE = "192.168.0.0/16"
DEVICE = "52.94.76.1"
DIRECT = "11111111-2222-3333-4444-555555555555"


def connection_in(stack: cdk.Stack, **arguments: Any) -> SiteConnection:
    vpc = arguments.pop("vpc", None) or vpc_of(stack)
    return SiteConnection(stack, "Site", vpc=vpc, **{"site_cidrs": [SITE], **arguments})


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = new_stack()
    connection_in(stack, customer_gateway_ip=DEVICE)
    return template_of(stack)


def waits_for_attachment(template: dict[str, Any], resource: dict[str, Any]) -> bool:
    return any(
        template["Resources"][name]["Type"] == "AWS::EC2::VPCGatewayAttachment"
        for name in resource.get("DependsOn", [])
    )


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


def test_has_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    network = PrivateVpc(stack, "Vpc")
    connection_in(
        stack,
        vpc=network.vpc,
        customer_gateway_ip=DEVICE,
        direct_connect_gateway_id=DIRECT,
        macsec_statement="Network register, entry 12",
        network_acl=network.network_acls["Isolated"],
    )
    assert_no_findings(app, all_packs=True)


def test_tunnels_agree_on_nothing_weak(template: dict[str, Any]) -> None:
    tunnels = only(template, "AWS::EC2::VPNConnection")["VpnTunnelOptionsSpecifications"]
    assert len(tunnels) == 2
    for tunnel in tunnels:
        assert tunnel["IKEVersions"] == [{"Value": "ikev2"}]
        for phase in ("Phase1", "Phase2"):
            assert tunnel[f"{phase}EncryptionAlgorithms"] == [{"Value": "AES256-GCM-16"}]
            assert tunnel[f"{phase}IntegrityAlgorithms"] == [{"Value": "SHA2-384"}, {"Value": "SHA2-512"}]
            assert tunnel[f"{phase}DHGroupNumbers"] == [{"Value": 19}, {"Value": 20}, {"Value": 21}]


def test_keys_are_in_secrets_manager(template: dict[str, Any]) -> None:
    vpn = only(template, "AWS::EC2::VPNConnection")
    assert vpn["PreSharedKeyStorage"] == "SecretsManager"
    assert not any("PreSharedKey" in tunnel for tunnel in vpn["VpnTunnelOptionsSpecifications"])


def test_tunnels_log_encrypted_for_seven_years(template: dict[str, Any]) -> None:
    group = only(template, "AWS::Logs::LogGroup")
    assert group["RetentionInDays"] == 2557
    assert "KmsKeyId" in group
    for tunnel in only(template, "AWS::EC2::VPNConnection")["VpnTunnelOptionsSpecifications"]:
        options = tunnel["LogOptions"]["CloudwatchLogOptions"]
        assert options["LogEnabled"] is True
        assert set(options["LogGroupArn"]["Fn::Join"][1][-1]) == {"Ref"}


def test_isolated_subnets_alone_get_routes(template: dict[str, Any]) -> None:
    routes = resources(template, "AWS::EC2::Route")
    assert {route["Properties"]["RouteTableId"] for route in routes} == {"rtb-5", "rtb-6"}
    assert {route["Properties"]["DestinationCidrBlock"] for route in routes} == {SITE}
    assert all(waits_for_attachment(template, route) for route in routes)
    assert not resources(template, "AWS::EC2::VPNGatewayRoutePropagation")


def test_routes_are_static_without_bgp(template: dict[str, Any]) -> None:
    assert only(template, "AWS::EC2::VPNConnection")["StaticRoutesOnly"] is True
    assert only(template, "AWS::EC2::VPNConnectionRoute")["DestinationCidrBlock"] == SITE
    assert only(template, "AWS::EC2::CustomerGateway")["IpAddress"] == DEVICE


def test_speaks_bgp_with_a_device_that_does(stack: cdk.Stack) -> None:
    connection_in(stack, customer_gateway_ip=DEVICE, bgp_asn=64_512)
    found = template_of(stack)
    assert only(found, "AWS::EC2::CustomerGateway")["BgpAsn"] == 64_512
    assert only(found, "AWS::EC2::VPNConnection")["StaticRoutesOnly"] is False
    assert not resources(found, "AWS::EC2::VPNConnectionRoute")


def test_direct_connect_advertises_the_vpc_and_states_macsec(stack: cdk.Stack) -> None:
    connection = connection_in(stack, direct_connect_gateway_id=DIRECT, macsec_statement="Network register, entry 12")
    found = template_of(stack)
    (association,) = resources(found, "AWS::DirectConnect::DirectConnectGatewayAssociation")
    assert association["Properties"]["DirectConnectGatewayId"] == DIRECT
    assert association["Properties"]["AllowedPrefixesToDirectConnectGateway"] == ["10.0.0.0/16"]
    assert association["Metadata"]["MACsec"] == "Network register, entry 12"
    assert waits_for_attachment(found, association)
    assert connection.vpn_connection is None
    assert connection.log_group is None


def test_opens_the_acl_of_isolated_subnets_to_the_site(stack: cdk.Stack) -> None:
    acl = ec2.NetworkAcl(stack, "Acl", vpc=vpc_of(stack))
    connection = connection_in(
        stack,
        vpc=ec2.Vpc.from_vpc_attributes(
            stack,
            "Other",
            vpc_id="vpc-1",
            vpc_cidr_block="10.0.0.0/16",
            availability_zones=["us-east-1a"],
            isolated_subnet_ids=["subnet-5"],
            isolated_subnet_route_table_ids=["rtb-5"],
        ),
        site_cidrs=[SITE, "172.16.0.0/12"],
        customer_gateway_ip=DEVICE,
        network_acl=acl,
    )
    entries = [item["Properties"] for item in resources(template_of(stack), "AWS::EC2::NetworkAclEntry")]
    assert {(entry["CidrBlock"], entry["Egress"], entry["RuleNumber"]) for entry in entries} == {
        (SITE, False, 10),
        (SITE, True, 10),
        ("172.16.0.0/12", False, 20),
        ("172.16.0.0/12", True, 20),
    }
    assert connection.gateway.type == "ipsec.1"


def test_takes_a_key(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    connection = connection_in(stack, customer_gateway_ip=DEVICE, encryption_key=key)
    assert connection.vpn_connection is not None
    group = only(template_of(stack), "AWS::Logs::LogGroup")
    assert group["KmsKeyId"] == stack.resolve(key.key_arn)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "customer_gateway_ip: got None; the site is connected by VPN, Direct Connect, or both"),
        ({"customer_gateway_ip": "10.0.0.1"}, r"customer_gateway_ip: got '10\.0\.0\.1'; it takes a public IPv4"),
        ({"customer_gateway_ip": "site"}, "customer_gateway_ip: got 'site'; it takes a public IPv4"),
        ({"customer_gateway_ip": DEVICE, "bgp_asn": 0}, "bgp_asn: got 0; allowed are 1 to 2147483647"),
        ({"customer_gateway_ip": DEVICE, "site_cidrs": []}, "site_cidrs: got '0 networks'; it takes 1 to 9"),
        ({"customer_gateway_ip": DEVICE, "site_cidrs": ["site"]}, "site_cidrs: got 'site'; it takes IPv4 networks"),
        ({"customer_gateway_ip": DEVICE, "site_cidrs": ["0.0.0.0/0"]}, r"a site's network is /8 or smaller"),
        ({"customer_gateway_ip": DEVICE, "site_cidrs": ["10.0.4.0/24"]}, r"it overlaps with the VPC's 10\.0\.0\.0/16"),
        ({"direct_connect_gateway_id": DIRECT}, "macsec_statement: got None; Direct Connect does not encrypt"),
        ({"direct_connect_gateway_id": DIRECT, "macsec_statement": " "}, "macsec_statement: got ' '"),
        ({"customer_gateway_ip": DEVICE, "macsec_statement": "Yes"}, "macsec_statement: got 'Yes'"),
    ],
)
def test_refuses(stack: cdk.Stack, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        connection_in(stack, **arguments)
    assert stack.node.try_find_child("Site") is None


def test_refuses_a_vpc_without_isolated_subnets(stack: cdk.Stack) -> None:
    bare = ec2.Vpc.from_vpc_attributes(stack, "Bare", vpc_id="vpc-2", availability_zones=["us-east-1a"])
    with pytest.raises(ValueError, match="only isolated subnets are connected"):
        connection_in(stack, vpc=bare, customer_gateway_ip=DEVICE)
    assert stack.node.try_find_child("Site") is None
