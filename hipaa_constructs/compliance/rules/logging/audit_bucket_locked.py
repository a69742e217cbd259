"""What a trail records cannot be deleted.

Compliant: the trail's bucket has Object Lock with a default retention of six years or more (45 CFR
164.316(b)(2)(i)). Non-compliant: no lock or no default retention; a shorter one is a warning, since only
people with the right can delete then. Not applicable: other buckets. AWS Config cannot deliver to a locked
bucket, so its bucket is left out
(docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-config-deliverychannel.html).
"""

from __future__ import annotations

from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, as_int, is_true
from hipaa_constructs.compliance.facts.log_buckets import TRAIL, logs_in
from hipaa_constructs.compliance.facts.uploads import holds_others_too
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown

_RETENTION = "ObjectLockConfiguration.Rule.DefaultRetention"
_SIX_YEARS_DAYS = 2190


def check(resource: Resource) -> Verdict:
    if TRAIL not in logs_in(resource):
        return NOT_APPLICABLE
    locked = is_true(resource.get("ObjectLockEnabled", False))
    days = as_int(resource.get(f"{_RETENTION}.Days", 0))
    years = as_int(resource.get(f"{_RETENTION}.Years", 0))
    if locked is Ternary.UNKNOWN or not isinstance(days, int) or not isinstance(years, int):
        return unknown("The Object Lock of the trail's bucket is known only at deployment.")
    if locked is Ternary.NO:
        return failed("ObjectLockEnabled is not true, though the bucket holds a trail's log files.")
    if not days and not years:
        return failed("Object Lock has no DefaultRetention, though the bucket holds a trail's log files.")
    kept = days + years * 365
    if kept < _SIX_YEARS_DAYS:
        return failed(f"DefaultRetention keeps a trail's log files for {kept} days only.", severity="warning")
    return PASSED


def _takes_what_cannot_be_locked(bucket: Resource) -> bool:
    """Whether S3's access logs or AWS Config's files go into a bucket, which neither delivers into a locked one.

    docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html
    """
    app = bucket.template.app
    logged = app.referring(bucket, bucket.type, "LoggingConfiguration.DestinationBucketName")
    return bool(logged or app.referring(bucket, "AWS::Config::DeliveryChannel", "S3BucketName"))


_OWN_BUCKET = (
    "S3BucketName of the trail names an AWS::S3::Bucket with ObjectLockEnabled: true and ObjectLockConfiguration: "
    "{ObjectLockEnabled: Enabled, Rule: {DefaultRetention: {Mode: GOVERNANCE, Days: 2192}}}."
)
_CDK = "s3.Bucket(object_lock_default_retention=s3.ObjectLockRetention.governance(cdk.Duration.days(2192)))"

_ITS_OWN = "It is the trail's own bucket, for in this one the retention would hold what the app puts there too."
_NOT_LOCKED = (
    "It is the trail's own bucket: S3's access logs and AWS Config's files, which this one takes too, do not go into a "
    "locked one."
)


def _takes_more(bucket: Resource) -> bool:
    """Whether a bucket takes more than what the trail records."""
    return _takes_what_cannot_be_locked(bucket) or holds_others_too(bucket)


def _and_why(fix: Fix, bucket: Resource) -> Fix:
    return replace(fix, beside=_NOT_LOCKED) if _takes_what_cannot_be_locked(bucket) else fix


RULE = Rule(
    name="AuditBucketLocked",
    severity="error",
    resource_types=("AWS::S3::Bucket",),
    controls=("164.312(b)", "164.312(c)(1)", "164.312(c)(2)", "164.316(b)(2)(i)"),
    fix="Lock each log file of the trail for six years.",
    fixes=(
        Fix(
            template=_OWN_BUCKET,
            beside=_ITS_OWN,
            cdk=(_CDK,),
            constructs=("AuditTrail",),
            when=_takes_more,
            tailor=_and_why,
        ),
        Fix(
            properties={
                "ObjectLockEnabled": True,
                "ObjectLockConfiguration": {
                    "ObjectLockEnabled": "Enabled",
                    "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 2192}},
                },
            },
            cdk=(_CDK,),
            constructs=("AuditTrail",),
        ),
    ),
    check=check,
)
