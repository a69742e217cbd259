"""Nobody writes an object under another key than the bucket's.

Compliant: the policy of a bucket under a customer key denies every ``s3:PutObject`` that asks for another key, for
``aws:kms`` without naming one (which means ``aws/s3``), for SSE-S3 or for a customer-provided key; a request without
encryption headers gets the bucket's key. So does a policy that lets only an AWS service write. Non-compliant: one of
the four is let through, for default encryption gives way to what a request asks for
(docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html). Not applicable: buckets under S3's own key,
which BucketEncryptedWithCustomerKey judges, and those whose policy says nothing of encryption: the default does.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Unknown, spread
from hipaa_constructs.compliance.facts.encryption import customer_key
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown
from hipaa_constructs.iam.evaluate import bucket_policy, denied

_ALGORITHM = "s3:x-amz-server-side-encryption"
_KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id"
_CUSTOMER_PROVIDED = "a customer-provided key"
_REQUESTS: Mapping[str, Mapping[str, str]] = {
    "another key": {_ALGORITHM: "aws:kms", _KEY: "arn:aws:kms:us-east-1:000000000000:key/another"},
    "aws:kms without a key": {_ALGORITHM: "aws:kms"},
    "SSE-S3": {_ALGORITHM: "AES256"},
    _CUSTOMER_PROVIDED: {"s3:x-amz-server-side-encryption-customer-algorithm": "AES256"},
}
_RULES = "BucketEncryption.ServerSideEncryptionConfiguration[]"


def check(resource: Resource) -> Verdict:
    keys = spread(resource.properties, f"{_RULES}.ServerSideEncryptionByDefault.KMSMasterKeyID")
    if not any(customer_key(key) is True for key in keys):
        return NOT_APPLICABLE
    policy = bucket_policy(resource)
    if isinstance(policy, Unknown):
        return unknown("The bucket's policy cannot be read before deployment.")
    blocked = list(spread(resource.properties, f"{_RULES}.BlockedEncryptionTypes.EncryptionType[]"))
    let_through = [
        name
        for name, request in _REQUESTS.items()
        if not (name == _CUSTOMER_PROVIDED and "SSE-C" in blocked)
        and not denied(policy, resource, "s3:PutObject", request)
    ]
    if not let_through:
        return PASSED
    if not any(_ALGORITHM in str(statement.conditions) for statement in policy):
        return NOT_APPLICABLE
    return failed(f"The bucket's policy lets writes through that ask for {', '.join(let_through)}.")


RULE = Rule(
    name="BucketWritesKeepKey",
    severity="warning",
    resource_types=("AWS::S3::Bucket",),
    controls=("164.312(a)(2)(iv)",),
    fix="Deny s3:PutObject by the s3:x-amz-server-side-encryption… condition keys, or use EncryptedBucket.",
    check=check,
    phi_only=True,
)
