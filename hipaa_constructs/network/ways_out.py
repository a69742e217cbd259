"""What depends on a ``PrivateVpc`` waits until its private subnets lead to AWS."""

from __future__ import annotations

from typing import cast

from aws_cdk import aws_ec2 as ec2
from constructs import Dependable, IConstruct

from hipaa_constructs.network.subnet_tier import SubnetTier
from hipaa_constructs.network.vpc_endpoints import VpcEndpoints


def wait_for_ways_out(vpc: ec2.IVpc, *, tier: SubnetTier, acl: ec2.NetworkAcl, endpoints: VpcEndpoints) -> None:
    """Have what depends on ``vpc`` wait for the routes, rules and endpoints of its private subnets.

    A VPC that is put together of parts has none of them below it, so CDK would wait for nothing.
    """
    Dependable.implement(vpc, _WaysOut(tier, acl, endpoints))


class _WaysOut(Dependable):
    def __init__(self, tier: SubnetTier, acl: ec2.NetworkAcl, endpoints: VpcEndpoints) -> None:
        super().__init__()
        self._tier, self._acl, self._endpoints = tier, acl, endpoints

    @property
    def dependency_roots(self) -> list[IConstruct]:
        gateways = (self._endpoints.s3, self._endpoints.dynamodb)
        routes = cast("list[IConstruct]", self._tier.routes)
        return [*routes, self._acl, *gateways, *self._endpoints.interfaces.values()]
