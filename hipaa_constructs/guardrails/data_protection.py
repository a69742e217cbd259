"""Service control policies against data without encryption, and data in public."""

from __future__ import annotations

from hipaa_constructs.guardrails.statements import Exemptions, Statement, deny


def encryption() -> list[Statement]:
    """Nothing is made without encryption, where a condition key tells. DynamoDB, FSx and S3 encrypt always:
    docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html. The keys of each action are on the
    pages list_amazonec2.html, list_amazonrds.html, list_amazonelasticfilesystem.html, list_amazonelasticache.html and
    list_amazons3.html of docs.aws.amazon.com/service-authorization/latest/reference.
    """
    return [
        deny(
            "EncryptVolumes",
            ["ec2:AttachVolume", "ec2:CreateVolume", "ec2:RunInstances"],
            {"Bool": {"ec2:Encrypted": "false"}},
            ["arn:*:ec2:*:*:volume/*"],
        ),
        # An instance in a cluster is encrypted as the cluster is, and says nothing of it itself.
        deny(
            "EncryptDatabases",
            ["rds:CreateDBInstance"],
            {
                "Bool": {"rds:StorageEncrypted": "false"},
                "StringNotLike": {"rds:DatabaseEngine": ["aurora*", "docdb", "neptune"]},
            },
        ),
        # What is restored from a snapshot is encrypted as the snapshot is, and the request has no such key.
        deny(
            "EncryptClusters",
            ["rds:CreateDBCluster", "rds:RestoreDBClusterFromS3"],
            {"Bool": {"rds:StorageEncrypted": "false"}},
        ),
        deny(
            "EncryptFiles", ["elasticfilesystem:CreateFileSystem"], {"Bool": {"elasticfilesystem:Encrypted": "false"}}
        ),
        deny(
            "EncryptCaches",
            ["elasticache:CreateReplicationGroup"],
            {"Bool": {"elasticache:AtRestEncryptionEnabled": "false"}},
        ),
        deny(
            "EncryptCacheTraffic",
            ["elasticache:CreateReplicationGroup"],
            {"Bool": {"elasticache:TransitEncryptionEnabled": "false"}},
        ),
        # With a key that only the caller holds, nobody can read, restore or audit the object.
        deny(
            "NoCallerHeldKeys",
            ["s3:PutObject"],
            {"Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}},
        ),
    ]


def publicity(exempt: Exemptions) -> list[Statement]:
    """Nothing is opened to everyone."""
    return [
        deny(
            "NoPublicAcls",
            ["s3:CreateBucket", "s3:PutBucketAcl", "s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectVersionAcl"],
            {"StringEquals": {"s3:x-amz-acl": ["authenticated-read", "public-read", "public-read-write"]}},
        ),
        deny("NoPublicSnapshots", ["ec2:ModifySnapshotAttribute"], {"StringEquals": {"ec2:Add/group": "all"}}),
        # No key tells sharing with one account from sharing with all.
        deny(
            "NoSharedDatabaseSnapshots",
            ["rds:ModifyDBClusterSnapshotAttribute", "rds:ModifyDBSnapshotAttribute"],
            exempt.for_either(),
        ),
        # The reference has the key at creation and restoration. At ModifyDBInstance it has it not, so that this may not
        # hold there: Config's rds-instance-public-access-check finds what was opened later.
        deny(
            "NoPublicDatabases",
            ["rds:CreateDBInstance*", "rds:CreateDBShardGroup", "rds:ModifyDBInstance", "rds:RestoreDBInstance*"],
            {"Bool": {"rds:PubliclyAccessible": "true"}},
        ),
        deny(
            "NoPublicFunctions",
            ["lambda:CreateFunctionUrlConfig", "lambda:UpdateFunctionUrlConfig"],
            {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
        ),
    ]
