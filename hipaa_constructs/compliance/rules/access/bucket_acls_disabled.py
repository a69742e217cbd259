"""Buckets do not use access-control lists.

Compliant: ``BucketOwnerEnforced``, which is S3's default since April 2023
(docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html). Non-compliant: another ownership, with
which whoever writes an object may open it by an ACL, past the bucket's policy. Not applicable: buckets that
CloudFront delivers its standard logs to, which takes an ACL
(docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html).
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, spread
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown, worst


def _of_distributions(app: App) -> frozenset[int]:
    named = (one.get("DistributionConfig.Logging.Bucket") for one in app.of_type("AWS::CloudFront::Distribution"))
    buckets = (app.target(name, "AWS::S3::Bucket") for name in named)
    return frozenset(id(bucket) for bucket in buckets if bucket is not None)


def check(resource: Resource) -> Verdict:
    if id(resource) in resource.template.app.cached("buckets of CloudFront logs", _of_distributions):
        return NOT_APPLICABLE
    verdicts = [PASSED]
    for ownership in spread(resource.properties, "OwnershipControls.Rules[].ObjectOwnership"):
        if ownership is UNKNOWN:
            verdicts.append(unknown("ObjectOwnership is known only at deployment."))
        elif ownership not in (None, "BucketOwnerEnforced"):
            verdicts.append(failed(f"ObjectOwnership is {ownership}, so ACLs still grant access."))
    return worst(verdicts)


RULE = Rule(
    name="BucketAclsDisabled",
    severity="warning",
    resource_types=("AWS::S3::Bucket",),
    controls=("164.308(a)(4)(ii)(B)", "164.312(a)(1)"),
    fix="Set object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED, or leave it out.",
    check=check,
)
