"""Security groups let others of the network in at the ports that are used, not at all of them.

A warning beside SecurityGroupNotOpen, which judges what the Internet reaches. Compliant: rules for some ports; dynamic
ports alone, which bridged containers and remote calls take; all ports for the group itself, whose members are one
cluster, such as of EMR, and as environments of MWAA and connections of Glue need it
(docs.aws.amazon.com/mwaa/latest/userguide/vpc-security.html,
docs.aws.amazon.com/glue/latest/dg/setup-vpc-for-glue-access.html), and for the control plane of EKS, which calls
webhooks at any port (docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html). Non-compliant: all protocols, or a
thousand ports and more, for another group or a range that is not the Internet; or all ports for the group itself, where
all that has it is known, and beside machines and functions there are stores, services of ECS or load balancers, which
take a port of their own. Not applicable: groups of NAT instances, which pass on whatever comes. A source group that the
Internet reaches is left to SecurityGroupChainClosed, a range that only deployment knows to SecurityGroupNotOpen.
"""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    Fields,
    Reference,
    Resolved,
    Ternary,
    as_items,
    is_mapping,
    is_present,
)
from hipaa_constructs.compliance.facts.containers import TASK, has_dynamic_ports
from hipaa_constructs.compliance.facts.machine_images import runs_ecs
from hipaa_constructs.compliance.facts.mentions import users_of
from hipaa_constructs.compliance.facts.security_groups import (
    EGRESS,
    GROUP,
    INGRESS,
    includes_port,
    is_reached,
    names_no_port,
    ranges,
    shown_ports,
)
from hipaa_constructs.compliance.facts.startup import USER_DATA
from hipaa_constructs.compliance.facts.subnets import is_nat_instance
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, named, worst

_SOURCES = ("SourceSecurityGroupId", "SourceSecurityGroupName")
# What takes connections at a port of its own, and needs none of other members at all ports.
_SERVE = (
    "AWS::AmazonMQ::Broker",
    "AWS::DocDB::DBCluster",
    "AWS::ECS::Service",
    "AWS::EFS::MountTarget",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::ServerlessCache",
    "AWS::ElasticLoadBalancing::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::Elasticsearch::Domain",
    "AWS::MemoryDB::Cluster",
    "AWS::Neptune::DBCluster",
    "AWS::OpenSearchService::Domain",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::RDS::DBProxy",
    "AWS::RedshiftServerless::Workgroup",
)
# What may have a group beside them: it takes none, or is a machine, which may be one of a cluster where there is none.
_BESIDE = (
    "AWS::AppRunner::VpcConnector",
    "AWS::AutoScaling::LaunchConfiguration",
    "AWS::EC2::Instance",
    "AWS::EC2::LaunchTemplate",
    "AWS::EC2::VPCEndpoint",
    "AWS::Lambda::Function",
)
# From system services to dynamic ports.
_FIRST, _LAST = 1024, 65535
_RULES = (GROUP, INGRESS, EGRESS)
_RANGES = ("CidrIp", "CidrIpv6", "SourcePrefixListId")
_CLUSTER = "AWS::EKS::Cluster"
_INSTANCE = "AWS::EC2::Instance"
_OF_INSTANCES = ("SecurityGroupIds", "SecurityGroups", "NetworkInterfaces[].GroupSet[]")


def check(resource: Resource) -> Verdict:
    if resource.type == INGRESS:
        group = resource.template.target(resource.get("GroupId"), GROUP)
        rules: list[Fields | Resolved] = [resource.properties]
    else:
        group, rules = resource, [*as_items(resource.get("SecurityGroupIngress"))]
    if group is not None and _forwards(group):
        return NOT_APPLICABLE
    return worst((PASSED, *(verdict for rule in rules for verdict in _judge(rule, group, resource))))


def _forwards(group: Resource) -> bool:
    app = group.template.app
    users = (user for path in _OF_INSTANCES for user in app.referring(group, _INSTANCE, path))
    return any(map(is_nat_instance, users))


def _is_control_plane(origin: Resolved, group: Resource | None) -> bool:
    if group is None:
        return isinstance(origin, Reference) and origin.resource.type == _CLUSTER
    return bool(group.template.app.referring(group, _CLUSTER, "ResourcesVpcConfig.SecurityGroupIds"))


