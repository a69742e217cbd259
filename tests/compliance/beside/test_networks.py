"""What is on the Internet by its address, its subnet and its group is one finding."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.beside.support import assessed, failed, fix_of, told

GROUP, LISTENER = "AWS::EC2::SecurityGroup", "AWS::ElasticLoadBalancingV2::Listener"
CLEAR = ("SecurityGroupNotOpen", "LoadBalancerTlsRequired")
PLACES = ("NoPublicAddress", "WorkloadInPrivateSubnet", "EndpointNotPublic")


def opened(*ports: int) -> dict[str, Any]:
    rules = [{"IpProtocol": "tcp", "CidrIp": "0.0.0.0/0", "FromPort": port, "ToPort": port} for port in ports]
    return {"Type": GROUP, "Properties": {"GroupDescription": "g", "SecurityGroupIngress": rules}}


def balanced(*ports: int, listens: int = 80, kind: str = "forward") -> dict[str, Any]:
    """A load balancer whose group machines have too."""
    group = {"Fn::GetAtt": ["Group", "GroupId"]}
    action = {"Type": kind, "RedirectConfig": {"Protocol": "HTTPS", "StatusCode": "HTTP_301"}}
    return {
        "Group": opened(*ports),
        "Balancer": {
            "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "Properties": {"SecurityGroups": [group], "Subnets": ["subnet-1", "subnet-2"]},
        },
        "Machine": {"Type": "AWS::EC2::Instance", "Properties": {"SecurityGroupIds": [group], "SubnetId": "subnet-1"}},
        "Listener": {
            "Type": LISTENER,
            "Properties": {
                "LoadBalancerArn": {"Ref": "Balancer"},
                "Port": listens,
                "Protocol": "HTTP",
                "DefaultActions": [action],
            },
        },
    }


def test_port_80_of_a_group_is_said_with_the_listener_that_forwards() -> None:
    found = assessed(balanced(80))
    (message,) = told(found, *CLEAR).values()
    assert list(told(found, *CLEAR)) == ["LoadBalancerTlsRequired Listener"]
    assert "Its group lets that in: Ingress from 0.0.0.0/0 is open on tcp port 80" in message
    assert failed(found, *CLEAR) == {"LoadBalancerTlsRequired Listener", "SecurityGroupNotOpen Group"}


@pytest.mark.parametrize(
    "resources",
    [
        # Another port is another matter.
        balanced(80, 22),
        # The listener that forwards is none of that port.
        balanced(80, listens=8080),
    ],
)
def test_what_else_a_group_lets_in_is_a_finding_of_its_own(resources: dict[str, Any]) -> None:
    assert "SecurityGroupNotOpen Group" in told(assessed(resources), *CLEAR)


def public(name: str = "Subnet") -> dict[str, Any]:
    """A subnet that gives addresses and leads to the Internet."""
    return {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Gateway": {"Type": "AWS::EC2::InternetGateway"},
        "Table": {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": {"Ref": "Vpc"}}},
        "Route": {
            "Type": "AWS::EC2::Route",
            "Properties": {
                "RouteTableId": {"Ref": "Table"},
                "DestinationCidrBlock": "0.0.0.0/0",
                "GatewayId": {"Ref": "Gateway"},
            },
        },
        name: {
            "Type": "AWS::EC2::Subnet",
            "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24", "MapPublicIpOnLaunch": True},
        },
        f"{name}Routes": {
            "Type": "AWS::EC2::SubnetRouteTableAssociation",
            "Properties": {"SubnetId": {"Ref": name}, "RouteTableId": {"Ref": "Table"}},
        },
    }


MACHINE = {"Machine": {"Type": "AWS::EC2::Instance", "Properties": {"SubnetId": {"Ref": "Subnet"}}}}


def test_a_subnet_that_gives_addresses_is_said_with_the_machine_in_it() -> None:
    found = assessed(public() | MACHINE)
    (message,) = told(found, *PLACES).values()
    assert list(told(found, *PLACES)) == ["WorkloadInPrivateSubnet Machine"]
    assert message.endswith("Subnet gives public addresses: MapPublicIpOnLaunch is true.")
    assert failed(found, *PLACES) == {"WorkloadInPrivateSubnet Machine", "NoPublicAddress Subnet"}
    assert "MapPublicIpOnLaunch: false" in fix_of(found, "WorkloadInPrivateSubnet Machine")


def test_a_subnet_with_something_else_that_takes_addresses_is_told_by_itself() -> None:
    other = {"Other": {"Type": "AWS::Cloud9::EnvironmentEC2", "Properties": {"SubnetId": {"Ref": "Subnet"}}}}
    found = told(assessed(public() | MACHINE | other), *PLACES)
    assert set(found) == {"WorkloadInPrivateSubnet Machine", "NoPublicAddress Subnet"}


def test_who_accepts_where_a_machine_lies_is_told_of_its_subnet() -> None:
    found = told(assessed(public() | MACHINE, "WorkloadInPrivateSubnet Machine"), *PLACES)
    assert list(found) == ["NoPublicAddress Subnet"]


@pytest.mark.parametrize("kind", ["AWS::EC2::EIP", "AWS::EC2::EIPAssociation"])
def test_the_elastic_ip_of_a_machine_is_said_with_its_public_subnet(kind: str) -> None:
    subnet = public()
    del subnet["Subnet"]["Properties"]["MapPublicIpOnLaunch"]
    address = {"Address": {"Type": kind, "Properties": {"InstanceId": {"Ref": "Machine"}}}}
    found = assessed(subnet | MACHINE | address)
    (message,) = told(found, *PLACES).values()
    assert list(told(found, *PLACES)) == ["WorkloadInPrivateSubnet Machine"]
    assert message.endswith("Address gives it a public address: InstanceId ties an Elastic IP to an instance.")
    assert failed(found, *PLACES) == {"WorkloadInPrivateSubnet Machine", "NoPublicAddress Address"}
    assert "network load balancer" in fix_of(found, "WorkloadInPrivateSubnet Machine")


def test_the_elastic_ip_of_a_machine_elsewhere_is_told_by_itself() -> None:
    address = {"Address": {"Type": "AWS::EC2::EIP", "Properties": {"InstanceId": "i-0123456789abcdef0"}}}
    assert set(told(assessed(public() | MACHINE | address), *PLACES)) == {
        "WorkloadInPrivateSubnet Machine",
        "NoPublicAddress Address",
    }


def scaled(**configuration: Any) -> dict[str, Any]:
    return {
        **public(),
        "Launch": {
            "Type": "AWS::AutoScaling::LaunchConfiguration",
            "Properties": {"ImageId": "ami-1", "InstanceType": "t3.micro", **configuration},
        },
        "Scaled": {
            "Type": "AWS::AutoScaling::AutoScalingGroup",
            "Properties": {
                "LaunchConfigurationName": {"Ref": "Launch"},
                "MinSize": "1",
                "MaxSize": "1",
                "VPCZoneIdentifier": [{"Ref": "Subnet"}],
            },
        },
    }


@pytest.mark.parametrize(
    ("configuration", "speaker"),
    [({"AssociatePublicIpAddress": True}, "NoPublicAddress Launch"), ({}, "WorkloadInPrivateSubnet Scaled")],
)
def test_a_group_is_one_finding_with_what_launches_its_machines(configuration: dict[str, Any], speaker: str) -> None:
    found = assessed(scaled(**configuration))
    assert list(told(found, *PLACES)) == [speaker]
    assert {"NoPublicAddress Launch", "WorkloadInPrivateSubnet Scaled"} <= failed(found, *PLACES)
    fix = fix_of(found, speaker)
    assert "VPCZoneIdentifier: <the ids of private subnets>" in fix
    assert "AssociatePublicIpAddress: false" in fix
    assert fix.count("neither a NAT gateway nor endpoints") == 1


def store(public_: bool = True) -> dict[str, Any]:
    return {
        **public(),
        "Subnets": {
            "Type": "AWS::Redshift::ClusterSubnetGroup",
            "Properties": {"Description": "s", "SubnetIds": [{"Ref": "Subnet"}]},
        },
        "Store": {
            "Type": "AWS::Redshift::Cluster",
            "Properties": {"ClusterSubnetGroupName": {"Ref": "Subnets"}, "PubliclyAccessible": public_},
        },
    }


def test_a_public_store_and_its_public_subnets_are_one_finding() -> None:
    found = assessed(store())
    (message,) = told(found, *PLACES).values()
    assert list(told(found, *PLACES)) == ["EndpointNotPublic Store"]
    assert "Of its Subnets: It is placed in Subnet" in message
    assert "Of Subnet, where it lies: MapPublicIpOnLaunch is true." in message
    assert len(failed(found, *PLACES)) == 3


def test_the_subnets_of_a_private_store_are_told_by_themselves() -> None:
    found = told(assessed(store(public_=False)), *PLACES)
    assert set(found) == {"WorkloadInPrivateSubnet Subnets", "NoPublicAddress Subnet"}
