"""The policy of a retained bucket is retained too.

Compliant: the policy of a retained bucket is retained too. Non-compliant: the bucket outlives its stack, but its
policy, with the denial of plain HTTP and whatever else it denies, is deleted. Not applicable: buckets that are deleted
with their stack, those of other apps, what is classified NO_PHI, and apps that retain no bucket policy at all, as is
CDK's default.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import UNKNOWN
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown

_KEPT = ("Retain", "RetainExceptOnCreate")


def check(resource: Resource) -> Verdict:
    bucket = resource.template.app.target(resource.get("Bucket"), "AWS::S3::Bucket")
    if bucket is None or bucket.deletion_policy not in _KEPT or not resource.template.app.cached(__name__, _keeps_any):
        return NOT_APPLICABLE
    for name, policy in (
        ("DeletionPolicy", resource.deletion_policy),
        ("UpdateReplacePolicy", resource.update_replace_policy),
    ):
        if policy is UNKNOWN:
            return unknown(f"{name} is known only at deployment.")
        if policy not in _KEPT:
            return failed(f"The bucket is retained, and {name} of its policy is {policy or 'not set'}.")
    return PASSED


def _keeps_any(app: App) -> bool:
    return any(policy.deletion_policy in _KEPT for policy in app.of_type("AWS::S3::BucketPolicy"))


RULE = Rule(
    name="BucketPolicyRetained",
    severity="warning",
    resource_types=("AWS::S3::BucketPolicy",),
    controls=("164.312(a)(1)", "164.312(c)(1)"),
    fix="Call bucket.policy.apply_removal_policy(RemovalPolicy.RETAIN), or use EncryptedBucket.",
    check=check,
    phi_only=True,
)
