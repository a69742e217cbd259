"""The network account's stacks and a workload's, created through the CloudFormation API of a moto server.

moto 5.2.5 makes gateways and flow logs of templates; route tables, attachments and shares it knows by their own APIs
alone, which take what the templates have. Of IPAM it knows nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.aws_account import ACCOUNT, empty_account
from tests.landing_zone.organization.test_network import ATTACHMENT, NETWORK, WORKLOADS
from tests.landing_zone.organization.zone import ACCOUNTS, build
from tests.test_deploy import HERE

if TYPE_CHECKING:
    from tests.deployment import Deployment

BY_THEIR_APIS = {
    "AWS::EC2::TransitGatewayRouteTable",
    "AWS::EC2::TransitGatewayRouteTableAssociation",
    "AWS::EC2::TransitGatewayRouteTablePropagation",
    "AWS::RAM::ResourceShare",
}


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Deployment, Path]]:
    from tests.deployment import deploy

    directory = tmp_path_factory.mktemp("cdk.out")
    # The archive's bucket is another account's, and moto has one.
    accounts = {"network": ACCOUNT, "management": ACCOUNTS["management"]}
    build(directory, only="network", accounts=accounts, workloads=WORKLOADS, network=NETWORK).synth()
    with empty_account(HERE):
        yield deploy(directory), directory


def resources(directory: Path, stack: str, kind: str) -> list[dict[str, Any]]:
    template = json.loads((directory / f"Clinic-{stack}.template.json").read_text())
    return [one["Properties"] for one in template["Resources"].values() if one["Type"] == kind]


def gateway_of(deployment: Deployment) -> str:
    return deployment.outputs["Clinic-Transit-us-east-1"]["TransitGatewayId"]


def test_what_moto_knows_is_created(deployed: tuple[Deployment, Path]) -> None:
    deployment, _ = deployed
    assert deployment.created["AWS::EC2::TransitGateway"] == deployment.created["AWS::EC2::FlowLog"] == 2
    assert set(deployment.left_out) <= {*BY_THEIR_APIS, "AWS::EC2::IPAM", "AWS::EC2::IPAMPool"}


def test_the_gateway_takes_nobody_by_itself(deployed: tuple[Deployment, Path]) -> None:
    ec2 = boto3.client("ec2", region_name="us-east-1")
    (found,) = ec2.describe_transit_gateways(TransitGatewayIds=[gateway_of(deployed[0])])["TransitGateways"]
    options = found["Options"]
    for option in ("AutoAcceptSharedAttachments", "DefaultRouteTableAssociation", "DefaultRouteTablePropagation"):
        assert options[option] == "disable"


def test_flow_logs_tell_of_the_gateway(deployed: tuple[Deployment, Path]) -> None:
    ec2 = boto3.client("ec2", region_name="us-east-1")
    (log,) = ec2.describe_flow_logs()["FlowLogs"]
    assert (log["ResourceId"], log["MaxAggregationInterval"]) == (gateway_of(deployed[0]), 60)


def test_an_attachment_is_associated_with_its_environment_alone(deployed: tuple[Deployment, Path]) -> None:
    deployment, directory = deployed
    ec2 = boto3.client("ec2", region_name="us-east-1")
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.255.160/28")["Subnet"]["SubnetId"]
    gateway = gateway_of(deployment)
    made = ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=gateway, VpcId=vpc, SubnetIds=[subnet])
    attachment = made["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
    tables = {
        tag["Value"]: ec2.create_transit_gateway_route_table(TransitGatewayId=gateway)["TransitGatewayRouteTable"][
            "TransitGatewayRouteTableId"
        ]
        for table in resources(directory, "Transit-us-east-1", "AWS::EC2::TransitGatewayRouteTable")
        for tag in table["Tags"]
        if tag["Key"] == "Name"
    }
    for kind, call in (
        ("Association", ec2.associate_transit_gateway_route_table),
        ("Propagation", ec2.enable_transit_gateway_route_table_propagation),
    ):
        (link,) = resources(directory, "Transit-us-east-1", f"AWS::EC2::TransitGatewayRouteTable{kind}")
        assert link["TransitGatewayAttachmentId"] == ATTACHMENT
        assert "production" in link["TransitGatewayRouteTableId"]["Ref"]
        call(TransitGatewayRouteTableId=tables["production"], TransitGatewayAttachmentId=attachment)
    told = {
        name: [
            one["TransitGatewayAttachmentId"]
            for one in ec2.get_transit_gateway_route_table_propagations(TransitGatewayRouteTableId=table)[
                "TransitGatewayRouteTablePropagations"
            ]
        ]
        for name, table in tables.items()
    }
    assert told == {"production": [attachment], "staging": []}


def test_shares_are_taken(deployed: tuple[Deployment, Path]) -> None:
    deployment, directory = deployed
    ram = boto3.client("ram", region_name="us-east-1")
    (share,) = resources(directory, "Transit-us-east-1", "AWS::RAM::ResourceShare")
    made = ram.create_resource_share(
        name=share["Name"],
        allowExternalPrincipals=share["AllowExternalPrincipals"],
        principals=share["Principals"],
        resourceArns=[f"arn:aws:ec2:us-east-1:{ACCOUNT}:transit-gateway/{gateway_of(deployment)}"],
    )["resourceShare"]
    assert made["allowExternalPrincipals"] is False
