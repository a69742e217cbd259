"""Which subnets are public, by a route to an internet gateway, and which have any way out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from hipaa_constructs.cloudformation.model import App, Resource, Template
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Reference,
    Resolved,
    Ternary,
    any_of,
    is_false,
    is_one_of,
    is_present,
    same,
)
from hipaa_constructs.cloudformation.written import Source, written_at
from hipaa_constructs.compliance.facts.mentions import users_in_template, users_of
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Verdict, failed, listed, unknown

_BALANCERS = ("AWS::ElasticLoadBalancing::LoadBalancer", "AWS::ElasticLoadBalancingV2::LoadBalancer")
_NAT = "AWS::EC2::NatGateway"
# What says something of a subnet, and places nothing in it.
_ATTACHED = ("AWS::EC2::SubnetNetworkAclAssociation", "AWS::EC2::SubnetRouteTableAssociation")
# What gets a public address by a setting of its own, or none.
_ADDRESSED_OTHERWISE = (
    "AWS::AmazonMQ::Broker",
    "AWS::ApiGatewayV2::VpcLink",
    "AWS::AppRunner::VpcConnector",
    "AWS::CodeBuild::Project",
    "AWS::DAX::SubnetGroup",
    "AWS::DMS::ReplicationSubnetGroup",
    "AWS::DocDB::DBSubnetGroup",
    "AWS::EC2::VPCEndpoint",
    "AWS::ECS::Service",
    "AWS::ECS::TaskSet",
    "AWS::EFS::MountTarget",
    "AWS::EKS::Cluster",
    "AWS::ElastiCache::ServerlessCache",
    "AWS::ElastiCache::SubnetGroup",
    "AWS::Elasticsearch::Domain",
    "AWS::Events::Rule",
    "AWS::FSx::FileSystem",
    "AWS::Glue::Connection",
    "AWS::Lambda::Function",
    "AWS::MSK::Cluster",
    "AWS::MSK::ServerlessCluster",
    "AWS::MemoryDB::SubnetGroup",
    "AWS::Neptune::DBSubnetGroup",
    "AWS::OpenSearchService::Domain",
    "AWS::RDS::DBProxy",
    "AWS::RDS::DBSubnetGroup",
    "AWS::Redshift::ClusterSubnetGroup",
    "AWS::RedshiftServerless::EndpointAccess",
    "AWS::RedshiftServerless::Workgroup",
    "AWS::Scheduler::Schedule",
)
_GATEWAYS = ("AWS::EC2::InternetGateway", "AWS::EC2::VPCGatewayAttachment")


def is_public(subnet: Resource) -> Ternary:
    """Whether a subnet's route table leads to an internet gateway, by itself or through a firewall's endpoint.

    A subnet without a route table of its own has the VPC's main table, to which no template can add routes. Where
    what comes in by a gateway for the subnet goes to an endpoint first, and what the subnet sends out does too, a
    firewall is between them, and public addresses are reached as ever
    (docs.aws.amazon.com/network-firewall/latest/developerguide/arch-two-zone-igw.html).
    """
    told = subnet.template.app.told(subnet, "subnets", ("AWS::EC2::SubnetRouteTableAssociation",), _associated)
    return any_of(
        Ternary.UNKNOWN
        if table is None
        else any_of((_leads_out(table), Ternary.of(_leads_to_endpoint(table) and _is_reached_by_endpoint(subnet))))
        for _, table in told
    )


def has_way_out(subnet: Resource) -> Ternary:
    """Whether a subnet's route table leads anywhere beyond the VPC by default, such as to a NAT gateway."""
    told = subnet.template.app.told(subnet, "subnets", ("AWS::EC2::SubnetRouteTableAssociation",), _associated)
    return any_of(Ternary.UNKNOWN if table is None else _has_default_route(table) for _, table in told)


def placed_in(subnet: Resource) -> Sequence[Resource] | None:
    """Return what the app places in a subnet; None where others may place something there."""
    users = users_of(subnet)
    return None if users is None else [user for user in users if user.type not in _ATTACHED]


