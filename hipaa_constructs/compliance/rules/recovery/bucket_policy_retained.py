"""The policy of a retained bucket is retained too.

Compliant: the policy of a retained bucket is retained too. Non-compliant: the bucket outlives its stack, but its
policy, with the denial of plain HTTP and whatever else it denies, is deleted. Not applicable: buckets that are deleted
with their stack, those of other apps, what is classified NO_PHI, and apps that retain no bucket policy at all, as is
CDK's default.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import Ternary, is_one_of
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, judge, shown, worst

_KEPT = ("Retain", "RetainExceptOnCreate")


def check(resource: Resource) -> Verdict:
    bucket = resource.template.target(resource.get("Bucket"), "AWS::S3::Bucket")
    if bucket is None or not _is_kept(bucket) or not resource.template.app.cached(__name__, _keeps_any):
        return NOT_APPLICABLE
    return worst(
        judge(
            is_one_of(policy, *_KEPT),
            f"The bucket is retained, and {name} of its policy is {shown(policy, 'not set')}.",
            unknown_message=f"{name} is known only at deployment.",
        )
        for name, policy in (
            ("DeletionPolicy", resource.deletion_policy),
            ("UpdateReplacePolicy", resource.update_replace_policy),
        )
    )


def _keeps_any(app: App) -> bool:
    return any(map(_is_kept, app.of_type("AWS::S3::BucketPolicy")))


def _is_kept(resource: Resource) -> bool:
    return is_one_of(resource.deletion_policy, *_KEPT) is Ternary.YES


RULE = Rule(
    name="BucketPolicyRetained",
    severity="warning",
    resource_types=("AWS::S3::BucketPolicy",),
    controls=("164.312(a)(1)", "164.312(c)(1)"),
    fix="Retain the policy as the bucket is retained.",
    fixes=(
        Fix(
            attributes=dict.fromkeys(("DeletionPolicy", "UpdateReplacePolicy"), _KEPT[0]),
            cdk=("s3.BucketPolicy.apply_removal_policy(cdk.RemovalPolicy.RETAIN)",),
            constructs=("EncryptedBucket",),
        ),
    ),
    check=check,
    phi_only=True,
)
