"""Where the tiers of a VPC lie: three zones of each fit, whether or not they are used yet."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from hipaa_constructs._arguments import is_token, refuse
from hipaa_constructs.network.private_use import PRIVATE_USE, is_private

_LARGEST, _SMALLEST = 16, 22
_SMALLEST_OF_ONE_PURPOSE = 24
_ZONES = 3


@dataclass(frozen=True)
class AddressPlan:
    """CIDR blocks per tier, one for each of three zones.

    Private and isolated tier take three eighths each, so together the first three quarters, which two blocks
    describe; the last quarter is the edge. A tier or zone that is added later moves no other subnet.
    """

    vpc: str
    private: tuple[str, ...]
    isolated: tuple[str, ...]
    load_balancers: tuple[str, ...]
    egress: tuple[str, ...]
    transit: tuple[str, ...]
    inner: tuple[str, str]


@dataclass(frozen=True)
class InspectionPlan:
    """CIDR blocks of a VPC that inspects, per tier, one for each of three zones; each tier has a quarter to itself."""

    vpc: str
    transit: tuple[str, ...]
    firewall: tuple[str, ...]
    egress: tuple[str, ...]


def plan_inspection(cidr: str) -> InspectionPlan:
    """Divide ``cidr`` for a VPC in which nothing but gateways and firewall endpoints stands, or refuse it."""
    network = _require_network(cidr, _SMALLEST_OF_ONE_PURPOSE, "below /24 three tiers of three zones do not fit.")
    # An attachment, an endpoint or a NAT gateway needs one address, and AWS advises /28 for attachments:
    # docs.aws.amazon.com/vpc/latest/tgw/tgw-best-design-practices.html.
    quarters = [list(map(str, quarter.subnets(new_prefix=28))) for quarter in network.subnets(prefixlen_diff=2)]
    transit, firewall, egress = (tuple(quarter[:_ZONES]) for quarter in quarters[:_ZONES])
    return InspectionPlan(vpc=str(network), transit=transit, firewall=firewall, egress=egress)


def plan_endpoints(cidr: str) -> tuple[str, tuple[str, ...]]:
    """Return ``cidr`` and a quarter of it for each of three zones, where interface endpoints alone stand."""
    network = _require_network(cidr, _SMALLEST_OF_ONE_PURPOSE, "below /24 endpoints run out of addresses.")
    return str(network), tuple(map(str, list(network.subnets(prefixlen_diff=2))[:_ZONES]))


def require_private_cidrs(
    argument: str, cidrs: Sequence[str], *, most: int, apart_from: str | None = None
) -> tuple[str, ...]:
    """Return literal private blocks that overlap neither each other nor ``apart_from``, or refuse them."""
    if not 1 <= len(cidrs) <= most:
        refuse(
            argument,
            f"{len(cidrs)} blocks",
            allowed=f"it takes 1 to {most}",
            fix="Name the blocks that VPCs are given from, or wider ones that hold them, such as ['10.0.0.0/8'].",
        )
    networks: list[ipaddress.IPv4Network] = []
    for cidr in cidrs:
        if is_token(cidr):
            refuse(
                argument,
                "an unresolved token",
                allowed="it takes literal blocks",
                fix="Write it out, such as '10.0.0.0/8': routes and rules are computed from it at synth.",
            )
        try:
            network = ipaddress.IPv4Network(cidr)
        except ValueError as error:
            refuse(argument, cidr, allowed=f"it takes IPv4 blocks ({error})", fix="Write it like '10.0.0.0/8'.")
        if not any(network.subnet_of(block) for block in PRIVATE_USE):
            refuse(
                argument,
                cidr,
                allowed=f"allowed are blocks within {', '.join(map(str, PRIVATE_USE))}",
                fix="Name private blocks alone: what is routed behind the transit gateway is not the internet.",
            )
        for other in (*networks, *([ipaddress.IPv4Network(apart_from)] if apart_from else [])):
            if network.overlaps(other):
                refuse(
                    argument,
                    cidr,
                    allowed=f"it overlaps with {other}",
                    fix="Name each block once, and give this VPC one of its own by cidr.",
                )
        networks.append(network)
    return tuple(map(str, networks))


def plan_addresses(cidr: str) -> AddressPlan:
    """Divide ``cidr``, or refuse it."""
    network = _require_network(cidr, _SMALLEST, "below /22 the tiers of three zones do not fit.")
    eighths = list(network.subnets(prefixlen_diff=3))
    quarters = list(network.subnets(prefixlen_diff=2))
    halves = list(network.subnets(prefixlen_diff=1))
    # A load balancer needs /27 at least: docs.aws.amazon.com/elasticloadbalancing/latest/application/
    # application-load-balancers.html. A NAT gateway needs one address; /28 is the smallest subnet there is.
    load_balancers = list(quarters[3].subnets(prefixlen_diff=3))
    # So has an attachment of a transit gateway: docs.aws.amazon.com/vpc/latest/tgw/tgw-best-design-practices.html
    smallest = list(quarters[3].subnets(new_prefix=28))
    return AddressPlan(
        vpc=str(network),
        private=tuple(map(str, eighths[:_ZONES])),
        isolated=tuple(map(str, eighths[_ZONES : 2 * _ZONES])),
        load_balancers=tuple(map(str, load_balancers[:_ZONES])),
        egress=tuple(map(str, smallest[-_ZONES:])),
        transit=tuple(map(str, smallest[-2 * _ZONES : -_ZONES])),
        inner=(str(halves[0]), str(quarters[2])),
    )


def _require_network(cidr: str, smallest: int, why: str) -> ipaddress.IPv4Network:
    if is_token(cidr):
        refuse(
            "cidr",
            "an unresolved token",
            allowed="it takes a literal block",
            fix="Write it out, such as '10.0.0.0/16': subnets and rules are computed from it at synth.",
        )
    try:
        network = ipaddress.IPv4Network(cidr)
    except ValueError as error:
        refuse("cidr", cidr, allowed=f"it takes an IPv4 block ({error})", fix="Write it like '10.0.0.0/16'.")
    if not _LARGEST <= network.prefixlen <= smallest:
        refuse(
            "cidr",
            cidr,
            allowed=f"allowed are /{_LARGEST} to /{smallest}",
            fix=f"AWS has no larger VPC than /{_LARGEST}, and {why}",
        )
    if not is_private(network):
        refuse(
            "cidr",
            cidr,
            allowed=f"allowed are blocks within {', '.join(map(str, PRIVATE_USE))}",
            fix="Take one of private use: a public one hides the hosts that own those addresses.",
        )
    return network
