from __future__ import annotations

from hipaa_constructs.recovery.permissions import FOR_AWS, MADE_BY_BACKUP, Place, Statement, allow


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
        allow(["ec2:DeleteSnapshot"], there.snapshots(), MADE_BY_BACKUP),
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
            "Condition": {**key.get("Condition", {}), **FOR_AWS},
        },
    ]
    if there.account == here.account:
        return statements
    # A snapshot is shared with the other account before that account copies it.
    return [
        *statements,
        allow(["rds:ModifyDBSnapshotAttribute"], here.arns("rds", "snapshot:awsbackup:*")),
        allow(["rds:ModifyDBClusterSnapshotAttribute"], here.arns("rds", "cluster-snapshot:awsbackup:*")),
        allow(["ec2:ModifySnapshotAttribute"], here.snapshots(), MADE_BY_BACKUP),
    ]
