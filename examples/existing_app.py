"""The gate on an app that exists already: plain CDK resources, and one exception with an owner and an end date."""

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from hipaa_constructs import AccessLogBucket, BackupPlan, DataClassification, acknowledge, classify, enforce_hipaa

# The day is pinned so that the synthesis of an example never changes; leave it out in your app.
app = cdk.App(context={"hipaa-constructs:today": "2026-11-22"})
stack = cdk.Stack(app, "Appointments")

key = kms.Key(stack, "Key", enable_key_rotation=True)
reminders = sns.Topic(stack, "Reminders", master_key=key, enforce_ssl=True)
failures = sqs.Queue(stack, "Failures", encryption_master_key=key, enforce_ssl=True)
queue = sqs.Queue(
    stack,
    "Queue",
    encryption_master_key=key,
    enforce_ssl=True,
    dead_letter_queue=sqs.DeadLetterQueue(queue=failures, max_receive_count=3),
)

# A bucket of plain CDK becomes compliant piece by piece.
exports = s3.Bucket(
    stack,
    "Exports",
    encryption_key=key,
    bucket_key_enabled=True,
    block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
    enforce_ssl=True,
    minimum_tls_version=1.2,
    versioned=True,
    removal_policy=cdk.RemovalPolicy.RETAIN,
)
AccessLogBucket.of(stack).collect_from(exports)
if exports.policy is not None:
    exports.policy.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
BackupPlan.daily_7_year(stack, "Backups").protect(exports, exports.bucket_arn)
for pack in ("HIPAA.Security", "NIST.800.53.R5", "PCI.DSS.321"):
    acknowledge(
        exports,
        f"{pack}-S3BucketReplicationEnabled",
        reason="Nightly exports; the database they come from is backed up, and an export can be made again in an hour.",
        approved_by="security@clinic.example",
        expires="2027-06-30",
        ticket="SEC-1412",
    )

# The status page shows opening hours: it may use services and keys that PHI may not.
status = cdk.Stack(app, "StatusPage")
classify(
    status,
    DataClassification.NO_PHI,
    reason="It gets opening hours from the web site's editors, and nothing from the clinic's systems.",
    approved_by="security@clinic.example",
)
unsent = sqs.Queue(status, "Unsent", encryption=sqs.QueueEncryption.SQS_MANAGED, enforce_ssl=True)
sqs.Queue(
    status,
    "Notices",
    encryption=sqs.QueueEncryption.SQS_MANAGED,
    enforce_ssl=True,
    dead_letter_queue=sqs.DeadLetterQueue(queue=unsent, max_receive_count=3),
)

enforce_hipaa(app)
app.synth()
