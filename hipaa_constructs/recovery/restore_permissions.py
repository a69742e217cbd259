from __future__ import annotations

from hipaa_constructs._constants import partition
from hipaa_constructs.recovery.permissions import MADE_BY_BACKUP, Place, Statement, allow, keys, owned

# docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing-inferred-metadata.html
_TEST = "awsbackup-restore-test-*"


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
            [f"arn:{partition()}:s3:::*"],
            owned(here),
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
        allow(
            ["redshift-serverless:RestoreTableFromSnapshot"],
            here.arns("redshift-serverless", "namespace/*", "snapshot/*", "workgroup/*"),
        ),
        allow(["redshift-serverless:GetNamespace"], here.arns("redshift-serverless", "namespace/*")),
        allow(["redshift-serverless:GetTableRestoreStatus"], ["*"]),
        allow(["ec2:CreateVolume", "ec2:DeleteVolume"], [*here.snapshots(), *here.arns("ec2", "volume/*")]),
        allow(["ec2:DeleteSnapshot", "ec2:RestoreSnapshotTier"], here.snapshots(), MADE_BY_BACKUP),
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
            here.via("dynamodb", "ec2", "elasticfilesystem", "rds", "redshift-serverless", "s3"),
        ),
        *keys(here),
    ]
