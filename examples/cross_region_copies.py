"""Two Regions: a bucket that replicates, and backups that are copied to a locked vault elsewhere."""

import aws_cdk as cdk

from hipaa_constructs import (
    BackupPlan,
    DataClassification,
    EncryptedBucket,
    RecoveryVault,
    classify,
    enforce_hipaa,
)

ACCOUNT = "111122223333"

app = cdk.App()

recovery = cdk.Stack(app, "Recovery", env=cdk.Environment(account=ACCOUNT, region="us-west-2"))
vault = RecoveryVault(recovery, "Vault")
replica = EncryptedBucket.replica(recovery, "RecordsReplica")

primary = cdk.Stack(app, "Primary", env=cdk.Environment(account=ACCOUNT, region="us-east-1"))
backups = BackupPlan.daily_7_year(primary, "Backups", copy_to=vault)
EncryptedBucket(primary, "Records", backup_plan=backups, replication_destination=replica)

for stack in (recovery, primary):
    classify(stack, DataClassification.PHI)
enforce_hipaa(app)
app.synth()
