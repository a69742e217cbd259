"""Security groups let the Internet in nowhere but at a load balancer's HTTPS port.

Compliant: no ingress from 0.0.0.0/0, ::/0 or a range nearly as wide, except port 443 of a group that a load
balancer uses, and port 80 there if all its listeners on 80 redirect to HTTPS. Prefix lists and other groups
are no open ranges. Non-compliant: any other ingress from anywhere. Unknown: port 443 of a group that is not
part of the app. Not applicable: nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, Text, as_int, as_list, dig, spread
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, unknown, worst
from hipaa_constructs.iam.exposure import is_wide

_GROUP = "AWS::EC2::SecurityGroup"
_ALB = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_CLB = "AWS::ElasticLoadBalancing::LoadBalancer"
_LEGACY = ("AWS::RDS::DBSecurityGroupIngress", "AWS::Redshift::ClusterSecurityGroupIngress")


def _range(value: Any) -> Any:
    """Whether a CIDR property opens a rule to the Internet."""
    if value is None or isinstance(value, Reference):
        return False  # such as a VPC's own CidrBlock
    if isinstance(value, Text) or not isinstance(value, str):
        return UNKNOWN
    return is_wide(value)


def _rule(rule: Any, group: Resource | None) -> Verdict:
    if not isinstance(rule, Mapping):
        return unknown("An ingress rule is known only at deployment.")
    ranges = [rule.get(name) for name in ("CidrIp", "CidrIpv6", "CIDRIP")]
    wide = [value for value in ranges if _range(value) is True]
    if not wide:
        if any(_range(value) is UNKNOWN for value in ranges):
            return unknown("The address range of an ingress rule is known only at deployment.")
        return PASSED
    port = _single_port(rule)
    seen = f"Ingress from {wide[0]} is open on {_ports(rule)}"
    if port not in (80, 443):
        return failed(f"{seen}.")
    if group is None:
        return unknown(f"{seen}, for a group that is not part of these templates.")
    balancers = _balancers(group)
    if not balancers:
        return failed(f"{seen}, and no load balancer uses the group.")
    if port == 80 and not all(_redirects(balancer) for balancer in balancers):
        return failed(f"{seen}, where the load balancer does not redirect to HTTPS.")
    return PASSED


def _single_port(rule: Mapping[str, Any]) -> Any:
    first, last = as_int(rule.get("FromPort")), as_int(rule.get("ToPort"))
    protocol = str(rule.get("IpProtocol")).lower()
    return first if first == last and protocol in ("tcp", "6", "udp", "17") else None


def _ports(rule: Mapping[str, Any]) -> str:
    first, last, protocol = rule.get("FromPort"), rule.get("ToPort"), rule.get("IpProtocol")
    if protocol in ("-1", -1, None) or first is None:
        return "all ports"
    return f"{protocol} port {first}" if first == last else f"{protocol} ports {first} to {last}"


def _balancers(group: Resource) -> Sequence[Resource]:
    app = group.template.app
    return [*app.referring(group, _ALB, "SecurityGroups"), *app.referring(group, _CLB, "SecurityGroups")]


def _redirects(balancer: Resource) -> bool:
    kind = "AWS::ElasticLoadBalancingV2::Listener"
    listeners = [
        listener
        for listener in balancer.template.app.referring(balancer, kind, "LoadBalancerArn")
        if as_int(listener.get("Port")) == 80
    ]
    return bool(listeners) and all(
        dig(action, "Type") == "redirect" and dig(action, "RedirectConfig.Protocol") == "HTTPS"
        for listener in listeners
        for action in spread(listener.properties, "DefaultActions[]")
    )


def check(resource: Resource) -> Verdict:
    if resource.type == _GROUP:
        rules = as_list(resource.get("SecurityGroupIngress"))
        if rules is UNKNOWN:
            return unknown("SecurityGroupIngress is known only at deployment.")
        return worst([PASSED, *(_rule(rule, resource) for rule in rules)])
    if resource.type == "AWS::RDS::DBSecurityGroup":
        rules = as_list(resource.get("DBSecurityGroupIngress"))
        return worst([PASSED, *(_rule(rule, None) for rule in ([UNKNOWN] if rules is UNKNOWN else rules))])
    group = resource.template.app.target(resource.get("GroupId"), _GROUP)
    return _rule(resource.properties, group)


RULE = Rule(
    name="SecurityGroupNotOpen",
    severity="error",
    resource_types=(_GROUP, "AWS::EC2::SecurityGroupIngress", "AWS::RDS::DBSecurityGroup", *_LEGACY),
    controls=("164.312(a)(1)", "164.312(e)(1)"),
    fix="Allow from a security group, a prefix list or a narrow range; put what the Internet must reach behind HTTPS.",
    check=check,
)
