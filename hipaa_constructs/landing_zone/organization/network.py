"""The network account: whose addresses are whose, and what connects the networks of an environment."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from hipaa_constructs.cloudformation.partitions import partition_of
from hipaa_constructs.landing_zone import names
from hipaa_constructs.landing_zone.config import OrganizationZoneConfig
from hipaa_constructs.landing_zone.network_section import OrganizationNetworkConfig
from hipaa_constructs.landing_zone.organization.role_stack import RoleStack
from hipaa_constructs.network.address_pools import AddressPools
from hipaa_constructs.network.firewall_rules import InternalFlow
from hipaa_constructs.network.hub_routes import HubRoutes
from hipaa_constructs.network.inspection_vpc import InspectionVpc
from hipaa_constructs.network.shared_endpoints import SharedEndpoints
from hipaa_constructs.network.traffic_logs import ArchivedFlowLogs
from hipaa_constructs.network.transit import ANYWHERE
from hipaa_constructs.network.transit_network import TransitNetwork


def define(scope: Construct, config: OrganizationZoneConfig) -> Sequence[cdk.Stack]:
    """Define the home Region's address pools, and in each Region a transit gateway with what it leads to.

    Nothing is made without ``network``, and no firewall or endpoints in a Region that they do not name.

    Control Tower makes no such thing, unless its account factory is set to make VPCs
    (docs.aws.amazon.com/controltower/latest/userguide/vpc-concepts.html), whose addresses then have to be within the
    pools. Landing Zone Accelerator makes transit gateways, firewalls, endpoints and IPAM if its network-config.yaml
    says so; an account has one IPAM in a Region: leave them out there, or ``network`` here.
    """
    network = config.organization.network
    if network is None:
        return []
    stacks: list[cdk.Stack] = [
        AddressesStack(scope, f"{config.name}-Addresses", config=config, network=network),
    ]
    for region in config.organization.all_regions:
        transit = TransitStack(scope, f"{config.name}-Transit-{region}", config=config, network=network, region=region)
        stacks.append(transit)
        # Each of them has a VPC, and the function that closes its default security group is one in a stack.
        if region in network.inspection:
            stacks.append(
                InspectionStack(
                    scope, f"{config.name}-Inspection-{region}", config=config, network=network, transit=transit
                )
            )
        if region in network.endpoints:
            stacks.append(
                EndpointsStack(
                    scope, f"{config.name}-Endpoints-{region}", config=config, network=network, transit=transit
                )
            )
    return stacks


class AddressesStack(RoleStack):
    """The address pools of all Regions, each environment's shared with the workloads that are in it."""

    def __init__(
        self, scope: Construct, construct_id: str, *, config: OrganizationZoneConfig, network: OrganizationNetworkConfig
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            config=config,
            role="network",
            description="Private addresses of the organization by Region and environment",
        )
        accounts: dict[str, list[str]] = {}
        for one in config.organization.workloads:
            accounts.setdefault(one.environment, []).append(one.account)
        named = {environment for blocks in network.addresses.values() for environment in blocks}
        self.pools = AddressPools(
            self,
            "Pools",
            pools=network.addresses,
            share_with={environment: of for environment, of in accounts.items() if environment in named},
        )


