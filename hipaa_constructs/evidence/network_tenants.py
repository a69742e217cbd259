"""What stands in which subnet."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Reference

# By these a subnet is wired, so they are no tenants of it.
_WIRING = frozenset(
    {
        "AWS::EC2::Subnet",
        "AWS::EC2::SubnetCidrBlock",
        "AWS::EC2::SubnetNetworkAclAssociation",
        "AWS::EC2::SubnetRouteTableAssociation",
        "AWS::EC2::VPCEndpoint",
        "AWS::EC2::NatGateway",
        "AWS::EC2::FlowLog",
        "AWS::RAM::ResourceShare",
    }
)
_SUBNET_KEY = re.compile(r"subnet|vpczoneidentifier", re.IGNORECASE)


def tenants_of(app: App) -> Mapping[int, Sequence[Resource]]:
    """Return, by subnet, the resources that name it, themselves or by a subnet group."""
    tenants: dict[int, list[Resource]] = defaultdict(list)
    for resource in app.of_type("*"):
        if resource.type in _WIRING or resource.properties is UNKNOWN:
            continue
        for value in _subnet_values(resource.properties):
            for named in _resources(value):
                if named.type == "AWS::EC2::Subnet" and not resource.type.endswith("SubnetGroup"):
                    tenants[id(named)].append(resource)
                elif named.type.endswith("SubnetGroup"):
                    for subnet in {id(one): one for one in _members(named)}.values():
                        tenants[id(subnet)].append(resource)
    return tenants


def _members(group: Resource) -> Iterator[Resource]:
    for value in _subnet_values(group.properties):
        yield from (named for named in _resources(value) if named.type == "AWS::EC2::Subnet")


def _subnet_values(value: Any, *, named: bool = False) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _subnet_values(item, named=named or bool(_SUBNET_KEY.search(str(key))))
    elif isinstance(value, list):
        for item in value:
            yield from _subnet_values(item, named=named)
    elif named:
        yield value


def _resources(value: Any) -> Iterator[Resource]:
    for reference in [value] if isinstance(value, Reference) else getattr(value, "references", ()):
        yield reference.resource
