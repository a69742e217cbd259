"""A Region's firewall and endpoints for all, created through the CloudFormation API of a moto server.

moto 5.2.5 makes networks, endpoints and logs of templates, and neither firewalls, Route 53 Profiles nor a transit
gateway's routes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest

from hipaa_constructs.network.endpoint_names import ALWAYS
from tests.aws_account import ACCOUNT, empty_account
from tests.landing_zone.organization.test_network_hubs import HUBS, WORKLOADS
from tests.landing_zone.organization.zone import ACCOUNTS, ID, build
from tests.test_deploy import HERE

if TYPE_CHECKING:
    from tests.deployment import Deployment


LEFT_OUT = {
    "AWS::EC2::IPAM",
    "AWS::EC2::IPAMPool",
    "AWS::EC2::TransitGatewayAttachment",
    "AWS::EC2::TransitGatewayRoute",
    "AWS::EC2::TransitGatewayRouteTable",
    "AWS::EC2::TransitGatewayRouteTableAssociation",
    "AWS::EC2::TransitGatewayRouteTablePropagation",
    "AWS::NetworkFirewall::Firewall",
    "AWS::NetworkFirewall::FirewallPolicy",
    "AWS::NetworkFirewall::LoggingConfiguration",
    "AWS::NetworkFirewall::RuleGroup",
    "AWS::RAM::ResourceShare",
    "AWS::Route53Profiles::Profile",
    "AWS::Route53Profiles::ProfileResourceAssociation",
    "AWS::Route53Resolver::ResolverQueryLoggingConfig",
    "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation",
    "AWS::SQS::QueuePolicy",
}


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    from tests.deployment import deploy

    directory = tmp_path_factory.mktemp("cdk.out")
    accounts = {"network": ACCOUNT, "management": ACCOUNTS["management"]}
    build(directory, only="network", accounts=accounts, workloads=WORKLOADS, network=HUBS).synth()
    with empty_account(HERE):
        yield deploy(directory)


def vpc_of(cidr: str) -> str:
    ec2 = boto3.client("ec2", region_name="us-east-1")
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": [cidr]}])["Vpcs"]
    name: str = vpc["VpcId"]
    return name


def test_what_moto_knows_is_created(deployed: Deployment) -> None:
    assert deployed.created["AWS::EC2::VPC"] == 2
    assert deployed.created["AWS::EC2::NatGateway"] == deployed.created["AWS::EC2::EIP"] == 2
    assert set(deployed.left_out) <= LEFT_OUT


def test_networks_of_the_region_alone_lead_to_the_gateway(deployed: Deployment) -> None:
    ec2 = boto3.client("ec2", region_name="us-east-1")
    gateway = deployed.outputs["Clinic-Transit-us-east-1"]["TransitGatewayId"]
    for cidr in ("100.64.0.0/24", "100.64.1.0/24"):
        tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc_of(cidr)]}])["RouteTables"]
        routes = [route for table in tables for route in table["Routes"] if route.get("TransitGatewayId") == gateway]
        assert sorted(route["DestinationCidrBlock"] for route in routes) == ["10.0.0.0/12"] * 2 + ["10.16.0.0/12"] * 2


def test_endpoints_are_for_the_organization(deployed: Deployment) -> None:
    assert deployed.created["AWS::EC2::VPCEndpoint"] == len(ALWAYS) + 1
    ec2 = boto3.client("ec2", region_name="us-east-1")
    here = [{"Name": "vpc-id", "Values": [vpc_of("100.64.1.0/24")]}]
    endpoints = ec2.describe_vpc_endpoints(Filters=here)["VpcEndpoints"]
    assert {one["ServiceName"] for one in endpoints} == {f"com.amazonaws.us-east-1.{name}" for name in (*ALWAYS, "sqs")}
    assert all(one["PrivateDnsEnabled"] and ID in str(one["PolicyDocument"]) for one in endpoints)