def residents(subnet: Resource) -> Sequence[Resource]:
    """Return what its own template places in a subnet, whoever else may place something there."""
    return [user for user in users_in_template(subnet) if user.type not in _ATTACHED]


def takes_no_address(user: Resource) -> bool:
    """Whether what is placed in a subnet gets no public address because the subnet gives them.

    That of a load balancer or a NAT gateway is AWS's own to give; a task and a database have a setting of their own
    (docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html speaks of instances), and interfaces
    that a service makes get none (docs.aws.amazon.com/codebuild/latest/userguide/vpc-support.html), such as those of a
    control plane of EKS, whose nodes have subnets of their own
    (docs.aws.amazon.com/eks/latest/userguide/network-reqs.html).
    """
    return user.type in (*_BALANCERS, _NAT, *_ADDRESSED_OTHERWISE)


# What leads from private subnets of the app to what machines fetch when they start.
_WAYS_OUT = (
    _NAT,
    "AWS::EC2::TransitGatewayAttachment",
    "AWS::EC2::TransitGatewayVpcAttachment",
    "AWS::EC2::VPCEndpoint",
    "AWS::EC2::VPCPeeringConnection",
    "AWS::EC2::VPNGateway",
    "AWS::NetworkFirewall::Firewall",
)
CUT_OFF = (
    "The app has neither a NAT gateway nor endpoints, so without one of them nothing private reaches packages, images, "
    "Systems Manager or CloudFormation when it starts."
)
OUTSIDE = (
    "Its VPC is not of this app: without a NAT gateway or endpoints there, it reaches neither images nor logs, nor "
    "Systems Manager."
)


def with_way_out(fix: Fix, cut_off: str = CUT_OFF, outside: str = OUTSIDE) -> Fix:
    """Return a fix that says too of a resource that it needs a way out, where the app is seen to have none.

    :param cut_off: what is said where the app makes a VPC without one.
    :param outside: what is said where the app makes no VPC.
    """

    def tailor(own: Fix, resource: Resource) -> Fix:
        said = cut_off if _is_cut_off(resource) else outside if _is_outside(resource) else ""
        return replace(own, beside=f"{own.beside} {said}".strip())

    return replace(fix, tailor=tailor)


def _is_outside(resource: Resource) -> bool:
    """Whether the app makes neither a VPC nor anything that leads out of one: what its network has is not known."""
    there = resource.template.app.resources
    return not there.get("AWS::EC2::VPC") and not any(there.get(kind) for kind in _WAYS_OUT)


def _is_cut_off(resource: Resource) -> bool:
    """Whether the app makes a VPC, and nothing that leads out of its private subnets."""
    there = resource.template.app.resources
    forwards = any(is_nat_instance(one) for one in there.get("AWS::EC2::Instance", ()))
    return bool(there.get("AWS::EC2::VPC")) and not forwards and not any(there.get(kind) for kind in _WAYS_OUT)


def is_nat_instance(resource: Resource) -> bool:
    """Whether an instance forwards what others send: a route leads to it, and it takes packets that are not for it.

    It can do so only in a public subnet and with a public address
    (docs.aws.amazon.com/vpc/latest/userguide/work-with-nat-instances.html).
    """
    return (
        resource.type == "AWS::EC2::Instance"
        and is_false(resource.get("SourceDestCheck", True)) is Ternary.YES
        and bool(resource.template.app.referring(resource, "AWS::EC2::Route", "InstanceId"))
    )


def judge_subnets(values: Iterable[Resolved], app: App, *, at: str | None = None) -> Verdict:
    """Judge the subnets that a workload names: none may be public.

    :param at: as of ``failed``.
    """
    subnets = [(value, app.target(value, "AWS::EC2::Subnet")) for value in values]
    known = [(value, Ternary.UNKNOWN if subnet is None else is_public(subnet), subnet) for value, subnet in subnets]
    public = dict.fromkeys(subnet.logical_id for _, answer, subnet in known if subnet and answer is Ternary.YES)
    if len(public) > 1:
        return failed(f"It is placed in {listed(public)}, subnets with a route to an internet gateway.", at=at)
    if public:
        return failed(f"It is placed in {listed(public)}, a subnet with a route to an internet gateway.", at=at)
    unclear = dict.fromkeys(_named(value) for value, answer, _ in known if answer is Ternary.UNKNOWN)
    if unclear:
        return unknown(f"It is placed in {listed(unclear)} whose routes are not part of these templates.", at=at)
    return PASSED


