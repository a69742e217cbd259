from __future__ import annotations

import functools
from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct, IDependable

from hipaa_constructs.network.internet_route import acknowledge_internet_route

# How CDK's subnets call their parts.
_ROUTES = ("RouteTableAssociation", "DefaultRoute")
_INTERNET_ROUTES = "InternetRoutes"


class SubnetTier(Construct):
    """The subnets of one purpose, one per zone, each with a route table of its own. None assigns public addresses.

    :param vpc_id: the VPC's id.
    :param subnet_type: what CDK calls such subnets; it goes into their tags, by which ``Vpc.from_lookup`` finds them.
    :param cidr_blocks: at least one block per zone.
    :param zones: the Availability Zones.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc_id: str,
        subnet_type: str,
        cidr_blocks: Sequence[str],
        zones: Sequence[str],
    ) -> None:
        super().__init__(scope, construct_id)
        self.name = construct_id
        make = ec2.PublicSubnet if subnet_type == "Public" else ec2.PrivateSubnet
        self.subnets: list[ec2.Subnet] = [
            make(
                self,
                f"Zone{index}",
                vpc_id=vpc_id,
                availability_zone=zone,
                cidr_block=block,
                map_public_ip_on_launch=False,
            )
            for index, (zone, block) in enumerate(zip(zones, cidr_blocks, strict=False), start=1)
        ]
        tags = cdk.Tags.of(self)
        only = ["AWS::EC2::Subnet"]
        tags.add("aws-cdk:subnet-name", construct_id, include_resource_types=only)
        tags.add("aws-cdk:subnet-type", subnet_type, include_resource_types=only)

    @functools.cached_property
    def ids(self) -> list[str]:
        """The subnets' ids."""
        return [subnet.subnet_id for subnet in self.subnets]

    @functools.cached_property
    def route_table_ids(self) -> list[str]:
        """The route tables' ids, in the order of the subnets."""
        return [subnet.route_table.route_table_id for subnet in self.subnets]

    @functools.cached_property
    def routes(self) -> list[IDependable]:
        """What has to be there before something in the subnets can reach beyond them; all routes are known by then."""
        parts = [node.try_find_child(name) for node in (subnet.node for subnet in self.subnets) for name in _ROUTES]
        return [part for part in (*parts, self.node.try_find_child(_INTERNET_ROUTES)) if part is not None]

    def route_to_internet(self, attachment: ec2.CfnVPCGatewayAttachment, gateway: ec2.CfnInternetGateway) -> None:
        """Route what is not for the VPC to an internet gateway: for NAT gateways and load balancers only."""
        routes = Construct(self, _INTERNET_ROUTES)
        for index, route_table_id in enumerate(self.route_table_ids, start=1):
            route = ec2.CfnRoute(
                routes,
                f"Zone{index}",
                route_table_id=route_table_id,
                destination_cidr_block="0.0.0.0/0",
                gateway_id=gateway.ref,
            )
            route.node.add_dependency(attachment)
        acknowledge_internet_route(routes)

    def route_through(self, egress: SubnetTier, nat_gateways: int) -> None:
        """Route what is not for the VPC through NAT gateways in the first subnets of ``egress``."""
        gateways = [
            subnet.add_nat_gateway() for subnet in egress.subnets[:nat_gateways] if isinstance(subnet, ec2.PublicSubnet)
        ]
        for gateway in gateways:
            gateway.node.add_dependency(egress.node.find_child(_INTERNET_ROUTES))
        for index, subnet in enumerate(self.subnets):
            if isinstance(subnet, ec2.PrivateSubnet):
                subnet.add_default_nat_route(gateways[index % nat_gateways].ref)
