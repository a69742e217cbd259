"""The policy of a retained bucket is retained too.

Compliant: the policy of a retained bucket is retained too. Non-compliant: the bucket outlives its stack, but its
policy, with the denial of plain HTTP and whatever else it denies, is deleted. Not applicable: buckets that are deleted
with their stack, those of other apps, what is classified NO_PHI, and apps that retain no bucket policy at all, as is
CDK's default.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.facts.retention import KEPT, is_kept, judge_policy, keeps_any
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict


def check(resource: Resource) -> Verdict:
    bucket = resource.template.target(resource.get("Bucket"), "AWS::S3::Bucket")
    if bucket is None or not is_kept(bucket) or not keeps_any(resource):
        return NOT_APPLICABLE
    return judge_policy(resource, "bucket")


RULE = Rule(
    name="BucketPolicyRetained",
    severity="warning",
    resource_types=("AWS::S3::BucketPolicy",),
    controls=("164.312(a)(1)", "164.312(c)(1)"),
    fix="Retain the policy as the bucket is retained.",
    fixes=(
        Fix(
            attributes=dict.fromkeys(("DeletionPolicy", "UpdateReplacePolicy"), KEPT[0]),
            cdk=("s3.BucketPolicy.apply_removal_policy(cdk.RemovalPolicy.RETAIN)",),
            constructs=("EncryptedBucket",),
        ),
    ),
    check=check,
    phi_only=True,
)
