"""Application load balancers stand behind a web ACL.

Compliant: an association of the app, of WAFv2 or of WAF Classic, names the load balancer. Non-compliant: none does; of
an internal load balancer, which the network's own clients reach, a warning.
Unknown: an association whose resource only deployment can tell. Not applicable: network and gateway load balancers,
which WAF does not look into.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Ternary, as_text, is_one_of
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Severity, Verdict, failed, unknown

_ASSOCIATIONS = ("AWS::WAFv2::WebACLAssociation", "AWS::WAFRegional::WebACLAssociation")


def _any_unknown(app: App) -> bool:
    return any(association.get("ResourceArn") is UNKNOWN for association in app.of_type(*_ASSOCIATIONS))


def check(resource: Resource) -> Verdict:
    kind = as_text(resource.get("Type", "application"))
    if kind is not UNKNOWN and kind != "application":
        return NOT_APPLICABLE
    app = resource.template.app
    if any(app.referring(resource, association, "ResourceArn") for association in _ASSOCIATIONS):
        return PASSED
    if kind is UNKNOWN:
        return unknown("Type is known only at deployment.")
    if app.cached("web ACL associations of unknown resources", _any_unknown):
        return unknown("A web ACL association names a resource that is known only at deployment.")
    internal = is_one_of(resource.get("Scheme"), "internal") is Ternary.YES
    severity: Severity | None = "warning" if internal else None
    return failed("No web ACL association names the load balancer.", severity=severity, at="")


RULE = Rule(
    name="LoadBalancerWafAttached",
    severity="error",
    resource_types=("AWS::ElasticLoadBalancingV2::LoadBalancer",),
    controls=("164.308(a)(5)(ii)(B)", "164.312(e)(1)"),
    fix="Put a web ACL in front of the load balancer.",
    fixes=(
        Fix(
            beside="An AWS::WAFv2::WebACLAssociation has the load balancer's ARN in ResourceArn and a regional web "
            "ACL's in WebACLArn.",
            constructs=("HttpsLoadBalancer", "WebFirewall"),
        ),
    ),
    needs="app",
    check=check,
)
