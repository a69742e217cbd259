"""Blocks of private use, which are what networks that reach one another have to be made of; imports no aws_cdk."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from itertools import combinations

# RFC 1918 and RFC 6598: docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
PRIVATE_USE = tuple(
    ipaddress.IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)
# An environment's block in a Region: it holds VPCs of /16 to /22, as ``PrivateVpc`` takes them, of several sizes.
SMALLEST_POOL = 20


def is_private(block: ipaddress.IPv4Network) -> bool:
    """Whether nobody on the internet has any of these addresses."""
    return any(block.subnet_of(private) for private in PRIVATE_USE)


def unfit_pool(cidr: str) -> str | None:
    """Return why this is no block that VPCs take addresses from; None if it is one."""
    try:
        block = ipaddress.IPv4Network(cidr)
    except ValueError as error:
        return f"it is no IPv4 block ({error})"
    if not is_private(block):
        return f"it is not within {', '.join(map(str, PRIVATE_USE))}, so that it hides who owns it"
    if block.prefixlen > SMALLEST_POOL:
        return f"it is smaller than /{SMALLEST_POOL}, which a few VPCs fit in"
    return None


def overlapping(blocks: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the names of two blocks that have addresses in common; None if no two have."""
    for (one, first), (other, second) in combinations(blocks.items(), 2):
        if ipaddress.IPv4Network(first).overlaps(ipaddress.IPv4Network(second)):
            return one, other
    return None
