"""Where the tiers of a VPC lie: three zones of each fit, whether or not they are used yet."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

import aws_cdk as cdk

from hipaa_constructs._arguments import refuse
from hipaa_constructs.network.private_use import PRIVATE_USE, is_private

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
    transit: tuple[str, ...]
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
    if not is_private(network):
        refuse(
            "cidr",
            cidr,
            allowed=f"allowed are blocks within {', '.join(map(str, PRIVATE_USE))}",
            fix="Take one of private use: a public one hides the hosts that own those addresses.",
        )
    return network
