"""Which ports of machines are open to anybody on which programs serve in clear text, with none for TLS beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import (
    Fields,
    Ternary,
    any_of,
    is_false,
    is_mapping,
    is_one_of,
    is_present,
    is_true,
    spread,
)
from hipaa_constructs.compliance.facts.instances import INSTANCE
from hipaa_constructs.compliance.facts.launch_templates import LAUNCH_TEMPLATE, launchers_of
from hipaa_constructs.compliance.facts.security_groups import GROUP, includes_port, ingress_of, ranges, single_port
from hipaa_constructs.compliance.facts.subnets import is_public

SCALED: Final = "AWS::AutoScaling::AutoScalingGroup"
SERVICE: Final = "AWS::ECS::Service"
# The registered port of HTTP; and those of servers that speak it until somebody sets up TLS, which some do there.
_HTTP, _BY_DEFAULT = (80,), (3000, 5000, 8000, 8080)
# On which TLS is served in place of it or beside it.
_TLS = (443, 8443)
# What stands in front of machines, and serves TLS for them.
_FRONTS = (
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGatewayV2::Api",
    "AWS::CloudFront::Distribution",
    "AWS::ElasticLoadBalancing::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::Serverless::Api",
    "AWS::Serverless::HttpApi",
)
# Where what has an address names its groups and its subnets, and says whether it gets a public one.
_GROUPS: Mapping[str, Sequence[str]] = {
    "AWS::AutoScaling::LaunchConfiguration": ("SecurityGroups[]",),
    INSTANCE: ("SecurityGroupIds[]", "SecurityGroups[]", "NetworkInterfaces[].GroupSet[]"),
    LAUNCH_TEMPLATE: (
        "LaunchTemplateData.SecurityGroupIds[]",
        "LaunchTemplateData.SecurityGroups[]",
        "LaunchTemplateData.NetworkInterfaces[].Groups[]",
    ),
    SERVICE: ("NetworkConfiguration.AwsvpcConfiguration.SecurityGroups[]",),
}
_SUBNETS: Mapping[str, Sequence[str]] = {
    INSTANCE: ("SubnetId", "NetworkInterfaces[].SubnetId"),
    LAUNCH_TEMPLATE: ("LaunchTemplateData.NetworkInterfaces[].SubnetId",),
    SCALED: ("VPCZoneIdentifier[]",),
}
_ADDRESSED: Mapping[str, str] = {
    "AWS::AutoScaling::LaunchConfiguration": "AssociatePublicIpAddress",
    INSTANCE: "NetworkInterfaces[].AssociatePublicIpAddress",
    LAUNCH_TEMPLATE: "LaunchTemplateData.NetworkInterfaces[].AssociatePublicIpAddress",
}
# What says that a load balancer has it, which may not be of the app.
_BEHIND: Mapping[str, Sequence[str]] = {
    SCALED: ("TargetGroupARNs", "LoadBalancerNames", "TrafficSources"),
    SERVICE: ("LoadBalancers", "VpcLatticeConfigurations"),
}
_ASSIGNED: Final = "NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp"


def clear_ports(machine: Resource) -> Sequence[tuple[str, int]]:
    """Return the ports that groups of an instance, a group of machines or a service open to anybody for clear text.

    Each comes with the group that opens it. There are none where a port for TLS is open too, to whomever; where
    something stands in front; where it is certainly not reached from the Internet; or where not all is of the app.
    Beside port 80 they count of machines alone, whose start can show that TLS is set up on them.
    """
    app = machine.template.app
    parts = [machine, *(launchers_of(machine) if machine.type == SCALED else ())]
    groups = _groups(parts)
    if not groups or app.cached("what stands in front", _has_front) or not _is_reached(parts) or _is_behind(machine):
        return []
    rules = [(group, rule) for group in groups for rule in ingress_of(group)]
    written = [(group, rule) for group, rule in rules if is_mapping(rule)]
    if len(written) < len(rules) or any(
        includes_port(rule, port) is not Ternary.NO for _, rule in written for port in _TLS
    ):
        return []
    ports = _HTTP if machine.type == SERVICE else (*_HTTP, *_BY_DEFAULT)
    found = [
        (group.logical_id, port)
        for group, rule in written
        if (port := single_port(rule)) in ports and port is not None and _is_open(rule, app)
    ]
    return list(dict.fromkeys(found))


def _is_open(rule: Fields, app: App) -> bool:
    by_tcp = is_one_of(rule.get("IpProtocol"), "tcp", "6", any_case=True) is Ternary.YES
    return by_tcp and any_of(is_open for _, is_open in ranges(rule, app)) is Ternary.YES


def _has_front(app: App) -> bool:
    return any(app.resources.get(kind) for kind in _FRONTS)


def _groups(parts: Sequence[Resource]) -> Sequence[Resource]:
    """Return the security groups of a machine; none where one of them is not of the app."""
    found = [
        one.template.target(value, GROUP)
        for one in parts
        for path in _GROUPS.get(one.type, ())
        for value in spread(one.properties, path)
        if value is not None
    ]
    groups = [group for group in found if group is not None]
    return groups if len(groups) == len(found) else []


def _is_behind(machine: Resource) -> bool:
    paths = _BEHIND.get(machine.type, ())
    return any(is_present(machine.get(path)) is not Ternary.NO for path in paths)


def _is_reached(parts: Sequence[Resource]) -> bool:
    """Whether nothing says that the Internet does not reach a machine; of a service, whether it has an address."""
    if parts[0].type == SERVICE:
        return is_one_of(parts[0].get(_ASSIGNED), "ENABLED") is Ternary.YES
    return not any(map(_is_kept_in, parts))


def _is_kept_in(part: Resource) -> bool:
    subnets = [part.template.target(value, "AWS::EC2::Subnet") for value in _at(part, _SUBNETS.get(part.type, ()))]
    addressed = list(_at(part, (_ADDRESSED[part.type],) if part.type in _ADDRESSED else ()))
    return any(subnet is not None and is_public(subnet) is Ternary.NO for subnet in subnets) or (
        any(is_false(value) is Ternary.YES for value in addressed)
        and not any(is_true(value) is Ternary.YES for value in addressed)
    )


def _at(part: Resource, paths: Sequence[str]) -> Iterator[object]:
    return (value for path in paths for value in spread(part.properties, path) if value is not None)
