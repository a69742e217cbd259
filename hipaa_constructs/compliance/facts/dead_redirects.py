"""Redirects of load balancers' listeners to a port on which nothing listens."""

from __future__ import annotations

from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.naming import names_by
from hipaa_constructs.cloudformation.values import (
    Resolved,
    Ternary,
    Unknown,
    as_int,
    as_mapping,
    as_text,
    dig,
    is_one_of,
)
from hipaa_constructs.compliance.facts.mentions import users_in_any_world

_BALANCER: Final = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_LISTENER: Final = "AWS::ElasticLoadBalancingV2::Listener"
_ARN: Final = ("LoadBalancerArn",)
# What names a load balancer and adds no listener to it.
_ADDS_NONE: Final = ("AWS::Shield::Protection", "AWS::WAFRegional::WebACLAssociation", "AWS::WAFv2::WebACLAssociation")


def redirects_nowhere(listener: Resource, action: Resolved) -> int | None:
    """Return the port to which an action redirects by HTTPS at its own load balancer, if certainly nothing listens.

    What an action leaves out stays as it was asked for, so the host and the port of the listener
    (docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html).
    """
    balancer = listener.template.app.target(listener.get("LoadBalancerArn"), _BALANCER)
    if balancer is None or is_one_of(dig(action, "RedirectConfig.Protocol"), "HTTPS") is not Ternary.YES:
        return None
    host, named = (as_text(dig(action, f"RedirectConfig.{name}")) for name in ("Host", "Port"))
    if isinstance(host, Unknown) or host not in (None, "#{host}") or isinstance(named, Unknown):
        return None
    port = as_int(listener.get("Port") if named in (None, "#{port}") else named)
    if port is None or isinstance(port, Unknown) or _is_given_away(balancer):
        return None
    others = (one for one in users_in_any_world(balancer) if one.type == _LISTENER)
    return None if any(_may_take(one, port) for one in others) else port


def _may_take(listener: Resource, port: int) -> bool:
    there = as_int(listener.get("Port"))
    return (isinstance(there, Unknown) or there == port) and is_one_of(
        listener.get("Protocol"), "HTTP"
    ) is not Ternary.YES


def _is_given_away(balancer: Resource) -> bool:
    """Whether something that is no listener of it is given a load balancer, and may have another one added."""
    outputs = as_mapping(balancer.template.body.get("Outputs")).values()
    others = (one for one in users_in_any_world(balancer) if one.type not in (_LISTENER, *_ADDS_NONE))
    shown = (*(as_mapping(one).get("Value") for one in outputs), *(one.raw for one in others))
    return any(names_by(value, balancer.logical_id, _ARN) for value in shown)
