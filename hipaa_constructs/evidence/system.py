"""The whole system at a glance: who calls what over which protocol and port, where data is, and where it goes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import Ternary, as_items, as_text, is_one_of, is_present, spread
from hipaa_constructs.compliance.classification import DataClassification
from hipaa_constructs.evidence.labels import label_of, shorten_path, some
from hipaa_constructs.evidence.model import Evidence, StoreEvidence
from hipaa_constructs.evidence.network import Network
from hipaa_constructs.evidence.reach_network import admitted, network_reach

_INTERNET = "the Internet"
_VPC = "inside the VPC"
# What a service of somebody else's than AWS's is called, to which an endpoint leads.
_OFFERED = re.compile(r"vpce-svc-\w+")


@dataclass(frozen=True, slots=True, order=True)
class Way:
    """A way in or out: who or whither, what it leads to or comes from, and by which protocol and port."""

    party: str
    at: str
    by: str


@dataclass(frozen=True, slots=True)
class System:
    """What the templates make, whole: ways in, data stores by Region, ways out."""

    title: str
    ways_in: Sequence[Way]
    regions: Mapping[str, Sequence[StoreEvidence]]
    ways_out: Sequence[Way]


def system_of(evidence: Evidence, networks: Sequence[Network]) -> System:
    """Return the system that the templates make; stores of logs and notices, and those without PHI, are left out."""
    regions: dict[str, list[StoreEvidence]] = {}
    for store in evidence.inventory:
        if store.role in ("data", "copy") and store.classification is not DataClassification.NO_PHI:
            regions.setdefault(store.region or "any Region", []).append(store)
    accounts = sorted({template.account for template in evidence.templates if template.account})
    where = f"account {', '.join(accounts)}" if accounts else "any account"
    stacks = some(len(evidence.templates), "stack")
    return System(
        title=f"{stacks} in {where}, {', '.join(regions) or 'without stores of PHI'}",
        ways_in=_once(_ways_in(evidence.app)),
        regions=regions,
        ways_out=_once(_ways_out(evidence, networks)),
    )


def _once(ways: Iterator[Way]) -> Sequence[Way]:
    return list(dict.fromkeys(ways))


def _ways_in(app: App) -> Iterator[Way]:
    for kind, ways in _ENTRIES.items():
        for resource in app.of_type(kind):
            yield from ways(app, resource)
    for store, source in network_reach(app):
        name, _, port = source.partition(", ")
        yield Way(name, label_of(store), port or "any protocol that its security groups admit")


def _balancer(app: App, listener: Resource) -> Iterator[Way]:
    balancer = app.target(listener.get("LoadBalancerArn"), "AWS::ElasticLoadBalancingV2::LoadBalancer")
    scheme = is_one_of(balancer.get("Scheme"), "internal") if balancer is not None else Ternary.UNKNOWN
    who = {Ternary.YES: _VPC, Ternary.NO: _INTERNET}.get(scheme, "callers known at deployment")
    yield Way(who, label_of(balancer or listener), f"{_text(listener, 'Protocol')} port {_text(listener, 'Port')}")


def _offered(app: App, service: Resource) -> Iterator[Way]:
    """Yield who may make an endpoint to a service that is offered to others; nobody, if nobody is told."""
    told = app.referring(service, "AWS::EC2::VPCEndpointServicePermissions", "ServiceId")
    callers = [as_text(one) for permission in told for one in as_items(permission.get("AllowedPrincipals"))]
    for balancer in as_items(service.get("NetworkLoadBalancerArns")):
        at = app.target(balancer, "AWS::ElasticLoadBalancingV2::LoadBalancer")
        for caller in callers:
            who = caller if isinstance(caller, str) else "callers known at deployment"
            yield Way(who, label_of(at or service), "VPC endpoints, on the ports of its listeners")


def _rest_api(app: App, api: Resource) -> Iterator[Way]:
    types = [as_text(one) for one in as_items(api.get("EndpointConfiguration.Types"))]
    private = is_one_of(types[0], "PRIVATE") if types else Ternary.NO
    yield Way("VPC endpoints" if private is Ternary.YES else _INTERNET, label_of(api), "HTTPS port 443")


def _public_https(app: App, resource: Resource) -> Iterator[Way]:
    yield Way(_INTERNET, label_of(resource), "HTTPS port 443")


def _socket_api(app: App, api: Resource) -> Iterator[Way]:
    kind = _text(api, "ProtocolType")
    yield Way(_INTERNET, label_of(api), "WSS port 443" if kind == "WEBSOCKET" else "HTTPS port 443")


def _transfer(app: App, server: Resource) -> Iterator[Way]:
    protocols = [as_text(one) for one in as_items(server.get("Protocols"))] or ["SFTP"]
    spoken = ", ".join(one if isinstance(one, str) else "known at deployment" for one in protocols)
    sources = list(admitted(app, server.get("EndpointDetails.SecurityGroupIds")))
    for source in sources:
        name, _, port = source.partition(", ")
        yield Way(name, label_of(server), f"{spoken}, {port}" if port else spoken)
    if not sources:
        in_vpc = is_one_of(server.get("EndpointType"), "VPC", "VPC_ENDPOINT") is Ternary.YES
        addressed = is_present(server.get("EndpointDetails.AddressAllocationIds")) is not Ternary.NO
        yield Way(_VPC if in_vpc and not addressed else _INTERNET, label_of(server), spoken)


_ENTRIES: Mapping[str, Callable[[App, Resource], Iterator[Way]]] = {
    "AWS::ApiGateway::RestApi": _rest_api,
    "AWS::ApiGatewayV2::Api": _socket_api,
    "AWS::AppSync::GraphQLApi": _public_https,
    "AWS::CloudFront::Distribution": _public_https,
    "AWS::EC2::VPCEndpointService": _offered,
    "AWS::ElasticLoadBalancingV2::Listener": _balancer,
    "AWS::Lambda::Url": _public_https,
    "AWS::Transfer::Server": _transfer,
}


def _ways_out(evidence: Evidence, networks: Sequence[Network]) -> Iterator[Way]:
    app = evidence.app
    for network in networks:
        for gateway in network.gateways:
            yield Way("beyond the VPC", network.name, gateway)
        offered = [one.service for one in network.endpoints if _OFFERED.search(one.service)]
        if aws := len(network.endpoints) - len(offered):
            yield Way("AWS's services", network.name, f"HTTPS, {some(aws, 'VPC endpoint')}")
        yield from (Way(f"somebody's service {service}", network.name, "VPC endpoint") for service in offered)
    for store in evidence.inventory:
        name = shorten_path(str(store.resource))
        for copy in store.copies if store.role != "copy" else ():
            by = "replication" if copy.startswith(("replica", "read replica")) else "AWS Backup"
            if not store.region or not copy.endswith(f" in {store.region}"):
                yield Way(copy, name, by)
    for subscription in app.of_type("AWS::SNS::Subscription"):
        protocol = _text(subscription, "Protocol")
        if protocol not in ("lambda", "sqs", "firehose"):
            topic = app.target(subscription.get("TopicArn"), "AWS::SNS::Topic")
            yield Way("subscribers of notices", label_of(topic or subscription), protocol)
    for stream in app.of_type("AWS::KinesisFirehose::DeliveryStream"):
        for url in spread(stream.properties, "HttpEndpointDestinationConfiguration.EndpointConfiguration.Url"):
            if url is not None:
                yield Way(str(as_text(url) or "an address"), label_of(stream), "HTTPS")


def _text(resource: Resource, path: str) -> str:
    text = as_text(resource.get(path))
    return text if isinstance(text, str) else "of a kind known at deployment"
