"""What the arguments of ``SiteConnection`` have to meet before anything is defined."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2

from hipaa_constructs._arguments import is_token, refuse, require_range

# With the entries of PrivateVpc, this stays within the 20 of a network ACL and direction:
# docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
_MOST_NETWORKS = 9
_WIDEST_PREFIX = 8


def require_vpc(subnets: Sequence[ec2.ISubnet], vpc: ec2.IVpc) -> None:
    """Refuse a VPC without isolated subnets."""
    if not subnets:
        refuse("vpc", vpc.node.path, allowed="only isolated subnets are connected", fix="Use PrivateVpc(…).vpc.")


def require_networks(site_cidrs: Sequence[str], vpc_cidr: str) -> None:
    """Refuse networks that are none, reach beyond a site, or overlap with the VPC."""
    if not 1 <= len(site_cidrs) <= _MOST_NETWORKS:
        refuse(
            "site_cidrs",
            f"{len(site_cidrs)} networks",
            allowed=f"it takes 1 to {_MOST_NETWORKS}",
            fix="Name the site's networks, or one that holds them.",
        )
    inside = None if is_token(vpc_cidr) else ipaddress.ip_network(vpc_cidr)
    for cidr in site_cidrs:
        try:
            network = ipaddress.IPv4Network(cidr)
        except ValueError:
            refuse("site_cidrs", cidr, allowed="it takes IPv4 networks", fix="Write it like '192.168.0.0/16'.")
        if network.prefixlen < _WIDEST_PREFIX:
            refuse(
                "site_cidrs",
                cidr,
                allowed=f"a site's network is /{_WIDEST_PREFIX} or smaller; wider ones reach beyond it",
                fix="Name the site's own networks.",
            )
        if inside is not None and network.overlaps(inside):
            refuse("site_cidrs", cidr, allowed=f"it overlaps with the VPC's {vpc_cidr}", fix="Renumber one of them.")


def require_way(
    address: str | None, bgp_asn: int | None, direct_connect_gateway_id: str | None, macsec_statement: str | None
) -> None:
    """Refuse a site without a connection, or with one that may not be encrypted."""
    if address is None and direct_connect_gateway_id is None:
        refuse(
            "customer_gateway_ip",
            None,
            allowed="the site is connected by VPN, Direct Connect, or both",
            fix="Pass the public address of the site's device, or direct_connect_gateway_id.",
        )
    if address is not None and not is_token(address) and not _is_public(address):
        refuse(
            "customer_gateway_ip",
            address,
            allowed="it takes a public IPv4 address",
            fix="Pass the address that the site's device has towards the internet.",
        )
    # docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateCustomerGateway.html
    require_range(
        "bgp_asn", bgp_asn, 1, 2_147_483_647, unit="for autonomous systems", fix="Leave it out for static routes."
    )
    if (direct_connect_gateway_id is None) != (not (macsec_statement or "").strip()):
        refuse(
            "macsec_statement",
            macsec_statement,
            allowed="Direct Connect does not encrypt by itself, so the two go together",
            fix="Say where it is recorded that each connection is in MACsec mode must_encrypt.",
        )


def _is_public(address: str) -> bool:
    try:
        return ipaddress.IPv4Address(address).is_global
    except ValueError:
        return False
