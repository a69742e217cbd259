"""Buckets that jobs of Glue write to, and whose key encrypts what comes there.

A bucket's default encrypts what a writer asks no encryption for, which is a job without a security configuration
(docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html).
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Text, dig, is_mapping, is_one_of, spread
from hipaa_constructs.compliance.facts.encryption import customer_key

_BUCKET, _DEFAULT = "AWS::S3::Bucket", "BucketEncryption.ServerSideEncryptionConfiguration"


def writes_under_key(job: Resource) -> bool:
    """Whether all buckets that arguments of a job name encrypt what comes there by a customer key of their own."""
    arguments = job.get("DefaultArguments")
    named = [
        _has_key(value, job)
        for name, value in (arguments.items() if is_mapping(arguments) else ())
        # Code beside the job's own is read from those.
        if isinstance(value, str) and value.startswith("s3://") and not str(name).startswith("--extra-")
    ]
    return bool(named) and all(named)


def _has_key(location: str, job: Resource) -> bool:
    """Whether the bucket of an address of S3 is one of the app's with a customer key as its default."""
    if isinstance(location, Text):
        # Another part than the bucket's name may be what refers to something.
        first = next((one for one in location.references if location.startswith(f"s3://{one}")), None)
        bucket = None if first is None else first.resource
    else:
        bucket = job.template.target(location.removeprefix("s3://").partition("/")[0], _BUCKET)
    if bucket is None or bucket.type != _BUCKET:
        return False
    defaults = list(spread(bucket.properties, f"{_DEFAULT}[].ServerSideEncryptionByDefault"))
    return bool(defaults) and all(
        is_one_of(dig(default, "SSEAlgorithm"), "aws:kms", "aws:kms:dsse") is Ternary.YES
        and customer_key(dig(default, "KMSMasterKeyID")) is Ternary.YES
        for default in defaults
    )
