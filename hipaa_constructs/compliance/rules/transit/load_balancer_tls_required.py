"""Listeners of load balancers and of VPC Lattice's services speak TLS 1.2 or later.

Compliant: an HTTPS or TLS listener whose security policy starts at TLS 1.2 and has ciphers with forward secrecy alone;
an HTTP listener whose actions, and those of its rules, only redirect to HTTPS or answer by themselves; a listener of
VPC Lattice by HTTPS, which has no older TLS (docs.aws.amazon.com/vpc-lattice/latest/ug/https-listeners.html), or one
that passes TLS through. Non-compliant: an older or no security policy, which means ELBSecurityPolicy-2016-08 and TLS
1.0; as a warning, one of TLS 1.2 that has other ciphers too; HTTP that forwards; TCP on HTTP's ports, and UDP on
syslog's; as a warning, HTTP that redirects to a port of HTTPS on which the load balancer has no listener, where nobody
outside of the template is given the load balancer, who could add one. Unknown: other TCP and UDP ports, where a network
load balancer passes on what it does not see. Not applicable: TCP and UDP on port 443 and its like, which pass TLS
through, and on those of SSH and IPsec, which encrypt by themselves; a TCP listener in front of an application load
balancer, whose own listeners are judged; gateway load balancers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Resolved,
    Ternary,
    any_of,
    as_int,
    as_items,
    as_text,
    dig,
    is_one_of,
    is_present,
    negate,
    spread,
)
from hipaa_constructs.compliance.facts.dead_redirects import redirects_nowhere
from hipaa_constructs.compliance.facts.load_balancers import (
    SYSLOG,
    TLS_PORTS,
    encrypts_itself,
    is_clear,
    judge_forward_secrecy,
)
from hipaa_constructs.compliance.fix import CERTIFICATE, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, judge, unknown, worst

_DEFAULT = "ELBSecurityPolicy-2016-08"
_BALANCER, _LATTICE = "AWS::ElasticLoadBalancingV2::Listener", "AWS::VpcLattice::Listener"


def check(resource: Resource) -> Verdict:
    protocol = as_text(resource.get("Protocol"))
    if protocol is UNKNOWN:
        return unknown("Protocol is known only at deployment.")
    if resource.type == _LATTICE:
        return PASSED if protocol in ("HTTPS", "TLS_PASSTHROUGH") else _lattice(resource)
    if protocol in ("HTTPS", "TLS"):
        if resource.get("SslPolicy") is None:
            return failed(f"SslPolicy is not set, so it is {_DEFAULT}, which accepts TLS older than 1.2.")
        return judge_forward_secrecy("SslPolicy", resource.get("SslPolicy"))
    if protocol == "HTTP":
        return worst((PASSED, *_of_http(resource)))
    if protocol in (None, "GENEVE"):
        return NOT_APPLICABLE
    return _pass_through(resource, str(protocol))


def _lattice(listener: Resource) -> Verdict:
    """Judge a listener of VPC Lattice by HTTP, which can forward or answer by itself, and not redirect."""
    rules = listener.template.app.referring(listener, "AWS::VpcLattice::Rule", "ListenerIdentifier")
    forwards = any_of(
        is_present(action)
        for action in (listener.get("DefaultAction.Forward"), *(rule.get("Action.Forward") for rule in rules))
    )
    return judge(
        negate(forwards),
        "The listener accepts HTTP and forwards it.",
        unknown_message="What the listener does with HTTP is known only at deployment.",
        at="Protocol",
    )


def _actions(listener: Resource) -> Iterator[tuple[str, Resolved]]:
    """Yield what a listener and its rules do, each with whose action it is."""
    rules = listener.template.app.referring(listener, "AWS::ElasticLoadBalancingV2::ListenerRule", "ListenerArn")
    named = [("The listener", listener.get("DefaultActions"))]
    named += [(f"Its rule {rule.logical_id}", rule.get("Actions")) for rule in rules]
    yield from ((name, action) for name, actions in named for action in as_items(actions))


def _of_http(listener: Resource) -> Iterator[Verdict]:
    for name, action in _actions(listener):
        verdict = _clear(name, action)
        port = redirects_nowhere(listener, action) if verdict is PASSED else None
        yield (
            verdict
            if port is None
            else failed(
                f"{name} redirects to HTTPS on port {port}, where the load balancer has no listener that takes it.",
                severity="warning",
            )
        )


def _leads_nowhere(listener: Resource) -> bool:
    """Whether a listener's fault is alone that nothing listens where it redirects to."""
    dead = [redirects_nowhere(listener, action) is not None for _, action in _actions(listener)]
    clear = (_clear(name, action) for name, action in _actions(listener))
    return _speaks("HTTP")(listener) and any(dead) and all(verdict is PASSED for verdict in clear)


def _clear(name: str, action: Resolved) -> Verdict:
    kind = as_text(dig(action, "Type"))
    if kind is UNKNOWN:
        return unknown(f"{name} accepts HTTP, and what it does is known only at deployment.")
    if kind == "fixed-response":
        return PASSED
    secure = is_one_of(dig(action, "RedirectConfig.Protocol"), "HTTPS") if kind == "redirect" else Ternary.NO
    return judge(
        secure,
        f"{name} answers HTTP with {kind}, not a redirect to HTTPS.",
        unknown_message=f"{name} accepts HTTP, and where it redirects to is known only at deployment.",
    )


