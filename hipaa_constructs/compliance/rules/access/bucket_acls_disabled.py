"""Buckets do not use access-control lists.

Compliant: ``BucketOwnerEnforced``, which is S3's default since April 2023
(docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html). Non-compliant: another ownership, with
which whoever writes an object may open it by an ACL, past the bucket's policy. Not applicable: buckets that
CloudFront delivers its standard logs to, which takes an ACL
(docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html).
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, is_one_of, spread
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, judge, worst


def check(resource: Resource) -> Verdict:
    # CloudFront's standard logs are delivered by ACL.
    if resource.template.app.referring(resource, "AWS::CloudFront::Distribution", "DistributionConfig.Logging.Bucket"):
        return NOT_APPLICABLE
    written = spread(resource.properties, "OwnershipControls.Rules[].ObjectOwnership")
    return worst((PASSED, *(_judge(ownership) for ownership in written if ownership is not None)))


def _judge(ownership: Resolved) -> Verdict:
    return judge(
        is_one_of(ownership, "BucketOwnerEnforced"),
        f"ObjectOwnership is {ownership}, so ACLs still grant access.",
        unknown_message="ObjectOwnership is known only at deployment.",
    )


RULE = Rule(
    name="BucketAclsDisabled",
    severity="warning",
    resource_types=("AWS::S3::Bucket",),
    controls=("164.308(a)(4)(ii)(B)", "164.312(a)(1)"),
    fix="Let the bucket's owner own every object, so that no access-control list grants access.",
    fixes=(
        Fix(
            properties={"OwnershipControls.Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            template="AccessControl is left out.",
            cdk=("s3.Bucket(object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED)",),
            constructs=("EncryptedBucket",),
        ),
    ),
    check=check,
)
