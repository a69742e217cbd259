"""The gate on an app that exists already: plain CDK resources, one exception with an owner and an end date."""

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from hipaa_constructs import DataClassification, acknowledge, classify, enforce_hipaa

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

# The status page shows opening hours. It may use services and keys that PHI may not.
status = cdk.Stack(app, "StatusPage")
classify(status, DataClassification.NO_PHI)
notices = sqs.Queue(status, "Notices", encryption=sqs.QueueEncryption.SQS_MANAGED, enforce_ssl=True)

enforce_hipaa(app)
app.synth()
