"""S3 buckets log who asks for their objects.

Compliant: server access logs to another bucket, or to a prefix of the bucket itself. Non-compliant: none. Not
applicable: buckets that receive access logs, which would log their own deliveries for ever.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, is_mapping
from hipaa_constructs.compliance.facts.log_buckets import ACCESS, logs_in
from hipaa_constructs.compliance.fix import ACCESS_LOG_BUCKET, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown


def check(resource: Resource) -> Verdict:
    logging = resource.get("LoggingConfiguration")
    if logging is UNKNOWN:
        return unknown("LoggingConfiguration is known only at deployment.")
    if is_mapping(logging) and ("DestinationBucketName" in logging or "LogFilePrefix" in logging):
        return PASSED
    if ACCESS in logs_in(resource):
        return NOT_APPLICABLE
    return failed("LoggingConfiguration is not set, so access to the bucket's objects is not logged.")


RULE = Rule(
    name="BucketAccessLogged",
    severity="error",
    resource_types=("AWS::S3::Bucket",),
    controls=("164.312(b)",),
    fix="Deliver the bucket's access logs to another bucket.",
    fixes=(
        Fix(
            properties={"LoggingConfiguration.DestinationBucketName": ACCESS_LOG_BUCKET},
            template="That bucket's AWS::S3::BucketPolicy allows logging.s3.amazonaws.com s3:PutObject, with a "
            "Condition {StringEquals: {aws:SourceAccount: <the account>}}.",
            cdk=("s3.Bucket(server_access_logs_bucket=<a bucket for access logs>)",),
            constructs=("AccessLogBucket", "EncryptedBucket"),
        ),
    ),
    check=check,
)
