"""Load balancers and services of VPC Lattice speak TLS to their targets.

What ends at one of them is PHI in clear again on the way behind it. Compliant: a target group of HTTPS or TLS; a
classic load balancer whose listeners speak HTTPS or SSL to the instances; processes and listeners of Elastic Beanstalk
that do. Non-compliant: HTTP, which is Elastic Beanstalk's default
(docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html); TCP behind a TLS listener of a network
load balancer, which takes TLS off; HTTP or TCP behind HTTPS or SSL of a classic one. Not applicable: TCP and UDP that a
network load balancer passes on as they came, which LoadBalancerTlsRequired judges; functions, which Elastic Load
Balancing invokes; application load balancers as targets; GENEVE; classic listeners that take clear text, which
ClassicLoadBalancerTlsRequired and BeanstalkTlsRequired find; environments without a load balancer of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    Resolved,
    Ternary,
    Unknown,
    any_of,
    as_items,
    as_text,
    dig,
    is_false,
    is_one_of,
    spread,
)
from hipaa_constructs.compliance.facts.beanstalk import TYPES, fix_of, load_balancer, namespaces, option
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, judge, unknown, worst

_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
_CLASSIC = "AWS::ElasticLoadBalancing::LoadBalancer"
_LATTICE = "AWS::VpcLattice::TargetGroup"
_LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
_FORWARDS = ("DefaultActions[].TargetGroupArn", "DefaultActions[].ForwardConfig.TargetGroups[].TargetGroupArn")
_PROCESSES = "aws:elasticbeanstalk:environment:process:"
_PROCESS = f"{_PROCESSES}default"
_OWN_CERTIFICATE = (
    "What the targets are, such as a task's container or a proxy beside it, speaks TLS on that port, also to health "
    "checks; the load balancer takes any certificate, so one of their own making does."
)
_CLASSIC_LISTENER = re.compile(r"aws:elb:listener(:\d+)?")


def check(resource: Resource) -> Verdict:
    if resource.type in TYPES:
        return _beanstalk(resource)
    if resource.type == _CLASSIC:
        return worst(_classic(listener) for listener in as_items(resource.get("Listeners")))
    if resource.type == _LATTICE:
        return _lattice(resource)
    protocol = as_text(resource.get("Protocol"))
    if isinstance(protocol, Unknown):
        return unknown("Protocol is known only at deployment.")
    if protocol in ("HTTPS", "TLS"):
        return PASSED
    if protocol == "HTTP":
        return failed("Protocol is HTTP, so that the load balancer sends requests on in clear text.")
    if protocol == "TCP" and is_one_of(resource.get("TargetType"), "alb") is not Ternary.YES:
        return _taken_off(resource)
    return NOT_APPLICABLE


def _lattice(group: Resource) -> Verdict:
    if is_one_of(group.get("Type"), "ALB", "LAMBDA") is Ternary.YES:
        return NOT_APPLICABLE
    protocol = group.get("Config.Protocol")
    if protocol is None or is_one_of(protocol, "TCP") is Ternary.YES:
        return NOT_APPLICABLE
    return judge(
        is_one_of(protocol, "HTTPS"),
        "Config.Protocol is HTTP, so that VPC Lattice sends requests on in clear text.",
        unknown_message="Config.Protocol is known only at deployment.",
    )


def _taken_off(group: Resource) -> Verdict:
    """Judge a group of TCP: only a listener of TLS takes off what the client put on."""
    listeners = group.template.app.told(group, "listeners that forward", (_LISTENER,), _forwarded)
    off = any_of(is_one_of(listener.get("Protocol"), "TLS") for listener, _ in listeners)
    if off is Ternary.NO:
        return NOT_APPLICABLE
    names = ", ".join(dict.fromkeys(listener.logical_id for listener, _ in listeners))
    if off is Ternary.UNKNOWN:
        return unknown(f"The protocol of the listener {names} is known only at deployment.")
    return failed(f"Protocol is TCP behind the listener {names}, which takes TLS off.", at="Protocol")


def _forwarded(listener: Resource) -> Iterator[tuple[Resource, None]]:
    for path in _FORWARDS:
        for arn in spread(listener.properties, path):
            group = listener.template.target(arn, _GROUP)
            if group is not None:
                yield group, None


def _classic(listener: Resolved) -> Verdict:
    outside, inside = as_text(dig(listener, "Protocol")), dig(listener, "InstanceProtocol")
    if isinstance(outside, Unknown):
        return unknown("A listener's protocol is known only at deployment.")
    if str(outside).upper() not in ("HTTPS", "SSL"):
        return NOT_APPLICABLE
    port = dig(listener, "LoadBalancerPort")
    if inside is None:
        return unknown(f"The {outside} listener on port {port} has no InstanceProtocol, and AWS documents no default.")
    return judge(
        is_one_of(inside, "https", "ssl", any_case=True),
        f"The {outside} listener on port {port} sends on to the instances by {inside}, in clear text.",
        unknown_message=f"The InstanceProtocol of the listener on port {port} is known only at deployment.",
    )


def _beanstalk(resource: Resource) -> Verdict:
    kind = load_balancer(resource)
    if isinstance(kind, Unknown):
        return unknown("The options of the environment's load balancer are known only at deployment.")
    named = namespaces(resource)
    if kind == "classic":
        listeners = sorted(name for name in named if _CLASSIC_LISTENER.fullmatch(name))
        return worst((NOT_APPLICABLE, *(_classic_option(resource, name) for name in listeners)))
    if kind != "application":
        return NOT_APPLICABLE
    processes = sorted({_PROCESS, *(name for name in named if name.startswith(_PROCESSES))})
    return worst(
        judge(
            is_one_of(protocol, "https", any_case=True),
            f"Protocol of {name} is {protocol}, so that the load balancer sends requests on in clear text.",
            unknown_message=f"Protocol of {name} is known only at deployment.",
        )
        for name in processes
        for protocol in (option(resource, name, "Protocol", "HTTP"),)
    )


def _classic_option(resource: Resource, namespace: str) -> Verdict:
    outside = as_text(option(resource, namespace, "ListenerProtocol", "HTTP"))
    if is_false(option(resource, namespace, "ListenerEnabled", True)) is Ternary.YES:
        return NOT_APPLICABLE
    if isinstance(outside, Unknown):
        return unknown(f"ListenerProtocol of {namespace} is known only at deployment.")
    if str(outside).upper() not in ("HTTPS", "SSL"):
        return NOT_APPLICABLE
    inside = option(resource, namespace, "InstanceProtocol", "HTTP")
    return judge(
        is_one_of(inside, "https", "ssl", any_case=True),
        f"InstanceProtocol of {namespace} is {inside}, so that the load balancer sends requests on in clear text.",
        unknown_message=f"InstanceProtocol of {namespace} is known only at deployment.",
    )


_OPTIONS = fix_of(
    ("aws:elasticbeanstalk:environment", "LoadBalancerType", "application"),
    (_PROCESS, "Protocol", "HTTPS"),
    (_PROCESS, "Port", "443"),
)
# docs.aws.amazon.com/elasticbeanstalk/latest/dg/configuring-https-endtoend.html
_IN_BEANSTALK = replace(
    _OPTIONS,
    beside=f"{_OPTIONS.beside} The proxy on the instances speaks TLS on that port, also to health checks: a "
    "configuration in .platform or .ebextensions of the app says so, and the security group of the instances lets the "
    "load balancer in.",
)

RULE = Rule(
    name="TargetTlsRequired",
    severity="error",
    resource_types=(_CLASSIC, _GROUP, _LATTICE, *TYPES),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Let the targets speak TLS, by any certificate, and have the load balancer speak it to them.",
    fixes=(
        Fix(
            (_GROUP,),
            {"Protocol": "TLS"},
            beside=_OWN_CERTIFICATE,
            cdk=("elbv2.NetworkTargetGroup(protocol=elbv2.Protocol.TLS)",),
            when=lambda group: is_one_of(group.get("Protocol"), "TCP") is Ternary.YES,
        ),
        # Health checks stay in clear text by themselves, which a port that speaks TLS does not answer.
        Fix(
            (_GROUP,),
            {"Protocol": "HTTPS", "HealthCheckProtocol": "HTTPS"},
            beside=_OWN_CERTIFICATE,
            cdk=(
                "elbv2.ApplicationTargetGroup(protocol=elbv2.ApplicationProtocol.HTTPS, "
                "health_check=elbv2.HealthCheck(protocol=elbv2.Protocol.HTTPS))",
            ),
            constructs=("HttpsLoadBalancer",),
        ),
        Fix(
            (_LATTICE,),
            {"Config.Protocol": "HTTPS", "?Config.HealthCheck.Protocol": "HTTPS"},
            beside="What the targets are, such as a task's container or a proxy beside it, speaks TLS on that port, "
            "also to health checks.",
        ),
        Fix((_CLASSIC,), {"Listeners[].InstanceProtocol": "HTTPS"}),
        _IN_BEANSTALK,
    ),
    check=check,
)
