from __future__ import annotations

from typing import Any, ClassVar, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct, IDependable

from hipaa_constructs._names import KEPT
from hipaa_constructs._stacks import account_of, arn_in
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compliance.classify import leave_out_of_backups
from hipaa_constructs.compliance.packs import in_every_pack
from hipaa_constructs.primitives.arns import bucket_arn
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.service_grants import grant_service, service_source
from hipaa_constructs.storage.access_log_bucket import AccessLogBucket
from hipaa_constructs.storage.lifecycle import SEVEN_YEARS, access_log_rules
from hipaa_constructs.storage.notifications import NotifyingBucket

_DOCS = "docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html"


class DeliveredLogs(Construct):
    """A bucket under a customer key, kept seven years, which only CloudWatch's delivery of logs writes to.

    Network load balancers and user pools log that way. Nobody can delete a log file, administrators included, unless
    they first change the bucket policy, which CloudTrail records.

    :param encryption_key: the key of the files; it is made usable for the delivery.
        Default: a ``KmsRotatedKey`` of its own.
    :param organization_id: whose accounts' logs are taken. Default: those of this account alone.
    :param bucket_name: the name by which other accounts know it. Default: CloudFormation makes one.
    """

    _service: ClassVar[str] = "delivery.logs.amazonaws.com"

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        encryption_key: kms.IKey | None = None,
        organization_id: str | None = None,
        bucket_name: str | None = None,
    ) -> None:
        super().__init__(scope, construct_id)

        self._organization_id = organization_id
        self._key = self._define_key(encryption_key)
        self._bucket = NotifyingBucket(
            self,
            "Resource",
            bucket_name=bucket_name,
            encryption=s3.BucketEncryption.KMS if self._key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=self._key,
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
        self._policy.document.add_statements(*self._deliveries(), *self._denials())
        AccessLogBucket.of(self).collect_from(self._bucket)
        self._acknowledge_limits(cast("s3.CfnBucket", self._bucket.node.default_child))
        leave_out_of_backups(self._bucket)

    @property
    def bucket(self) -> s3.Bucket:
        """The bucket itself."""
        return self._bucket

    @property
    def policy(self) -> IDependable:
        """What has to be there before anything may log: a test file is written when logging is turned on."""
        return self._policy

    def _define_key(self, encryption_key: kms.IKey | None) -> kms.IKey | None:
        return encryption_key or KmsRotatedKey(self, "Key").key

    def _deliveries(self) -> list[iam.PolicyStatement]:
        """Let the service write, and use the key.

        Sources: docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-S3.html and
        docs.aws.amazon.com/elasticloadbalancing/latest/network/enable-access-logs.html.
        """
        source = arn_in(self, "logs", "*", account="*" if self._organization_id else None)
        if self._key:
            grant_service(self._key, self._service, source_arn=source, organization_id=self._organization_id)
        account = service_source(self, self._organization_id)
        deliveries = {"ArnLike": {"aws:SourceArn": source}}
        owned = {"s3:x-amz-acl": "bucket-owner-full-control", **account}
        return [
            self._allow(
                "AclCheck", "s3:GetBucketAcl", bucket_arn(self._bucket), {"StringEquals": account, **deliveries}
            ),
            self._allow("LogDelivery", "s3:PutObject", self._files(), {"StringEquals": owned, **deliveries}),
        ]

    def _files(self) -> str:
        whose = "*" if self._organization_id else account_of(self)
        return f"{bucket_arn(self._bucket)}/AWSLogs/{whose}/*"

    def _allow(self, sid: str, action: str, resource: str, conditions: dict[str, Any]) -> iam.PolicyStatement:
        return iam.PolicyStatement(
            sid=sid,
            principals=[iam.ServicePrincipal(self._service)],
            actions=[action],
            resources=[resource],
            conditions=conditions,
        )

    def _denials(self) -> list[iam.PolicyStatement]:
        anyone, files = [iam.AnyPrincipal()], [f"{bucket_arn(self._bucket)}/*"]
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

    def _acknowledge_limits(self, resource: s3.CfnBucket) -> None:
        acknowledge_limitation(
            resource,
            *in_every_pack("S3BucketReplicationEnabled"),
            reason="Logs are delivered on a best-effort basis, to one bucket, in the Region of what they tell of; "
            "here the files are versioned, kept seven years, and closed to deletion.",
            source=_DOCS,
        )
