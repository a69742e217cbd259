"""What protects data at rest for the account as a whole, and from deletion."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from hipaa_constructs.compliance.classification import TAG_KEY, DataClassification
from hipaa_constructs.preflight.check import Account, Answer, Check, failed, listed, passed

_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def _public_access(account: Account) -> Answer:
    client = account.client("s3control")
    try:
        blocks = client.get_public_access_block(AccountId=account.id)["PublicAccessBlockConfiguration"]
    except client.exceptions.NoSuchPublicAccessBlockConfiguration:
        blocks = {}
    missing = [name for name in _BLOCKS if not blocks.get(name)]
    if missing:
        return failed(f"Off for the account: {', '.join(missing)}.", account.id)
    return passed("No bucket of the account can be public.")


def _volume_encryption(account: Account) -> Answer:
    without, own = [], []
    for region in account.regions:
        ec2 = account.client("ec2", region)
        if not ec2.get_ebs_encryption_by_default()["EbsEncryptionByDefault"]:
            without.append(region)
        elif ec2.get_ebs_default_kms_key_id()["KmsKeyId"].endswith("alias/aws/ebs"):
            own.append(region)
    if without:
        return failed(f"New volumes are not encrypted in {', '.join(without)}.", *without)
    if own:
        return failed(f"New volumes are under AWS's own key in {', '.join(own)}.", *own)
    return passed("New volumes are encrypted under a customer key.")


def _mfa_delete(account: Account) -> Answer:
    """Ask for MFA delete where S3 can have it: it refuses lifecycle rules and MFA delete in one bucket.

    Source: docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-and-other-bucket-config.html.
    """
    s3 = account.client("s3")
    buckets = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    wanting = [name for name in buckets if _may_hold_phi(s3, name)]
    with_lifecycle = [name for name in wanting if _has_lifecycle(s3, name)]
    without = [
        name
        for name in wanting
        if name not in with_lifecycle and s3.get_bucket_versioning(Bucket=name).get("MFADelete") != "Enabled"
    ]
    excepted = (
        f" {len(with_lifecycle)} with lifecycle rules cannot have it; Object Lock or a policy has to protect them."
        if with_lifecycle
        else ""
    )
    if without:
        commands = "\n".join(_command(account, name) for name in without)
        return failed(
            f"No MFA delete: {listed(without)}.{excepted}",
            *without,
            fix="With the root user's credentials, which alone can do it, and the serial number of its device:\n"
            + commands,
        )
    able = len(wanting) - len(with_lifecycle)
    said = f"All {able} buckets that can have MFA delete have it." if able else "No bucket can have MFA delete."
    return passed(said + excepted)


def _may_hold_phi(s3: Any, name: str) -> bool:
    """Every bucket may, audit buckets too, unless it is tagged otherwise."""
    try:
        tags = s3.get_bucket_tagging(Bucket=name)["TagSet"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchTagSet":
            return True
        raise
    return {"Key": TAG_KEY, "Value": DataClassification.NO_PHI.value} not in tags


def _has_lifecycle(s3: Any, name: str) -> bool:
    try:
        rules = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchLifecycleConfiguration":
            return False
        raise
    return any(rule["Status"] == "Enabled" for rule in rules)


def _command(account: Account, bucket: str) -> str:
    device = f"arn:{account.partition}:iam::{account.id}:mfa/root-account-mfa-device"
    return (
        f"aws s3api put-bucket-versioning --bucket {bucket} --versioning-configuration "
        f'Status=Enabled,MFADelete=Enabled --mfa "{device} CODE"'
    )


CHECKS = (
    Check(
        name="AccountPublicAccess",
        title="The account blocks public buckets",
        permissions=("s3:GetAccountPublicAccessBlock",),
        fix="Deploy AccountBaseline, which blocks them.",
        ask=_public_access,
    ),
    Check(
        name="VolumeEncryption",
        title="New EBS volumes are encrypted under a customer key",
        permissions=("ec2:GetEbsEncryptionByDefault", "ec2:GetEbsDefaultKmsKeyId"),
        fix="Deploy AccountBaseline in each of these Regions.",
        ask=_volume_encryption,
    ),
    Check(
        name="MfaDelete",
        title="Buckets of audit logs and PHI have MFA delete, where S3 allows it",
        permissions=(
            "s3:ListAllMyBuckets",
            "s3:GetBucketTagging",
            "s3:GetLifecycleConfiguration",
            "s3:GetBucketVersioning",
        ),
        fix="Turn it on with the root user's credentials.",
        ask=_mfa_delete,
        severity="warning",
    ),
)
