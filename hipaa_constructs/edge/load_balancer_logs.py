"""Where load balancers put their logs."""

from __future__ import annotations

from typing import Any, Literal, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct, IDependable

from hipaa_constructs._names import KEPT
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compliance.classify import leave_out_of_backups
from hipaa_constructs.compliance.packs import in_every_pack
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.storage.access_log_bucket import AccessLogBucket
from hipaa_constructs.storage.lifecycle import SEVEN_YEARS, access_log_rules
from hipaa_constructs.storage.notifications import NotifyingBucket

_APPLICATION_DOCS = "docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html"
_SERVICES = {"application": "logdelivery.elasticloadbalancing.amazonaws.com", "network": "delivery.logs.amazonaws.com"}


class LoadBalancerLogs(Construct):
    """The bucket of one load balancer's logs, kept seven years, which only Elastic Load Balancing writes to.

    Nobody can delete a log file, administrators included, unless they first change the bucket policy, which
    CloudTrail records.

    Application load balancers can log only under S3's own key; logs of network load balancers are under a customer key.

    :param balancer: application or network load balancer.
    """

    def __init__(self, scope: Construct, construct_id: str, *, balancer: Literal["application", "network"]) -> None:
        super().__init__(scope, construct_id)

        self._service = _SERVICES[balancer]
        self._key = KmsRotatedKey(self, "Key") if balancer == "network" else None
        self._bucket = NotifyingBucket(
            self,
            "Resource",
            encryption=s3.BucketEncryption.KMS if self._key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=self._key.key if self._key else None,
            bucket_key_enabled=True if self._key else None,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            lifecycle_rules=access_log_rules(SEVEN_YEARS),
            removal_policy=KEPT,
        )
        self._policy = cast("s3.BucketPolicy", self._bucket.policy)
        self._policy.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
        statements = self._application_delivery() if balancer == "application" else self._network_delivery()
        self._policy.document.add_statements(*statements, *self._denials())
        AccessLogBucket.of(self).collect_from(self._bucket)
        self._acknowledge_limits()
        leave_out_of_backups(self._bucket)

    @property
    def bucket(self) -> s3.Bucket:
        """The bucket itself."""
        return self._bucket

    @property
    def policy(self) -> IDependable:
        """What has to be there before a load balancer may log: it writes a test file when logging is turned on."""
        return self._policy

    def _files(self) -> str:
        return f"{self._bucket.bucket_arn}/AWSLogs/{cdk.Stack.of(self).account}/*"

    def _application_delivery(self) -> list[iam.PolicyStatement]:
        """Source: docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html."""
        balancers = cdk.Stack.of(self).format_arn(
            service="elasticloadbalancing", resource="loadbalancer", resource_name="*"
        )
        return [self._allow("LogDelivery", "s3:PutObject", self._files(), {"ArnLike": {"aws:SourceArn": balancers}})]

    def _network_delivery(self) -> list[iam.PolicyStatement]:
        """Source: docs.aws.amazon.com/elasticloadbalancing/latest/network/enable-access-logs.html."""
        stack = cdk.Stack.of(self)
        source = stack.format_arn(service="logs", resource="*")
        if self._key:
            self._key.grant_service(self._service, source_arn=source)
        account = {"aws:SourceAccount": stack.account}
        deliveries = {"ArnLike": {"aws:SourceArn": source}}
        owned = {"s3:x-amz-acl": "bucket-owner-full-control", **account}
        return [
            self._allow(
                "AclCheck", "s3:GetBucketAcl", self._bucket.bucket_arn, {"StringEquals": account, **deliveries}
            ),
            self._allow("LogDelivery", "s3:PutObject", self._files(), {"StringEquals": owned, **deliveries}),
        ]

    def _allow(self, sid: str, action: str, resource: str, conditions: dict[str, Any]) -> iam.PolicyStatement:
        return iam.PolicyStatement(
            sid=sid,
            principals=[iam.ServicePrincipal(self._service)],
            actions=[action],
            resources=[resource],
            conditions=conditions,
        )

    def _denials(self) -> list[iam.PolicyStatement]:
        anyone, files = [iam.AnyPrincipal()], [f"{self._bucket.bucket_arn}/*"]
        return [
            iam.PolicyStatement(
                sid="DenyDeletion",
                effect=iam.Effect.DENY,
                principals=anyone,
                actions=["s3:DeleteObject", "s3:DeleteObjectVersion"],
                resources=files,
            ),
            # An overwritten log would live on only as a noncurrent version; so nobody else may write.
            iam.PolicyStatement(
                sid="DenyOtherWriters",
                effect=iam.Effect.DENY,
                principals=anyone,
                actions=["s3:PutObject"],
                resources=files,
                conditions={"ForAllValues:StringNotEquals": {"aws:PrincipalServiceNamesList": [self._service]}},
            ),
        ]

    def _acknowledge_limits(self) -> None:
        resource = cast("s3.CfnBucket", self._bucket.node.default_child)
        if self._key is None:
            acknowledge_limitation(
                resource,
                *in_every_pack("S3DefaultEncryptionKMS"),
                reason="SSE-S3 is the only server-side encryption that load balancers can log to.",
                source=_APPLICATION_DOCS,
            )
        acknowledge_limitation(
            resource,
            *in_every_pack("S3BucketReplicationEnabled"),
            reason="Load balancers log only to a bucket in their own Region, and on a best-effort basis; "
            "here the files are versioned, kept seven years, and closed to deletion.",
            source=_APPLICATION_DOCS,
        )
