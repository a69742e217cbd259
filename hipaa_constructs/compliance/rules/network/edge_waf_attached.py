"""APIs and distributions stand behind a web ACL.

Security Hub asks it of both (controls APIGateway.4 and CloudFront.6:
docs.aws.amazon.com/securityhub/latest/userguide/apigateway-controls.html). Compliant: an association of the app names
the API's stage, or a GraphQL API (docs.aws.amazon.com/appsync/latest/devguide/WAF-Integration.html); a distribution
names its web ACL. Non-compliant: neither. Unknown: an association whose resource only
deployment can tell. Not applicable: a deployment that makes no stage; LoadBalancerWafAttached judges load balancers.
"""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Text, as_text, is_present
from hipaa_constructs.compliance.facts.api_stages import NO_SECOND_STAGE
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, judge, unknown

_ASSOCIATIONS = ("AWS::WAFv2::WebACLAssociation", "AWS::WAFRegional::WebACLAssociation")
_STAGE, _DISTRIBUTION = "AWS::ApiGateway::Stage", "AWS::CloudFront::Distribution"
_GRAPHQL = "AWS::AppSync::GraphQLApi"
# It makes a stage if it names one.
_DEPLOYMENT = "AWS::ApiGateway::Deployment"


def _stages(association: Resource) -> Iterator[tuple[Resource, None]]:
    """Yield the stages that an ARN is that of: by a reference to one, or to its API and by its name."""
    arn, app = association.get("ResourceArn"), association.template.app
    api = app.target(arn, _GRAPHQL, near=association.template)
    if api is not None:
        yield api, None
    if not isinstance(arn, Text):
        return
    for reference in arn.references:
        if reference.resource.type == _STAGE:
            yield reference.resource, None
        for kind in (_STAGE, _DEPLOYMENT):
            for stage in app.referring(reference.resource, kind, "RestApiId"):
                name = as_text(stage.get("StageName"))
                if isinstance(name, str) and arn.endswith(f"/stages/{name}"):
                    yield stage, None


def check(resource: Resource) -> Verdict:
    if resource.type == _DISTRIBUTION:
        return judge(
            is_present(resource.get("DistributionConfig.WebACLId", "")),
            "DistributionConfig names no WebACLId.",
            unknown_message="DistributionConfig.WebACLId is known only at deployment, so it may be empty.",
        )
    if resource.type == _DEPLOYMENT and resource.get("StageName") is None:
        return NOT_APPLICABLE
    app = resource.template.app
    if app.told(resource, "stages with web ACLs", _ASSOCIATIONS, _stages):
        return PASSED
    if any(association.get("ResourceArn") is UNKNOWN for association in app.of_type(*_ASSOCIATIONS)):
        return unknown("A web ACL association names a resource that is known only at deployment.")
    called = "API" if resource.type == _GRAPHQL else "stage"
    return failed(f"No web ACL association names the {called}.", at="")


RULE = Rule(
    name="EdgeWafAttached",
    severity="warning",
    resource_types=(_DEPLOYMENT, _GRAPHQL, _STAGE, _DISTRIBUTION),
    controls=("164.308(a)(5)(ii)(B)", "164.312(a)(1)", "164.312(e)(1)"),
    fix="Put a web ACL in front of the API or distribution.",
    fixes=(
        NO_SECOND_STAGE,
        Fix(
            (_DEPLOYMENT, _STAGE),
            beside="An AWS::WAFv2::WebACLAssociation has a regional web ACL's ARN in WebACLArn and in ResourceArn "
            "arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/<the API's id>/stages/<the stage's "
            "name>.",
            constructs=("PrivateApi", "WebFirewall"),
        ),
        Fix(
            (_GRAPHQL,),
            beside="An AWS::WAFv2::WebACLAssociation has a regional web ACL's ARN in WebACLArn and the API's ARN in "
            "ResourceArn.",
            constructs=("WebFirewall",),
        ),
        Fix(
            (_DISTRIBUTION,),
            {"DistributionConfig.WebACLId": Choose("the ARN of a web ACL of scope CLOUDFRONT")},
            cdk=("cloudfront.Distribution(web_acl_id=<the ARN of a web ACL>)",),
            constructs=("Distribution",),
        ),
    ),
    needs="app",
    check=check,
)
