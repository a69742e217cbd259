"""Amazon VPC: public subnets that are there for NAT gateways and internet-facing load balancers say so.

CDK's VPC has them unless it is told otherwise. What else stands in one keeps the finding.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2

from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.references import parts
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.network.internet_route import acknowledge_internet_route

_ROUTE, _NAT = "AWS::EC2::Route", "AWS::EC2::NatGateway"
_BALANCERS = ("AWS::ElasticLoadBalancing::LoadBalancer", "AWS::ElasticLoadBalancingV2::LoadBalancer")
_PLACES = ("subnets", "subnet_mappings")
# What belongs into private subnets, as the rule WorkloadInPrivateSubnet has it.
WORKLOADS = (
    "AWS::AmazonMQ::Broker",
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::Batch::ComputeEnvironment",
    "AWS::CodeBuild::Project",
    "AWS::DAX::SubnetGroup",
    "AWS::DMS::ReplicationSubnetGroup",
    "AWS::DocDB::DBSubnetGroup",
    "AWS::DocDBElastic::Cluster",
    "AWS::EC2::Instance",
    "AWS::EC2::LaunchTemplate",
    "AWS::EC2::NetworkInterface",
    "AWS::ECS::Service",
    "AWS::EFS::MountTarget",
    "AWS::EKS::FargateProfile",
    "AWS::EKS::Nodegroup",
    "AWS::EMR::Cluster",
    "AWS::ElastiCache::ServerlessCache",
    "AWS::ElastiCache::SubnetGroup",
    "AWS::Elasticsearch::Domain",
    "AWS::FSx::FileSystem",
    "AWS::Glue::Connection",
    "AWS::MSK::Cluster",
    "AWS::MSK::ServerlessCluster",
    "AWS::MWAA::Environment",
    "AWS::MemoryDB::SubnetGroup",
    "AWS::Neptune::DBSubnetGroup",
    "AWS::OpenSearchService::Domain",
    "AWS::RDS::DBProxy",
    "AWS::RDS::DBSubnetGroup",
    "AWS::Redshift::ClusterSubnetGroup",
    "AWS::RedshiftServerless::Workgroup",
    "AWS::SageMaker::Domain",
    "AWS::SageMaker::Model",
    "AWS::SageMaker::NotebookInstance",
)
# A stack, and the logical id of a subnet there; of what one stack names of another only the id is known here.
_Place = tuple[cdk.Stack | None, str]


def _finish(session: Session, found: Found) -> None:
    public: dict[_Place, ec2.CfnRoute] = {}
    for route in found.of(_ROUTE):
        if route.gateway_id is None or route.destination_cidr_block != "0.0.0.0/0":
            continue
        owner = session.owner(route)
        subnet: Any = owner.node.default_child if isinstance(owner, ec2.PublicSubnet) else None
        if subnet is not None and subnet.map_public_ip_on_launch is False:
            public[session.stack(route), session.name(subnet)] = route
    if not public:
        return
    needed = set(_needed(session, found, public))
    taken = set(_taken(session, public))
    for place, route in public.items():
        named = {place, (None, place[1])}
        if needed & named and not taken & named:
            acknowledge_internet_route(route)
            why = "A NAT gateway or an internet-facing load balancer stands in the subnet, and works only with it."
            session.record(route, session.path(route), _ROUTE, "acknowledgement", [], "set", why)


def _needed(session: Session, found: Found, public: Collection[_Place]) -> Iterator[_Place]:
    """Return the subnets of what works only with the route."""
    for gateway in found.of(_NAT):
        yield from _subnets(session, gateway, session.resolved(gateway, "subnet_id"), public)
    for balancer in found.of(*_BALANCERS):
        # Elastic Load Balancing's own default.
        if session.resolved(balancer, "scheme").get("scheme", "internet-facing") == "internet-facing":
            for place in _PLACES:
                if hasattr(balancer, place):
                    yield from _subnets(session, balancer, session.resolved(balancer, place), public)


def _taken(session: Session, public: Collection[_Place]) -> Iterator[_Place]:
    """Return the subnets that anything of the app names which belongs into a private one, also beside the scope."""
    selector = cdk.ConstructSelector.resources_of_type(*WORKLOADS)
    for one in cdk.Mixins.of(session.scope.node.root, selector).selected_constructs:
        resource = cast("cdk.CfnResource", one)
        properties = session.stack(resource).resolve(resource._cfn_properties)
        yield from _subnets(session, resource, properties, public)


def _subnets(session: Session, resource: cdk.CfnResource, value: Any, public: Collection[_Place]) -> Iterator[_Place]:
    stack = session.stack(resource)
    for name in parts(value, "Ref"):
        yield (stack, name) if (stack, name) in public else (None, name)


SERVICE = Service(
    types=[_ROUTE, _NAT, *_BALANCERS],
    finish=_finish,
    later=[
        "Public subnets of VPCs in which NAT gateways or internet-facing load balancers stand, and no workload, "
        "acknowledge their route to the internet gateway, as those of a `PrivateVpc` do.",
    ],
)
