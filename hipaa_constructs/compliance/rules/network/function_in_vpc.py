"""Lambda functions run in a VPC.

There the network decides what a function that reads PHI can reach. Compliant: subnets are given.
Non-compliant: none are. Not applicable: Lambda@Edge, which cannot join a VPC
(docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ lambda-at-edge-function-restrictions.html). A
function classified NO_PHI handles nothing that the network must hold back.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import UNKNOWN
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown

_EDGE_PATH = "DistributionConfig.DefaultCacheBehavior.LambdaFunctionAssociations"


def _edge_functions(app: App) -> frozenset[int]:
    found = set()
    for distribution in app.of_type("AWS::CloudFront::Distribution"):
        behaviors = distribution.get("DistributionConfig.CacheBehaviors")
        lists = [distribution.get(_EDGE_PATH)]
        if isinstance(behaviors, list):
            lists += [item.get("LambdaFunctionAssociations") for item in behaviors if isinstance(item, dict)]
        for associations in lists:
            for association in associations if isinstance(associations, list) else ():
                arn = association.get("LambdaFunctionARN") if isinstance(association, dict) else None
                version = app.target(arn, "AWS::Lambda::Version")
                function = version and app.target(version.get("FunctionName"), "AWS::Lambda::Function")
                if function is not None:
                    found.add(id(function))
    return frozenset(found)


def check(resource: Resource) -> Verdict:
    if id(resource) in resource.template.app.cached("edge functions", _edge_functions):
        return NOT_APPLICABLE
    subnets = resource.get("VpcConfig.SubnetIds")
    if subnets is UNKNOWN:
        return unknown("VpcConfig.SubnetIds is known only at deployment.")
    return PASSED if subnets else failed("VpcConfig is not set, so the function runs outside any VPC.")


RULE = Rule(
    name="FunctionInVpc",
    severity="error",
    resource_types=("AWS::Lambda::Function",),
    controls=("164.312(a)(1)", "164.312(e)(1)"),
    fix="Name private subnets in VpcConfig: vpc and vpc_subnets of lambda_.Function, from a PrivateVpc.",
    check=check,
    phi_only=True,
)
