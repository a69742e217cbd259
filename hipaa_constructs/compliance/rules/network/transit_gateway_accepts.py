"""Networks are attached to transit gateways with their owner's approval.

Compliant: an attachment of another account waits for acceptance, which is AWS's default too; Security Hub's EC2.23 asks
for the same (docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html). Non-compliant: whoever the gateway is
shared with attaches at once. Unknown: known only at deployment. Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import is_one_of, negate
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, judge


def check(resource: Resource) -> Verdict:
    return judge(
        negate(is_one_of(resource.get("AutoAcceptSharedAttachments"), "enable")),
        "AutoAcceptSharedAttachments is enable, so whoever the gateway is shared with attaches networks to it.",
        unknown_message="AutoAcceptSharedAttachments is known only at deployment.",
    )


RULE = Rule(
    name="TransitGatewayAccepts",
    severity="warning",
    resource_types=("AWS::EC2::TransitGateway",),
    controls=("164.312(a)(1)",),
    fix="Let each attachment of another account wait for approval.",
    fixes=(
        Fix(
            properties={"AutoAcceptSharedAttachments": "disable"},
            cdk=('ec2.CfnTransitGateway(auto_accept_shared_attachments="disable")',),
            constructs=("TransitNetwork",),
        ),
    ),
    check=check,
)
