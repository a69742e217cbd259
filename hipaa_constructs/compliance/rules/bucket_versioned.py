"""S3 buckets keep the versions that are overwritten or deleted.

Compliant: versioning ``Enabled``. Non-compliant: absent or suspended. Not applicable: nothing; a log that is
overwritten is lost as a record is.
"""

from __future__ import annotations

from hipaa_constructs.compliance.rule import Rule
from hipaa_constructs.compliance.settings import Setting, Table, judge_by, one_of

_SETTINGS: Table = {
    "AWS::S3::Bucket": Setting("VersioningConfiguration.Status", one_of("Enabled")),
}

RULE = Rule(
    name="BucketVersioned",
    title="S3 buckets keep the versions that are overwritten or deleted",
    severity="error",
    resource_types=tuple(_SETTINGS),
    fix="Set versioned=True on s3.Bucket, or use EncryptedBucket.",
    check=judge_by(_SETTINGS),
)
