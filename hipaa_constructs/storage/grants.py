"""Grants on a bucket and its key, action by action, without the wildcards of CDK's own."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from hipaa_constructs.primitives.arns import bucket_arn, objects_arn
from hipaa_constructs.primitives.granting import to_principal_or_resource
from hipaa_constructs.primitives.key_policy import grant_on_key
from hipaa_constructs.primitives.wildcards import acknowledge_wildcards

_READ = ("s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionTagging")
_LIST = ("s3:ListBucket", "s3:ListBucketVersions")
_PUT = ("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject", "s3:PutObjectTagging")


def grant_read(bucket: s3.Bucket, key: kms.IKey, identity: iam.IGrantable, pattern: str) -> iam.Grant:
    """Grant to list what ``pattern`` matches, read it and decrypt it."""
    first, *others = let_read(bucket, key, identity, pattern)
    return functools.reduce(iam.Grant.combine, others, first)


def let_read(bucket: s3.Bucket, key: kms.IKey, identity: iam.IGrantable, pattern: str) -> Sequence[iam.Grant]:
    """Do so, with each grant by itself, for who needs nothing to wait for all of them."""
    # Names can say who a patient is: who reads a part of the bucket lists that part alone.
    within = {} if pattern == "*" else {"StringLike": {"s3:prefix": pattern}}
    return [
        to_principal_or_resource(identity, _LIST, [bucket_arn(bucket)], resource=bucket, conditions=within),
        _on_objects(bucket, identity, _READ, pattern),
        grant_on_key(key, identity, "kms:Decrypt"),
    ]


def grant_list(bucket: s3.Bucket, identity: iam.IGrantable, folder: str) -> iam.Grant:
    """Grant to list ``folder`` and what is below, as Transfer Family asks for it.

    Source: docs.aws.amazon.com/transfer/latest/userguide/users-policies-session.html.
    """
    return to_principal_or_resource(
        identity,
        ["s3:ListBucket"],
        [bucket_arn(bucket)],
        resource=bucket,
        conditions={"StringLike": {"s3:prefix": [folder, f"{folder}/*"]}},
    )


def grant_see_folders(bucket: s3.Bucket, identity: iam.IGrantable, folder: str) -> iam.Grant:
    """Grant to see that ``folder`` and those below it are there: empty objects, whose names end in a slash."""
    seen = _on_objects(bucket, identity, ("s3:GetObject",), f"{folder}/")
    return seen.combine(_on_objects(bucket, identity, ("s3:GetObject",), f"{folder}/*/"))


def grant_put(bucket: s3.Bucket, key: kms.IKey, identity: iam.IGrantable, pattern: str) -> iam.Grant:
    """Grant to write what ``pattern`` matches; S3 decrypts the parts of a multipart upload to join them."""
    first, second = let_put(bucket, key, identity, pattern)
    return first.combine(second)


def let_put(bucket: s3.Bucket, key: kms.IKey, identity: iam.IGrantable, pattern: str) -> Sequence[iam.Grant]:
    """Do so, with each grant by itself."""
    return [
        _on_objects(bucket, identity, _PUT, pattern),
        grant_on_key(key, identity, "kms:Decrypt", "kms:GenerateDataKey"),
    ]


def grant_delete(bucket: s3.Bucket, identity: iam.IGrantable, pattern: str) -> iam.Grant:
    """Grant to put delete markers over what ``pattern`` matches."""
    return _on_objects(bucket, identity, ("s3:DeleteObject",), pattern)


def _on_objects(bucket: s3.Bucket, identity: iam.IGrantable, actions: tuple[str, ...], pattern: str) -> iam.Grant:
    objects = objects_arn(bucket, pattern)
    if "*" in pattern:
        acknowledge_wildcards(
            identity,
            objects,
            reason="Objects are named by who writes them, and IAM knows of a set of them by a pattern alone. It stays "
            "within one bucket.",
            source="docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html",
        )
    return to_principal_or_resource(identity, actions, [objects], resource=bucket)
