"""Listeners of application and network load balancers speak TLS 1.2 or later.

Compliant: an HTTPS or TLS listener whose security policy starts at TLS 1.2; an HTTP listener whose actions, and
those of its rules, only redirect to HTTPS or answer by themselves. Non-compliant: an older or no security policy,
which means ELBSecurityPolicy-2016-08 and TLS 1.0; HTTP that forwards; TCP on HTTP's ports. Unknown: other TCP and
UDP ports, where a network load balancer passes on what it does not see. Not applicable: TCP and UDP on port 443 and
its like, which pass TLS through; a TCP listener in front of an application load balancer, whose own listeners are
judged; gateway load balancers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, as_int, as_list, as_text, spread
from hipaa_constructs.compliance.facts.load_balancers import CLEAR_PORTS, TLS_PORTS, judge_security_policy
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, judge, unknown, worst


def check(resource: Resource) -> Verdict:
    protocol = as_text(resource.get("Protocol"))
    if protocol is UNKNOWN:
        return unknown("Protocol is known only at deployment.")
    if protocol in ("HTTPS", "TLS"):
        return judge_security_policy("SslPolicy", resource.get("SslPolicy", "ELBSecurityPolicy-2016-08"))
    if protocol == "HTTP":
        rules = resource.template.app.referring(resource, "AWS::ElasticLoadBalancingV2::ListenerRule", "ListenerArn")
        actions = [resource.get("DefaultActions"), *(rule.get("Actions") for rule in rules)]
        return worst((PASSED, *(_clear(action) for listed in actions for action in _each(listed))))
    if protocol in (None, "GENEVE"):
        return NOT_APPLICABLE
    return _pass_through(resource, protocol)


def _each(actions: Any) -> list[Any]:
    listed = as_list(actions)
    return [UNKNOWN] if listed is UNKNOWN else list(listed)


def _clear(action: Any) -> Verdict:
    kind = as_text(action.get("Type")) if isinstance(action, Mapping) else UNKNOWN
    if kind is UNKNOWN:
        return unknown("What the HTTP listener does is known only at deployment.")
    if kind == "fixed-response":
        return PASSED
    target = action.get("RedirectConfig")
    to = as_text(target.get("Protocol")) if isinstance(target, Mapping) else target
    if kind == "redirect" and to is UNKNOWN:
        return unknown("Where the HTTP listener redirects to is known only at deployment.")
    return judge(kind == "redirect" and to == "HTTPS", f"An HTTP listener does {kind} in clear text.")


def _pass_through(resource: Resource, protocol: str) -> Verdict:
    app = resource.template.app
    for arn in spread(resource.properties, "DefaultActions[].TargetGroupArn"):
        group = app.target(arn, "AWS::ElasticLoadBalancingV2::TargetGroup")
        if group is not None and group.get("TargetType") == "alb":
            return NOT_APPLICABLE
    port = as_int(resource.get("Port"))
    if port is not UNKNOWN and port in TLS_PORTS:
        return NOT_APPLICABLE
    if port is not UNKNOWN and port in CLEAR_PORTS:
        return failed(f"A {protocol} listener takes clear text on port {port}.")
    return unknown(f"A {protocol} listener passes on what comes to port {port}: TLS or clear text.")


RULE = Rule(
    name="LoadBalancerTlsRequired",
    severity="error",
    resource_types=("AWS::ElasticLoadBalancingV2::Listener",),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Use protocol HTTPS or TLS with ssl_policy=elbv2.SslPolicy.RECOMMENDED_TLS or another that starts at TLS "
    "1.2, and let HTTP only redirect to HTTPS.",
    check=check,
)
