from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from hipaa_constructs._constants import anyone
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.storage.lifecycle import access_log_rules

_CLOUDTRAIL = "cloudtrail.amazonaws.com"


class TrailBucket(EncryptedBucket):
    """The bucket of CloudTrail trails: an ``EncryptedBucket`` that only CloudTrail writes to.

    CloudTrail itself chooses the encryption: the trail's key for log files, S3's own for the digest files beside
    them. So the policy does not check the encryption of a write, but who writes. Nobody can delete a file or
    shorten its lock, administrators included, unless they first change the bucket policy, which the trail
    records; lifecycle rules are not subject to bucket policies.
    """

    _holds_data = False
    # A bucket key replaces CloudTrail's encryption context by the bucket's, so that the key policy could not hold
    # its use to this trail: docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html.
    _bucket_key_enabled = False

    def accept(self, *, trail_arns: Sequence[str], prefixes: Sequence[str]) -> None:
        """Let trails look at the bucket's ACL, as they do before each delivery, and write below ``prefixes``.

        Source: docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html.
        """
        cloudtrail = [iam.ServicePrincipal(_CLOUDTRAIL)]
        source = {"aws:SourceArn": trail_arns[0] if len(trail_arns) == 1 else list(trail_arns)}
        arn = self._arn
        self._add_to_policy(
            iam.PolicyStatement(
                sid="TrailAclCheck",
                principals=cloudtrail,
                actions=["s3:GetBucketAcl"],
                resources=[arn],
                conditions={"StringEquals": source},
            ),
            iam.PolicyStatement(
                sid="TrailWrite",
                principals=cloudtrail,
                actions=["s3:PutObject"],
                resources=[f"{arn}/AWSLogs/{prefix}/*" for prefix in prefixes],
                conditions={"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", **source}},
            ),
        )

    def _own_lifecycle_rules(self, lock_days: int) -> list[s3.LifecycleRule]:
        return access_log_rules(lock_days)

    def _deny_writes(self) -> None:
        everybody, files = [anyone()], [f"{self._arn}/*"]
        self._add_to_policy(
            iam.PolicyStatement(
                sid="DenyOtherWriters",
                effect=iam.Effect.DENY,
                principals=everybody,
                actions=["s3:PutObject"],
                resources=files,
                # An absent key, as in a person's request, matches: that is what "not equals" means in IAM.
                conditions={"StringNotEquals": {"aws:PrincipalServiceName": _CLOUDTRAIL}},
            ),
            iam.PolicyStatement(
                sid="DenyDeletion",
                effect=iam.Effect.DENY,
                principals=everybody,
                actions=["s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion"],
                resources=files,
            ),
        )

    def _add_to_policy(self, *statements: iam.PolicyStatement) -> None:
        # The policy is there since TLS is enforced; adding to its document at once saves calls to Node.
        self._document.add_statements(*statements)
