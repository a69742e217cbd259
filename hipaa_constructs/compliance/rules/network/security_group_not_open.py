"""Security groups let the Internet in only at a load balancer's HTTPS port.

Compliant: no ingress from 0.0.0.0/0, ::/0 or a range nearly as wide, also by an entry of a prefix list of the app,
except port 443 of a group that a load balancer uses, and port 80 there if all its listeners on 80 redirect to HTTPS.
Other groups, AWS's own prefix lists and those outside the app are no open ranges. Non-compliant: any other ingress
from anywhere. Unknown: port 443 of a group that is not part of the app. Not applicable: nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import (
    Fields,
    Reference,
    Resolved,
    Ternary,
    Text,
    all_of,
    any_of,
    as_int,
    as_items,
    dig,
    is_mapping,
    is_one_of,
    same,
    spread,
)
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, listed, unknown, worst
from hipaa_constructs.iam.exposure import is_wide

_GROUP = "AWS::EC2::SecurityGroup"
_ALB = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_CLB = "AWS::ElasticLoadBalancing::LoadBalancer"
_LEGACY = ("AWS::RDS::DBSecurityGroupIngress", "AWS::Redshift::ClusterSecurityGroupIngress")


def _range(value: Resolved) -> Ternary:
    """Whether a CIDR property opens a rule to the Internet."""
    if value is None or isinstance(value, Reference):
        return Ternary.NO  # such as a VPC's own CidrBlock
    if isinstance(value, Text) or not isinstance(value, str):
        return Ternary.UNKNOWN
    return is_wide(value)


def _ranges(rule: Fields, app: App) -> Iterator[tuple[str, Resolved]]:
    """Yield what a rule lets in, each with how messages call it."""
    for name in ("CidrIp", "CidrIpv6", "CIDRIP"):
        yield str(rule.get(name)), rule.get(name)
    prefix_list = app.target(rule.get("SourcePrefixListId"), "AWS::EC2::PrefixList")
    if prefix_list is not None:
        for value in spread(prefix_list.properties, "Entries[].Cidr"):
            yield f"{value} of the prefix list {prefix_list.logical_id}", value


def _rule(rule: object, group: Resource | None, app: App) -> Verdict:
    if not is_mapping(rule):
        return unknown("An ingress rule is known only at deployment.")
    ranges = [(called, _range(value)) for called, value in _ranges(rule, app)]
    wide = [called for called, is_open in ranges if is_open is Ternary.YES]
    if not wide:
        if any_of(is_open for _, is_open in ranges) is Ternary.UNKNOWN:
            return unknown("The address range of an ingress rule is known only at deployment.")
        return PASSED
    port = _single_port(rule)
    seen = f"Ingress from {listed(wide)} is open on {_ports(rule)}"
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


def _single_port(rule: Fields) -> int | None:
    first, last = as_int(rule.get("FromPort")), as_int(rule.get("ToPort"))
    single = is_one_of(rule.get("IpProtocol"), "tcp", "6", "udp", "17", any_case=True) is Ternary.YES
    return first if single and isinstance(first, int) and isinstance(last, int) and first == last else None


def _ports(rule: Fields) -> str:
    first, last, protocol = rule.get("FromPort"), rule.get("ToPort"), rule.get("IpProtocol")
    if protocol is None or first is None or is_one_of(protocol, "-1") is Ternary.YES:
        return "all ports"
    return f"{protocol} port {first}" if same(first, last) else f"{protocol} ports {first} to {last}"


def _balancers(group: Resource) -> Sequence[Resource]:
    app = group.template.app
    return [*app.referring(group, _ALB, "SecurityGroups"), *app.referring(group, _CLB, "SecurityGroups")]


def _redirects(balancer: Resource) -> bool:
    kind = "AWS::ElasticLoadBalancingV2::Listener"
    listeners = [
        listener
        for listener in balancer.template.app.referring(balancer, kind, "LoadBalancerArn")
        if is_one_of(listener.get("Port"), "80") is Ternary.YES
    ]
    return bool(listeners) and all(
        all_of((is_one_of(dig(action, "Type"), "redirect"), is_one_of(dig(action, "RedirectConfig.Protocol"), "HTTPS")))
        is Ternary.YES
        for listener in listeners
        for action in spread(listener.properties, "DefaultActions[]")
    )


def check(resource: Resource) -> Verdict:
    app = resource.template.app
    if resource.type == _GROUP:
        return worst([PASSED, *(_rule(rule, resource, app) for rule in as_items(resource.get("SecurityGroupIngress")))])
    if resource.type == "AWS::RDS::DBSecurityGroup":
        return worst([PASSED, *(_rule(rule, None, app) for rule in as_items(resource.get("DBSecurityGroupIngress")))])
    return _rule(resource.properties, resource.template.target(resource.get("GroupId"), _GROUP), app)


_ALLOWED = (
    "ec2.SecurityGroup.add_ingress_rule(peer=<a security group, prefix list or narrow range>, connection=<a port>)"
)

RULE = Rule(
    name="SecurityGroupNotOpen",
    severity="error",
    resource_types=(_GROUP, "AWS::EC2::SecurityGroupIngress", "AWS::RDS::DBSecurityGroup", *_LEGACY),
    controls=("164.312(a)(1)", "164.312(e)(1)"),
    fix="Allow from a security group, a prefix list or a narrow range; put what the Internet must reach "
    "behind a load balancer with HTTPS.",
    fixes=(
        Fix(
            (_GROUP,),
            in_words="Each entry of SecurityGroupIngress has SourceSecurityGroupId, SourcePrefixListId or a narrow "
            "range in CidrIp or CidrIpv6; 0.0.0.0/0 and ::/0 stand at port 443 of a load balancer's group "
            "alone.",
            cdk=(_ALLOWED,),
        ),
        Fix(
            ("AWS::EC2::SecurityGroupIngress",),
            in_words="It has SourceSecurityGroupId, SourcePrefixListId or a narrow range in CidrIp or CidrIpv6 in "
            "place of 0.0.0.0/0 and ::/0.",
            cdk=(_ALLOWED,),
        ),
        Fix(("AWS::RDS::DBSecurityGroup",), {"DBSecurityGroupIngress[].CIDRIP": Choose("a narrow range")}),
        Fix(_LEGACY, {"CIDRIP": Choose("a narrow range")}),
    ),
    check=check,
)
