"""The configuration of what serves all networks of a Region: the firewall between them, and endpoints for all."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field

from hipaa_constructs.compliance.availability import is_absent
from hipaa_constructs.landing_zone.sections import Section
from hipaa_constructs.network.allowed_domains import MOST, unfit_domain
from hipaa_constructs.network.endpoint_names import unfit_to_share
from hipaa_constructs.network.private_use import is_private, overlapping

_Zone = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d[a-z]$")]
_Service = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*[a-z0-9]$")]
# What a VPC for one purpose takes: see network/address_plan.py.
_LARGEST, _SMALLEST = 16, 24
# What InspectionVpc and SharedEndpoints route to.
_MOST_NETWORKS = 40


class FlowConfig(Section):
    """What passes from one environment to another: HTTPS, which alone the network ACLs of workloads let through."""

    source: str = Field(description="Who opens connections: an environment, or a workload with transit: true.")
    destination: str = Field(description="Who answers: an environment, or a workload with transit: true.")


class InspectionConfig(Section):
    """A Region's firewall, which networks reach the internet and other environments through."""

    zones: tuple[_Zone, ...] = Field(
        strict=False,
        min_length=2,
        max_length=3,
        description="Two or three zones by the names that the network account has for them, those where workloads are.",
    )
    allowed_domains: tuple[str, ...] = Field(
        strict=False,
        min_length=1,
        max_length=MOST,
        description="What may be reached on the internet: api.example.com is that name, .example.com it and all below.",
    )
    flows: tuple[FlowConfig, ...] = Field(
        (), strict=False, max_length=100, description="What passes between environments; none: nothing does."
    )
    cidr: str = Field(
        "100.64.0.0/24", description="Addresses of its own, a private block of /16 to /24 that no other network has."
    )


class EndpointsConfig(Section):
    """A Region's interface endpoints for all accounts."""

    services: tuple[_Service, ...] = Field(
        (),
        strict=False,
        description="AWS's short names of services, such as sqs, beside those that each workload has: see PrivateVpc.",
    )
    zones: int = Field(3, ge=2, le=3, description="In how many availability zones, 2 or 3.")
    cidr: str = Field(
        "100.64.1.0/24", description="Addresses of its own, a private block of /16 to /24 that no other network has."
    )


def hub_fault(
    inspection: Mapping[str, InspectionConfig],
    endpoints: Mapping[str, EndpointsConfig],
    addresses: Mapping[str, Mapping[str, str]],
) -> str | None:
    """Return what does not fit of them or the environments' addresses, by Region; None if all does."""
    return next(_faults(inspection, endpoints, addresses), None)


def flow_fault(
    inspection: Mapping[str, InspectionConfig],
    addresses: Mapping[str, Mapping[str, str]],
    attaching: Mapping[str, tuple[str, str, str]],
) -> str | None:
    """Return which flow has no such ends, or needs no firewall; workloads as for ``attaching_fault``."""
    for region, one in inspection.items():
        here = {name: environment for name, (where, environment, _) in attaching.items() if where == region}
        known = {**{environment: environment for environment in addresses[region]}, **here}
        named: set[tuple[str, str]] = set()
        for flow in one.flows:
            key = f"organization.network.inspection.{region}.flows"
            for end in (flow.source, flow.destination):
                if end not in known:
                    return (
                        f"{key} names {end!r}, which is neither an environment nor a workload with transit: true; "
                        f"there are {', '.join(sorted(known))}"
                    )
            if known[flow.source] == known[flow.destination]:
                return (
                    f"{key} names {flow.source} to {flow.destination}, which are both of {known[flow.source]}; within "
                    "an environment networks reach one another without it: leave it out"
                )
            if (flow.source, flow.destination) in named:
                return f"{key} names {flow.source} to {flow.destination} twice; leave the second out"
            named.add((flow.source, flow.destination))
    return None


def _faults(
    inspection: Mapping[str, InspectionConfig],
    endpoints: Mapping[str, EndpointsConfig],
    addresses: Mapping[str, Mapping[str, str]],
) -> Iterator[str]:
    for region, blocks in addresses.items():
        vpcs = {
            f"{key}.{region}.cidr": of[region].cidr
            for key, of in (("inspection", inspection), ("endpoints", endpoints))
            if region in of
        }
        yield from (_unfit(name, cidr) for name, cidr in vpcs.items() if _unfit(name, cidr))
        pair = overlapping({**{f"addresses.{region}.{name}": block for name, block in blocks.items()}, **vpcs})
        if pair is not None:
            yield (
                f"organization.network.{pair[0]} and organization.network.{pair[1]} overlap; give each addresses of "
                "its own"
            )
        if vpcs and len(blocks) > _MOST_NETWORKS:
            yield (
                f"organization.network.addresses.{region} has {len(blocks)} environments, and inspection and endpoints "
                f"take {_MOST_NETWORKS}; put some together"
            )
    for region, one in inspection.items():
        key = f"organization.network.inspection.{region}"
        if is_absent("AWS::NetworkFirewall::Firewall", region):
            yield f"{key} is given, and {region} has no Network Firewall; leave it out"
        for zone in one.zones:
            if zone[:-1] != region or one.zones.count(zone) > 1:
                yield f"{key}.zones names {zone!r}; name zones of {region}, each once, like {region}a"
        for domain in one.allowed_domains:
            fault = unfit_domain(domain)
            if fault is not None:
                yield f"{key}.allowed_domains names {domain!r}: {fault[0]}. {fault[1].removesuffix('.')}"
            if one.allowed_domains.count(domain) > 1:
                yield f"{key}.allowed_domains names {domain!r} twice; leave the second out"
    for region, shared in endpoints.items():
        key = f"organization.network.endpoints.{region}"
        if is_absent("AWS::Route53Profiles::Profile", region):
            yield f"{key} is given, and {region} has no Route 53 Profiles; leave it out"
        for name in shared.services:
            unfit = unfit_to_share(name)
            if unfit is not None:
                yield f"{key}.services names {name!r}: {unfit[0]}. {unfit[1].removesuffix('.')}"
            if is_absent(name, region, kind="endpoint_services") or shared.services.count(name) > 1:
                yield f"{key}.services names {name!r}, which {region} does not have, or twice; leave it out"


def _unfit(key: str, cidr: str) -> str:
    try:
        block = ipaddress.IPv4Network(cidr)
    except ValueError as error:
        return f"organization.network.{key} is {cidr!r}: {error}"
    if not _LARGEST <= block.prefixlen <= _SMALLEST or not is_private(block):
        return f"organization.network.{key} is {cidr!r}; it takes a private block of /{_LARGEST} to /{_SMALLEST}"
    return ""
