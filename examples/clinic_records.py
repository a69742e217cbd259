"""The smallest compliant workload: a database, a bucket, a network and backups, nothing acknowledged by hand."""

import aws_cdk as cdk
from aws_cdk import aws_rds as rds

from hipaa_constructs import BackupPlan, EncryptedBucket, KmsRotatedKey, PrivateVpc, SslRds, enforce_hipaa

app = cdk.App()
stack = cdk.Stack(app, "Clinic")
key = KmsRotatedKey(stack, "Key")
vpc = PrivateVpc(stack, "Vpc")
backups = BackupPlan.daily_7_year(stack, "Backups")
records = EncryptedBucket(stack, "Records", encryption_key=key.key, backup_plan=backups)
db = SslRds(
    stack,
    "Db",
    vpc=vpc.vpc,
    encryption_key=key.key,
    backup_plan=backups,
    engine=rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_17_6),
)
enforce_hipaa(app)
app.synth()
