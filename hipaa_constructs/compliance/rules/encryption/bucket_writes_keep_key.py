"""Objects are written under the bucket's own key.

Compliant: the policy of a bucket under a customer key denies every ``s3:PutObject`` that asks for another key, for
``aws:kms`` without naming one (which means ``aws/s3``), for SSE-S3 or for a customer-provided key; a request without
encryption headers gets the bucket's key. A policy that lets only an AWS service write complies too. Non-compliant: one
of the four is allowed, since what a request asks for overrides default encryption
(docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html). Unknown: the same under a key of which only
deployment tells whose it is, such as an imported one. Not applicable: buckets under S3's own key, which
BucketEncryptedWithCustomerKey judges, and those whose policy does not mention encryption.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown, all_of, any_of, is_one_of, spread
from hipaa_constructs.compliance.facts.encryption import customer_key
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown
from hipaa_constructs.iam.evaluate import Another, bucket_policy, denied

_ALGORITHM = "s3:x-amz-server-side-encryption"
_KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id"
_SSE_C = "s3:x-amz-server-side-encryption-customer-algorithm"
_CUSTOMER_PROVIDED = "a customer-provided key"
_REQUESTS: Mapping[str, Mapping[str, str]] = {
    "another key": {_ALGORITHM: "aws:kms", _KEY: Another("arn:aws:kms:us-east-1:000000000000:key/another")},
    "aws:kms without a key": {_ALGORITHM: "aws:kms"},
    "SSE-S3": {_ALGORITHM: "AES256"},
    _CUSTOMER_PROVIDED: {_SSE_C: "AES256"},
}
_RULES = "BucketEncryption.ServerSideEncryptionConfiguration[]"


def check(resource: Resource) -> Verdict:
    keys = spread(resource.properties, f"{_RULES}.ServerSideEncryptionByDefault.KMSMasterKeyID")
    own = any_of(customer_key(key) for key in keys)
    if own is Ternary.NO:
        return NOT_APPLICABLE
    policy = bucket_policy(resource)
    if isinstance(policy, Unknown):
        return unknown("The bucket's policy cannot be read before deployment.")
    blocked = any_of(
        is_one_of(kind, "SSE-C")
        for kind in spread(resource.properties, f"{_RULES}.BlockedEncryptionTypes.EncryptionType[]")
    )
    refused = {name: denied(policy, resource, "s3:PutObject", request) for name, request in _REQUESTS.items()}
    refused[_CUSTOMER_PROVIDED] = any_of((blocked, refused[_CUSTOMER_PROVIDED]))
    if all_of(refused.values()) is Ternary.YES:
        return PASSED
    if not any(condition.key.startswith(_ALGORITHM) for one in policy for condition in one.known_conditions()):
        return NOT_APPLICABLE
    let_through = [name for name, answer in refused.items() if answer is Ternary.NO]
    if not let_through:
        return unknown("Which writes the bucket policy allows is known only at deployment.")
    if own is Ternary.UNKNOWN:
        return unknown(f"Whose the bucket's key is, is known only at deployment; writes may ask for {let_through[0]}.")
    return failed(f"The bucket policy allows writes that ask for {', '.join(let_through)}.", at="")


RULE = Rule(
    name="BucketWritesKeepKey",
    severity="warning",
    resource_types=("AWS::S3::Bucket",),
    controls=("164.312(a)(2)(iv)",),
    fix="Deny writes that ask for another key than the bucket's, or for another kind of encryption, in the bucket's "
    "policy.",
    fixes=(
        Fix(
            beside="In the bucket's AWS::S3::BucketPolicy, deny Principal * the action s3:PutObject on <the bucket's "
            f"ARN>/* by four statements, with the Conditions {{Null: {{{_KEY}: false}}, StringNotEquals: {{{_KEY}: "
            f"<the ARN of the bucket's key>}}}}, {{Null: {{{_KEY}: true}}, StringEquals: {{{_ALGORITHM}: [aws:kms, "
            f"aws:kms:dsse]}}}}, {{Null: {{{_ALGORITHM}: false}}, StringNotEquals: {{{_ALGORITHM}: [aws:kms, "
            f"aws:kms:dsse]}}}} and {{Null: {{{_SSE_C}: false}}}}.",
            cdk=("s3.Bucket.add_to_resource_policy(<each statement>)",),
            constructs=("EncryptedBucket",),
        ),
    ),
    check=check,
    phi_only=True,
)
