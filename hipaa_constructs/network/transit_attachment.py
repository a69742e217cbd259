from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from hipaa_constructs._arguments import is_token, refuse
from hipaa_constructs.network.address_plan import AddressPlan
from hipaa_constructs.network.network_acls import NetworkAcls, beyond_rules, define_entry, transit_rules
from hipaa_constructs.network.private_use import PRIVATE_USE, is_private, overlapping
from hipaa_constructs.network.subnet_tier import SubnetTier
from hipaa_constructs.network.transit import ANYWHERE

_GATEWAY = re.compile(r"tgw-[0-9a-f]{8,17}")
# With the entries of private subnets, this stays within the 20 of a network ACL and direction, and below their first
# number: docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
_MOST_NETWORKS = 9


class TransitAttachment(Construct):
    """What leads from the private subnets of a VPC to other networks of the organization, and back.

    It has subnets and a network ACL of its own, as AWS advises:
    docs.aws.amazon.com/vpc/latest/tgw/tgw-best-design-practices.html.

    :param private: the tier whose route tables get the routes, and ``private_acl`` its network ACL.
    :param cidrs: the networks behind the gateway.
    :param egress: whether the gateway is the way to all else.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        plan: AddressPlan,
        zones: Sequence[str],
        transit_gateway_id: str,
        private: SubnetTier,
        private_acl: ec2.NetworkAcl,
        acl_group: NetworkAcls,
        cidrs: Sequence[str],
        egress: bool,
    ) -> None:
        super().__init__(scope, construct_id)
        tier = SubnetTier(
            self, "Transit", vpc_id=vpc.vpc_id, subnet_type="Isolated", cidr_blocks=plan.transit, zones=zones
        )
        self.acl = acl_group.add(tier, vpc, transit_rules(plan))
        # Unlike AWS::EC2::TransitGatewayVpcAttachment, it takes another zone without being made, and accepted, anew:
        # docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-transitgatewayattachment.html
        self.resource = ec2.CfnTransitGatewayAttachment(
            self,
            "Resource",
            transit_gateway_id=transit_gateway_id,
            vpc_id=vpc.vpc_id,
            subnet_ids=tier.ids,
            tags=[cdk.CfnTag(key="Name", value=self.node.path)],
        )
        for number, cidr in enumerate(cidrs, start=1):
            self._route(f"Network{number}", cidr, private)
            for rule in beyond_rules(cidr):
                define_entry(
                    private_acl,
                    f"{'Out' if rule.outward else 'In'}Beyond{number}",
                    network_acl_id=private_acl.network_acl_id,
                    number=number * 10,
                    rule=rule,
                )
        if egress:
            # The private subnets' own ACL lets HTTPS out to anywhere, and answers in, as for a NAT gateway.
            self._route("Everything", ANYWHERE, private)

    def _route(self, name: str, destination: str, private: SubnetTier) -> None:
        for zone, route_table_id in enumerate(private.route_table_ids, start=1):
            route = ec2.CfnRoute(
                self,
                f"Zone{zone}{name}",
                route_table_id=route_table_id,
                destination_cidr_block=destination,
                transit_gateway_id=self.resource.transit_gateway_id,
            )
            route.node.add_dependency(self.resource)


def require_transit(transit_gateway_id: str, cidrs: Sequence[str], vpc_cidr: str, *, attached: bool) -> None:
    """Refuse what is no transit gateway, a second one, and networks that are none, public, too many, or the VPC's."""
    if attached:
        refuse(
            "transit_gateway_id",
            transit_gateway_id,
            allowed="the VPC is attached to a transit gateway already",
            fix="Attach it once, with all networks in cidrs.",
        )
    if not _GATEWAY.fullmatch(transit_gateway_id) and not is_token(transit_gateway_id):
        refuse(
            "transit_gateway_id",
            transit_gateway_id,
            allowed="it takes the id of a transit gateway",
            fix="Write it like 'tgw-0123456789abcdef0'.",
        )
    if len(cidrs) > _MOST_NETWORKS:
        refuse(
            "cidrs",
            f"{len(cidrs)} networks",
            allowed=f"it takes up to {_MOST_NETWORKS}",
            fix="Name one that holds several of them.",
        )
    own = ipaddress.IPv4Network(vpc_cidr)
    for cidr in cidrs:
        try:
            network = ipaddress.IPv4Network(cidr)
        except ValueError:
            refuse("cidrs", cidr, allowed="it takes IPv4 networks, literally", fix="Write it like '10.0.0.0/12'.")
        if not is_private(network):
            refuse(
                "cidrs",
                cidr,
                allowed=f"allowed are blocks within {', '.join(map(str, PRIVATE_USE))}",
                fix="Name networks of the organization; the way to the internet is egress, or nat_gateways.",
            )
        # One around the VPC is fine: what is for the VPC itself stays in it, by the more specific route.
        if network.subnet_of(own):
            refuse("cidrs", cidr, allowed=f"it is within the VPC's own {vpc_cidr}", fix="Leave it out.")
    pair = overlapping({cidr: cidr for cidr in cidrs})
    if len({*cidrs}) < len(cidrs) or pair is not None:
        refuse("cidrs", list(cidrs), allowed="some of them overlap", fix="Name each network once.")


def require_one_way_out(*, egress: bool, nat_gateways: bool) -> None:
    """Refuse a second default route."""
    if egress and nat_gateways:
        refuse(
            "egress",
            egress,
            allowed="NAT gateways are the way to the internet already",
            fix="Leave out nat_gateways, or egress.",
        )
