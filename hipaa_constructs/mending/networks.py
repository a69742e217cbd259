"""Functions in private subnets: those that the owner gives, or the template's own that lead out by NAT gateways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hipaa_constructs.cloudformation.naming import is_about
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.mending.draft import DECIDED, CannotMendError, Draft, is_function, require_undecided

_SUBNET = "AWS::EC2::Subnet"
_GROUP = "FunctionsSecurityGroup"
# It lets Lambda make the network interfaces of a function by its role: docs.aws.amazon.com/lambda/latest/dg/
# configuration-vpc.html#configuration-vpc-permissions.
_JOINS = "AWSLambdaVPCAccessExecutionRole"
_LAMBDA = {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::aws:policy/service-role/{_JOINS}"}


def function_in_vpc(draft: Draft, finding: Finding) -> None:
    """Let a function, and those for which its finding speaks, run in private subnets, by roles that may join them.

    The template's own are taken where it has one VPC, and its private subnets lead to the Internet through NAT
    gateways: there the function reaches what it reached before. Where one cannot join, none does: each of the others
    would be told by itself, once there is a network.
    """
    for name in (finding.resource_logical_id, *draft.alike):
        _join(draft, name)


def _join(draft: Draft, name: str) -> None:
    raw, properties = draft.resource(name), draft.properties(name)
    require_undecided(properties.get("VpcConfig"))
    given = draft.is_given("private-subnets") and draft.is_given("security-groups")
    vpc, own = (None, []) if given else _own_network(draft, raw.get("Condition"))
    subnets: Any = [{"Ref": subnet} for subnet in own]
    groups: Any = [{"Ref": _group(draft, vpc)}] if vpc else []
    if vpc is None:
        subnets, groups = draft.given("private-subnets"), draft.given("security-groups")
    _let_join(draft, raw, properties.get("Role"))
    properties["VpcConfig"] = {**(properties.get("VpcConfig") or {}), "SubnetIds": subnets, "SecurityGroupIds": groups}


def _let_join(draft: Draft, raw: Mapping[str, Any], role: Any) -> None:
    """Let the role of a function join networks; AWS SAM lets the role do so that it makes."""
    if role is None and str(raw.get("Type")).startswith("AWS::Serverless::"):
        return
    roles = [one for one, _ in draft.ids("AWS::IAM::Role") if is_about(role, one)]
    if not roles:
        raise CannotMendError("Whether its role may join a network the template does not show.")
    properties = draft.properties(roles[0])
    managed = properties.get("ManagedPolicyArns") or []
    if is_function(managed) or not isinstance(managed, list):
        raise CannotMendError(DECIDED)
    if _JOINS not in str(managed):
        properties["ManagedPolicyArns"] = [*managed, dict(_LAMBDA)]


def _own_network(draft: Draft, condition: Any) -> tuple[str | None, list[str]]:
    """Return the template's only VPC and its private subnets with a way out, made with the function."""
    vpcs = [name for name, _ in draft.ids("AWS::EC2::VPC")]
    if len(vpcs) != 1 or draft.resource(vpcs[0]).get("Condition", condition) != condition:
        return None, []
    subnets = [
        name for name in dict.fromkeys(_leading_out(draft, condition)) if _is_of(draft, name, vpcs[0], condition)
    ]
    return (vpcs[0], subnets) if subnets else (None, [])


def _is_of(draft: Draft, subnet: str, vpc: str, condition: Any) -> bool:
    raw = draft.resource(subnet)
    properties = raw.get("Properties") or {}
    return is_about(properties.get("VpcId"), vpc) and raw.get("Condition", condition) == condition


def _leading_out(draft: Draft, condition: Any) -> Iterator[str]:
    """Yield the subnets whose route table leads to a NAT gateway by default."""
    gateways = [name for name, _ in draft.ids("AWS::EC2::NatGateway")]
    tables = [name for name, _ in draft.ids("AWS::EC2::RouteTable")]
    leading = set()
    for _, raw in draft.of_type("AWS::EC2::Route"):
        route = raw["Properties"]
        out = route.get("DestinationCidrBlock") == "0.0.0.0/0" and raw.get("Condition", condition) == condition
        if out and any(is_about(route.get("NatGatewayId"), one) for one in gateways):
            leading |= {one for one in tables if is_about(route.get("RouteTableId"), one)}
    for _, raw in draft.of_type("AWS::EC2::SubnetRouteTableAssociation"):
        association = raw["Properties"]
        there = raw.get("Condition", condition) == condition
        if there and any(is_about(association.get("RouteTableId"), one) for one in leading):
            yield from (one for one, _ in draft.ids(_SUBNET) if is_about(association.get("SubnetId"), one))


def _group(draft: Draft, vpc: str) -> str:
    """Return the security group of functions, which lets nothing in, and out HTTPS and what is in the network."""
    for name, raw in draft.of_type("AWS::EC2::SecurityGroup"):
        if name.startswith(_GROUP) and is_about(raw["Properties"].get("VpcId"), vpc):
            return name
    condition = draft.resource(vpc).get("Condition")
    outward = [
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0", "Description": "HTTPS"},
        {"IpProtocol": "-1", "CidrIp": {"Fn::GetAtt": [vpc, "CidrBlock"]}, "Description": "What is in the network"},
    ]
    return draft.add(
        _GROUP,
        {
            "Type": "AWS::EC2::SecurityGroup",
            **({"Condition": condition} if condition else {}),
            "Properties": {
                "GroupDescription": "Lets functions call others, and nobody call them",
                "VpcId": {"Ref": vpc},
                "SecurityGroupEgress": outward,
            },
        },
    )
