"""Listeners of classic load balancers speak TLS 1.2 or later.

Compliant: HTTPS or SSL with a negotiation policy of TLS 1.2. Non-compliant: HTTP or TCP in clear text, an older
policy, or none, which means ELBSecurityPolicy-2016-08 and TLS 1.0. Unknown: TCP on ports that do not tell. Not
applicable: TCP on port 443 and its like, which passes TLS through.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, as_bool, as_int, as_list, as_text
from hipaa_constructs.compliance.facts.load_balancers import CLEAR_PORTS, TLS_PORTS, judge_security_policy
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, failed, judge, unknown, worst


def check(resource: Resource) -> Verdict:
    listeners = as_list(resource.get("Listeners"))
    if listeners is UNKNOWN:
        return unknown("The listeners are known only at deployment.")
    return worst(_judge(resource, listener) for listener in listeners)


def _judge(resource: Resource, listener: Any) -> Verdict:
    protocol = as_text(listener.get("Protocol")) if isinstance(listener, Mapping) else UNKNOWN
    if protocol is UNKNOWN:
        return unknown("A listener's protocol is known only at deployment.")
    if str(protocol).upper() in ("HTTPS", "SSL"):
        return _negotiation(resource, as_list(listener.get("PolicyNames")))
    port = as_int(listener.get("LoadBalancerPort"))
    if port is not UNKNOWN and protocol == "TCP" and port not in CLEAR_PORTS:
        return NOT_APPLICABLE if port in TLS_PORTS else unknown(f"TCP port {port}: TLS or clear text.")
    return failed(f"The {protocol} listener on port {port} takes clear text.")


def _negotiation(resource: Resource, names: Any) -> Verdict:
    policies = as_list(resource.get("Policies"))
    if UNKNOWN in (names, policies):
        return unknown("The listener's policies are known only at deployment.")
    for policy in policies:
        if (
            isinstance(policy, Mapping)
            and policy.get("PolicyName") in names
            and policy.get("PolicyType") == "SSLNegotiationPolicyType"
        ):
            return _attributes(as_list(policy.get("Attributes")))
    return failed("The listener has no negotiation policy of its own, which means TLS 1.0 and later.")


def _attributes(attributes: Any) -> Verdict:
    if attributes is UNKNOWN or any(not isinstance(item, Mapping) for item in attributes):
        return unknown("The negotiation policy is known only at deployment.")
    values = {str(item.get("Name")): item.get("Value") for item in attributes}
    if "Reference-Security-Policy" in values:
        return judge_security_policy("Reference-Security-Policy", values["Reference-Security-Policy"])
    older = [as_bool(values.get(name, False)) for name in ("Protocol-TLSv1", "Protocol-TLSv1.1", "Protocol-SSLv3")]
    verdict = judge(as_bool(values.get("Protocol-TLSv1.2", False)), "The negotiation policy has no TLS 1.2.")
    return worst((verdict, *(failed("The negotiation policy has TLS older than 1.2.") for on in older if on is True)))


RULE = Rule(
    name="ClassicLoadBalancerTlsRequired",
    severity="error",
    resource_types=("AWS::ElasticLoadBalancing::LoadBalancer",),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Use an application or network load balancer, or HTTPS listeners with a negotiation policy whose "
    "Reference-Security-Policy is ELBSecurityPolicy-TLS-1-2-2017-01.",
    check=check,
)
