"""The network account: whose addresses are whose, and what connects the networks of an environment."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from constructs import Construct

from hipaa_constructs.landing_zone import names
from hipaa_constructs.landing_zone.config import OrganizationZoneConfig
from hipaa_constructs.landing_zone.network_section import OrganizationNetworkConfig
from hipaa_constructs.landing_zone.organization.role_stack import RoleStack
from hipaa_constructs.network.address_pools import AddressPools
from hipaa_constructs.network.transit_network import TransitNetwork


def define(scope: Construct, config: OrganizationZoneConfig) -> Sequence[cdk.Stack]:
    """Define the home Region's address pools, and a transit gateway in each Region; nothing without ``network``.

    Control Tower makes no such thing, unless its account factory is set to make VPCs
    (docs.aws.amazon.com/controltower/latest/userguide/vpc-concepts.html), whose addresses then have to be within the
    pools. Landing Zone Accelerator makes transit gateways and IPAM if its network-config.yaml says so; an account has
    one IPAM in a Region: leave them out there, or ``network`` here.
    """
    network = config.organization.network
    if network is None:
        return []
    return [
        AddressesStack(scope, f"{config.name}-Addresses", config=config, network=network),
        *(
            TransitStack(scope, f"{config.name}-Transit-{region}", config=config, network=network, region=region)
            for region in config.organization.all_regions
        ),
    ]


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
        archive = names.archive_of(config, region).traffic_bucket
        self.transit = TransitNetwork(
            self,
            "Transit",
            environments={
                environment: [network.attachments[one.name] for one in attached if one.environment == environment]
                for environment in network.addresses[region]
            },
            share_with=[one.account for one in here],
            flow_log_bucket_arn=f"arn:{cdk.Aws.PARTITION}:s3:::{archive}" if archive is not None else None,
        )
        cdk.CfnOutput(
            self,
            "TransitGatewayId",
            value=self.transit.transit_gateway.ref,
            description="For organization.network.transit_gateways of the configuration",
        )
