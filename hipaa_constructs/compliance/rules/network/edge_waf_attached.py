"""APIs and distributions stand behind a web ACL.

Security Hub asks it of both (controls APIGateway.4 and CloudFront.6:
docs.aws.amazon.com/securityhub/latest/userguide/apigateway-controls.html). Compliant: an association of the app names
the API's stage; a distribution names its web ACL. Non-compliant: neither. Unknown: an association whose resource only
deployment can tell. Not applicable: nothing; LoadBalancerWafAttached judges load balancers.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, Text, as_text
from hipaa_constructs.compliance.facts.settings import is_present
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, judge, unknown

_ASSOCIATIONS = ("AWS::WAFv2::WebACLAssociation", "AWS::WAFRegional::WebACLAssociation")
_STAGE, _DISTRIBUTION = "AWS::ApiGateway::Stage", "AWS::CloudFront::Distribution"


def _arns(app: App) -> list[object]:
    return [one.get("ResourceArn") for one in app.of_type(*_ASSOCIATIONS)]


def _names(arn: object, stage: Resource) -> bool:
    """Whether an ARN is that of the stage: by a reference to it, or to its API and by its name."""
    if not isinstance(arn, Text):
        return False
    named = [reference.resource for reference in arn.references]
    api, name = stage.get("RestApiId"), as_text(stage.get("StageName"))
    of_api = isinstance(api, Reference) and api.resource in named
    return stage in named or (of_api and isinstance(name, str) and arn.endswith(f"/stages/{name}"))


def check(resource: Resource) -> Verdict:
    if resource.type == _DISTRIBUTION:
        return judge(
            is_present(resource.get("DistributionConfig.WebACLId", "")), "DistributionConfig names no WebACLId."
        )
    arns = resource.template.app.cached("what web ACLs are associated with", _arns)
    if any(_names(arn, resource) for arn in arns):
        return PASSED
    if UNKNOWN in arns:
        return unknown("A web ACL association names a resource that is known only at deployment.")
    return failed("No web ACL association names the stage.", at="")


RULE = Rule(
    name="EdgeWafAttached",
    severity="warning",
    resource_types=(_STAGE, _DISTRIBUTION),
    controls=("164.308(a)(5)(ii)(B)", "164.312(a)(1)", "164.312(e)(1)"),
    fix="Add an AWS::WAFv2::WebACLAssociation for the stage, or WebACLId to the distribution; PrivateApi and "
    "Distribution do.",
    check=check,
)
