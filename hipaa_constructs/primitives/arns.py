"""ARNs of keys, buckets and objects."""

from __future__ import annotations

from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from hipaa_constructs._asked import AskedOnce


@AskedOnce
def key_arn(key: kms.IKey) -> str:
    """Return the ARN of a key."""
    return key.key_arn


@AskedOnce
def bucket_arn(bucket: s3.IBucket) -> str:
    """Return the ARN of a bucket."""
    return bucket.bucket_arn


def objects_arn(bucket: s3.IBucket, pattern: str) -> str:
    """Return the ARN of the objects of a bucket that ``pattern`` matches."""
    return f"{bucket_arn(bucket)}/{pattern}"
