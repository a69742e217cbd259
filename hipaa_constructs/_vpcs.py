"""The private subnets of a VPC and their zones."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from aws_cdk import aws_ec2 as ec2

from hipaa_constructs._asked import AskedOnce


@AskedOnce
def private_subnets(vpc: ec2.IVpc) -> Sequence[ec2.ISubnet]:
    """Return the subnets with a way out."""
    return tuple(vpc.private_subnets)


@AskedOnce
def private_subnet_ids(vpc: ec2.IVpc) -> Sequence[str]:
    """Return the ids of the subnets with a way out."""
    return tuple(subnet.subnet_id for subnet in private_subnets(vpc))


@AskedOnce
def private_zones(vpc: ec2.IVpc) -> Collection[str]:
    """Return the zones of the subnets with a way out."""
    return frozenset(subnet.availability_zone for subnet in private_subnets(vpc))
