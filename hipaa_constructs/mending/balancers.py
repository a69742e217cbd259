"""Load balancers: which headers they pass on, and that their listeners speak TLS."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hipaa_constructs.cloudformation.naming import is_about, names
from hipaa_constructs.compliance.facts.security_groups import GROUP, INGRESS
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.mending.draft import DECIDED, CannotMendError, Draft, is_function, is_plain, listed
from hipaa_constructs.mending.records import after, set_attribute

_LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
# TLS 1.2 and 1.3, as the rule names it:
# docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html.
_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"


def headers_dropped(draft: Draft, finding: Finding) -> None:
    """Let an application load balancer drop headers that HTTP does not allow."""
    name = finding.resource_logical_id
    if draft.properties(name).get("Type", "application") != "application":
        raise CannotMendError(DECIDED)
    set_attribute(draft, name, "routing.http.drop_invalid_header_fields.enabled", "true")


def listener_tls(draft: Draft, finding: Finding) -> None:
    """Let a listener with a certificate speak TLS 1.2, and one without send its callers to that."""
    name = finding.resource_logical_id
    properties = draft.properties(name)
    if is_function(properties.get("Protocol")) or is_function(properties.get("SslPolicy")):
        raise CannotMendError(DECIDED)
    if properties.get("Protocol") in ("HTTPS", "TLS"):
        properties["SslPolicy"] = _POLICY
        return
    secure = next(_secure_sisters(draft, name), None)
    if secure is None:
        secure = _secured(draft, name)
    port = str(secure.get("Port", 443))
    redirect = {"Protocol": "HTTPS", "Port": port, "StatusCode": "HTTP_301"}
    properties["DefaultActions"] = [{"Type": "redirect", "RedirectConfig": redirect}]


def _secured(draft: Draft, name: str) -> dict[str, Any]:
    """Add a listener that does by HTTPS what one on port 80 does by HTTP, by the owner's certificate.

    The rules move to it: of a listener that leads away they would never be asked.
    """
    raw, properties = draft.resource(name), draft.properties(name)
    sisters = [one["Properties"] for other, one in draft.of_type(_LISTENER) if other != name]
    taken = any(
        one.get("LoadBalancerArn") == properties.get("LoadBalancerArn") and str(one.get("Port")) != "80"
        for one in sisters
    )
    if properties.get("Protocol") != "HTTP" or str(properties.get("Port")) != "80" or taken:
        raise CannotMendError("Which certificate it presents, and on which port, only its owner knows.")
    certificate = {"CertificateArn": draft.given("certificate")}
    if not all(map(is_plain, listed(properties.get("DefaultActions")))):
        raise CannotMendError(DECIDED)
    others = [(other, one) for other, one in draft.naming(name) if one.get("Type") != _RULE]
    if names([draft.body.get("Outputs"), [one for _, one in others]], name):
        raise CannotMendError("What else uses the listener, the template does not show.")
    balancers = [one for one, _ in draft.ids(_BALANCER) if is_about(properties.get("LoadBalancerArn"), one)]
    if not balancers:
        raise CannotMendError("Whether its load balancer lets port 443 in, the template does not show.")
    for group in _groups(draft, balancers[0]):
        _let_https_in(draft, group)
    condition = {"Condition": raw["Condition"]} if "Condition" in raw else {}
    secure = {
        "LoadBalancerArn": copy.deepcopy(properties["LoadBalancerArn"]),
        "Port": 443,
        "Protocol": "HTTPS",
        "SslPolicy": _POLICY,
        "Certificates": [certificate],
        "DefaultActions": copy.deepcopy(properties["DefaultActions"]),
    }
    made = draft.add(f"{name}Tls", {"Type": _LISTENER, **condition, "Properties": secure})
    for _, rule in draft.of_type(_RULE):
        if is_about(rule["Properties"].get("ListenerArn"), name):
            rule["Properties"]["ListenerArn"] = {"Ref": made}
    # Services wait for the listener that has their target group.
    for other, one in draft.resources.items():
        if other not in (name, made) and is_plain(one) and name in listed(one.get("DependsOn", [])):
            after(one, made)
    after(raw, made)
    return secure


def _groups(draft: Draft, balancer: str) -> list[str]:
    """Return the security groups of a load balancer, all of which stand in the template."""
    named = draft.properties(balancer).get("SecurityGroups")
    groups = [one for one, _ in draft.ids(GROUP) if any(is_about(value, one) for value in listed(named))]
    if not groups or len(groups) != len(listed(named)):
        raise CannotMendError("Whether its load balancer lets port 443 in, the template does not show.")
    return groups


def _let_https_in(draft: Draft, group: str) -> None:
    """Let port 443 in from where a group lets port 80 in."""
    properties = draft.properties(group)
    rules = properties.get("SecurityGroupIngress", [])
    if is_function(rules) or not all(map(is_plain, listed(rules))):
        raise CannotMendError(DECIDED)
    inline = [_for_https(one) for one in listed(rules) if _is_http(one)]
    new = [one for one in inline if one not in [_for_https(other) for other in listed(rules) if _is_https(other)]]
    if new:
        properties["SecurityGroupIngress"] = [*listed(rules), *new]
    for name, raw in list(draft.of_type(INGRESS)):
        if is_about(raw["Properties"].get("GroupId"), group) and _is_http(raw["Properties"]):
            draft.add(f"{name}Https", {**raw, "Properties": _for_https(raw["Properties"])})


def _is_http(rule: dict[str, Any]) -> bool:
    return str(rule.get("FromPort")) == str(rule.get("ToPort")) == "80"


def _is_https(rule: dict[str, Any]) -> bool:
    return str(rule.get("FromPort")) == str(rule.get("ToPort")) == "443"


def _for_https(rule: dict[str, Any]) -> dict[str, Any]:
    port: Any = "443" if isinstance(rule.get("FromPort"), str) else 443
    kept = {key: value for key, value in rule.items() if key != "Description"}
    return copy.deepcopy({**kept, "FromPort": port, "ToPort": port})


def _secure_sisters(draft: Draft, name: str) -> Iterator[dict[str, Any]]:
    """Yield the listeners of the same load balancer that do by HTTPS what this one does by HTTP."""
    raw, properties = draft.resource(name), draft.properties(name)
    if properties.get("Protocol") != "HTTP" or any(
        is_about(rule["Properties"].get("ListenerArn"), name) for _, rule in draft.of_type(_RULE)
    ):
        return
    for other, sister in draft.of_type(_LISTENER):
        found = sister["Properties"]
        alike = all(found.get(key) == properties.get(key) for key in ("LoadBalancerArn", "DefaultActions"))
        on_same = sister.get("Condition") in (None, raw.get("Condition"))
        if other != name and alike and on_same and found.get("Protocol") == "HTTPS" and not is_function(found["Port"]):
            yield found
