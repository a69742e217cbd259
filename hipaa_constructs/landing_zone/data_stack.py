from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_rds as rds
from constructs import Construct

from hipaa_constructs.database.ssl_rds import SslRds
from hipaa_constructs.landing_zone.foundation_stack import FoundationStack
from hipaa_constructs.landing_zone.network_stack import NetworkStack
from hipaa_constructs.landing_zone.recovery_stack import RecoveryStack
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket


class DataStack(cdk.Stack):
    """The example workload's stores: replace it with your own."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        network: NetworkStack,
        foundation: FoundationStack,
        recovery: RecoveryStack,
        env: cdk.Environment,
    ) -> None:
        super().__init__(scope, construct_id, env=env, description="Databases and buckets that hold PHI")
        key = KmsRotatedKey(self, "Key")
        self.records = EncryptedBucket(
            self,
            "Records",
            encryption_key=key.key,
            backup_plan=foundation.backups,
            replication_destination=recovery.records,
        )
        self.database = SslRds(
            self,
            "Database",
            engine=rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_17_6),
            vpc=network.vpc.vpc,
            encryption_key=key.key,
            backup_plan=foundation.backups,
        )
