"""The subnets of a VPC, tier by tier, and the parts presented as one ``ec2.IVpc``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from aws_cdk import aws_ec2 as ec2
from constructs import Construct, DependencyGroup

from hipaa_constructs.network.address_plan import AddressPlan
from hipaa_constructs.network.subnet_tier import SubnetTier


def define_tiers(
    scope: Construct,
    *,
    resource: ec2.CfnVPC,
    plan: AddressPlan,
    zones: Sequence[str],
    nat_gateways: int,
    load_balancer_subnets: bool,
) -> dict[str, SubnetTier]:
    """Define private and isolated subnets, and an internet gateway only if a public tier is asked for."""

    def define(name: str, subnet_type: str, blocks: Sequence[str]) -> SubnetTier:
        tiers[name] = SubnetTier(scope, name, vpc_id=vpc_id, subnet_type=subnet_type, cidr_blocks=blocks, zones=zones)
        return tiers[name]

    vpc_id = resource.ref
    tiers: dict[str, SubnetTier] = {}
    private = define("Private", "Private", plan.private)
    define("Isolated", "Isolated", plan.isolated)
    if not nat_gateways and not load_balancer_subnets:
        return tiers
    gateway = ec2.CfnInternetGateway(scope, "InternetGateway")
    attachment = ec2.CfnVPCGatewayAttachment(
        scope, "InternetGatewayAttachment", vpc_id=vpc_id, internet_gateway_id=gateway.ref
    )
    if nat_gateways:
        egress = define("Egress", "Public", plan.egress)
        egress.route_to_internet(attachment, gateway)
        private.route_through(egress, nat_gateways)
    if load_balancer_subnets:
        define("LoadBalancer", "Public", plan.load_balancers).route_to_internet(attachment, gateway)
    return tiers


def assemble_vpc(
    scope: Construct,
    *,
    resource: ec2.CfnVPC,
    plan: AddressPlan,
    zones: Sequence[str],
    tiers: Mapping[str, SubnetTier],
) -> ec2.IVpc:
    """Present the parts as one VPC.

    CDK's own ``Vpc`` asks the account for its zones wherever the stack names its account, even if it is told them. The
    subnets of NAT gateways stay out: a load balancer may only be in one subnet per zone, and nothing else goes there.
    """
    private, isolated, public = tiers["Private"], tiers["Isolated"], tiers.get("LoadBalancer")
    count = len(zones)
    vpc = ec2.Vpc.from_vpc_attributes(
        scope,
        "Vpc",
        vpc_id=resource.ref,
        vpc_cidr_block=plan.vpc,
        availability_zones=list(zones),
        private_subnet_ids=private.ids,
        private_subnet_names=["Private"],
        private_subnet_route_table_ids=private.route_table_ids,
        private_subnet_ipv4_cidr_blocks=list(plan.private[:count]),
        isolated_subnet_ids=isolated.ids,
        isolated_subnet_names=["Isolated"],
        isolated_subnet_route_table_ids=isolated.route_table_ids,
        isolated_subnet_ipv4_cidr_blocks=list(plan.isolated[:count]),
        public_subnet_ids=public.ids if public else None,
        public_subnet_names=["LoadBalancer"] if public else None,
        public_subnet_route_table_ids=public.route_table_ids if public else None,
        public_subnet_ipv4_cidr_blocks=list(plan.load_balancers[:count]) if public else None,
    )
    if "Egress" in tiers:
        _connect(vpc.private_subnets, private)
    if public:
        _connect(vpc.public_subnets, public)
    return vpc


def _connect(subnets: Sequence[ec2.ISubnet], tier: SubnetTier) -> None:
    """Have what is put into a subnet wait for the tier's routes, as with CDK's own subnets."""
    routes = tier.routes
    for subnet in subnets:
        cast("DependencyGroup", subnet.internet_connectivity_established).add(*routes)