def _names_itself(rule: Resource) -> bool:
    """Whether a rule that stands apart has its own group for source, which both may name by one parameter."""
    source = rule.written("SourceSecurityGroupId")
    return source is not None and source == rule.written("GroupId")


def _judge(rule: Fields | Resolved, own: Resource | None, of: Resource) -> Iterator[Verdict]:
    # What cannot be read at all is said by SecurityGroupNotOpen.
    if not is_mapping(rule) or names_no_port(rule, dynamic=False) is not Ternary.YES:
        return
    origin = next((rule.get(name) for name in _SOURCES if is_present(rule.get(name)) is not Ternary.NO), None)
    if origin is not None:
        source = of.template.target(origin, GROUP)
        if (source is not None and source is own) or _names_itself(of):
            yield from _within(rule, own)
            return
        if _is_control_plane(origin, source):
            return
        if source is None or is_reached(source) is not Ternary.YES:
            called = source.logical_id if source else origin if isinstance(origin, str) else "another group"
            yield failed(f"Ingress from {called} is open on {shown_ports(rule)}.")
        return
    # What is open to the Internet, or may be for all that is known, is said by SecurityGroupNotOpen.
    if any(is_internet is not Ternary.NO for _, is_internet in ranges(rule, of.template.app)):
        return
    value = next((rule.get(name) for name in _RANGES if is_present(rule.get(name)) is not Ternary.NO), None)
    if value is not None:
        called = str(value) if isinstance(value, (str, Reference)) else "a prefix list"
        yield failed(f"Ingress from {called} is open on {shown_ports(rule)}.")


def _within(rule: Fields, group: Resource | None) -> Iterator[Verdict]:
    # A range of dynamic ports, wherever it begins, is that of containers behind a load balancer of the same group.
    if not all(includes_port(rule, port) is Ternary.YES for port in (_FIRST, _LAST)):
        return
    users = None if group is None else users_of(group)
    members = [user for user in users or () if user.type not in _RULES]
    serving = [user for user in members if user.type in _SERVE]
    if serving and all(user.type in (*_SERVE, *_BESIDE) for user in members):
        listen = "listens on few of them" if len(serving) == 1 else "listen on few of them"
        yield failed(f"Ingress from the group itself is open on {shown_ports(rule)}, and {named(serving)} {listen}.")


def _is_of_dynamic_ports(rules: Resource) -> bool:
    """Whether machines have a group to which ECS gives tasks whose ports on the host it chooses itself."""
    group = rules if rules.type == GROUP else rules.template.target(rules.get("GroupId"), GROUP)
    app = rules.template.app
    if group is None or not any(map(has_dynamic_ports, app.of_type(TASK))):
        return False
    return any(user.type in USER_DATA and runs_ecs(user) for user in users_of(group) or ())


_EACH = "Each entry of SecurityGroupIngress has"
_DYNAMIC = (
    "an IpProtocol, FromPort: 32768 and ToPort: 65535, among which ECS chooses ports of the host where HostPort is 0 "
    "or absent, and in SourceSecurityGroupId the load balancer's group."
)
_PORT = "an IpProtocol, and as FromPort and ToPort the port that the workload listens to."
_CALL = "ec2.SecurityGroup.add_ingress_rule(peer={}, connection={})"
_DYNAMIC_CALL = _CALL.format("<the load balancer's group>", "ec2.Port.tcp_range(32768, 65535)")
_PORT_CALL = _CALL.format("<the other group>", "ec2.Port.tcp(<a port>)")

RULE = Rule(
    name="SecurityGroupPortsNamed",
    severity="warning",
    resource_types=(GROUP, INGRESS),
    controls=("164.312(a)(1)", "164.312(e)(1)"),
    fix="Name the port that the workload listens to, in a rule for each.",
    fixes=(
        Fix((GROUP,), template=f"{_EACH} {_DYNAMIC}", cdk=(_DYNAMIC_CALL,), when=_is_of_dynamic_ports),
        Fix((INGRESS,), template=f"It has {_DYNAMIC}", cdk=(_DYNAMIC_CALL,), when=_is_of_dynamic_ports),
        Fix((GROUP,), template=f"{_EACH} {_PORT}", cdk=(_PORT_CALL,)),
        Fix((INGRESS,), template=f"It has {_PORT}", cdk=(_PORT_CALL,)),
    ),
    check=check,
    needs="template",
)