def parameters_at(resource: Resource, paths: Iterable[str]) -> frozenset[str]:
    """Return the template's parameters that stand alone at paths of a resource: a list of subnets, or one."""
    found = (written for path in paths for written in written_at(resource, path) if len(written) == 1)
    return frozenset(
        name
        for (part,) in found
        if isinstance(part, Source)
        for template, name in part.parameters[-1:]
        if template is resource.template
    )


def public_parameters(template: Template) -> frozenset[str]:
    """Return the parameters that give internet-facing load balancers of a template their subnets."""
    balancers = (one for one in template.resources.values() if one.type in _BALANCERS and template.app.is_there(one))
    return frozenset().union(
        *(
            parameters_at(balancer, ("Subnets[]", "SubnetMappings[].SubnetId"))
            for balancer in balancers
            if is_one_of(balancer.get("Scheme", "internet-facing"), "internet-facing") is Ternary.YES
            and is_one_of(balancer.get("Type", "application"), "application", "network") is Ternary.YES
        )
    )


def _named(value: Resolved) -> str:
    return "a subnet" if value is UNKNOWN else f"subnet {value}"


def _associated(association: Resource) -> Iterator[tuple[Resource, Resource | None]]:
    here = association.template
    subnet = here.target(association.get("SubnetId"), "AWS::EC2::Subnet")
    if subnet is not None:
        yield subnet, here.target(association.get("RouteTableId"), "AWS::EC2::RouteTable")


def _leads_out(table: Resource) -> Ternary:
    return any_of(_is_internet_gateway(route.get("GatewayId")) for route in _routes(table))


def _leads_to_endpoint(table: Resource) -> bool:
    return any(_is_default(route) is Ternary.YES and _names_endpoint(route) for route in _routes(table))


def _is_reached_by_endpoint(subnet: Resource) -> bool:
    """Whether the route table of a gateway sends what comes in for a subnet to an endpoint."""
    app = subnet.template.app
    tables = (
        association.template.target(association.get("RouteTableId"), "AWS::EC2::RouteTable")
        for association in app.of_type("AWS::EC2::GatewayRouteTableAssociation")
    )
    entering = (route for table in tables if table is not None for route in _routes(table) if _names_endpoint(route))
    return any(_is_for(route, subnet) for route in entering)


def _is_for(route: Resource, subnet: Resource) -> bool:
    ranges = ("DestinationCidrBlock", "CidrBlock"), ("DestinationIpv6CidrBlock", "Ipv6CidrBlock")
    for there, own in ranges:
        range_ = route.get(there)
        if range_ is not None and (
            (isinstance(range_, Reference) and range_.resource is subnet)
            or same(range_, subnet.get(own))
            or (route.template is subnet.template and route.written(there) == subnet.written(own))
        ):
            return True
    return False


def _names_endpoint(route: Resource) -> bool:
    return is_present(route.get("VpcEndpointId")) is not Ternary.NO


def _routes(table: Resource) -> Sequence[Resource]:
    return table.template.app.referring(table, "AWS::EC2::Route", "RouteTableId")


def _has_default_route(table: Resource) -> Ternary:
    return any_of(map(_is_default, _routes(table)))


def _is_default(route: Resource) -> Ternary:
    paths = ("DestinationCidrBlock", "DestinationIpv6CidrBlock")
    return any_of(is_one_of(route.get(path), "0.0.0.0/0", "::/0") for path in paths)


def _is_internet_gateway(value: Resolved) -> Ternary:
    if value is UNKNOWN:
        return Ternary.UNKNOWN
    if isinstance(value, Reference):
        return Ternary.of(value.resource.type in _GATEWAYS)
    return Ternary.of(isinstance(value, str) and value.startswith("igw-"))
