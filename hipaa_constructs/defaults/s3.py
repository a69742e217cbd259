"""Amazon S3: the stack's key, TLS 1.2, no public access, versions, access logs, backups."""

from __future__ import annotations

import re
from typing import Any, cast

from aws_cdk import aws_s3 as s3
from constructs import Construct

from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.raw import Raw, RawSetting
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Made, Plain, Setting
from hipaa_constructs.storage.access_log_bucket import AccessLogBucket

_TYPE = "AWS::S3::Bucket"
# "Logs", "AccessLogs", "alb-logs" and "LogBucket", but not "Catalog" or "Logistics".
_LOGS = re.compile(r"((^|[_\-\d])[Ll]|(?<=[a-z])L)ogs?(?![a-z])")
_SSE_S3 = "S3 delivers access logs, and load balancers theirs, to buckets under S3's own key alone."


def _receives_logs(made: Made) -> bool:
    """Whether the bucket seems to be for logs, by its id, or by the access-control list that log delivery used.

    CDK refuses a load balancer's logs in a bucket with a key, when it is too late for another.
    """
    return made.props.get("accessControl") == "LogDeliveryWrite" or _LOGS.search(made.construct_id) is not None


def _website(made: Made) -> bool:
    return made.props.get("publicReadAccess") is True


_BUCKET = Plain(
    construct=s3.Bucket,
    props=s3.BucketProps,
    resource_type=_TYPE,
    migration="Make a second bucket and copy with S3 Batch Replication.",
    settings=[
        Setting(
            argument="encryption",
            properties=["BucketEncryption"],
            value=lambda made: s3.BucketEncryption.S3_MANAGED if _receives_logs(made) else s3.BucketEncryption.KMS,
            unless=["encryption_key"],
            why="New objects are encrypted; with the stack's key, but for logs, which only reach S3's own.",
        ),
        Setting(
            argument="encryption_key",
            properties=["BucketEncryption"],
            value=lambda made: made.key,
            unless=["encryption"],
            when=lambda made: not _receives_logs(made),
            why="New objects are under the stack's key.",
        ),
        Setting(
            argument="bucket_key_enabled",
            properties=["BucketEncryption"],
            value=lambda made: True,
            unless=["encryption"],
            when=lambda made: not _receives_logs(made),
            why="One data key serves many objects.",
        ),
        Setting(
            argument="enforce_ssl",
            properties=[],
            value=lambda made: True,
            why="The bucket's policy denies requests without TLS.",
        ),
        Setting(
            argument="minimum_tls_version",
            properties=[],
            value=lambda made: 1.2,
            when=lambda made: made.props.get("enforceSSL") is not False,
            why="The bucket's policy denies TLS older than 1.2.",
        ),
        Setting(
            argument="block_public_access",
            properties=["PublicAccessBlockConfiguration"],
            value=lambda made: s3.BlockPublicAccess.BLOCK_ALL,
            when=lambda made: not _website(made),
            why="Nobody outside can be let in, by policy or by access-control list.",
        ),
        Setting(
            argument="versioned",
            properties=["VersioningConfiguration"],
            value=lambda made: True,
            why="What is overwritten or deleted stays as a version.",
        ),
    ],
)
_RAW = Raw(
    construct=s3.CfnBucket,
    resource_type=_TYPE,
    settings=[
        RawSetting(
            attribute="public_access_block_configuration",
            property="PublicAccessBlockConfiguration",
            value=lambda session, bucket: s3.CfnBucket.PublicAccessBlockConfigurationProperty(
                block_public_acls=True, block_public_policy=True, ignore_public_acls=True, restrict_public_buckets=True
            ),
            why="Nobody outside can be let in, by policy or by access-control list.",
        ),
        RawSetting(
            attribute="versioning_configuration",
            property="VersioningConfiguration",
            value=lambda session, bucket: s3.CfnBucket.VersioningConfigurationProperty(status="Enabled"),
            why="What is overwritten or deleted stays as a version.",
        ),
    ],
)


def _finish(session: Session, found: Found) -> None:
    buckets = found.of(_TYPE)
    settings = {bucket: session.stack(bucket).resolve(bucket.logging_configuration) for bucket in buckets}
    targets = {_reference(one.get("destinationBucketName")) for one in settings.values() if one}
    for bucket in buckets:
        path = session.path(bucket)
        if session.stack(bucket).get_logical_id(bucket) in targets:
            _use_own_key(session, bucket, path)
        elif settings[bucket] is None:
            AccessLogBucket.of(bucket)._collect(bucket, arn=bucket.attr_arn, path=path.removesuffix("/Resource"))
            session.record(
                bucket,
                path.removesuffix("/Resource"),
                _TYPE,
                "server_access_logs_bucket",
                ["LoggingConfiguration"],
                "set",
                "Who asks for objects is written down, in the stack's bucket for that.",
            )
    for policy in found.of("AWS::S3::BucketPolicy"):
        _keep_policy(session, policy)


def _use_own_key(session: Session, bucket: s3.CfnBucket, path: str) -> None:
    """Take back the key of a bucket that turned out to receive access logs, which would stop without a word."""
    owner = path.removesuffix("/Resource")
    ours = [
        change
        for change in session.changes
        if change.path == owner and change.setting in ("encryption", "encryption_key", "bucket_key_enabled")
    ]
    if not ours or session.stack(bucket).resolve(bucket.bucket_encryption) is None:
        return
    for change in ours:
        session.changes.remove(change)
    bucket.bucket_encryption = s3.CfnBucket.BucketEncryptionProperty(
        server_side_encryption_configuration=[
            s3.CfnBucket.ServerSideEncryptionRuleProperty(
                server_side_encryption_by_default=s3.CfnBucket.ServerSideEncryptionByDefaultProperty(
                    sse_algorithm="AES256"
                )
            )
        ]
    )
    session.record(bucket, owner, _TYPE, "encryption", ["BucketEncryption"], "set", _SSE_S3)


def _keep_policy(session: Session, policy: s3.CfnBucketPolicy) -> None:
    """Keep what protects a bucket as long as the bucket, where CDK made the policy."""
    bucket = cast("Construct", policy.node.scope).node.scope
    if not isinstance(bucket, s3.Bucket) or session.path(bucket) not in session.seen:
        return
    resource: Any = bucket.node.default_child
    if resource.cfn_options.deletion_policy is not None and policy.cfn_options.deletion_policy is None:
        policy.cfn_options.deletion_policy = resource.cfn_options.deletion_policy
        policy.cfn_options.update_replace_policy = resource.cfn_options.update_replace_policy
        session.record(
            policy, session.path(bucket), _TYPE, "policy", [], "set", "The policy goes and stays with its bucket."
        )


def _reference(value: Any) -> str | None:
    return value.get("Ref") if isinstance(value, dict) else None


SERVICE = Service(
    plain=[_BUCKET],
    raw=[_RAW],
    types=[_TYPE, "AWS::S3::BucketPolicy"],
    finish=_finish,
    later=[
        "Buckets log requests into the stack's `AccessLogBucket`, but for those that receive logs themselves.",
        "A bucket that turns out to receive access logs goes back to S3's own key.",
        "A bucket's policy, where CDK made it, stays as long as the bucket.",
    ],
)
