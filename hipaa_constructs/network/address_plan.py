"""Where the tiers of a VPC lie: three zones of each fit, whether or not they are used yet."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

import aws_cdk as cdk

from hipaa_constructs._arguments import refuse

# RFC 1918 and RFC 6598: docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
_PRIVATE_USE = tuple(
    ipaddress.IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)
_LARGEST, _SMALLEST = 16, 22
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
    inner: tuple[str, str]


def plan_addresses(cidr: str) -> AddressPlan:
    """Divide ``cidr``, or refuse it."""
    network = _require_network(cidr)
    eighths = list(network.subnets(prefixlen_diff=3))
    quarters = list(network.subnets(prefixlen_diff=2))
    halves = list(network.subnets(prefixlen_diff=1))
    # A load balancer needs /27 at least: docs.aws.amazon.com/elasticloadbalancing/latest/application/
    # application-load-balancers.html. A NAT gateway needs one address; /28 is the smallest subnet there is.
    load_balancers = list(quarters[3].subnets(prefixlen_diff=3))
    egress = list(quarters[3].subnets(new_prefix=28))[-_ZONES:]
    return AddressPlan(
        vpc=str(network),
        private=tuple(map(str, eighths[:_ZONES])),
        isolated=tuple(map(str, eighths[_ZONES : 2 * _ZONES])),
        load_balancers=tuple(map(str, load_balancers[:_ZONES])),
        egress=tuple(map(str, egress)),
        inner=(str(halves[0]), str(quarters[2])),
    )


def _require_network(cidr: str) -> ipaddress.IPv4Network:
    if cdk.Token.is_unresolved(cidr):
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
    if not _LARGEST <= network.prefixlen <= _SMALLEST:
        refuse(
            "cidr",
            cidr,
            allowed=f"allowed are /{_LARGEST} to /{_SMALLEST}",
            fix="AWS has no larger VPC than /16, and below /22 the tiers of three zones do not fit.",
        )
    if not any(network.subnet_of(block) for block in _PRIVATE_USE):
        refuse(
            "cidr",
            cidr,
            allowed=f"allowed are blocks within {', '.join(map(str, _PRIVATE_USE))}",
            fix="Take one of private use: a public one hides the hosts that own those addresses.",
        )
    return network
