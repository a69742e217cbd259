from __future__ import annotations

from hipaa_constructs._constants import partition
from hipaa_constructs.recovery.permissions import MADE_BY_BACKUP, Place, Statement, allow, keys, owned


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
            [f"arn:{partition()}:s3:::*"],
            owned(here),
        ),
        allow(["s3:ListAllMyBuckets", "cloudwatch:GetMetricData", "events:ListRules"], ["*"]),
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
        allow(["kms:Decrypt", "kms:DescribeKey"], here.arns("kms", "key/*"), here.via("s3")),
        allow(
            ["elasticfilesystem:Backup", "elasticfilesystem:DescribeTags"],
            here.arns("elasticfilesystem", "file-system/*"),
        ),
        allow(["redshift-serverless:CreateSnapshot"], here.arns("redshift-serverless", "namespace/*", "snapshot/*")),
        allow(["redshift-serverless:GetNamespace"], here.arns("redshift-serverless", "namespace/*")),
        allow(
            ["redshift-serverless:GetSnapshot", "redshift-serverless:TagResource"],
            here.arns("redshift-serverless", "snapshot/*"),
        ),
        allow(["redshift-serverless:DeleteSnapshot"], here.arns("redshift-serverless", "snapshot/*"), MADE_BY_BACKUP),
        allow(["ec2:CreateSnapshot"], [*here.snapshots(), *here.arns("ec2", "volume/*")]),
        allow(["ec2:CopySnapshot", "ec2:CreateTags"], here.snapshots()),
        allow(["ec2:DeleteSnapshot", "ec2:ModifySnapshotTier"], here.snapshots(), MADE_BY_BACKUP),
        allow(
            [
                "ec2:DescribeSnapshotTierStatus",
                "ec2:DescribeSnapshots",
                "ec2:DescribeTags",
                "ec2:DescribeVolumes",
                "redshift-serverless:ListNamespaces",
                "redshift-serverless:ListSnapshots",
                "redshift-serverless:ListTagsForResource",
                "tag:GetResources",
            ],
            ["*"],
        ),
        allow(
            ["kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"],
            here.arns("kms", "key/*"),
            here.via("ec2"),
        ),
        *keys(here),
        allow(["backup:DescribeBackupVault"], [vault_arn]),
        allow(["backup:TagResource"], here.arns("backup", "recovery-point:*")),
    ]
