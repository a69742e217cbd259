"""Load balancers of Elastic Beanstalk take TLS 1.2 or later, and no clear text.

Compliant: HTTPS or SSL listeners with a policy of TLS 1.2, and the default listener of port 80 switched off or HTTPS
itself. Non-compliant: a listener in clear text, such as the default one, which is on unless it is switched off; one
without a policy, which means ELBSecurityPolicy-2016-08 and TLS 1.0; as a warning, an application load balancer's policy
that has ciphers without forward secrecy too. Unknown: options that only deployment knows. Not applicable: environments
of one instance or of workers, and those with a network load balancer or a shared one, whose TLS is set elsewhere;
configuration templates that an environment of the app names, which is judged with them.
"""

from __future__ import annotations

import re

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown, as_text, is_false
from hipaa_constructs.compliance.facts.beanstalk import TYPES, fix_of, load_balancer, namespaces, option
from hipaa_constructs.compliance.facts.load_balancers import judge_forward_secrecy, judge_security_policy
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, failed, unknown, worst

# Names and defaults: docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html
# By the load balancer's type: its default listener, what else listens, and what the protocol is called.
_LISTENERS = {
    "application": ("aws:elbv2:listener:default", re.compile(r"aws:elbv2:listener:\d+"), "Protocol"),
    "classic": ("aws:elb:listener", re.compile(r"aws:elb:listener:\d+"), "ListenerProtocol"),
}


def check(resource: Resource) -> Verdict:
    kind = load_balancer(resource)
    if isinstance(kind, Unknown):
        return unknown("The options of the environment's load balancer are known only at deployment.")
    if kind not in _LISTENERS:
        return NOT_APPLICABLE
    default, others, protocol = _LISTENERS[kind]
    named = sorted(name for name in namespaces(resource) if others.fullmatch(name))
    return worst(_listener(resource, name, protocol) for name in (default, *named))


def _listener(resource: Resource, namespace: str, name: str) -> Verdict:
    off = is_false(option(resource, namespace, "ListenerEnabled"))
    if off is Ternary.YES:
        return NOT_APPLICABLE
    protocol = as_text(option(resource, namespace, name))
    if off is Ternary.UNKNOWN or isinstance(protocol, Unknown):
        return unknown(f"The options of {namespace} are known only at deployment.")
    if (protocol or "HTTP").upper() not in ("HTTPS", "SSL"):
        return failed(f"{namespace} takes {protocol or 'HTTP'}, in clear text.")
    if not namespace.startswith("aws:elbv2:"):
        # A classic load balancer has its policy in namespaces of names that anybody may choose.
        return _classic_policy(resource, namespace)
    policy = option(resource, namespace, "SSLPolicy", "ELBSecurityPolicy-2016-08")
    return judge_forward_secrecy(f"SSLPolicy of {namespace}", policy)


def _classic_policy(resource: Resource, namespace: str) -> Verdict:
    predefined = [
        found
        for policy in namespaces(resource)
        if policy.startswith("aws:elb:policies:")
        and (found := option(resource, policy, "SSLReferencePolicy")) is not None
    ]
    if not predefined:
        return failed(f"{namespace} has no SSLReferencePolicy, which means TLS 1.0 and later.")
    return worst(judge_security_policy("SSLReferencePolicy", policy) for policy in predefined)


RULE = Rule(
    name="BeanstalkTlsRequired",
    severity="error",
    resource_types=TYPES,
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Take an application load balancer that listens by TLS 1.2 or later alone.",
    fixes=(
        fix_of(
            ("aws:elasticbeanstalk:environment", "LoadBalancerType", "application"),
            ("aws:elbv2:listener:default", "ListenerEnabled", "false"),
            ("aws:elbv2:listener:443", "Protocol", "HTTPS"),
            ("aws:elbv2:listener:443", "SSLCertificateArns", "a certificate"),
            ("aws:elbv2:listener:443", "SSLPolicy", "one that starts at TLS 1.2"),
        ),
    ),
    check=check,
)
