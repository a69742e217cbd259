"""S3 buckets log who asks for their objects.

Compliant: server access logs to another bucket, or to a prefix of the bucket itself. Non-compliant: none, a warning for
a bucket that is a web site, which every visitor may read, and for one of a pipeline's artifacts alone, which are
software and no records of patients; as a warning, logs to a bucket of the app that does not let S3's log delivery
write, neither by its policy nor by the ACL ``LogDeliveryWrite``, so that none arrive, and nothing tells
(docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html#grant-log-delivery-permissions-general).
Not applicable: buckets that receive access logs, which would log their own deliveries for ever.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Ternary, Unknown, is_mapping, is_one_of
from hipaa_constructs.compliance.facts.buckets import holds_software_alone, is_web_site
from hipaa_constructs.compliance.facts.log_buckets import ACCESS, logs_in
from hipaa_constructs.compliance.fix import ACCESS_LOG_BUCKET, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown, weaker
from hipaa_constructs.iam.document import Statement
from hipaa_constructs.iam.evaluate import bucket_policy

_DELIVERER = "logging.s3.amazonaws.com"


def check(resource: Resource) -> Verdict:
    logging = resource.get("LoggingConfiguration")
    if logging is UNKNOWN:
        return unknown("LoggingConfiguration is known only at deployment.")
    if is_mapping(logging) and ("DestinationBucketName" in logging or "LogFilePrefix" in logging):
        return _to(resource)
    if ACCESS in logs_in(resource):
        return NOT_APPLICABLE
    verdict = failed("LoggingConfiguration is not set, so access to the bucket's objects is not logged.")
    return weaker(verdict) if is_web_site(resource) or holds_software_alone(resource) else verdict


def _to(bucket: Resource) -> Verdict:
    target = bucket.template.target(bucket.get("LoggingConfiguration.DestinationBucketName"), bucket.type)
    policy = bucket_policy(target) if target is not None else UNKNOWN
    if target is None or isinstance(policy, Unknown) or any(map(_lets_write, policy)):
        return PASSED
    if is_one_of(target.get("AccessControl"), "LogDeliveryWrite") is not Ternary.NO:
        return PASSED
    return failed(
        f"{target.logical_id}, to which the logs go, does not let {_DELIVERER} write, so none arrive.",
        severity="warning",
    )


def _lets_write(statement: Statement) -> bool:
    # What is unknown counts as a right: only what is certain is worth saying.
    return (
        statement.allows is not Ternary.NO
        and statement.covers_action("s3:PutObject") is not Ternary.NO
        and any(kind != "Service" or is_one_of(who, _DELIVERER) is not Ternary.NO for kind, who in statement.principals)
    )


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
