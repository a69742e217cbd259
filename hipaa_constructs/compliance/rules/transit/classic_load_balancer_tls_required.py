"""Listeners of classic load balancers speak TLS 1.2 or later.

Compliant: HTTPS or SSL with a negotiation policy of TLS 1.2. Non-compliant: HTTP or TCP in clear text, an older
policy, or none, which means ELBSecurityPolicy-2016-08 and TLS 1.0. Unknown: TCP on ports that do not tell. Not
applicable: TCP on port 443 and its like, which passes TLS through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Ternary,
    any_of,
    as_int,
    as_text,
    is_one_of,
    is_true,
    items,
    negate,
    same,
)
from hipaa_constructs.compliance.facts.load_balancers import CLEAR_PORTS, TLS_PORTS, judge_security_policy
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, failed, judge, unknown, worst


def check(resource: Resource) -> Verdict:
    return worst(_judge(resource, listener) for listener in items(resource.get("Listeners")))


def _judge(resource: Resource, listener: Any) -> Verdict:
    protocol = as_text(listener.get("Protocol")) if isinstance(listener, Mapping) else UNKNOWN
    if protocol is UNKNOWN:
        return unknown("A listener's protocol is known only at deployment.")
    port = as_int(listener.get("LoadBalancerPort"))
    name = f"The {protocol} listener on port {listener.get('LoadBalancerPort')}"
    if str(protocol).upper() in ("HTTPS", "SSL"):
        return _negotiation(resource, items(listener.get("PolicyNames")), name)
    if str(protocol).upper() == "TCP" and (port is UNKNOWN or port not in CLEAR_PORTS):
        passes_tls = port is not UNKNOWN and port in TLS_PORTS
        return NOT_APPLICABLE if passes_tls else unknown(f"TCP port {port}: TLS or clear text.")
    return failed(f"{name} takes clear text.")


def _negotiation(resource: Resource, names: Sequence[Any], listener: str) -> Verdict:
    policies = items(resource.get("Policies"))
    if any(not isinstance(item, Mapping) for item in policies) or any(name is UNKNOWN for name in names):
        return unknown(f"{listener} has policies that are known only at deployment.")
    for policy in policies:
        of_listener = any(same(policy.get("PolicyName"), name) for name in names)
        if of_listener and is_one_of(policy.get("PolicyType"), "SSLNegotiationPolicyType") is Ternary.YES:
            return _attributes(items(policy.get("Attributes")), listener)
    return failed(f"{listener} has no negotiation policy of its own, which means TLS 1.0 and later.")


def _attributes(attributes: Sequence[Any], listener: str) -> Verdict:
    if any(not isinstance(item, Mapping) for item in attributes):
        return unknown(f"{listener} has a negotiation policy that is known only at deployment.")
    values = {str(item.get("Name")): item.get("Value") for item in attributes}
    if "Reference-Security-Policy" in values:
        return judge_security_policy(f"{listener}: Reference-Security-Policy", values["Reference-Security-Policy"])
    older = any_of(is_true(values.get(name)) for name in ("Protocol-TLSv1", "Protocol-TLSv1.1", "Protocol-SSLv3"))
    return worst(
        (
            judge(is_true(values.get("Protocol-TLSv1.2")), f"{listener} has no TLS 1.2 in its negotiation policy."),
            judge(negate(older), f"{listener} has TLS older than 1.2 in its negotiation policy."),
        )
    )


RULE = Rule(
    name="ClassicLoadBalancerTlsRequired",
    severity="error",
    resource_types=("AWS::ElasticLoadBalancing::LoadBalancer",),
    controls=("164.312(a)(2)(iv)", "164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Use an application or network load balancer, or HTTPS listeners with a negotiation policy whose "
    "Reference-Security-Policy is ELBSecurityPolicy-TLS-1-2-2017-01.",
    check=check,
)
