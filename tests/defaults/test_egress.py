"""What security groups let out for which the app said nothing, and which of them stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_rds as rds

from hipaa_constructs import PrivateVpc
from hipaa_constructs.defaults.secure_defaults import secure_defaults
from tests.defaults.support import Synthesized, new_stack, synthesized

_PRIVATE = ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"]
_SIZE = ec2.InstanceType("t3.micro")
_ALL_OUT = [("-1", "0.0.0.0/0", None)]


def _out(made: Synthesized, beginning: str) -> list[tuple[str, str, int | None]]:
    """Return what the one group of a name lets out: protocol, range, port."""
    (group,) = [
        one["Properties"]
        for name, one in made.resources.items()
        if one["Type"] == "AWS::EC2::SecurityGroup" and name.startswith(beginning)
    ]
    return [(rule["IpProtocol"], rule["CidrIp"], rule.get("FromPort")) for rule in group["SecurityGroupEgress"]]


def _limited(*ports: int) -> list[tuple[str, str, int | None]]:
    return [*(("-1", one, None) for one in _PRIVATE), *(("tcp", "0.0.0.0/0", port) for port in ports)]


def _function(stack: cdk.Stack, name: str, **given: Any) -> lambda_.Function:
    return lambda_.Function(
        stack,
        name,
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): pass"),
        **given,
    )


def _network(stack: cdk.Stack, **given: Any) -> ec2.Vpc:
    return ec2.Vpc(stack, "Vpc", max_azs=2, **given)


def _machines(stack: cdk.Stack) -> None:
    vpc = _network(stack)
    image = ec2.MachineImage.latest_amazon_linux2023()
    ec2.Instance(stack, "Server", vpc=vpc, instance_type=_SIZE, machine_image=image)
    ec2.Instance(stack, "Loud", vpc=vpc, instance_type=_SIZE, machine_image=image, allow_all_outbound=True)
    ec2.Instance(stack, "Forwards", vpc=vpc, instance_type=_SIZE, machine_image=image, source_dest_check=False)
    autoscaling.AutoScalingGroup(stack, "Fleet", vpc=vpc, instance_type=_SIZE, machine_image=image)
    rds.DatabaseInstance(
        stack, "Store", vpc=vpc, engine=rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_17)
    )
    ec2.SecurityGroup(stack, "Plain", vpc=vpc)
    ec2.SecurityGroup(stack, "Open", vpc=vpc, allow_all_outbound=True)
    ec2.SecurityGroup(stack, "Shut", vpc=vpc, allow_all_outbound=False)
    ec2.SecurityGroup(stack, "Wide", vpc=vpc, allow_all_ipv6_outbound=True)
    _function(stack, "Silent", vpc=vpc)
    _function(stack, "Told", vpc=vpc, allow_all_outbound=True)


@pytest.fixture(scope="module")
def machines() -> Synthesized:
    return synthesized(_machines, new_stores=True)


def test_what_said_nothing_lets_out_the_web_and_what_stays_private(machines: Synthesized) -> None:
    for name in ("Plain", "Silent", "Store"):
        assert _out(machines, name) == _limited(443)
    # Packages of distributions come over HTTP.
    for name in ("Server", "Fleet"):
        assert _out(machines, name) == _limited(80, 443)
    assert machines.changed("S/Server/InstanceSecurityGroup") == {"allow_all_outbound"}


def test_what_the_app_said_stays(machines: Synthesized) -> None:
    for name in ("Loud", "Open", "Told"):
        assert _out(machines, name) == _ALL_OUT
    assert _out(machines, "Shut") == [("icmp", "255.255.255.255/32", 252)]
    assert not machines.changed("S/Wide")


def test_what_passes_on_what_others_send_stays(machines: Synthesized) -> None:
    assert _out(machines, "Forwards") == _ALL_OUT


@pytest.mark.parametrize("cidr", ["10.20.0.0/16", "172.31.0.0/16", "100.64.0.0/16"])
def test_private_ranges(cidr: str) -> None:
    made = synthesized(
        lambda stack: _function(stack, "F", vpc=_network(stack, ip_addresses=_addresses(cidr))), new_stores=True
    )
    assert _out(made, "FSecurityGroup") == _limited(443)


def _addresses(cidr: str) -> ec2.IIpAddresses:
    return ec2.IpAddresses.cidr(cidr)


def test_a_network_with_addresses_of_the_internet_stays_as_it_is() -> None:
    """What would be the internet elsewhere is within the VPC there."""
    made = synthesized(
        lambda stack: _function(stack, "F", vpc=_network(stack, ip_addresses=_addresses("172.32.0.0/16"))),
        new_stores=True,
    )
    assert _out(made, "FSecurityGroup") == _ALL_OUT


def test_a_second_range_of_the_internet_counts() -> None:
    def define(stack: cdk.Stack) -> None:
        vpc = _network(stack)
        ec2.CfnVPCCidrBlock(stack, "Second", vpc_id=vpc.vpc_id, cidr_block="55.0.0.0/24")
        _function(stack, "F", vpc=vpc)

    assert _out(synthesized(define, new_stores=True), "FSecurityGroup") == _ALL_OUT


@pytest.mark.parametrize(
    ("known", "expected"),
    [({"vpc_cidr_block": "10.1.0.0/16"}, _limited(443)), ({}, _ALL_OUT), ({"vpc_cidr_block": "1.2.0.0/16"}, _ALL_OUT)],
)
def test_imported_networks_count_by_their_range(known: Mapping[str, str], expected: object) -> None:
    def define(stack: cdk.Stack) -> None:
        vpc = ec2.Vpc.from_vpc_attributes(stack, "Vpc", vpc_id="vpc-1", availability_zones=["us-east-1a"], **known)
        ec2.SecurityGroup(stack, "Group", vpc=vpc)

    assert _out(synthesized(define, new_stores=True), "Group") == expected


def test_functions_that_get_the_network_send_over_https_alone() -> None:
    stack = new_stack()
    secure_defaults(stack, vpc=PrivateVpc(stack, "Given").vpc)
    _function(stack, "F")
    assert _out(Synthesized(stack), "FSecurityGroup") == _limited(443)


def test_what_a_running_app_sends_is_named_and_not_stopped() -> None:
    made = synthesized(lambda stack: ec2.SecurityGroup(stack, "Group", vpc=_network(stack)))
    assert _out(made, "Group") == _ALL_OUT
    assert made.changed("S/Group", "unreached") == {"allow_all_outbound"}
