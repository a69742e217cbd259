"""Identity policies that call models of Amazon Bedrock name the models.

What is sent to a model is read by it, and models come from many providers; each is approved for PHI by itself.
Compliant: ``bedrock:InvokeModel`` on foundation models, inference profiles or deployments that are named, a provider's
all at once too (``foundation-model/anthropic.*``), or under a condition. Non-compliant: on every resource, or on all
models of a kind. Not applicable: a policy that serves only as permissions boundary. ``bedrock:*`` is GrantsBounded's.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.facts.grants import judge_wide_grants
from hipaa_constructs.compliance.facts.policy_fixes import ROLE_TYPES, identity_fixes
from hipaa_constructs.compliance.rule import Rule, Verdict
from hipaa_constructs.iam.grants import IDENTITY_TYPES

# Converse asks for these, too: docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html
_ACTIONS = (
    "bedrock:CreateModelInvocationJob",
    "bedrock:InvokeModel",
    "bedrock:InvokeModelWithBidirectionalStream",
    "bedrock:InvokeModelWithResponseStream",
)
_KINDS = {
    "bedrock": (
        "application-inference-profile/*",
        "custom-model/*",
        "foundation-model/*",
        "imported-model/*",
        "inference-profile/*",
        "provisioned-model/*",
    )
}


def check(resource: Resource) -> Verdict:
    return judge_wide_grants(resource, _ACTIONS, _KINDS)


RULE = Rule(
    name="ModelAccessNamed",
    severity="warning",
    resource_types=IDENTITY_TYPES,
    controls=("164.308(a)(4)(ii)(B)", "164.312(a)(1)"),
    fix="Grant the use of the models that are approved, each by its ARN.",
    fixes=identity_fixes(
        "name in Resource the ARNs of the models that are approved",
        'actions=["bedrock:InvokeModel"], resources=[<the ARN of a model>]',
        constructs=dict.fromkeys(ROLE_TYPES, ("LeastPrivilegeRole",)),
    ),
    check=check,
)