class TransitStack(RoleStack):
    """A Region's transit gateway, shared with the workloads that run and attach there."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: OrganizationZoneConfig,
        network: OrganizationNetworkConfig,
        region: str,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            config=config,
            role="network",
            region=region,
            description=f"Connects the networks of each environment in {region}",
        )
        organization = config.organization
        here = [one for one in organization.workloads if one.transit and organization.regions_of(one)[0] == region]
        attached = [one for one in here if one.name in network.attachments]
        self.attached = [network.attachments[one.name] for one in attached]
        self.transit = TransitNetwork(
            self,
            "Transit",
            environments={
                environment: [network.attachments[one.name] for one in attached if one.environment == environment]
                for environment in network.addresses[region]
            },
            share_with=[one.account for one in here],
            flow_log_bucket_arn=_archive(config, region),
        )
        cdk.CfnOutput(
            self,
            "TransitGatewayId",
            value=self.transit.transit_gateway.ref,
            description="For organization.network.transit_gateways of the configuration",
        )


class InspectionStack(RoleStack):
    """A Region's firewall: where each environment's networks go for whatever is not in their environment."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: OrganizationZoneConfig,
        network: OrganizationNetworkConfig,
        transit: TransitStack,
    ) -> None:
        region = transit.region
        super().__init__(
            scope,
            construct_id,
            config=config,
            role="network",
            region=region,
            description=f"The way to the internet and between environments in {region}, past a firewall",
        )
        given = network.inspection[region]
        self.inspection = InspectionVpc(
            self,
            "Inspection",
            transit_gateway_id=transit.transit.transit_gateway.ref,
            private_cidrs=list(network.addresses[region].values()),
            availability_zones=given.zones,
            allowed_domains=given.allowed_domains,
            internal_flows=[
                InternalFlow(
                    source=config.block_of(flow.source, region),
                    destination=config.block_of(flow.destination, region),
                    port=443,
                )
                for flow in given.flows
            ],
            cidr=given.cidr,
            reserve_concurrency=config.reserve_concurrency,
        )
        _connect(self, self.inspection, transit, _archive(config, region))
        ways = Construct(self, "Ways")
        for environment, table in transit.transit.route_tables.items():
            ec2.CfnTransitGatewayRoute(
                ways,
                environment,
                transit_gateway_route_table_id=table.ref,
                destination_cidr_block=ANYWHERE,
                transit_gateway_attachment_id=self.inspection.attachment_id,
            )


class EndpointsStack(RoleStack):
    """A Region's interface endpoints, which every environment's networks reach, and which reach none by themselves."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: OrganizationZoneConfig,
        network: OrganizationNetworkConfig,
        transit: TransitStack,
    ) -> None:
        region, organization = transit.region, config.organization
        super().__init__(
            scope,
            construct_id,
            config=config,
            role="network",
            region=region,
            description=f"Endpoints of AWS services for all accounts in {region}",
        )
        given = network.endpoints[region]
        self.endpoints = SharedEndpoints(
            self,
            "Endpoints",
            organization_arn=f"arn:{partition_of(region)}:organizations::{organization.accounts.management}"
            f":organization/{organization.id}",
            transit_gateway_id=transit.transit.transit_gateway.ref,
            private_cidrs=list(network.addresses[region].values()),
            cidr=given.cidr,
            max_azs=given.zones,
            interface_endpoints=[ec2.InterfaceVpcEndpointAwsService(name) for name in given.services],
            reserve_concurrency=config.reserve_concurrency,
        )
        _connect(self, self.endpoints, transit, _archive(config, region))
        # More specific than the way to a firewall, so that nothing pays for passing it on the way to AWS.
        ways = Construct(self, "Ways")
        for environment, table in transit.transit.route_tables.items():
            ec2.CfnTransitGatewayRouteTablePropagation(
                ways,
                environment,
                transit_gateway_route_table_id=table.ref,
                transit_gateway_attachment_id=self.endpoints.attachment_id,
            )
        cdk.CfnOutput(
            self, "ProfileId", value=self.endpoints.profile_id, description="For organization.network.profiles"
        )


def _archive(config: OrganizationZoneConfig, region: str) -> str | None:
    """Return the bucket of the log archive that flow logs go to; None without an archive."""
    bucket = names.archive_of(config, region).traffic_bucket
    return f"arn:{cdk.Aws.PARTITION}:s3:::{bucket}" if bucket is not None else None


def _connect(
    stack: RoleStack, hub: InspectionVpc | SharedEndpoints, transit: TransitStack, bucket_arn: str | None
) -> None:
    """Have a hub's flow logs archived too, and let it answer the networks that are attached."""
    if bucket_arn is not None:
        ArchivedFlowLogs(stack, "ArchivedFlowLogs", vpc_id=hub.vpc_id, bucket_arn=bucket_arn)
    HubRoutes(
        stack,
        "Routes",
        transit_gateway_id=transit.transit.transit_gateway.ref,
        attachment_id=hub.attachment_id,
        served=transit.attached,
    )
