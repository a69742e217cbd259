"""Ranges that let in all of a network, at ports that lead to data."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import (
    Fields,
    Reference,
    Resolved,
    Ternary,
    Text,
    as_int,
)
from hipaa_constructs.compliance.facts.security_groups import DATA_PORTS, includes_port, named_ranges, names_no_port

_VPC: Final = "AWS::EC2::VPC"
# Who signs in at these is asked who he is; what lies behind them is a machine, not its data.
_LOGINS: Final = (22, 3389)
# No VPC is larger: docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html.
_LARGEST: Final = 16
# Type: where a store names its groups, and where its own port or, where it has no choice, the ports that it takes.
_STORES: Final[Mapping[str, tuple[str, str | tuple[int, ...]]]] = {
    "AWS::DocDB::DBCluster": ("VpcSecurityGroupIds", "Port"),
    "AWS::ElastiCache::CacheCluster": ("VpcSecurityGroupIds", "Port"),
    "AWS::ElastiCache::ReplicationGroup": ("SecurityGroupIds", "Port"),
    "AWS::ElastiCache::ServerlessCache": ("SecurityGroupIds", (6379, 6380, 11211, 11212)),
    "AWS::Elasticsearch::Domain": ("VPCOptions.SecurityGroupIds", (80, 443)),
    # docs.aws.amazon.com/msk/latest/developerguide/port-info.html
    "AWS::MSK::Cluster": ("BrokerNodeGroupInfo.SecurityGroups", (9092, 9094, 9096, 9098)),
    "AWS::MSK::ServerlessCluster": ("VpcConfigs[].SecurityGroups[]", (9098,)),
    "AWS::MemoryDB::Cluster": ("SecurityGroupIds", "Port"),
    "AWS::Neptune::DBCluster": ("VpcSecurityGroupIds", "DBPort"),
    "AWS::OpenSearchService::Domain": ("VPCOptions.SecurityGroupIds", (80, 443)),
    "AWS::RDS::DBCluster": ("VpcSecurityGroupIds", "Port"),
    "AWS::RDS::DBInstance": ("VPCSecurityGroups", "Port"),
    "AWS::Redshift::Cluster": ("VpcSecurityGroupIds", "Port"),
    "AWS::RedshiftServerless::Workgroup": ("SecurityGroupIds", "Port"),
}


def data_reached(rule: Fields, group: Resource | None) -> Sequence[str]:
    """Return what data a rule leads to, as messages call it: by well-known ports, or those of what has the group.

    Nothing where the rule names no port at all, which is another fault.
    """
    if names_no_port(rule, dynamic=False) is not Ternary.NO:
        return ()
    known = [
        called
        for port, called in DATA_PORTS.items()
        if port not in _LOGINS and includes_port(rule, port) is Ternary.YES
    ]
    return known or [store.logical_id for store in (() if group is None else _stores(group, rule))]


def _stores(group: Resource, rule: Fields) -> Iterator[Resource]:
    app = group.template.app
    for kind, (path, where) in _STORES.items():
        for store in app.referring(group, kind, path):
            ports = where if isinstance(where, tuple) else (as_int(store.get(where)),)
            if any(isinstance(port, int) and includes_port(rule, port) is Ternary.YES for port in ports):
                yield store


def whole_networks(rule: Fields, group: Resource | None, app: App) -> Iterator[str]:
    """Yield the ranges of a rule that are all of the VPC that a group is in, or more, as messages call them.

    Where that VPC is none of the app's, a private range is that is as large as a VPC can be.
    """
    networks = _networks(group, app)
    for value, whose, _ in named_ranges(rule, app, "SourcePrefixListId"):
        if _covers(value, networks):
            yield f"{value}{whose}"


def is_range_of_network(holder: Resource, path: str) -> bool:
    """Whether a range is written as that of a VPC of its template, such as by one parameter for both."""
    written = _written(holder.raw.get("Properties"), path)
    vpcs = (vpc for vpc in holder.template.resources.values() if vpc.type == _VPC)
    return isinstance(written, Mapping) and any(vpc.written("CidrBlock") == written for vpc in vpcs)


def _written(value: Any, path: str) -> Any:
    """Return what is written at a path; None where it does not stand there as it is."""
    for key in path.split("."):
        if isinstance(value, list):
            value = value[int(key)] if key.isdecimal() and int(key) < len(value) else None
        else:
            value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _networks(group: Resource | None, app: App) -> Sequence[Resolved]:
    vpc = None if group is None else group.template.target(group.get("VpcId"), _VPC)
    found = [vpc] if vpc is not None else app.of_type(_VPC)
    return [block for one in found if isinstance(block := one.get("CidrBlock"), str) and not isinstance(block, Text)]


def _covers(value: Resolved, networks: Sequence[Resolved]) -> bool:
    if isinstance(value, Reference):
        return value.resource.type == _VPC and value.attribute == "CidrBlock"
    let_in = _network(value)
    if let_in is None:
        return False
    known = [network for one in networks if (network := _network(one)) is not None]
    if not known:
        return let_in.is_private and let_in.prefixlen <= _LARGEST
    return any(one.subnet_of(let_in) for one in known)


def _network(value: Resolved) -> ipaddress.IPv4Network | None:
    if not isinstance(value, str) or isinstance(value, Text):
        return None
    try:
        found = ipaddress.ip_network(value.strip(), strict=False)
    except ValueError:
        return None
    return found if isinstance(found, ipaddress.IPv4Network) else None
