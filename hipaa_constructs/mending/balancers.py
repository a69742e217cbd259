"""Load balancers: which headers they pass on, and that their listeners speak TLS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.mending.draft import DECIDED, CannotMendError, Draft, is_about, is_function
from hipaa_constructs.mending.records import set_attribute

_LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
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
        raise CannotMendError("Which certificate it presents, and on which port, only its owner knows.")
    port = str(secure.get("Port", 443))
    redirect = {"Protocol": "HTTPS", "Port": port, "StatusCode": "HTTP_301"}
    properties["DefaultActions"] = [{"Type": "redirect", "RedirectConfig": redirect}]


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
