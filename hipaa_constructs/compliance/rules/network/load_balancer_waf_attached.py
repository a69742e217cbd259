"""Application load balancers stand behind a web ACL.

A warning, as EdgeWafAttached is of APIs and distributions: a web ACL is a second wall in front of what authenticates
requests itself. Compliant: an association of the app, of WAFv2 or of WAF Classic, names the load balancer.
Non-compliant: none does. Unknown: an association whose resource only deployment can tell. Not applicable: network and
gateway load balancers, which WAF does not look into.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, as_text
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown

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
    return failed("No web ACL association names the load balancer.", at="")


RULE = Rule(
    name="LoadBalancerWafAttached",
    severity="warning",
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
