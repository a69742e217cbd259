from __future__ import annotations

from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from hipaa_constructs._stacks import account_of, arn_in, stack_of
from hipaa_constructs.primitives.service_grants import grant_service
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.storage.write_denials import keep_to_one_writer

_MACIE = "macie.amazonaws.com"


class DiscoveryResultsBucket(EncryptedBucket):
    """The bucket of Macie's discovery results: an ``EncryptedBucket`` that nobody else writes to.

    A result says which object was looked into and where in it something was found, not what; Macie itself forgets it
    after 90 days. Macie cannot add results to a bucket whose Object Lock has a default retention
    (docs.aws.amazon.com/macie/latest/user/discovery-results-repository-s3.html). In its place the bucket policy denies
    every deletion, to administrators too; who would delete has to change the policy first, which the trail records. No
    lifecycle rule removes a result, so that each is kept for seven years and longer.
    """

    _holds_data = False

    def accept_results(self) -> s3.BucketPolicy:
        """Let Macie, for this account and Region, write under the bucket's key; return what says so.

        Source: docs.aws.amazon.com/macie/latest/user/discovery-results-repository-s3.html.
        """
        stack = stack_of(self)
        sources = [
            arn_in(stack, "macie2", "export-configuration:*"),
            arn_in(stack, "macie2", "classification-job/*"),
        ]
        for source in sources:
            grant_service(self._key, _MACIE, source_arn=source, actions=["kms:Encrypt", "kms:GenerateDataKey"])
        conditions: dict[str, Any] = {
            "StringEquals": {"aws:SourceAccount": account_of(stack)},
            "ArnLike": {"aws:SourceArn": sources},
        }
        self._document.add_statements(
            *(
                iam.PolicyStatement(
                    sid=sid,
                    principals=[iam.ServicePrincipal(_MACIE)],
                    actions=[action],
                    resources=[resource],
                    conditions=conditions,
                )
                for sid, action, resource in (
                    ("MacieCheck", "s3:GetBucketLocation", self._arn),
                    ("MacieWrite", "s3:PutObject", f"{self._arn}/*"),
                )
            )
        )
        return self._policy

    def _deny_writes(self) -> None:
        keep_to_one_writer(self._document, bucket_arn=self._arn, service=_MACIE)
