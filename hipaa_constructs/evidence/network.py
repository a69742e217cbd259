"""What the templates say of networks: VPCs, subnets by tier, ways in and out, and what stands where."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown
from hipaa_constructs.compliance.facts.subnets import is_public
from hipaa_constructs.evidence.labels import kind_of, label_of
from hipaa_constructs.evidence.network_tenants import tenants_of

Tier = Literal["public", "outbound", "isolated", "unknown"]
TIER_WORDS: Mapping[Tier, str] = {
    "public": "route to an internet gateway",
    "outbound": "routes out of the VPC, none to an internet gateway",
    "isolated": "no route out of the VPC",
    "unknown": "routes known only at deployment",
}
_TIERS: tuple[Tier, ...] = tuple(TIER_WORDS)

_GATEWAYS: Mapping[str, str] = {
    "AWS::EC2::NatGateway": "NAT gateway",
    "AWS::EC2::EgressOnlyInternetGateway": "Egress-only internet gateway",
    "AWS::EC2::TransitGatewayAttachment": "Transit gateway attachment",
    "AWS::EC2::TransitGatewayVpcAttachment": "Transit gateway attachment",
    "AWS::EC2::VPCPeeringConnection": "Peering connection",
    "AWS::EC2::ClientVpnTargetNetworkAssociation": "Client VPN",
}
_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
# docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-route.html
_TARGETS: Mapping[str, str] = {
    "GatewayId": "a gateway of the VPC",
    "NatGatewayId": "a NAT gateway",
    "EgressOnlyInternetGatewayId": "an egress-only internet gateway",
    "TransitGatewayId": "a transit gateway",
    "VpcPeeringConnectionId": "a peering connection",
    "VpcEndpointId": "a VPC endpoint, as of a firewall",
    "NetworkInterfaceId": "a network interface",
    "InstanceId": "an instance",
    "CarrierGatewayId": "a carrier gateway",
    "LocalGatewayId": "a local gateway",
    "CoreNetworkArn": "a core network",
}
_FIREWALLS: Mapping[str, str] = {
    "AWS::EC2::NetworkAcl": "Network ACL",
    "AWS::NetworkFirewall::Firewall": "Network Firewall",
    "AWS::Route53Resolver::FirewallRuleGroupAssociation": "DNS firewall",
    "AWS::EC2::SecurityGroup": "Security group",
}
_SERVICE = re.compile(r"com\.amazonaws\.(?:vpce\.)?(?:\$\{[^}]*\}|[^.]+)\.(.+)")


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet: its zone and its address range, as far as they are known."""

    zone: str
    cidr: str


@dataclass(frozen=True, slots=True)
class SubnetGroup:
    """Subnets of one name and one tier, their routes out of the VPC, and what is placed in them."""

    name: str
    tier: Tier
    subnets: Sequence[Subnet]
    routes: Sequence[str]
    tenants: Sequence[str]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A private way to a service: ``Gateway``, ``Interface`` or another kind."""

    service: str
    kind: str


@dataclass(frozen=True, slots=True)
class Network:
    """A VPC; ``firewalls`` are what filters its traffic in it, security groups and network ACLs included."""

    name: str
    cidr: str
    region: str
    flow_logs: bool
    gateways: Sequence[str]
    firewalls: Sequence[str]
    endpoints: Sequence[Endpoint]
    groups: Sequence[SubnetGroup]


def networks_of(app: App) -> Sequence[Network]:
    """Return the VPCs of an app, in its templates' order."""
    vpcs = list(app.of_type("AWS::EC2::VPC"))
    if not vpcs:
        return []
    tenants = tenants_of(app)
    return [
        Network(
            name=label_of(vpc),
            cidr=_shown(vpc.get("CidrBlock")) or "address range from IPAM",
            region=vpc.template.region or "any Region",
            flow_logs=bool(app.referring(vpc, "AWS::EC2::FlowLog", "ResourceId")),
            gateways=_gateways(app, vpc),
            firewalls=_firewalls(app, vpc),
            endpoints=_endpoints(app, vpc),
            groups=_groups(app, vpc, tenants),
        )
        for vpc in vpcs
    ]


