from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.evidence.labels import kind_of, shorten_path
from hipaa_constructs.evidence.network import Endpoint, Network, networks_of
from hipaa_constructs.evidence.network_map import network_map
from tests.evidence.apps import Resources, app_of, ref
from tests.evidence.pages import parse

VPC: Resources = {"Vpc": ("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"})}


def subnet(name: str, number: int = 0, **properties: Any) -> Resources:
    made = {"VpcId": ref("Vpc"), "CidrBlock": f"10.0.{number}.0/24", **properties}
    return {name: ("AWS::EC2::Subnet", made)}


def routed(name: str, **route: Any) -> Resources:
    """A subnet with a route table of its own, and one route."""
    return {
        **subnet(name),
        f"{name}Table": ("AWS::EC2::RouteTable", {"VpcId": ref("Vpc")}),
        f"{name}In": (
            "AWS::EC2::SubnetRouteTableAssociation",
            {"SubnetId": ref(name), "RouteTableId": ref(f"{name}Table")},
        ),
        f"{name}Route": (
            "AWS::EC2::Route",
            {"RouteTableId": ref(f"{name}Table"), "DestinationCidrBlock": "0.0.0.0/0", **route},
        ),
    }


def network(*parts: Resources) -> Network:
    resources = dict(VPC)
    for part in parts:
        resources.update(part)
    (one,) = networks_of(app_of(resources))
    return one


def test_an_app_without_vpc_has_no_networks() -> None:
    assert networks_of(app_of({"Topic": ("AWS::SNS::Topic", {})})) == []


@pytest.mark.parametrize(
    ("parts", "tier"),
    [
        ([subnet("Alone")], "isolated"),
        ([routed("Open", GatewayId=ref("Gateway")), {"Gateway": ("AWS::EC2::InternetGateway", {})}], "public"),
        ([routed("Open", GatewayId="igw-0123456789abcdef0")], "public"),
        ([routed("Out", NatGatewayId=ref("Nat")), {"Nat": ("AWS::EC2::NatGateway", {})}], "outbound"),
        ([routed("Some", GatewayId={"Fn::ImportValue": "elsewhere"})], "unknown"),
    ],
)
def test_a_tier_is_what_the_route_tables_say(parts: list[Resources], tier: str) -> None:
    (group,) = network(*parts).groups
    assert group.tier == tier


def test_routes_say_where_they_lead() -> None:
    endpoint = {
        "VpcId": ref("Vpc"),
        "ServiceName": "com.amazonaws.us-east-1.s3",
        "RouteTableIds": [ref("OutTable")],
    }
    parts = [routed("Out", NatGatewayId=ref("Nat")), {"Nat": ("AWS::EC2::NatGateway", {})}]
    (group,) = network(*parts, {"S3": ("AWS::EC2::VPCEndpoint", endpoint)}).groups
    assert list(group.routes) == ["0.0.0.0/0 to a NAT gateway", "s3 to its gateway endpoint"]
    assert network(subnet("Alone")).groups[0].routes == []


def test_what_filters_traffic_is_named_and_drawn() -> None:
    here = {"VpcId": ref("Vpc")}
    parts: Resources = {
        "Acl": ("AWS::EC2::NetworkAcl", here),
        "Firewall": ("AWS::NetworkFirewall::Firewall", here),
        "Dns": ("AWS::Route53Resolver::FirewallRuleGroupAssociation", here),
        "One": ("AWS::EC2::SecurityGroup", here),
        "Two": ("AWS::EC2::SecurityGroup", here),
    }
    found = network(parts)
    assert list(found.firewalls) == [
        "Network ACL",
        "Network Firewall",
        "DNS firewall",
        "2 \N{MULTIPLICATION SIGN} Security group",
    ]
    assert "Filtered by: Network ACL, Network Firewall" in parse(str(network_map(found))).text
    assert "Filtered by: none in these templates" in parse(str(network_map(network()))).text


def test_subnets_of_a_name_stand_together() -> None:
    named = {"Tags": [{"Key": "aws-cdk:subnet-name", "Value": "Private"}]}
    (group,) = network(subnet("A", 1, **named), subnet("B", 2, **named)).groups
    assert group.name == "Private"
    assert [one.cidr for one in group.subnets] == ["10.0.1.0/24", "10.0.2.0/24"]


def test_zones_are_named_as_far_as_known() -> None:
    second = {"Fn::Select": [1, {"Fn::GetAZs": ""}]}
    (group,) = network(
        subnet("A", AvailabilityZone="us-east-1a"), subnet("B", AvailabilityZone=second), subnet("C")
    ).groups
    assert [one.zone for one in group.subnets] == ["us-east-1a", "zone 2", "zone unknown"]


