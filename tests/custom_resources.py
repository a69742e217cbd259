"""What a custom resource's function needs, and whether it is still there when CloudFormation deletes the resource.

Without it, the function could not answer that request, and the deletion would last until CloudFormation gives up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.dependencies import all_dependencies, dependencies

Resources = Mapping[str, Mapping[str, Any]]


def functions_of(template: Mapping[str, Any]) -> dict[str, str]:
    """Return the function of each custom resource, an empty name for one of another stack."""
    return {
        name: _named(resource["Properties"]["ServiceToken"])
        for name, resource in template["Resources"].items()
        if resource["Type"].startswith("Custom::") or resource["Type"] == "AWS::CloudFormation::CustomResource"
    }


def gone_too_soon(template: Mapping[str, Any]) -> list[str]:
    """Return what may be deleted before a custom resource whose function needs it, as ``resource: what``.

    Another stack may always be. Then CloudFormation must not ask: it asks for no deletion of what it retains.
    """
    resources, known = template["Resources"], dependencies(template)
    within = {name: function for name, function in functions_of(template).items() if function}
    elsewhere = functions_of(template).keys() - within.keys()
    return [
        *(f"{name}: its stack" for name in elsewhere if resources[name].get("DeletionPolicy") != "Retain"),
        *(
            f"{name}: {needed}"
            for name, function in within.items()
            for needed in [function, *_needs(resources, function)]
            if needed not in all_dependencies(known, name)
        ),
    ]


def given_up_late(template: Mapping[str, Any]) -> list[str]:
    """Return custom resources that CloudFormation waits for longer than 15 minutes, or shorter than Lambda does."""
    resources = template["Resources"]
    return [
        name
        for name, function in functions_of(template).items()
        if function
        for waiting in [int(resources[name]["Properties"].get("ServiceTimeout", 3600))]
        if not resources[function]["Properties"]["Timeout"] <= waiting <= 900
    ]


def _needs(resources: Resources, function: str) -> Iterator[str]:
    properties = resources[function]["Properties"]
    role = _named(properties["Role"])
    yield role
    for policy, value in _of_types(resources, "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy"):
        if any(_named(one) == role for one in [*value.get("Roles", []), value.get("RoleName")]):
            yield policy
    yield _named(properties["LoggingConfig"]["LogGroup"])
    network = properties.get("VpcConfig")
    if network:
        subnets = {_named(subnet) for subnet in network["SubnetIds"]}
        yield from subnets
        yield from _ways_out(resources, subnets, {_named(group) for group in network["SecurityGroupIds"]})


def _ways_out(resources: Resources, subnets: set[str], groups: set[str]) -> Iterator[str]:
    """Return what has to be there for a function in ``subnets`` to reach the endpoints of EC2 and S3."""
    tables, acls = set(), set()
    for name, value in _of_types(resources, "AWS::EC2::SubnetRouteTableAssociation"):
        if _named(value["SubnetId"]) in subnets:
            tables.add(_named(value["RouteTableId"]))
            yield name
    for name, value in _of_types(resources, "AWS::EC2::SubnetNetworkAclAssociation"):
        if _named(value["SubnetId"]) in subnets:
            acls.add(_named(value["NetworkAclId"]))
            yield name
    for name, value in _of_types(resources, "AWS::EC2::NetworkAclEntry"):
        if _named(value["NetworkAclId"]) in acls:
            yield name
    for name, value in _of_types(resources, "AWS::EC2::VPCEndpoint"):
        service = str(value["ServiceName"])
        if any(service.endswith(f".{one}") or f".{one}'" in service for one in ("ec2", "s3")):
            groups |= {_named(group) for group in value.get("SecurityGroupIds", [])}
            yield name
    for name, value in _of_types(resources, "AWS::EC2::SecurityGroupEgress", "AWS::EC2::SecurityGroupIngress"):
        if _named(value["GroupId"]) in groups:
            yield name
    yield from tables | acls | groups


def _of_types(resources: Resources, *types: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return ((name, one["Properties"]) for name, one in resources.items() if one["Type"] in types)


def _named(value: Any) -> str:
    if isinstance(value, Mapping) and "Fn::GetAtt" in value:
        return str(value["Fn::GetAtt"][0])
    return str(value["Ref"]) if isinstance(value, Mapping) and "Ref" in value else ""
