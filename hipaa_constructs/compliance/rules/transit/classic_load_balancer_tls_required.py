"""Listeners of classic load balancers speak TLS 1.2 or later.

Compliant: HTTPS or SSL with a negotiation policy of TLS 1.2. Non-compliant: HTTP or TCP in clear text, an older
policy, or none, which means ELBSecurityPolicy-2016-08 and TLS 1.0. Unknown: TCP on ports that do not tell. Not
applicable: TCP on port 443 and its like, which passes TLS through.
"""

from __future__ import annotations

from collections.abc import Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Resolved,
    Ternary,
    Unknown,
    any_of,
    as_int,
    as_items,
    as_text,
    dig,
    is_one_of,
    is_true,
    negate,
    same,
)
from hipaa_constructs.compliance.facts.load_balancers import (
    CLEAR_PORTS,
    TLS_PORTS,
    encrypts_itself,
    judge_security_policy,
)
from hipaa_constructs.compliance.fix import CERTIFICATE, Choose, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, failed, judge, unknown, worst


def check(resource: Resource) -> Verdict:
    return worst(_judge(resource, listener) for listener in as_items(resource.get("Listeners")))


def _judge(resource: Resource, listener: Resolved) -> Verdict:
    protocol, port = as_text(dig(listener, "Protocol")), as_int(dig(listener, "LoadBalancerPort"))
    if isinstance(protocol, Unknown):
        return unknown("A listener's protocol is known only at deployment.")
    name = f"The {protocol} listener on port {port}"
    if str(protocol).upper() in ("HTTPS", "SSL"):
        return _negotiation(resource, as_items(dig(listener, "PolicyNames")), name)
    if str(protocol).upper() == "TCP" and not (isinstance(port, int) and port in CLEAR_PORTS):
        passes_tls = isinstance(port, int) and (port in TLS_PORTS or encrypts_itself("TCP", port))
        return NOT_APPLICABLE if passes_tls else unknown(f"Whether TCP port {port} carries TLS is not known.")
    return failed(f"{name} accepts unencrypted traffic.")


def _negotiation(resource: Resource, names: Sequence[Resolved], listener: str) -> Verdict:
    policies = as_items(resource.get("Policies"))
    for policy in policies:
        of_listener = any(same(dig(policy, "PolicyName"), name) for name in names)
        if of_listener and is_one_of(dig(policy, "PolicyType"), "SSLNegotiationPolicyType") is Ternary.YES:
            return _attributes(as_items(dig(policy, "Attributes")), listener)
    if any(item is UNKNOWN for item in (*policies, *names)):
        return unknown(f"{listener} has policies that are known only at deployment.")
    return failed(f"{listener} has no negotiation policy of its own, which means TLS 1.0 and later.")


def _attributes(attributes: Sequence[Resolved], listener: str) -> Verdict:
    if any(item is UNKNOWN for item in attributes):
        return unknown(f"{listener} has a negotiation policy that is known only at deployment.")
    values = {str(dig(item, "Name")): dig(item, "Value") for item in attributes}
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
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Use an application or network load balancer instead, or give listeners HTTPS and a negotiation policy of TLS "
    "1.2.",
    fixes=(
        Fix(
            properties={
                "Listeners[].Protocol": "HTTPS",
                "Listeners[].LoadBalancerPort": "443",
                "Listeners[].InstanceProtocol": "HTTPS",
                "Listeners[].InstancePort": Choose("the port on which instances speak TLS"),
                "Listeners[].SSLCertificateId": CERTIFICATE,
                "Listeners[].PolicyNames": ["Tls12"],
                "Policies": [
                    {
                        "PolicyName": "Tls12",
                        "PolicyType": "SSLNegotiationPolicyType",
                        "Attributes": [
                            {"Name": "Reference-Security-Policy", "Value": "ELBSecurityPolicy-TLS-1-2-2017-01"}
                        ],
                    }
                ],
            },
            constructs=("HttpsLoadBalancer",),
        ),
    ),
    check=check,
)