def _groups(app: App, vpc: Resource, tenants: Mapping[int, Sequence[Resource]]) -> Sequence[SubnetGroup]:
    grouped: dict[tuple[Tier, str], list[Resource]] = defaultdict(list)
    for subnet in app.referring(vpc, "AWS::EC2::Subnet", "VpcId"):
        tags = subnet.tags()
        name: object = None if isinstance(tags, Unknown) else tags.get("aws-cdk:subnet-name")
        grouped[_tier(app, subnet), name if isinstance(name, str) else ""].append(subnet)
    groups: list[SubnetGroup] = []
    for tier, name in sorted(grouped, key=lambda key: _TIERS.index(key[0])):
        subnets = grouped[tier, name]
        placed: dict[int, Resource] = {}
        for subnet in subnets:
            placed |= {id(resource): resource for resource in tenants.get(id(subnet), ())}
        groups.append(
            SubnetGroup(
                name=name or "Subnets",
                tier=tier,
                subnets=[
                    Subnet(_zone(subnet), _shown(subnet.get("CidrBlock")) or "range unknown") for subnet in subnets
                ],
                routes=list(dict.fromkeys(route for subnet in subnets for route in _routes(app, subnet))),
                tenants=[f"{kind_of(resource.type)}: {label_of(resource)}" for resource in placed.values()],
            )
        )
    return groups


def _tier(app: App, subnet: Resource) -> Tier:
    public = is_public(subnet)
    if public is Ternary.UNKNOWN:
        return "unknown"
    if public is Ternary.YES:
        return "public"
    for association in app.referring(subnet, "AWS::EC2::SubnetRouteTableAssociation", "SubnetId"):
        table = app.target(association.get("RouteTableId"), "AWS::EC2::RouteTable")
        if table is not None and app.referring(table, "AWS::EC2::Route", "RouteTableId"):
            return "outbound"
    return "isolated"


def _routes(app: App, subnet: Resource) -> Iterator[str]:
    """Yield where a subnet's route tables send traffic beside the VPC itself, gateway endpoints included."""
    for association in app.referring(subnet, "AWS::EC2::SubnetRouteTableAssociation", "SubnetId"):
        table = app.target(association.get("RouteTableId"), "AWS::EC2::RouteTable")
        if table is None:
            continue
        for route in app.referring(table, "AWS::EC2::Route", "RouteTableId"):
            given = (value for key in _DESTINATIONS if (value := route.get(key)) is not None)
            destination = next((_shown(value) or "a range known at deployment" for value in given), "anywhere")
            target = next((words for key, words in _TARGETS.items() if route.get(key) is not None), "an unknown target")
            yield f"{destination} to {target}"
        for endpoint in app.referring(table, "AWS::EC2::VPCEndpoint", "RouteTableIds"):
            yield f"{_service(endpoint)} to its gateway endpoint"


def _firewalls(app: App, vpc: Resource) -> Sequence[str]:
    found: list[str] = []
    for kind, words in _FIREWALLS.items():
        number = len(app.referring(vpc, kind, "VpcId"))
        if number:
            found.append(words if number == 1 else f"{number} \N{MULTIPLICATION SIGN} {words}")
    return found


def _zone(subnet: Resource) -> str:
    """Return the zone's name; CDK asks for the account's first, second and third zone by number."""
    zone = subnet.get("AvailabilityZone")
    if isinstance(zone, str):
        return zone
    raw = (subnet.raw.get("Properties") or {}).get("AvailabilityZone")
    choice = raw.get("Fn::Select") if isinstance(raw, dict) else None
    if isinstance(choice, list) and choice and str(choice[0]).isdigit():
        return f"zone {int(choice[0]) + 1}"
    return "zone unknown"


def _gateways(app: App, vpc: Resource) -> Sequence[str]:
    found: list[str] = []
    for attachment in app.referring(vpc, "AWS::EC2::VPCGatewayAttachment", "VpcId"):
        if attachment.get("InternetGatewayId") is not None:
            found.append("Internet gateway")
        if attachment.get("VpnGatewayId") is not None:
            found.append("VPN gateway")
    subnets = {id(subnet) for subnet in app.referring(vpc, "AWS::EC2::Subnet", "VpcId")}
    for kind, words in _GATEWAYS.items():
        for gateway in app.of_type(kind):
            ends = [app.target(gateway.get(key), "AWS::EC2::VPC") for key in ("VpcId", "PeerVpcId")]
            stands = app.target(gateway.get("SubnetId"), "AWS::EC2::Subnet")
            if any(end is vpc for end in ends) or id(stands) in subnets:
                found.append(words)
    return [
        words if (n := found.count(words)) == 1 else f"{n} \N{MULTIPLICATION SIGN} {words}"
        for words in dict.fromkeys(found)
    ]


def _endpoints(app: App, vpc: Resource) -> Sequence[Endpoint]:
    found: list[Endpoint] = []
    for endpoint in app.referring(vpc, "AWS::EC2::VPCEndpoint", "VpcId"):
        found.append(Endpoint(_service(endpoint), _shown(endpoint.get("VpcEndpointType")) or "Gateway"))
    return found


def _service(endpoint: Resource) -> str:
    service = _shown(endpoint.get("ServiceName")) or "service unknown"
    known = _SERVICE.fullmatch(service)
    return known.group(1) if known else service


def _shown(value: Any) -> str:
    return str(value) if isinstance(value, str) else ""
