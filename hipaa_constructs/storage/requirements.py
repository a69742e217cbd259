"""What the arguments of ``EncryptedBucket`` have to meet before anything is defined."""

from __future__ import annotations

import re
from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from hipaa_constructs._arguments import is_token, refuse
from hipaa_constructs.storage.lifecycle import SEVEN_YEARS


def days_locked(retention: s3.ObjectLockRetention | None) -> int:
    """Return for how many days Object Lock holds a version, 0 without it."""
    return 0 if retention is None else int(retention.duration.to_days())


def require_copy(backup_plan: object | None, replication_destination: object | None) -> None:
    """Refuse a bucket whose objects would exist once."""
    if backup_plan is None and replication_destination is None:
        refuse(
            "backup_plan",
            None,
            allowed="a bucket of PHI needs a backup plan, a replica in another Region, or both",
            fix="Pass backup_plan=BackupPlan.daily_7_year(…) or replication_destination=EncryptedBucket.replica(…).",
        )


def require_bucket_name(name: str | None) -> None:
    """Refuse a name that S3 refuses, or that holds a dot, which S3's TLS certificate does not match.

    Source: docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html.
    """
    if name is None or is_token(name):
        return
    if not re.fullmatch(r"(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", name):
        refuse(
            "bucket_name",
            name,
            allowed="allowed are 3 to 63 lower-case letters, digits and inner hyphens, without a prefix that S3 "
            "reserves",
            fix="Leave it out, and CloudFormation makes one.",
        )


def require_compatible(rules: Sequence[s3.LifecycleRule], lock_days: int) -> None:
    """Refuse a rule that would remove versions within seven years, or objects that are still locked."""
    for number, rule in enumerate(rules):
        name = f"lifecycle_rules[{number}]"
        kept = _days(rule.noncurrent_version_expiration)
        if kept is not None and kept < SEVEN_YEARS:
            refuse(
                f"{name}.noncurrent_version_expiration",
                f"{kept} days",
                allowed=f"noncurrent versions are kept {SEVEN_YEARS} days or more",
                fix="Leave it out; the bucket already removes them after that.",
            )
        expires = _days(rule.expiration)
        if expires is not None and expires < lock_days:
            refuse(
                f"{name}.expiration",
                f"{expires} days",
                allowed=f"object_lock_default_retention holds objects for {lock_days} days",
                fix="Expire later, or lock for a shorter time.",
            )


def _days(duration: cdk.Duration | None) -> int | None:
    if duration is None or duration.is_unresolved():
        return None
    return int(duration.to_days())
