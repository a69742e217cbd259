"""KMS key policies are not open to everyone.

Compliant: each Allow names principals, or a condition ties a wildcard to an account, an organization or a source.
Non-compliant: an Allow for ``*``, or for all but some (``NotPrincipal``), that any AWS account can use. Unknown: a
principal or policy that only deployment fills in.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.facts.exposure import judge_policy
from hipaa_constructs.compliance.facts.policy_fixes import resource_fixes
from hipaa_constructs.compliance.rule import Rule, Verdict
from hipaa_constructs.iam.document import policy_at


def check(resource: Resource) -> Verdict:
    # No policy means KMS's default, which names the account alone.
    return judge_policy(policy_at(resource, "KeyPolicy"), "The key policy")


_TYPES = ("AWS::KMS::Key", "AWS::KMS::ReplicaKey")

RULE = Rule(
    name="KeyPolicyNotPublic",
    severity="error",
    resource_types=_TYPES,
    controls=("164.312(a)(1)", "164.312(a)(2)(iv)"),
    fix="Name who may use the key, or limit it to callers of an account or organization.",
    fixes=resource_fixes(
        "name ARNs in Principal in place of *, or add a Condition {StringEquals: {kms:CallerAccount: "
        "<the account>}} or one on aws:PrincipalOrgID",
        'actions=<the actions>, principals=[<who>], resources=["*"]',
        _TYPES,
        {"AWS::KMS::Key": ("KmsRotatedKey",)},
    ),
    check=check,
)
