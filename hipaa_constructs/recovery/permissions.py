"""What AWS Backup needs to back up and restore the stores a plan covers, as policy statements.

Equal in effect to AWS's managed policies AWSBackupServiceRolePolicyForBackup, ForRestores, ForS3Backup and ForS3Restore
(docs.aws.amazon.com/aws-backup/latest/devguide/security-iam-awsmanpol.html), with these differences: only S3, RDS,
Aurora, DynamoDB, EFS and EBS; only this account and Region; making and restoring are two roles; databases are deleted
only if a restore test made them; sharing with another account only if the plan copies there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk

Statement = dict[str, Any]

# AWS Backup tags with it what it made; a null check tells its snapshots from everybody else's.
_MADE_BY_BACKUP = {"Null": {"aws:ResourceTag/aws:backup:source-resource": "false"}}
_FOR_AWS = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
# docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing-inferred-metadata.html
_TEST = "awsbackup-restore-test-*"


@dataclass(frozen=True)
class Place:
    """An account and Region whose ARNs are written."""

    account: str
    region: str

    def arns(self, service: str, *resources: str) -> list[str]:
        """ARNs of one service in this account and Region."""
        return [f"arn:{cdk.Aws.PARTITION}:{service}:{self.region}:{self.account}:{name}" for name in resources]

    def snapshots(self) -> list[str]:
        """EBS snapshots, whose ARNs have no account."""
        return [f"arn:{cdk.Aws.PARTITION}:ec2:{self.region}::snapshot/*"]

    def via(self, *services: str) -> dict[str, Any]:
        """The condition that a key is used through one of these services alone."""
        return {"StringEquals": {"kms:ViaService": [f"{name}.{self.region}.amazonaws.com" for name in services]}}


def allow(actions: Sequence[str], resources: Sequence[str], condition: Mapping[str, Any] | None = None) -> Statement:
    """Write one statement."""
    statement: Statement = {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return {**statement, "Condition": dict(condition)} if condition else statement


def backup_statements(here: Place, vault_arn: str) -> list[Statement]:
    """What making recovery points in the vault takes."""
    return [
        allow(
            [
                "rds:AddTagsToResource",
                "rds:CopyDBClusterSnapshot",
                "rds:CopyDBSnapshot",
                "rds:CreateDBClusterSnapshot",
                "rds:CreateDBSnapshot",
                "rds:DeleteDBClusterAutomatedBackup",
                "rds:DeleteDBInstanceAutomatedBackup",
                "rds:DescribeDBClusterAutomatedBackups",
                "rds:DescribeDBClusterSnapshots",
                "rds:DescribeDBClusters",
                "rds:DescribeDBInstances",
                "rds:DescribeDBSnapshots",
                "rds:ListTagsForResource",
                "rds:ModifyDBCluster",
                "rds:ModifyDBInstance",
            ],
            here.arns("rds", "*"),
        ),
        allow(["rds:DeleteDBSnapshot"], here.arns("rds", "snapshot:awsbackup:*")),
        allow(["rds:DeleteDBClusterSnapshot"], here.arns("rds", "cluster-snapshot:awsbackup:*")),
        allow(
            [
                "dynamodb:CreateBackup",
                "dynamodb:DeleteBackup",
                "dynamodb:DescribeBackup",
                "dynamodb:DescribeTable",
                "dynamodb:ListTagsOfResource",
                "dynamodb:StartAwsBackupJob",
            ],
            here.arns("dynamodb", "table/*"),
        ),
        allow(["kms:Decrypt", "kms:GenerateDataKey"], here.arns("kms", "key/*"), here.via("dynamodb")),
        allow(
            [
                "s3:GetBucketAcl",
                "s3:GetBucketLocation",
                "s3:GetBucketNotification",
                "s3:GetBucketTagging",
                "s3:GetBucketVersioning",
                "s3:GetInventoryConfiguration",
                "s3:GetObject",
                "s3:GetObjectAcl",
                "s3:GetObjectTagging",
                "s3:GetObjectVersion",
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionTagging",
                "s3:ListBucket",
                "s3:ListBucketVersions",
                "s3:ListTagsForResource",
                "s3:PutBucketNotification",
                "s3:PutInventoryConfiguration",
            ],
            [f"arn:{cdk.Aws.PARTITION}:s3:::*"],
            _owned(here),
        ),
        allow(["s3:ListAllMyBuckets", "cloudwatch:GetMetricData"], ["*"]),
        allow(
            [
                "events:DeleteRule",
                "events:DescribeRule",
                "events:DisableRule",
                "events:EnableRule",
                "events:ListTargetsByRule",
                "events:PutRule",
                "events:PutTargets",
                "events:RemoveTargets",
            ],
            here.arns("events", "rule/AwsBackupManagedRule*"),
        ),
        allow(["events:ListRules"], here.arns("events", "rule/*")),
        allow(["kms:Decrypt", "kms:DescribeKey"], here.arns("kms", "key/*"), here.via("s3")),
        allow(
            ["elasticfilesystem:Backup", "elasticfilesystem:DescribeTags"],
            here.arns("elasticfilesystem", "file-system/*"),
        ),
        allow(["ec2:CreateSnapshot"], [*here.snapshots(), *here.arns("ec2", "volume/*")]),
        allow(["ec2:CopySnapshot", "ec2:CreateTags"], here.snapshots()),
        allow(["ec2:DeleteSnapshot", "ec2:ModifySnapshotTier"], here.snapshots(), _MADE_BY_BACKUP),
        allow(
            [
                "ec2:DescribeSnapshotTierStatus",
                "ec2:DescribeSnapshots",
                "ec2:DescribeTags",
                "ec2:DescribeVolumes",
                "tag:GetResources",
            ],
            ["*"],
        ),
        allow(
            ["kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"],
            here.arns("kms", "key/*"),
            here.via("ec2"),
        ),
        *_keys(here),
        allow(["backup:DescribeBackupVault"], [vault_arn]),
        allow(["backup:TagResource"], here.arns("backup", "recovery-point:*")),
    ]


def copy_statements(here: Place, there: Place, *, vault_arn: str, key: Statement) -> list[Statement]:
    """What copying into the vault of another Region or account takes; ``key`` is the resource part for its key."""
    statements = [
        allow(["backup:CopyIntoBackupVault", "backup:DescribeBackupVault"], [vault_arn]),
        allow(["backup:CopyFromBackupVault"], ["*"]),
        allow(["backup:TagResource"], there.arns("backup", "recovery-point:*")),
        allow(
            [
                "rds:AddTagsToResource",
                "rds:CopyDBClusterSnapshot",
                "rds:CopyDBSnapshot",
                "rds:DescribeDBClusterSnapshots",
                "rds:DescribeDBSnapshots",
                "rds:ListTagsForResource",
            ],
            there.arns("rds", "*"),
        ),
        allow(["rds:DeleteDBSnapshot"], there.arns("rds", "snapshot:awsbackup:*")),
        allow(["rds:DeleteDBClusterSnapshot"], there.arns("rds", "cluster-snapshot:awsbackup:*")),
        allow(["ec2:CopySnapshot", "ec2:CreateTags"], there.snapshots()),
        allow(["ec2:DeleteSnapshot"], there.snapshots(), _MADE_BY_BACKUP),
        {
            "Effect": "Allow",
            "Action": [
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "kms:GenerateDataKeyWithoutPlaintext",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
            ],
            **key,
        },
        {
            "Effect": "Allow",
            "Action": ["kms:CreateGrant"],
            **key,
            "Condition": {**key.get("Condition", {}), **_FOR_AWS},
        },
    ]
    if there.account == here.account:
        return statements
    # A snapshot is shared with the other account before that account copies it.
    return [
        *statements,
        allow(["rds:ModifyDBSnapshotAttribute"], here.arns("rds", "snapshot:awsbackup:*")),
        allow(["rds:ModifyDBClusterSnapshotAttribute"], here.arns("rds", "cluster-snapshot:awsbackup:*")),
        allow(["ec2:ModifySnapshotAttribute"], here.snapshots(), _MADE_BY_BACKUP),
    ]


def restore_statements(here: Place) -> list[Statement]:
    """What restoring takes."""
    return [
        allow(
            [
                "rds:AddTagsToResource",
                "rds:CreateDBInstance",
                "rds:DescribeDBClusterSnapshots",
                "rds:DescribeDBClusters",
                "rds:DescribeDBInstances",
                "rds:DescribeDBSnapshots",
                "rds:ListTagsForResource",
                "rds:RestoreDBClusterFromSnapshot",
                "rds:RestoreDBClusterToPointInTime",
                "rds:RestoreDBInstanceFromDBSnapshot",
                "rds:RestoreDBInstanceToPointInTime",
            ],
            here.arns("rds", "*"),
        ),
        allow(
            ["rds:DeleteDBCluster", "rds:DeleteDBInstance"],
            here.arns("rds", f"cluster:{_TEST}", f"db:{_TEST}"),
        ),
        allow(
            [
                "dynamodb:BatchWriteItem",
                "dynamodb:DeleteItem",
                "dynamodb:DescribeTable",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:RestoreTableFromAwsBackup",
                "dynamodb:RestoreTableFromBackup",
                "dynamodb:Scan",
                "dynamodb:UpdateItem",
            ],
            here.arns("dynamodb", "table/*"),
        ),
        allow(
            [
                "s3:CreateBucket",
                "s3:DeleteObject",
                "s3:GetBucketLocation",
                "s3:GetBucketOwnershipControls",
                "s3:GetBucketVersioning",
                "s3:GetObject",
                "s3:GetObjectAcl",
                "s3:GetObjectTagging",
                "s3:GetObjectVersion",
                "s3:GetObjectVersionAcl",
                "s3:ListBucket",
                "s3:ListBucketVersions",
                "s3:ListMultipartUploadParts",
                "s3:PutBucketOwnershipControls",
                "s3:PutBucketVersioning",
                "s3:PutObject",
                "s3:PutObjectAcl",
                "s3:PutObjectTagging",
                "s3:PutObjectVersionAcl",
            ],
            [f"arn:{cdk.Aws.PARTITION}:s3:::*"],
            _owned(here),
        ),
        allow(
            [
                "elasticfilesystem:CreateFileSystem",
                "elasticfilesystem:DeleteFileSystem",
                "elasticfilesystem:DescribeFileSystems",
                "elasticfilesystem:Restore",
                "elasticfilesystem:TagResource",
            ],
            here.arns("elasticfilesystem", "file-system/*"),
        ),
        allow(["ec2:CreateVolume", "ec2:DeleteVolume"], [*here.snapshots(), *here.arns("ec2", "volume/*")]),
        allow(["ec2:DeleteSnapshot", "ec2:RestoreSnapshotTier"], here.snapshots(), _MADE_BY_BACKUP),
        allow(
            ["ec2:CreateTags"],
            here.arns("ec2", "volume/*"),
            {"StringEquals": {"ec2:CreateAction": "CreateVolume"}},
        ),
        allow(
            [
                "ec2:DescribeAccountAttributes",
                "ec2:DescribeAvailabilityZones",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSnapshotTierStatus",
                "ec2:DescribeSnapshots",
                "ec2:DescribeSubnets",
                "ec2:DescribeVolumes",
                "ec2:DescribeVpcs",
            ],
            ["*"],
        ),
        allow(
            [
                "kms:Decrypt",
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "kms:GenerateDataKeyWithoutPlaintext",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
            ],
            here.arns("kms", "key/*"),
            here.via("dynamodb", "ec2", "elasticfilesystem", "rds", "s3"),
        ),
        *_keys(here),
    ]


def _owned(here: Place) -> dict[str, Any]:
    """Bucket ARNs name no account, so a condition does."""
    return {"StringEquals": {"aws:ResourceAccount": here.account}}


def _keys(here: Place) -> list[Statement]:
    """Grants are how AWS services use a key for a snapshot or restored resource; nobody else can be given one."""
    return [
        allow(["kms:DescribeKey"], here.arns("kms", "key/*")),
        allow(["kms:CreateGrant"], here.arns("kms", "key/*"), _FOR_AWS),
    ]