def test_endpoints_are_named_by_service() -> None:
    service = {"Fn::Join": ["", ["com.amazonaws.", ref("AWS::Region"), ".s3"]]}
    found = network(
        {
            "S3": ("AWS::EC2::VPCEndpoint", {"VpcId": ref("Vpc"), "ServiceName": service}),
            "Ecr": (
                "AWS::EC2::VPCEndpoint",
                {
                    "VpcId": ref("Vpc"),
                    "ServiceName": "com.amazonaws.us-east-1.ecr.api",
                    "VpcEndpointType": "Interface",
                },
            ),
            "Own": ("AWS::EC2::VPCEndpoint", {"VpcId": ref("Vpc"), "ServiceName": ref("Elsewhere")}),
        }
    ).endpoints
    assert found == [
        Endpoint("s3", "Gateway"),
        Endpoint("ecr.api", "Interface"),
        Endpoint("service unknown", "Gateway"),
    ]


def test_gateways_are_counted() -> None:
    found = network(
        subnet("A"),
        {
            "Gateway": ("AWS::EC2::InternetGateway", {}),
            "Attached": ("AWS::EC2::VPCGatewayAttachment", {"VpcId": ref("Vpc"), "InternetGatewayId": ref("Gateway")}),
            "Nat": ("AWS::EC2::NatGateway", {"SubnetId": ref("A")}),
            "Nat2": ("AWS::EC2::NatGateway", {"SubnetId": ref("A")}),
            "Peer": ("AWS::EC2::VPCPeeringConnection", {"VpcId": "vpc-1", "PeerVpcId": ref("Vpc")}),
            "Elsewhere": ("AWS::EC2::NatGateway", {"SubnetId": "subnet-1"}),
        },
    ).gateways
    assert found == ["Internet gateway", "2 \N{MULTIPLICATION SIGN} NAT gateway", "Peering connection"]


def test_flow_logs_are_told() -> None:
    assert not network().flow_logs
    assert network({"Log": ("AWS::EC2::FlowLog", {"ResourceId": ref("Vpc")})}).flow_logs


def test_tenants_are_found_by_subnet_and_by_subnet_group() -> None:
    (group,) = network(
        subnet("A"),
        {
            "Fn": ("AWS::Lambda::Function", {"VpcConfig": {"SubnetIds": [ref("A")]}}),
            "Group": ("AWS::RDS::DBSubnetGroup", {"SubnetIds": [ref("A")]}),
            "Db": ("AWS::RDS::DBInstance", {"DBSubnetGroupName": ref("Group")}),
            "Fleet": ("AWS::AutoScaling::AutoScalingGroup", {"VPCZoneIdentifier": [ref("A")]}),
            "Wire": ("AWS::EC2::SubnetNetworkAclAssociation", {"SubnetId": ref("A")}),
        },
    ).groups
    assert set(group.tenants) == {
        "Lambda function: Clinic/Fn",
        "RDS DB instance: Clinic/Db",
        "Auto scaling group: Clinic/Fleet",
    }


def test_every_vpc_is_a_network_of_its_own() -> None:
    app = app_of(VPC, name="East")
    app_of(VPC, name="West", app=app, region="us-west-2")
    assert [(one.name, one.region) for one in networks_of(app)] == [
        ("East/Vpc", "us-east-1"),
        ("West/Vpc", "us-west-2"),
    ]


def test_the_map_shows_all_of_it() -> None:
    made = network(
        routed("Open", GatewayId="igw-0123456789abcdef0"),
        {"Fn": ("AWS::Lambda::Function", {"VpcConfig": {"SubnetIds": [ref("Open")]}})},
        {"S3": ("AWS::EC2::VPCEndpoint", {"VpcId": ref("Vpc"), "ServiceName": "com.amazonaws.us-east-1.s3"})},
    )
    texts = {text.text for text in parse(str(network_map(made))).all("text")}
    assert {"Clinic/Vpc", "10.0.0.0/24", "Lambda function: Clinic/Fn", "s3", "route to an internet gateway"} <= texts


def test_a_crowded_map_counts_what_it_leaves_out() -> None:
    named = {"Tags": [{"Key": "aws-cdk:subnet-name", "Value": "Private"}]}
    subnets: dict[str, tuple[str, Any]] = {}
    for number in range(20):
        subnets.update(subnet(f"S{number}", number, **named))
        subnets[f"Fn{number}"] = ("AWS::Lambda::Function", {"VpcConfig": {"SubnetIds": [ref(f"S{number}")]}})
    texts = [text.text for text in parse(str(network_map(network(subnets)))).all("text")]
    assert "and 8 more subnets" in texts
    assert "and 12 more" in texts


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("AWS::S3::Bucket", "S3 bucket"),
        ("AWS::Logs::LogGroup", "Log group"),
        ("AWS::Backup::BackupVault", "Backup vault"),
        ("AWS::RDS::DBInstance", "RDS DB instance"),
        ("Custom::Thing", "Custom thing"),
    ],
)
def test_types_are_said_in_words(kind: str, words: str) -> None:
    assert kind_of(kind) == words


def test_paths_lose_what_every_path_has() -> None:
    assert shorten_path("Clinic/Records/Resource/Resource", below="Clinic") == "Records"
    assert shorten_path("Clinic/Records/Resource/Policy/Resource") == "Clinic/Records/Resource/Policy"
    assert shorten_path("Resource") == "Resource"
