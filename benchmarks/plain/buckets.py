from __future__ import annotations

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from benchmarks.plain.keys import key

_ALGORITHM = "s3:x-amz-server-side-encryption"
_KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id"
_COLDER = ((s3.StorageClass.INFREQUENT_ACCESS, 30), (s3.StorageClass.GLACIER_INSTANT_RETRIEVAL, 90))


def log_bucket(scope: Construct, construct_id: str) -> s3.Bucket:
    bucket = s3.Bucket(
        scope,
        construct_id,
        encryption=s3.BucketEncryption.S3_MANAGED,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        enforce_ssl=True,
        minimum_tls_version=1.2,
        versioned=True,
        lifecycle_rules=kept_logs(2557),
        removal_policy=cdk.RemovalPolicy.RETAIN,
    )
    deny(bucket, "DenyDeletion", ["s3:DeleteObject", "s3:DeleteObjectVersion"])
    only_service: dict[str, object] = {
        "ForAllValues:StringNotEquals": {"aws:PrincipalServiceNamesList": ["logging.s3.amazonaws.com"]}
    }
    deny(bucket, "DenyOtherWriters", ["s3:PutObject"], only_service)
    cast("s3.BucketPolicy", bucket.policy).apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    return bucket


def encrypted_bucket(scope: Construct, construct_id: str, *, logs: s3.Bucket) -> s3.Bucket:
    return bucket_under(key(scope, f"{construct_id}Key"), scope, construct_id, logs=logs)


def bucket_under(
    encryption_key: kms.Key,
    scope: Construct,
    construct_id: str,
    *,
    logs: s3.Bucket,
    lock: s3.ObjectLockRetention | None = None,
) -> s3.Bucket:
    bucket = s3.Bucket(
        scope,
        construct_id,
        encryption=s3.BucketEncryption.KMS,
        encryption_key=encryption_key,
        bucket_key_enabled=True,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        enforce_ssl=True,
        minimum_tls_version=1.2,
        versioned=True,
        object_lock_default_retention=lock,
        lifecycle_rules=[kept_versions()],
        server_access_logs_bucket=logs,
        server_access_logs_prefix=f"{construct_id}/",
        removal_policy=cdk.RemovalPolicy.RETAIN,
    )
    notify_backups(bucket)
    deny_other_keys(bucket, encryption_key)
    cast("s3.BucketPolicy", bucket.policy).apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    return bucket


def notify_backups(bucket: s3.Bucket) -> None:
    # The argument event_bridge_enabled would bring a function that the constructs do without.
    resource = cast("s3.CfnBucket", bucket.node.default_child)
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(event_bridge_enabled=True)
    )


def deny_other_keys(bucket: s3.Bucket, encryption_key: kms.IKey) -> None:
    put, kms_algorithms = ["s3:PutObject"], ["aws:kms", "aws:kms:dsse"]
    other: dict[str, object] = {"Null": {_KEY: "false"}, "StringNotEquals": {_KEY: encryption_key.key_arn}}
    deny(bucket, "DenyOtherKey", put, other)
    deny(bucket, "DenyUnnamedKey", put, {"Null": {_KEY: "true"}, "StringEquals": {_ALGORITHM: kms_algorithms}})
    algorithm: dict[str, object] = {"Null": {_ALGORITHM: "false"}, "StringNotEquals": {_ALGORITHM: kms_algorithms}}
    deny(bucket, "DenyOtherAlgorithm", put, algorithm)
    deny(bucket, "DenyCustomerProvidedKey", put, {"Null": {f"{_ALGORITHM}-customer-algorithm": "false"}})


def deny(bucket: s3.Bucket, sid: str, actions: list[str], conditions: dict[str, object] | None = None) -> None:
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            sid=sid,
            effect=iam.Effect.DENY,
            principals=[iam.AnyPrincipal()],
            actions=actions,
            resources=[bucket.arn_for_objects("*")],
            conditions=conditions,
        )
    )


def kept_versions() -> s3.LifecycleRule:
    return s3.LifecycleRule(
        id="KeepVersions",
        noncurrent_version_transitions=[
            s3.NoncurrentVersionTransition(storage_class=storage, transition_after=cdk.Duration.days(days))
            for storage, days in _COLDER
        ],
        noncurrent_version_expiration=cdk.Duration.days(2557),
        expired_object_delete_marker=True,
        abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
    )


def kept_logs(days: int) -> list[s3.LifecycleRule]:
    return [
        s3.LifecycleRule(
            id="KeepLogs",
            transitions=[
                s3.Transition(storage_class=storage, transition_after=cdk.Duration.days(after))
                for storage, after in _COLDER
            ],
            expiration=cdk.Duration.days(days),
            noncurrent_version_expiration=cdk.Duration.days(1),
            abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
        ),
        s3.LifecycleRule(id="RemoveMarkers", expired_object_delete_marker=True),
    ]
