"""AWS Backup: vaults under the stack's key, of which nobody deletes a recovery point before its time."""

from __future__ import annotations

from aws_cdk import aws_backup as backup

from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.setting import Plain, Setting

SERVICE = Service(
    plain=[
        Plain(
            construct=backup.BackupVault,
            props=backup.BackupVaultProps,
            resource_type="AWS::Backup::BackupVault",
            migration="Make a second vault, and have the plan write there; recovery points can be copied.",
            settings=[
                Setting(
                    argument="encryption_key",
                    properties=["EncryptionKeyArn"],
                    value=lambda made: made.key,
                    why="Recovery points of services that leave that to the vault are under the stack's key.",
                ),
                # docs.aws.amazon.com/aws-backup/latest/devguide/create-a-vault-access-policy.html
                Setting(
                    argument="block_recovery_point_deletion",
                    properties=["AccessPolicy"],
                    value=lambda made: True,
                    why="Recovery points go when the plan says so, and nobody deletes one before.",
                ),
            ],
        )
    ]
)
