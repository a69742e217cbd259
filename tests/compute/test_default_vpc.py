"""The handler that removes the default VPC, against moto, which has one in each Region of an account."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from hipaa_constructs.compute.provider_code.handlers import default_vpc, permitted
from hipaa_constructs.compute.provider_code.handlers.default_vpc import remove_default_vpc
from tests.aws_session import session

EVENT = {"RequestType": "Create", "ResourceProperties": {}}


@pytest.fixture(autouse=True)
def ec2(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(permitted.time, "sleep", lambda seconds: None)
    with mock_aws():
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", session())
        client = boto3.client("ec2")
        # One client for both, so that a test can change what it answers.
        monkeypatch.setattr(default_vpc.boto3, "client", lambda *_, **__: client)
        yield client


def default_vpcs(ec2: Any) -> list[str]:
    filters = [{"Name": "is-default", "Values": ["true"]}]
    return [vpc["VpcId"] for vpc in ec2.describe_vpcs(Filters=filters)["Vpcs"]]


def subnets(ec2: Any, vpc_id: str) -> list[str]:
    found = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["Subnets"]
    return [subnet["SubnetId"] for subnet in found]


def test_it_goes_with_subnets_and_gateway(ec2: Any) -> None:
    (vpc_id,) = default_vpcs(ec2)
    assert subnets(ec2, vpc_id)
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc_id)
    kept = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    own = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=own, VpcId=kept)

    assert remove_default_vpc(EVENT) == "DefaultVpc"

    assert default_vpcs(ec2) == []
    assert subnets(ec2, vpc_id) == []
    assert [one["VpcId"] for one in ec2.describe_vpcs()["Vpcs"]] == [kept]
    assert [one["InternetGatewayId"] for one in ec2.describe_internet_gateways()["InternetGateways"]] == [own]


def test_a_second_time_finds_nothing(ec2: Any) -> None:
    remove_default_vpc(EVENT)
    assert remove_default_vpc({**EVENT, "RequestType": "Update"}) == "DefaultVpc"
    assert default_vpcs(ec2) == []


def _interface(ec2: Any, vpc_id: str) -> None:
    ec2.create_network_interface(SubnetId=subnets(ec2, vpc_id)[0])


def _gateway(ec2: Any, vpc_id: str) -> None:
    gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    ec2.attach_vpn_gateway(VpnGatewayId=gateway, VpcId=vpc_id)


def _peering(ec2: Any, vpc_id: str) -> None:
    other = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.create_vpc_peering_connection(VpcId=other, PeerVpcId=vpc_id)


USES = {
    "network interfaces": _interface,
    "endpoints": lambda ec2, vpc_id: ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName="com.amazonaws.us-east-1.s3"),
    "security groups": lambda ec2, vpc_id: ec2.create_security_group(GroupName="a", Description="a", VpcId=vpc_id),
    "route tables": lambda ec2, vpc_id: ec2.create_route_table(VpcId=vpc_id),
    "network ACLs": lambda ec2, vpc_id: ec2.create_network_acl(VpcId=vpc_id),
    "subnets of its own": lambda ec2, vpc_id: ec2.create_subnet(VpcId=vpc_id, CidrBlock="172.31.240.0/24"),
    "virtual private gateways": _gateway,
    "peering connections": _peering,
}


@pytest.mark.parametrize("use", USES)
def test_one_that_is_used_stays_as_it_is(use: str, ec2: Any, caplog: pytest.LogCaptureFixture) -> None:
    (vpc_id,) = default_vpcs(ec2)
    USES[use](ec2, vpc_id)
    before = subnets(ec2, vpc_id)

    remove_default_vpc(EVENT)

    assert default_vpcs(ec2) == [vpc_id]
    assert subnets(ec2, vpc_id) == before
    assert use in caplog.text


def test_what_somebody_else_deletes_meanwhile_is_no_error(ec2: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (vpc_id,) = default_vpcs(ec2)
    gone = subnets(ec2, vpc_id)[0]
    delete = ec2.delete_subnet

    def deleted_twice(SubnetId: str) -> None:
        delete(SubnetId=SubnetId)
        if gone == SubnetId:
            delete(SubnetId=SubnetId)

    monkeypatch.setattr(ec2, "delete_subnet", deleted_twice)
    remove_default_vpc(EVENT)
    assert default_vpcs(ec2) == []


@pytest.mark.parametrize(("code", "raises"), [("DependencyViolation", False), ("InternalError", True)])
def test_a_subnet_that_came_into_use_keeps_its_way_out(
    code: str, raises: bool, ec2: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (vpc_id,) = default_vpcs(ec2)
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc_id)

    def refused(**_: object) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "in use"}}, "DeleteSubnet")

    monkeypatch.setattr(ec2, "delete_subnet", refused)
    with pytest.raises(ClientError, match="in use") if raises else contextlib.nullcontext():
        remove_default_vpc(EVENT)
    assert raises or "stays" in caplog.text
    assert default_vpcs(ec2) == [vpc_id]
    assert ec2.describe_internet_gateways()["InternetGateways"][0]["Attachments"]


def test_it_waits_until_the_role_may(ec2: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    describe, refusals = ec2.describe_vpcs, [ClientError({"Error": {"Code": "UnauthorizedOperation"}}, "DescribeVpcs")]

    def not_at_once(**asked: Any) -> Any:
        if refusals:
            raise refusals.pop()
        return describe(**asked)

    monkeypatch.setattr(ec2, "describe_vpcs", not_at_once)
    remove_default_vpc(EVENT)
    assert not refusals
    assert default_vpcs(ec2) == []
