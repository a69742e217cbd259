"""Replication of a bucket into another Region, without a token that would cross Regions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from hipaa_constructs._stacks import arn_in, path_of, region_of, stack_of
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compliance.packs import wildcard_ids
from hipaa_constructs.primitives.arns import bucket_arn, key_arn
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.primitives.via_service import via_service

if TYPE_CHECKING:
    from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
    from hipaa_constructs.storage.notifications import NotifyingBucket


def replicate(source: EncryptedBucket, destination: EncryptedBucket) -> LeastPrivilegeRole:
    """Copy every object of ``source`` to ``destination`` from now on, delete markers too."""
    # PutBucketReplication needs iam:PassRole on the role, so no other account can have S3 use it. A condition
    # on the bucket's ARN would tie role and bucket in a knot.
    role = LeastPrivilegeRole(
        source,
        "ReplicationRole",
        assumed_by=iam.ServicePrincipal("s3.amazonaws.com"),
        description=f"Replicates {path_of(source)}",
    )
    key = cast("KmsRotatedKey", KmsRotatedKey.made(destination.encryption_key))
    there = stack_of(destination)
    alias_arn = arn_in(there, "kms", key.alias_name)
    resource = cast("NotifyingBucket", source.bucket).resource
    resource.replication_configuration = s3.CfnBucket.ReplicationConfigurationProperty(
        role=role.role_arn, rules=[_rule(bucket_arn(destination.bucket), alias_arn)]
    )
    for statement in _statements(source, destination, key.alias_name):
        role.add_to_policy(statement)
    _acknowledge_wildcards(role, source, destination)
    return role


def _rule(bucket_arn: str, replica_key_alias_arn: str) -> s3.CfnBucket.ReplicationRuleProperty:
    return s3.CfnBucket.ReplicationRuleProperty(
        id="EveryObject",
        status="Enabled",
        priority=1,
        filter=s3.CfnBucket.ReplicationRuleFilterProperty(prefix=""),
        delete_marker_replication=s3.CfnBucket.DeleteMarkerReplicationProperty(status="Enabled"),
        # Without this S3 leaves out objects under a KMS key, which here are all of them.
        source_selection_criteria=s3.CfnBucket.SourceSelectionCriteriaProperty(
            sse_kms_encrypted_objects=s3.CfnBucket.SseKmsEncryptedObjectsProperty(status="Enabled")
        ),
        destination=s3.CfnBucket.ReplicationDestinationProperty(
            bucket=bucket_arn,
            # A key ARN or an alias ARN:
            # docs.aws.amazon.com/AmazonS3/latest/API/API_EncryptionConfiguration.html
            encryption_configuration=s3.CfnBucket.EncryptionConfigurationProperty(
                replica_kms_key_id=replica_key_alias_arn
            ),
            metrics=s3.CfnBucket.MetricsProperty(status="Enabled"),
        ),
    )


def _statements(source: EncryptedBucket, destination: EncryptedBucket, alias_name: str) -> list[iam.PolicyStatement]:
    """Write what S3 needs to read, copy and encrypt again, and no more.

    With a bucket key the encryption context is the bucket's ARN, without (as for DSSE-KMS) the object's.
    Sources: setting-repl-config-perm-overview.html and replication-config-for-kms-objects.html below
    docs.aws.amazon.com/AmazonS3/latest/userguide/.
    """
    here, there = stack_of(source), stack_of(destination)
    from_arn, to_arn = bucket_arn(source.bucket), bucket_arn(destination.bucket)
    lock = ["s3:GetObjectLegalHold", "s3:GetObjectRetention"] if source.locked else []
    return [
        iam.PolicyStatement(
            sid="ReadConfiguration",
            actions=["s3:GetReplicationConfiguration", "s3:ListBucket"],
            resources=[from_arn],
        ),
        iam.PolicyStatement(
            sid="ReadSource",
            actions=[
                *lock,
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionForReplication",
                "s3:GetObjectVersionTagging",
            ],
            resources=[f"{from_arn}/*"],
        ),
        iam.PolicyStatement(
            sid="WriteReplica",
            actions=["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"],
            resources=[f"{to_arn}/*"],
        ),
        iam.PolicyStatement(
            sid="DecryptSource",
            actions=["kms:Decrypt"],
            resources=[key_arn(source.encryption_key)],
            conditions=_through_s3(here, from_arn),
        ),
        iam.PolicyStatement(
            sid="EncryptReplica",
            actions=["kms:Encrypt", "kms:GenerateDataKey"],
            resources=[_keys_of(there)],
            conditions={
                **_through_s3(there, to_arn),
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": alias_name},
            },
        ),
    ]


def _keys_of(stack: cdk.Stack) -> str:
    return arn_in(stack, "kms", "key/*")


def _through_s3(stack: cdk.Stack, bucket_arn: str) -> dict[str, Any]:
    return {
        "StringEquals": {"kms:ViaService": via_service(region_of(stack), "s3")},
        "StringLike": {"kms:EncryptionContext:aws:s3:arn": [bucket_arn, f"{bucket_arn}/*"]},
    }


def _acknowledge_wildcards(role: LeastPrivilegeRole, source: EncryptedBucket, destination: EncryptedBucket) -> None:
    buckets = [f"{bucket_arn(bucket.bucket)}/*" for bucket in (source, destination)]
    *objects, keys = wildcard_ids(role, *buckets, _keys_of(stack_of(destination)))
    for finding in objects:
        acknowledge_limitation(
            role,
            finding,
            reason="S3 grants replication on objects, whose keys nobody knows before they are written; the "
            "wildcard stays within one bucket.",
            source="docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html",
        )
    acknowledge_limitation(
        role,
        keys,
        reason="A policy names a KMS key by its alias only in the condition kms:ResourceAliases, which narrows "
        "this wildcard to one key; the key's id does not exist yet when another Region's template is written.",
        source="docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html",
    )
