"""The private subnets of a VPC and their zones. They are asked for once, since Node answers each question."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from weakref import WeakKeyDictionary

from aws_cdk import aws_ec2 as ec2


def private_subnets(vpc: ec2.IVpc) -> Sequence[ec2.ISubnet]:
    """Return the subnets with a way out."""
    subnets = _SUBNETS.get(vpc)
    if subnets is None:
        subnets = _SUBNETS[vpc] = tuple(vpc.private_subnets)
    return subnets


def private_subnet_ids(vpc: ec2.IVpc) -> Sequence[str]:
    """Return the ids of the subnets with a way out."""
    ids = _IDS.get(vpc)
    if ids is None:
        ids = _IDS[vpc] = tuple(subnet.subnet_id for subnet in private_subnets(vpc))
    return ids


def private_zones(vpc: ec2.IVpc) -> Collection[str]:
    """Return the zones of the subnets with a way out."""
    zones = _ZONES.get(vpc)
    if zones is None:
        zones = _ZONES[vpc] = frozenset(subnet.availability_zone for subnet in private_subnets(vpc))
    return zones


_SUBNETS: WeakKeyDictionary[ec2.IVpc, Sequence[ec2.ISubnet]] = WeakKeyDictionary()
_IDS: WeakKeyDictionary[ec2.IVpc, Sequence[str]] = WeakKeyDictionary()
_ZONES: WeakKeyDictionary[ec2.IVpc, Collection[str]] = WeakKeyDictionary()
