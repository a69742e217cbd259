"""ARNs of keys, buckets and objects. Each is asked for once, since Node answers."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3


def key_arn(key: kms.IKey) -> str:
    """Return the ARN of a key."""
    arn = _KEYS.get(key)
    if arn is None:
        arn = _KEYS[key] = key.key_arn
    return arn


def bucket_arn(bucket: s3.IBucket) -> str:
    """Return the ARN of a bucket."""
    arn = _BUCKETS.get(bucket)
    if arn is None:
        arn = _BUCKETS[bucket] = bucket.bucket_arn
    return arn


def objects_arn(bucket: s3.IBucket, pattern: str) -> str:
    """Return the ARN of the objects of a bucket that ``pattern`` matches."""
    return f"{bucket_arn(bucket)}/{pattern}"


_KEYS: WeakKeyDictionary[kms.IKey, str] = WeakKeyDictionary()
_BUCKETS: WeakKeyDictionary[s3.IBucket, str] = WeakKeyDictionary()
