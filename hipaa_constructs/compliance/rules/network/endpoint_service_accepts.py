"""Connections to PrivateLink services need their owner's approval.

Compliant: each request to connect waits for acceptance
(docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html). Non-compliant: whoever is among the
allowed principals connects at once. Unknown: not set, or known only at deployment. Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import is_true
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, judge, unknown


def check(resource: Resource) -> Verdict:
    required = resource.get("AcceptanceRequired")
    if required is None:
        return unknown("AcceptanceRequired is not set; say that it is true.")
    return judge(is_true(required), "AcceptanceRequired is false, so connections need no approval.")


RULE = Rule(
    name="EndpointServiceAccepts",
    severity="warning",
    resource_types=("AWS::EC2::VPCEndpointService",),
    controls=("164.312(a)(1)",),
    fix="Let each request to connect wait for approval.",
    fixes=(
        Fix(
            properties={"AcceptanceRequired": True},
            cdk=("ec2.VpcEndpointService(acceptance_required=True)",),
            constructs=("PrivateService",),
        ),
    ),
    check=check,
)
