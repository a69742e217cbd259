"""Application load balancers stand behind a web ACL.

A warning, as EdgeWafAttached is of APIs and distributions: a web ACL is a second wall in front of what authenticates
requests itself. Compliant: an association of the app, of WAFv2 or of WAF Classic, names the load balancer.
Non-compliant: none does. Of an internal one, which has no public address
(docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html), it says what asks for
it all the same: AWS's conformance pack for HIPAA, which counts each
(docs.aws.amazon.com/config/latest/developerguide/operational-best-practices-for-hipaa_security.html); it is said once a
template of these. Unknown: an association whose resource only deployment can tell. Not applicable: network and
gateway load balancers, which WAF does not look into.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Ternary, as_text, is_one_of
from hipaa_constructs.compliance.facts.said_once import say_once
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Outcome, Rule, Verdict, failed, unknown

_ASSOCIATIONS = ("AWS::WAFv2::WebACLAssociation", "AWS::WAFRegional::WebACLAssociation")


def _any_unknown(app: App) -> bool:
    return any(association.get("ResourceArn") is UNKNOWN for association in app.of_type(*_ASSOCIATIONS))


_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_INTERNAL = (
    "No web ACL association names the load balancer, which is internal; AWS's conformance pack for HIPAA counts it all "
    "the same (alb-waf-enabled)."
)


def check(resource: Resource) -> Verdict:
    return say_once(resource, _judge_internal, (_BALANCER,)) if _is_internal(resource) else _judge(resource)


def _is_internal(balancer: Resource) -> bool:
    return is_one_of(balancer.get("Scheme", "internet-facing"), "internal") is Ternary.YES


def _judge_internal(balancer: Resource) -> Verdict:
    if not _is_internal(balancer):
        return NOT_APPLICABLE
    verdict = _judge(balancer)
    return failed(_INTERNAL, at="") if verdict.outcome is Outcome.FAILED else verdict


def _judge(resource: Resource) -> Verdict:
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
    resource_types=(_BALANCER,),
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
