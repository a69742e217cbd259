from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from weakref import WeakKeyDictionary

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, refuse
from hipaa_constructs._constants import anyone, block_all
from hipaa_constructs._names import KEPT
from hipaa_constructs._stacks import account_of, node_of, path_of, settle, stack_of
from hipaa_constructs.compliance.acknowledge import acknowledge_limitations, explain_to_scanners
from hipaa_constructs.compliance.classify import leave_out_of_backups
from hipaa_constructs.compliance.packs import in_every_pack
from hipaa_constructs.primitives.arns import objects_arn
from hipaa_constructs.storage.lifecycle import SEVEN_YEARS, access_log_rules
from hipaa_constructs.storage.notifications import NotifyingBucket

_ID = "AccessLogBucket"
_LOG_DELIVERY = "logging.s3.amazonaws.com"


class AccessLogBucket(Construct):
    """The bucket that receives the S3 server access logs of all buckets of one stack.

    Get it with ``AccessLogBucket.of(scope)``. It is private, versioned, TLS 1.2 only, without ACLs, and stays
    when its stack goes. Only S3's log delivery can write to it, for the buckets that log here. Nobody can
    delete a log file, administrators included, unless they first change the bucket policy, which CloudTrail
    records. Logs move to colder storage after 30 and 90 days and expire after seven years (2557 days):
    lifecycle rules are not subject to bucket policies. Backup plans that go by the classification's tag leave it out.

    It is encrypted with S3's own key (SSE-S3), the only encryption that log delivery supports.

    Meets 164.312(b) audit controls and 164.312(c)(1) integrity. Supports 164.316(b)(2)(i) time limit.

    :raises ValueError: a bucket of another stack is to log here.
    """

    @checked_arguments
    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._bucket = NotifyingBucket(
            self,
            "Resource",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=block_all(),
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            lifecycle_rules=access_log_rules(SEVEN_YEARS),
            removal_policy=KEPT,
        )
        self._bucket_name = self._bucket.bucket_name
        self._stack = stack_of(self)
        self._source_arns: list[str] = []
        self._delivery = self._define_delivery()
        policy = cast("s3.BucketPolicy", self._bucket.policy)
        policy.document.add_statements(self._delivery, *self._define_denials())
        # The policy has to outlive the stack as long as the logs do.
        policy.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
        self._acknowledge_limits()
        leave_out_of_backups(self._bucket)

    @classmethod
    def of(cls, scope: Construct) -> AccessLogBucket:
        """Return the access-log bucket of the stack that ``scope`` is in; the first call makes it."""
        stack = stack_of(scope)
        known = _OF_STACK.get(stack)
        if known is None:
            stranger = node_of(stack).try_find_child(_ID)
            if stranger is not None:
                refuse(
                    f"the construct id {_ID!r} in {path_of(stack)}",
                    stranger,
                    allowed="the library keeps it for the access-log bucket of the stack",
                    fix="Give your own construct another id.",
                )
            known = _OF_STACK[stack] = cls(stack, _ID)
        return known

    @property
    def bucket(self) -> s3.Bucket:
        """The bucket itself."""
        return self._bucket

    @checked_arguments
    def collect_from(self, source: s3.Bucket) -> None:
        """Let ``source``, a bucket of the same stack, log here, below its construct path as the prefix."""
        node = source.node
        if source.stack is not self._stack:
            refuse(
                "source",
                node.path,
                allowed="a bucket logs into the access-log bucket of its own stack",
                fix="Call AccessLogBucket.of(source).collect_from(source).",
            )
        path = node.path.removesuffix("/Resource")
        self._collect(cast("s3.CfnBucket", node.default_child), arn=source.bucket_arn, path=path)

    def _collect(self, resource: s3.CfnBucket, *, arn: str, path: str) -> None:
        """Do it for a bucket of the stack of which the caller knows everything already."""
        resource.logging_configuration = s3.CfnBucket.LoggingConfigurationProperty(
            destination_bucket_name=self._bucket_name, log_file_prefix=f"{path}/"
        )
        self._source_arns.append(arn)
        # One statement with a growing list: with one per bucket, some 50 buckets would fill a policy's 20 KB.
        self._delivery.add_condition("ArnEquals", {"aws:SourceArn": self._source_arns})

    def _define_delivery(self) -> iam.PolicyStatement:
        # docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
        return iam.PolicyStatement(
            sid="LogDelivery",
            principals=[iam.ServicePrincipal(_LOG_DELIVERY)],
            actions=["s3:PutObject"],
            resources=[objects_arn(self._bucket, "*")],
            conditions={"StringEquals": {"aws:SourceAccount": account_of(self._stack)}},
        )

    def _define_denials(self) -> Sequence[iam.PolicyStatement]:
        everybody, logs = [anyone()], [objects_arn(self._bucket, "*")]
        deletion = iam.PolicyStatement(
            sid="DenyDeletion",
            effect=iam.Effect.DENY,
            principals=everybody,
            actions=["s3:DeleteObject", "s3:DeleteObjectVersion"],
            resources=logs,
        )
        # An overwritten log would live on only as a noncurrent version; so nobody else may write.
        # The form is AWS's own: docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html.
        other_writers = iam.PolicyStatement(
            sid="DenyOtherWriters",
            effect=iam.Effect.DENY,
            principals=everybody,
            actions=["s3:PutObject"],
            resources=logs,
            conditions={"ForAllValues:StringNotEquals": {"aws:PrincipalServiceNamesList": [_LOG_DELIVERY]}},
        )
        return deletion, other_writers

    def _acknowledge_limits(self) -> None:
        acknowledge_limitations(
            self._bucket.resource,
            {
                (
                    "Server access logs are delivered only to a bucket with SSE-S3 default encryption.",
                    "docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html",
                ): in_every_pack("S3DefaultEncryptionKMS"),
                (
                    "Server access logs reach only a bucket in the source's own Region and account, and are "
                    "a best-effort second record beside CloudTrail's data events; here they are versioned, kept "
                    "seven years, and closed to deletion.",
                    "docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html",
                ): in_every_pack("S3BucketReplicationEnabled"),
            },
        )
        explain_to_scanners(
            self._bucket.resource,
            reason="Access logs of the bucket of access logs would themselves be logged, without end.",
            source="docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html",
            checkov=["CKV_AWS_18"],
            cfn_nag=["W35"],
            guard=["S3_BUCKET_LOGGING_ENABLED"],
        )


# A look into the construct tree would be two more calls to Node for each bucket.
_OF_STACK: WeakKeyDictionary[cdk.Stack, AccessLogBucket] = WeakKeyDictionary()
