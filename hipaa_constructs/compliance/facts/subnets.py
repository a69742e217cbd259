"""Which subnets are public: their route table has a route to an internet gateway."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, Unknown
from hipaa_constructs.compliance.rule import PASSED, Verdict, failed, unknown

_GATEWAYS = ("AWS::EC2::InternetGateway", "AWS::EC2::VPCGatewayAttachment")


def is_public(subnet: Resource) -> bool | Unknown:
    """Whether a subnet's route table leads to an internet gateway.

    A subnet without a route table of its own has the VPC's main table, to which no template can add routes.
    """
    told = subnet.template.app.told(subnet, "subnets", ("AWS::EC2::SubnetRouteTableAssociation",), _associated)
    answers = [UNKNOWN if table is None else _leads_out(table) for _, table in told]
    if any(answer is True for answer in answers):
        return True
    return UNKNOWN if any(answer is UNKNOWN for answer in answers) else False


def judge_subnets(values: Iterable[Any], app: App) -> Verdict:
    """Judge the subnets that a workload names: none may be public."""
    unclear: Any = None
    for value in values:
        subnet = app.target(value, "AWS::EC2::Subnet")
        public = UNKNOWN if subnet is None else is_public(subnet)
        if public is True and subnet is not None:
            return failed(f"It is placed in {subnet.logical_id}, a subnet with a route to an internet gateway.")
        if public is UNKNOWN:
            unclear = value
    if unclear is None:
        return PASSED
    name = "a subnet" if unclear is UNKNOWN else f"subnet {unclear}"
    return unknown(f"It is placed in {name} whose routes are not part of these templates.")


def _associated(association: Resource) -> Iterator[tuple[Resource, Resource | None]]:
    here = association.template
    subnet = here.target(association.get("SubnetId"), "AWS::EC2::Subnet")
    if subnet is not None:
        yield subnet, here.target(association.get("RouteTableId"), "AWS::EC2::RouteTable")


def _leads_out(table: Resource) -> bool | Unknown:
    gateways = [
        route.get("GatewayId") for route in table.template.app.referring(table, "AWS::EC2::Route", "RouteTableId")
    ]
    if any(_is_internet_gateway(gateway) for gateway in gateways):
        return True
    return UNKNOWN if any(gateway is UNKNOWN for gateway in gateways) else False


def _is_internet_gateway(value: Any) -> bool:
    if isinstance(value, Reference):
        return value.resource.type in _GATEWAYS
    return isinstance(value, str) and value.startswith("igw-")
