"""VPCs: endpoints, NAT gateways, addresses, VPNs, transit, network firewalls."""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, is_one_of
from hipaa_constructs.cost.items import HOURS, Case, Family, Item, hours, matching, text_of
from hipaa_constructs.cost.meters.clinical import calls

# By which data leaves for the internet.
WAYS_OUT = ("AWS::EC2::VPC", "AWS::CloudFront::Distribution")
_ATTACHMENTS = ("AWS::EC2::TransitGatewayAttachment", "AWS::EC2::TransitGatewayVpcAttachment")


def _kind(endpoint: Resource) -> str:
    return text_of(endpoint.get("VpcEndpointType"), "VpcEndpointType", "Gateway")


def _is(endpoint: Resource, kind: str) -> bool:
    return is_one_of(endpoint.get("VpcEndpointType"), kind) is Ternary.YES


def _endpoint(case: Case) -> Iterator[Item]:
    kind = _kind(case.resource)
    if kind == "GatewayLoadBalancer":
        yield hours("vpc.gateway_load_balancer_endpoint_hour", f"an endpoint in {case.zones} zones", case.zones)
    elif kind != "Gateway":
        yield hours("vpc.interface_endpoint_hour", f"an endpoint in {case.zones} zones", case.zones)
        gigabytes = case.use("network.endpoint_gb") / case.app.cached(
            f"cost: how many {kind} endpoints",
            lambda app: len(matching(app.of_type(case.resource.type), lambda one: _is(one, kind))),
        )
        why = "traffic of all interface endpoints, shared evenly"
        yield Item("vpc.interface_endpoint_gb", gigabytes, why, ("network.endpoint_gb",))
        yield from calls(case)


def _nat(case: Case) -> Iterator[Item]:
    yield hours("vpc.nat_gateway_hour", "a NAT gateway", choice="nat")
    if case.text("ConnectivityType", "public") == "public":
        yield hours("vpc.public_ipv4_hour", "its public address", choice="nat")
    gigabytes = case.share("network.nat_gb")
    yield Item(
        "vpc.nat_gateway_gb", gigabytes, "traffic of all NAT gateways, shared evenly", ("network.nat_gb",), "nat"
    )


def _address(case: Case) -> Iterator[Item]:
    # That of a NAT gateway stands with the gateway.
    gateways = case.app.of_type("AWS::EC2::NatGateway")
    if not any(
        gateway.template.target(gateway.get("AllocationId"), case.resource.type) is case.resource
        for gateway in gateways
    ):
        yield hours("vpc.public_ipv4_hour", "a public address", choice="nat")


def _vpc(case: Case) -> Iterator[Item]:
    between = case.share("network.zones_gb") * 2
    why = "traffic between zones of all VPCs, shared evenly, billed on both sides"
    yield Item("transfer.between_zones_gb", between, why, ("network.zones_gb",), choice="transfer")
    out = case.share("network.out_gb", *WAYS_OUT)
    why = "data out to the internet, shared evenly among VPCs and CloudFront"
    yield Item("transfer.internet_out_gb", out, why, ("network.out_gb",), choice="transfer")


def _vpn(case: Case) -> Iterator[Item]:
    yield hours("vpc.vpn_connection_hour", "a VPN connection of two tunnels", choice="vpn")


def _attachment(case: Case) -> Iterator[Item]:
    yield hours("vpc.transit_gateway_attachment_hour", "an attachment", choice="transit_gateway")
    # The account whose network sends it pays: aws.amazon.com/transit-gateway/pricing
    gigabytes = case.share("network.transit_gb", *_ATTACHMENTS)
    why = "what attached networks send, shared evenly"
    yield Item("vpc.transit_gateway_gb", gigabytes, why, ("network.transit_gb",), "transit_gateway")


def _address_manager(case: Case) -> Iterator[Item]:
    if case.text("Tier", "advanced") == "advanced":
        quantity = case.use("network.managed_addresses") * HOURS
        why = "active addresses of all accounts that it manages"
        yield Item("vpc.ipam_address_hour", quantity, why, ("network.managed_addresses",), "address_manager")


def _firewall(case: Case) -> Iterator[Item]:
    zones = max(1, len(case.listed("SubnetMappings")))
    yield hours("networkfirewall.endpoint_hour", f"a firewall's endpoints in {zones} zones", zones, "firewall")
    gigabytes = case.share("network.inspected_gb")
    why = "traffic of all firewalls, shared evenly"
    yield Item("networkfirewall.gb", gigabytes, why, ("network.inspected_gb",), "firewall")


FAMILY = Family(
    choice="endpoints",
    units={
        "vpc.interface_endpoint_hour": "endpoint-AZ-hour",
        "vpc.interface_endpoint_gb": "GB",
        "vpc.gateway_load_balancer_endpoint_hour": "endpoint-AZ-hour",
        "vpc.nat_gateway_hour": "gateway-hour",
        "vpc.nat_gateway_gb": "GB",
        "vpc.public_ipv4_hour": "address-hour",
        "vpc.vpn_connection_hour": "connection-hour",
        "vpc.transit_gateway_attachment_hour": "attachment-hour",
        "vpc.transit_gateway_gb": "GB",
        "vpc.ipam_address_hour": "address-hour",
        "transfer.between_zones_gb": "GB",
        "transfer.internet_out_gb": "GB",
        "networkfirewall.endpoint_hour": "endpoint-hour",
        "networkfirewall.gb": "GB",
    },
    meters={
        "AWS::EC2::VPCEndpoint": _endpoint,
        "AWS::EC2::NatGateway": _nat,
        "AWS::EC2::EIP": _address,
        "AWS::EC2::VPC": _vpc,
        "AWS::EC2::VPNConnection": _vpn,
        **dict.fromkeys(_ATTACHMENTS, _attachment),
        "AWS::EC2::IPAM": _address_manager,
        "AWS::NetworkFirewall::Firewall": _firewall,
    },
)