def _pass_through(resource: Resource, protocol: str) -> Verdict:
    app = resource.template.app
    for arn in spread(resource.properties, "DefaultActions[].TargetGroupArn"):
        group = app.target(arn, "AWS::ElasticLoadBalancingV2::TargetGroup")
        if group is not None and is_one_of(group.get("TargetType"), "alb") is Ternary.YES:
            return NOT_APPLICABLE
    port = as_int(resource.get("Port"))
    if port is not UNKNOWN and (port in TLS_PORTS or encrypts_itself(protocol, port)):
        return NOT_APPLICABLE
    if port is not UNKNOWN and is_clear(protocol, port):
        return failed(f"The {protocol} listener accepts unencrypted traffic on port {port}.")
    return unknown(f"Whether the {protocol} listener on port {port} carries TLS is not known.")


def _speaks(*protocols: str) -> Callable[[Resource], bool]:
    return lambda listener: is_one_of(listener.get("Protocol"), *protocols) is Ternary.YES


def _takes_syslog(listener: Resource) -> bool:
    return _speaks("UDP", "TCP_UDP")(listener) and as_int(listener.get("Port")) == SYSLOG


_CERTIFIED = {
    "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
    "Certificates": [{"CertificateArn": CERTIFICATE}],
}
_REDIRECT = (
    "For HTTP, give DefaultActions, and Actions of an AWS::ElasticLoadBalancingV2::ListenerRule, "
    '{Type: redirect, RedirectConfig: {Protocol: HTTPS, Port: "443", StatusCode: HTTP_301}} alone.'
)
_NETWORK_CDK = (
    "elbv2.NetworkListener(protocol=elbv2.Protocol.TLS, certificates=[<a certificate>], "
    "ssl_policy=elbv2.SslPolicy.RECOMMENDED_TLS)"
)
_APPLICATION_CDK = (
    "elbv2.ApplicationListener(protocol=elbv2.ApplicationProtocol.HTTPS, certificates=[<a certificate>], "
    "ssl_policy=elbv2.SslPolicy.RECOMMENDED_TLS)"
)
_REDIRECT_CDK = (
    "elbv2.ApplicationListener(protocol=elbv2.ApplicationProtocol.HTTP, "
    'default_action=elbv2.ListenerAction.redirect(protocol="HTTPS", port="443", permanent=True))'
)
_HTTPS = {"Protocol": "HTTPS", "Port": 443, **_CERTIFIED}
# Each kind of load balancer has protocols of its own, and network ones cannot redirect:
# docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-listeners.html.
_OF_NETWORK = Fix(
    (_BALANCER,),
    properties={"Protocol": "TLS", **_CERTIFIED},
    template="Clients then speak TLS, on a port such as 443.",
    cdk=(_NETWORK_CDK,),
    when=_speaks("TCP", "TCP_UDP", "TLS", "UDP"),
)
_OF_SYSLOG = replace(
    _OF_NETWORK,
    properties={"Protocol": "TLS", "Port": 6514, **_CERTIFIED},
    template="",
    beside="Senders then speak syslog by TLS, and the AWS::ElasticLoadBalancingV2::TargetGroup has Protocol: TLS in "
    "place of UDP.",
    when=_takes_syslog,
)
_OF_APPLICATION = Fix(
    (_BALANCER,),
    properties=_HTTPS,
    template=f"The load balancer's security groups let clients in on that port. {_REDIRECT}",
    cdk=(_APPLICATION_CDK, _REDIRECT_CDK),
    constructs=("HttpsLoadBalancer",),
    when=_speaks("HTTP", "HTTPS"),
)
_OF_DEAD = replace(
    _OF_APPLICATION,
    properties={},
    template="",
    cdk=(_APPLICATION_CDK,),
    beside="Another AWS::ElasticLoadBalancingV2::Listener of the load balancer has Protocol: HTTPS, the port that is "
    "redirected to, Certificates, an SslPolicy such as ELBSecurityPolicy-TLS13-1-2-2021-06, and forwards to the target "
    "group; the load balancer's security groups let clients in on that port.",
    when=_leads_nowhere,
)
_OF_EITHER = replace(
    _OF_APPLICATION,
    template=f"On a network load balancer, set Protocol: TLS. {_REDIRECT}",
    cdk=(_APPLICATION_CDK, _NETWORK_CDK, _REDIRECT_CDK),
    when=None,
)

RULE = Rule(
    name="LoadBalancerTlsRequired",
    severity="error",
    resource_types=(_BALANCER, _LATTICE),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Let the listener speak HTTPS or TLS with a security policy that starts at TLS 1.2, and HTTP only redirect to "
    "HTTPS.",
    fixes=(
        _OF_SYSLOG,
        _OF_NETWORK,
        _OF_DEAD,
        _OF_APPLICATION,
        _OF_EITHER,
        Fix(
            (_LATTICE,),
            {"Protocol": "HTTPS", "Port": 443},
            beside="VPC Lattice has a certificate for the name that it gives the service; for CustomDomainName, the "
            "service names one of its own in CertificateArn. Callers then use https://.",
        ),
    ),
    check=check,
)
