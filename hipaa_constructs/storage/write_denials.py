"""Bucket-policy statements that refuse writes: under any key but the bucket's own, and by anybody but one service."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_iam as iam

from hipaa_constructs._constants import anyone

_ALGORITHM = "s3:x-amz-server-side-encryption"
_KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id"
_CUSTOMER_PROVIDED = "s3:x-amz-server-side-encryption-customer-algorithm"
_WITH_KMS = ["aws:kms", "aws:kms:dsse"]

DELETIONS = ("s3:DeleteObject", "s3:DeleteObjectVersion")

# docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
_SETTINGS = (
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:PutBucketObjectLockConfiguration",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:PutReplicationConfiguration",
)

_Conditions = dict[str, dict[str, str | list[str]]]


def deny_other_encryption(policy: iam.PolicyDocument, *, bucket_arn: str, key_arn: str) -> None:
    """Deny every ``s3:PutObject`` (copies and multipart uploads too) that would not end under ``key_arn``.

    A request without encryption headers passes: the bucket's default encryption then uses the key. One that
    names the key has to do so by its ARN, which is what the condition key compares
    (docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html). One that asks for ``aws:kms``
    without naming a key is denied, because S3 then takes the AWS managed key ``aws/s3``
    (docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html).

    Replicas are written by ``s3:ReplicateObject``, under the key that the replication rule names.
    """
    denials: dict[str, _Conditions] = {
        "DenyOtherKey": {"Null": {_KEY: "false"}, "StringNotEquals": {_KEY: key_arn}},
        "DenyUnnamedKey": {"Null": {_KEY: "true"}, "StringEquals": {_ALGORITHM: _WITH_KMS}},
        "DenyOtherAlgorithm": {"Null": {_ALGORITHM: "false"}, "StringNotEquals": {_ALGORITHM: _WITH_KMS}},
        "DenyCustomerProvidedKey": {"Null": {_CUSTOMER_PROVIDED: "false"}},
    }
    # Into the document at once: the bucket's own method is three calls to Node for each statement.
    policy.add_statements(
        *(
            iam.PolicyStatement(
                sid=sid,
                effect=iam.Effect.DENY,
                principals=[anyone()],
                actions=["s3:PutObject"],
                resources=[f"{bucket_arn}/*"],
                conditions=conditions,
            )
            for sid, conditions in denials.items()
        )
    )


def keep_as_deployed(policy: iam.PolicyDocument, *, bucket_arn: str, deployer_arn: str) -> None:
    """Deny everybody but who deploys, administrators too, to change what keeps the files: policy, lock, lifecycle.

    The root user may remove a bucket's policy all the same, which Object Lock in compliance mode outlasts:
    docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html.
    """
    policy.add_statements(
        iam.PolicyStatement(
            sid="KeepAsDeployed",
            effect=iam.Effect.DENY,
            principals=[anyone()],
            actions=list(_SETTINGS),
            resources=[bucket_arn],
            conditions={"ArnNotLike": {"aws:PrincipalArn": deployer_arn}},
        )
    )


def keep_to_one_writer(
    policy: iam.PolicyDocument, *, bucket_arn: str, service: str, deletions: Sequence[str] = DELETIONS
) -> None:
    """Deny every write but those of ``service``, and every deletion, to administrators too."""
    everybody, files = [anyone()], [f"{bucket_arn}/*"]
    policy.add_statements(
        iam.PolicyStatement(
            sid="DenyOtherWriters",
            effect=iam.Effect.DENY,
            principals=everybody,
            actions=["s3:PutObject"],
            resources=files,
            # An absent key, as in a person's request, matches: that is what "not equals" means in IAM.
            conditions={"StringNotEquals": {"aws:PrincipalServiceName": service}},
        ),
    )
    deny_deletion(policy, bucket_arn=bucket_arn, deletions=deletions)


def deny_deletion(policy: iam.PolicyDocument, *, bucket_arn: str, deletions: Sequence[str] = DELETIONS) -> None:
    """Deny every deletion of an object or version, to administrators too; lifecycle rules are no requests."""
    policy.add_statements(
        iam.PolicyStatement(
            sid="DenyDeletion",
            effect=iam.Effect.DENY,
            principals=[anyone()],
            actions=list(deletions),
            resources=[f"{bucket_arn}/*"],
        )
    )
