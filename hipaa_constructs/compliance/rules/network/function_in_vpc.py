"""Lambda functions run in a VPC.

There the network decides what a function that reads PHI can reach. Compliant: subnets are given. Non-compliant: none
are. A warning, since nothing reaches a function from outside in either case, and it calls AWS's services by TLS;
Security Hub, too, weighs it low (Lambda.3: docs.aws.amazon.com/securityhub/latest/userguide/lambda-controls.html). Not
applicable: Lambda@Edge, which cannot join a VPC
(docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-at-edge-function-restrictions.html); functions that
only custom resources or hooks call, which see what templates say. A function classified NO_PHI handles nothing that the
network must hold back.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import is_present
from hipaa_constructs.compliance.facts.functions import is_at_edge, serves_deployment_only
from hipaa_constructs.compliance.fix import PRIVATE_SUBNETS, SECURITY_GROUPS, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, judge


def check(resource: Resource) -> Verdict:
    if is_at_edge(resource) or serves_deployment_only(resource):
        return NOT_APPLICABLE
    return judge(
        is_present(resource.get("VpcConfig.SubnetIds")),
        "VpcConfig is not set, so the function runs outside any VPC.",
        unknown_message="VpcConfig.SubnetIds is known only at deployment.",
    )


RULE = Rule(
    name="FunctionInVpc",
    severity="warning",
    resource_types=("AWS::Lambda::Function",),
    controls=("164.312(a)(1)", "164.312(e)(1)"),
    fix="Run the function in private subnets of a VPC.",
    fixes=(
        Fix(
            properties={"VpcConfig.SubnetIds": PRIVATE_SUBNETS, "VpcConfig.SecurityGroupIds": SECURITY_GROUPS},
            cdk=("lambda_.Function(vpc=<a VPC>, vpc_subnets=<its private subnets>)",),
            constructs=("PrivateVpc",),
        ),
    ),
    check=check,
    phi_only=True,
)
