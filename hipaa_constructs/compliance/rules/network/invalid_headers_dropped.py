"""Application Load Balancers drop headers that HTTP does not allow.

Compliant: ``routing.http.drop_invalid_header_fields.enabled`` is true, so that nobody hides a second request from the
load balancer in a header that the target reads otherwise. Non-compliant: it is not, which is the default
(docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html; Security Hub's ELB.4).
Not applicable: Network and Gateway Load Balancers, which read no headers.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, is_one_of, is_true
from hipaa_constructs.compliance.facts.settings import attributes
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, judge, unknown

_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_DROPS = "routing.http.drop_invalid_header_fields.enabled"


def check(resource: Resource) -> Verdict:
    application = is_one_of(resource.get("Type", "application"), "application")
    if application is Ternary.NO:
        return NOT_APPLICABLE
    found = attributes(resource, "LoadBalancerAttributes")
    if application is Ternary.UNKNOWN or found is None:
        return unknown("Type or LoadBalancerAttributes is known only at deployment.")
    return judge(
        is_true(found.get(_DROPS, False)),
        f"The attribute {_DROPS} is not true.",
        unknown_message=f"The attribute {_DROPS} is known only at deployment.",
    )


RULE = Rule(
    name="InvalidHeadersDropped",
    severity="warning",
    resource_types=(_BALANCER,),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)"),
    fix="Let the load balancer drop invalid headers.",
    fixes=(
        Fix(
            template=f"LoadBalancerAttributes has {{Key: {_DROPS}, Value: true}}.",
            cdk=("elbv2.ApplicationLoadBalancer(drop_invalid_header_fields=True)",),
            constructs=("HttpsLoadBalancer",),
        ),
    ),
    check=check,
)
