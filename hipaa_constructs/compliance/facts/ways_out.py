"""Networks that nothing leaves, but for what endpoints in them lead to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.compliance.facts.mentions import users_of

_VPC, _SUBNET, _TABLE = "AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::RouteTable"
_ASSOCIATION: Final = "AWS::EC2::SubnetRouteTableAssociation"
# What leads beyond a VPC, or says that something does.
_WAYS_OUT: Final = (
    "AWS::EC2::ClientVpnEndpoint",
    "AWS::EC2::EgressOnlyInternetGateway",
    "AWS::EC2::GatewayRouteTableAssociation",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::Route",
    "AWS::EC2::TransitGatewayAttachment",
    "AWS::EC2::TransitGatewayVpcAttachment",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::EC2::VPCPeeringConnection",
    "AWS::EC2::VPNGatewayRoutePropagation",
    "AWS::NetworkManager::VpcAttachment",
)


def leads_nowhere(vpc: Resource) -> bool:
    """Whether certainly nothing in a VPC of the app has a route that leads beyond it.

    A new VPC has a route to itself alone (docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html). On whatever
    condition the app has a gateway, it may be of this VPC; and who is told of a route table or a subnet by another
    stack may give it a route.
    """
    app = vpc.template.app
    if any(app.resources.get(kind) for kind in _WAYS_OUT):
        return False
    return all(users_of(one) is not None for one in (*_of(vpc, _TABLE), *_without_table(vpc)))


def _of(vpc: Resource, kind: str) -> Iterator[Resource]:
    yield from vpc.template.app.referring(vpc, kind, "VpcId")


def _without_table(vpc: Resource) -> Iterator[Resource]:
    app: App = vpc.template.app
    return (one for one in _of(vpc, _SUBNET) if not app.referring(one, _ASSOCIATION, "SubnetId"))
