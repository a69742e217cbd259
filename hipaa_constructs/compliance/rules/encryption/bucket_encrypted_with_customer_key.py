"""S3 buckets encrypt new objects with a customer key.

A warning, since S3 encrypts every object: without a key of the account's by one of its own
(docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html).

Compliant: default encryption is SSE-KMS or DSSE-KMS with a customer key. Non-compliant: SSE-S3, which is AWS's default,
or the key ``aws/s3``. Not applicable: buckets that other buckets, application or classic load balancers, also those
of Elastic Beanstalk, or Redshift write their logs to, since those logs cannot be delivered under SSE-KMS
(docs.aws.amazon.com: AmazonS3/latest/userguide/enable-server-access-logging.html,
elasticloadbalancing/latest/application/enable-access-logging.html, redshift/latest/mgmt/db-auditing.html). Nor web
sites of S3's own website endpoint, which knows no TLS and reads unsigned, while objects under KMS are read by signed
requests over TLS alone (AmazonS3/latest/userguide/WebsiteEndpoints.html and UsingKMSEncryption.html there). Nor buckets
that hold software alone: of what a pipeline hands from stage to stage StoreEncryptedWithCustomerKey asks the pipeline,
under whose key that is, what functions and layers are deployed from is code, and what deployments alone fill, such as a
front end, is built from a source; and what a distribution has its
first page from it shows to every visitor.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Resolved, as_text, is_mapping, spread
from hipaa_constructs.compliance.facts.buckets import (
    holds_software_alone,
    is_origin,
    is_read_at_website,
    is_site_of_distribution,
)
from hipaa_constructs.compliance.facts.encryption import judge_keys
from hipaa_constructs.compliance.facts.log_buckets import takes_no_key
from hipaa_constructs.compliance.fix import CUSTOMER_KEY, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Outcome, Rule, Verdict, failed, unknown, worst

_DEFAULT = "BucketEncryption.ServerSideEncryptionConfiguration"
_UNDER_KEY = [
    {
        "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": CUSTOMER_KEY},
        "BucketKeyEnabled": True,
    }
]


# docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html, and
# docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html.
_FOR_ROLES = "Roles that read objects may kms:Decrypt with the key, and those that write them kms:GenerateDataKey too."
_CDK = "s3.Bucket(encryption=s3.BucketEncryption.KMS, encryption_key=<a key>, bucket_key_enabled=True)"


def check(resource: Resource) -> Verdict:
    if resource.type == "AWS::S3::Bucket" and (takes_no_key(resource) or is_read_at_website(resource)):
        return NOT_APPLICABLE
    verdict = _by_default(resource)
    if verdict.outcome is not Outcome.FAILED:
        return verdict
    return NOT_APPLICABLE if holds_software_alone(resource) or is_site_of_distribution(resource) else verdict


def _by_default(resource: Resource) -> Verdict:
    rules = list(spread(resource.properties, f"{_DEFAULT}[].ServerSideEncryptionByDefault"))
    if all(rule is None for rule in rules):
        return failed("No default encryption is set, so S3's own key encrypts objects.")
    return worst(_judge(rule) for rule in rules)


def _judge(rule: Resolved) -> Verdict:
    if not is_mapping(rule):
        return unknown("The bucket's default encryption is known only at deployment.")
    algorithm = as_text(rule.get("SSEAlgorithm"))
    if algorithm is UNKNOWN:
        return unknown("SSEAlgorithm is known only at deployment.")
    if algorithm not in ("aws:kms", "aws:kms:dsse"):
        return failed(f"SSEAlgorithm is {algorithm}, so S3's own key encrypts objects.")
    return judge_keys([("KMSMasterKeyID", rule.get("KMSMasterKeyID"))])


RULE = Rule(
    name="BucketEncryptedWithCustomerKey",
    severity="warning",
    resource_types=("AWS::S3::Bucket", "AWS::S3Express::DirectoryBucket"),
    controls=("164.312(a)(2)(iv)",),
    fix="Encrypt new objects with a customer key, by the bucket's default encryption.",
    fixes=(
        Fix(
            ("AWS::S3::Bucket",),
            {_DEFAULT: _UNDER_KEY},
            template="The key's KeyPolicy allows cloudfront.amazonaws.com kms:Decrypt, by a Condition {ArnLike: "
            "{aws:SourceArn: arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/*}}. " + _FOR_ROLES,
            beside="CloudFront reads the bucket by an origin access control, since an origin access identity cannot "
            "read under SSE-KMS.",
            cdk=(_CDK,),
            constructs=("EncryptedBucket",),
            when=is_origin,
        ),
        Fix(
            ("AWS::S3::Bucket",),
            {_DEFAULT: _UNDER_KEY},
            template=_FOR_ROLES,
            cdk=(_CDK,),
            constructs=("EncryptedBucket",),
        ),
        Fix(("AWS::S3Express::DirectoryBucket",), {_DEFAULT: _UNDER_KEY}, template=_FOR_ROLES),
    ),
    check=check,
    phi_only=True,
)
