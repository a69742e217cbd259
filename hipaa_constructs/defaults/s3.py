"""Amazon S3: the stack's key, TLS 1.2, no public access, versions, access logs, backups."""

from __future__ import annotations

import json
import re
from typing import Any

from aws_cdk import aws_s3 as s3

from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.raw import Raw, RawSetting
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Made, Plain, Setting
from hipaa_constructs.storage.access_log_bucket import AccessLogBucket

_TYPE = "AWS::S3::Bucket"
# "Logs", "AccessLogs", "alb-logs" and "LogBucket", but not "Catalog" or "Logistics".
_LOGS = re.compile(r"((^|[_\-\d])[Ll]|(?<=[a-z])L)ogs?(?![a-z])")
_PUBLIC_LISTS = ("PublicRead", "PublicReadWrite", "AuthenticatedRead")
_OAI = (
    "An origin access identity of CloudFront cannot read under a customer key, so the bucket keeps S3's own: use "
    "S3BucketOrigin.with_origin_access_control instead "
    "(docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html)."
)
_SSE_S3 = "S3 delivers access logs, and load balancers theirs, to buckets under S3's own key alone."


def _keeps_own_key(made: Made) -> bool:
    """Whether the bucket cannot be under a customer key: it is for logs, or for everybody.

    What is for logs is told by its id, or by the access-control list that log delivery used: CDK refuses a load
    balancer's logs in a bucket with a key, when it is too late for another.
    """
    by_list = made.props.get("accessControl") == "LogDeliveryWrite"
    return by_list or _LOGS.search(made.construct_id) is not None or _public(made)


def _public(made: Made) -> bool:
    """Whether the app asks for a bucket that anybody reads, as a website of which S3 serves the pages over HTTP."""
    return (
        made.props.get("publicReadAccess") is True
        or made.props.get("accessControl") in _PUBLIC_LISTS
        or "websiteRedirect" in made
    )


_BUCKET = Plain(
    construct=s3.Bucket,
    props=s3.BucketProps,
    resource_type=_TYPE,
    migration="Make a second bucket and copy with S3 Batch Replication.",
    settings=[
        Setting(
            argument="encryption",
            properties=["BucketEncryption"],
            value=lambda made: s3.BucketEncryption.S3_MANAGED if _keeps_own_key(made) else s3.BucketEncryption.KMS,
            unless=["encryption_key"],
            why="New objects are encrypted; with the stack's key, but for logs and public sites, which have S3's own.",
        ),
        Setting(
            argument="encryption_key",
            properties=["BucketEncryption"],
            value=lambda made: made.key,
            unless=["encryption"],
            when=lambda made: not _keeps_own_key(made),
            why="New objects are under the stack's key.",
        ),
        Setting(
            argument="bucket_key_enabled",
            properties=["BucketEncryption"],
            value=lambda made: True,
            unless=["encryption"],
            when=lambda made: not _keeps_own_key(made),
            why="One data key serves many objects.",
        ),
        Setting(
            argument="enforce_ssl",
            properties=[],
            value=lambda made: True,
            when=lambda made: not _public(made),
            why="The bucket's policy denies requests without TLS.",
        ),
        Setting(
            argument="minimum_tls_version",
            properties=[],
            value=lambda made: 1.2,
            when=lambda made: made.props.get("enforceSSL") is not False and not _public(made),
            why="The bucket's policy denies TLS older than 1.2.",
        ),
        Setting(
            argument="block_public_access",
            properties=["PublicAccessBlockConfiguration"],
            value=lambda made: s3.BlockPublicAccess.BLOCK_ALL,
            when=lambda made: not _public(made),
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
    settings = {bucket: session.resolved(bucket, "logging_configuration") for bucket in buckets}
    targets = {
        _reference(one["logging_configuration"].get("destinationBucketName")) for one in settings.values() if one
    }
    for bucket in buckets:
        path = session.path(bucket)
        if session.name(bucket) in targets:
            _use_own_key(session, bucket, path, _SSE_S3)
        elif not settings[bucket]:
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
    by_name = {(session.stack(bucket), session.name(bucket)): bucket for bucket in buckets}
    for policy in found.of("AWS::S3::BucketPolicy"):
        _keep_policy(session, policy)
        written = session.resolved(policy, "bucket", "policy_document")
        read = by_name.get((session.stack(policy), _reference(written.get("bucket")) or ""))
        if read is not None and "CanonicalUser" in json.dumps(written.get("policy_document")):
            _use_own_key(session, read, session.path(read), _OAI)


def _use_own_key(session: Session, bucket: s3.CfnBucket, path: str, why: str) -> None:
    """Take back the key of a bucket whose writers or readers it would stop without a word."""
    owner = path.removesuffix("/Resource")
    ours = [
        change
        for change in session.changes
        if change.path == owner and change.setting in ("encryption", "encryption_key", "bucket_key_enabled")
    ]
    if not ours:
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
    session.record(bucket, owner, _TYPE, "encryption", ["BucketEncryption"], "set", why)


def _keep_policy(session: Session, policy: s3.CfnBucketPolicy) -> None:
    """Keep what protects a bucket as long as the bucket, where CDK made the policy."""
    bucket = session.owner(session.owner(policy))
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
