"""From which addresses and security groups a store's own security groups admit traffic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import Unknown, as_list
from hipaa_constructs.evidence.labels import label_of

# Where each type of store names its security groups.
_GROUPS: Mapping[str, str] = {
    "AWS::DocDB::DBCluster": "VpcSecurityGroupIds",
    "AWS::ElastiCache::ReplicationGroup": "SecurityGroupIds",
    "AWS::ElastiCache::ServerlessCache": "SecurityGroupIds",
    "AWS::MemoryDB::Cluster": "SecurityGroupIds",
    "AWS::MSK::Cluster": "BrokerNodeGroupInfo.SecurityGroups",
    "AWS::Neptune::DBCluster": "VpcSecurityGroupIds",
    "AWS::OpenSearchService::Domain": "VPCOptions.SecurityGroupIds",
    "AWS::RDS::DBCluster": "VpcSecurityGroupIds",
    "AWS::RDS::DBInstance": "VPCSecurityGroups",
    "AWS::Redshift::Cluster": "VpcSecurityGroupIds",
}
# Who connects to it reaches the namespace that it computes for.
WORKGROUP = "AWS::RedshiftServerless::Workgroup"
_PROTOCOLS = {"-1": "any protocol", "6": "TCP", "17": "UDP", "1": "ICMP"}
_SOURCES = ("CidrIp", "CidrIpv6", "SourceSecurityGroupId", "SourcePrefixListId")


def network_reach(app: App) -> Iterator[tuple[Resource, str]]:
    """Yield each store with each source that its security groups admit."""
    for kind, path in _GROUPS.items():
        for store in app.of_type(kind):
            yield from ((store, source) for source in admitted(app, store.get(path)))
    for target in app.of_type("AWS::EFS::MountTarget"):
        system = app.target(target.get("FileSystemId"), "AWS::EFS::FileSystem")
        if system is not None:
            yield from ((system, source) for source in admitted(app, target.get("SecurityGroups")))

    for workgroup in app.of_type(WORKGROUP):
        namespace = namespace_of(app, workgroup)
        if namespace is not None:
            yield from ((namespace, source) for source in admitted(app, workgroup.get("SecurityGroupIds")))


def namespace_of(app: App, workgroup: Resource) -> Resource | None:
    """Return the data that a workgroup of Redshift Serverless computes for, if it is of the app."""
    return app.target(workgroup.get("NamespaceName"), "AWS::RedshiftServerless::Namespace")


def admitted(app: App, groups: Any) -> Iterator[str]:
    """Yield each source that security groups admit, with protocol and ports behind a comma."""
    values = as_list(groups)
    for value in [] if isinstance(values, Unknown) else values:
        group = app.target(value, "AWS::EC2::SecurityGroup")
        if group is not None:
            yield from _sources(app, group)


def _sources(app: App, group: Resource) -> Iterator[str]:
    inline = as_list(group.get("SecurityGroupIngress"))
    if isinstance(inline, Unknown):
        yield "sources known at deployment"
        inline = []
    for rule in inline:
        if isinstance(rule, Mapping):
            yield _source(app, rule)
    for ingress in app.referring(group, "AWS::EC2::SecurityGroupIngress", "GroupId"):
        if not isinstance(ingress.properties, Unknown):
            yield _source(app, ingress.properties)


def _source(app: App, rule: Mapping[str, Any]) -> str:
    given = next((rule[key] for key in _SOURCES if rule.get(key) is not None), None)
    group = app.target(given, "AWS::EC2::SecurityGroup")
    name = label_of(group) if group is not None else str(given) if isinstance(given, str) else "a source"
    protocol = _PROTOCOLS.get(str(rule.get("IpProtocol")), str(rule.get("IpProtocol") or "").upper())
    first, last = rule.get("FromPort"), rule.get("ToPort")
    if not isinstance(first, (str, int)) or not isinstance(last, (str, int)):
        return f"{name}, {protocol}" if protocol else name
    ports = f"port {first}" if str(first) == str(last) else f"ports {first} to {last}"
    return f"{name}, {protocol} {ports}" if protocol else f"{name}, {ports}"
