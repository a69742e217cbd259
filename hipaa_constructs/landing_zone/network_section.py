"""The configuration of an organization's network: addresses by Region and environment, and who is connected."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, model_validator

from hipaa_constructs.landing_zone.hub_section import EndpointsConfig, InspectionConfig, flow_fault, hub_fault
from hipaa_constructs.landing_zone.sections import ENDPOINT_PROFILE, TRANSIT_GATEWAY, Section
from hipaa_constructs.network.private_use import overlapping, unfit_pool

_Region = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
_Environment = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
_Attachment = Annotated[str, Field(pattern=r"^tgw-attach-[0-9a-f]{8,17}$")]


class OrganizationNetworkConfig(Section):
    """What connects the accounts, in the network account."""

    addresses: dict[_Region, Annotated[dict[_Environment, str], Field(min_length=1)]] = Field(
        description="By Region, each of the organization's, and environment: a private block of /20 or larger that its "
        "networks take addresses from. No two overlap."
    )
    transit_gateways: dict[_Region, Annotated[str, Field(pattern=TRANSIT_GATEWAY)]] = Field(
        {},
        description="By Region, the transit gateway that this role made there, from its stack's outputs; none: no "
        "workload attaches yet.",
    )
    attachments: dict[str, _Attachment] = Field(
        {},
        description="By workload, its attachment, once it is accepted: what is named here reaches its environment.",
    )
    inspection: dict[_Region, InspectionConfig] = Field(
        {},
        description="By Region, the firewall that networks reach the internet and other environments through; none: "
        "there is no way to either by the transit gateway.",
    )
    endpoints: dict[_Region, EndpointsConfig] = Field(
        {}, description="By Region, interface endpoints for all accounts; none: each network has its own alone."
    )
    profiles: dict[_Region, Annotated[str, Field(pattern=ENDPOINT_PROFILE)]] = Field(
        {},
        description="By Region, the Route 53 Profile of these endpoints, from their stack's outputs; none: no workload "
        "finds them yet.",
    )

    @model_validator(mode="after")
    def _addresses_fit(self) -> OrganizationNetworkConfig:
        named = {
            f"{region}.{environment}": block
            for region, blocks in self.addresses.items()
            for environment, block in blocks.items()
        }
        for name, block in named.items():
            fault = unfit_pool(block)
            if fault is not None:
                raise ValueError(f"organization.network.addresses.{name} is {block!r}: {fault}")
        pair = overlapping(named)
        if pair is not None:
            one, other = pair
            raise ValueError(
                f"organization.network.addresses.{one} is {named[one]} and {other} is {named[other]}, which overlap; "
                "give each addresses of its own"
            )
        seen: dict[str, str] = {}
        for workload, attachment in self.attachments.items():
            if attachment in seen:
                raise ValueError(
                    f"organization.network.attachments names {attachment} for {seen[attachment]} and for {workload}; "
                    "each workload has an attachment of its own"
                )
            seen[attachment] = workload
        return self


def network_fault(network: OrganizationNetworkConfig, regions: Sequence[str]) -> str | None:
    """Return what of a network is not of the organization's Regions; None if all is."""
    for region in regions:
        if region not in network.addresses:
            return (
                f"organization.network.addresses has no blocks for {region}, where the organization is; give it one "
                "for each environment"
            )
    for key in ("addresses", "transit_gateways", "inspection", "endpoints", "profiles"):
        for region in getattr(network, key):
            if region not in regions:
                return (
                    f"organization.network.{key} names the Region {region!r}, which is none of the organization's: "
                    f"{', '.join(regions)}"
                )
    return hub_fault(network.inspection, network.endpoints, network.addresses)


def attaching_fault(network: OrganizationNetworkConfig, attaching: dict[str, tuple[str, str, str]]) -> str | None:
    """Return why workloads cannot attach, each given with its Region, environment and addresses; None if all can."""
    for name, (region, environment, cidr) in attaching.items():
        block = network.addresses[region].get(environment)
        if block is None:
            return (
                f"the workload {name} is to attach in {region}, and organization.network.addresses.{region} has no "
                f"block for its environment, {environment}; give it one"
            )
        try:
            own = ipaddress.IPv4Network(cidr)
        except ValueError as error:
            return f"the workload {name} has the addresses {cidr!r}: {error}"
        if not own.subnet_of(ipaddress.IPv4Network(block)):
            return (
                f"the workload {name} is to attach in {region}, and its addresses {cidr} are not within {block}, which "
                f"are those of {environment} there; name some of these in its network.cidr"
            )
    for region in {region for region, _, _ in attaching.values()}:
        blocks = {name: cidr for name, (where, _, cidr) in attaching.items() if where == region}
        pair = overlapping(blocks)
        if pair is not None:
            one, other = pair
            return (
                f"the workloads {one} and {other} both attach in {region}, and their addresses, {blocks[one]} and "
                f"{blocks[other]}, overlap; give each a network.cidr of its own"
            )
    for name in network.attachments:
        if name not in attaching:
            return (
                f"organization.network.attachments names {name!r}, which is no workload with transit: true; those are "
                f"{', '.join(attaching) or 'none'}"
            )
        if attaching[name][0] not in network.transit_gateways:
            return (
                f"organization.network.attachments names {name}, and organization.network.transit_gateways has no "
                f"gateway in {attaching[name][0]}, where it is; name that too"
            )
    return flow_fault(network.inspection, network.addresses, attaching)
