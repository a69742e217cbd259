from __future__ import annotations

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from hipaa_constructs._stacks import account_of
from hipaa_constructs.primitives.service_grants import grant_service, service_source
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.storage.lifecycle import SEVEN_YEARS, access_log_rules
from hipaa_constructs.storage.write_denials import keep_to_one_writer

_CONFIG = "config.amazonaws.com"


class ConfigBucket(EncryptedBucket):
    """The bucket that AWS Config delivers to: an ``EncryptedBucket`` that nobody else writes to.

    AWS Config does not deliver to a bucket whose Object Lock has a default retention
    (docs.aws.amazon.com/config/latest/developerguide/manage-delivery-channel.html). In its place the bucket policy
    denies every deletion, to administrators too; who would delete has to change the policy first, which the trail
    records. Files go after seven years, by lifecycle rules, which bucket policies do not bind.
    """

    _holds_data = False

    def accept_deliveries(self, *, organization_id: str | None = None) -> s3.BucketPolicy:
        """Let AWS Config look at the bucket and write below its own prefix; return what says so.

        It may for this account or, if given, for those of an organization.

        Sources: docs.aws.amazon.com/config/latest/developerguide/s3-bucket-policy.html and s3-kms-key-policy.html.
        """
        account = "*" if organization_id else account_of(self)
        arn, source = self._arn, service_source(self, organization_id)
        grant_service(
            self._key, _CONFIG, organization_id=organization_id, actions=["kms:Decrypt", "kms:GenerateDataKey"]
        )
        self._document.add_statements(
            iam.PolicyStatement(
                sid="ConfigCheck",
                principals=[iam.ServicePrincipal(_CONFIG)],
                actions=["s3:GetBucketAcl", "s3:ListBucket"],
                resources=[arn],
                conditions={"StringEquals": source},
            ),
            iam.PolicyStatement(
                sid="ConfigWrite",
                principals=[iam.ServicePrincipal(_CONFIG)],
                actions=["s3:PutObject"],
                resources=[f"{arn}/AWSLogs/{account}/Config/*"],
                conditions={"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", **source}},
            ),
        )
        return self._policy

    def _own_lifecycle_rules(self, lock_days: int) -> list[s3.LifecycleRule]:
        return access_log_rules(max(SEVEN_YEARS, lock_days))

    def _deny_writes(self) -> None:
        keep_to_one_writer(self._document, bucket_arn=self._arn, service=_CONFIG)
