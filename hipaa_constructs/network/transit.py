"""A VPC behind a transit gateway: its attachment, and routes in the tables of its tiers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from hipaa_constructs._arguments import is_token, refuse
from hipaa_constructs.network.subnet_tier import SubnetTier

ANYWHERE = "0.0.0.0/0"
_TRANSIT_GATEWAY = re.compile(r"tgw-[0-9a-f]+")


def require_transit_gateway(transit_gateway_id: str) -> None:
    """Refuse what is no transit gateway's id; an unresolved token passes."""
    if not is_token(transit_gateway_id) and not _TRANSIT_GATEWAY.fullmatch(transit_gateway_id):
        refuse(
            "transit_gateway_id",
            transit_gateway_id,
            allowed="it takes the id of a transit gateway",
            fix="Write it like 'tgw-0123456789abcdef0'.",
        )


def attach(
    scope: Construct, *, transit_gateway_id: str, vpc: ec2.CfnVPC, subnet_ids: Sequence[str], appliance: bool
) -> ec2.CfnTransitGatewayAttachment:
    """Attach a VPC; with ``appliance`` both directions of a flow stay in one zone, as what keeps state asks for.

    Source: docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html.
    """
    return ec2.CfnTransitGatewayAttachment(
        scope,
        "Attachment",
        transit_gateway_id=transit_gateway_id,
        vpc_id=vpc.ref,
        subnet_ids=list(subnet_ids),
        options={
            "ApplianceModeSupport": "enable" if appliance else "disable",
            "DnsSupport": "enable",
            "Ipv6Support": "disable",
        },
    )


def route(
    tier: SubnetTier,
    index: int,
    destination: str,
    *,
    vpc_endpoint_id: str | None = None,
    transit_gateway: ec2.CfnTransitGatewayAttachment | None = None,
) -> None:
    """Add a route to the table of a tier's subnet in one zone, called by its destination, since those come and go."""
    name = "Everything" if destination == ANYWHERE else re.sub(r"[./]", "x", destination)
    made = ec2.CfnRoute(
        tier.subnets[index],
        f"RouteTo{name}",
        route_table_id=tier.route_table_ids[index],
        destination_cidr_block=destination,
        vpc_endpoint_id=vpc_endpoint_id,
        transit_gateway_id=transit_gateway.transit_gateway_id if transit_gateway else None,
    )
    if transit_gateway:
        # A route to a gateway that the VPC is not attached to is refused.
        made.node.add_dependency(transit_gateway)
