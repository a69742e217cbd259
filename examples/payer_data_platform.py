"""A payer's data platform: claims on a stream, judged as they arrive, and kept for analysis in a bucket."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources

from hipaa_constructs import (
    BackupPlan,
    EncryptedBucket,
    EncryptedStream,
    EncryptedTable,
    KmsRotatedKey,
    PrivateFunction,
    PrivateVpc,
    enforce_hipaa,
)

CODE = """
import base64
import json
import os
import boto3

def handle(event, context):
    table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
    for record in event["Records"]:
        claim = json.loads(base64.b64decode(record["kinesis"]["data"]))
        status = "accepted" if claim.get("member") and claim.get("amount") else "rejected"
        table.put_item(Item={"id": claim["id"], "member": claim.get("member", "unknown"), "status": status})
"""

app = cdk.App()
stack = cdk.Stack(app, "PayerDataPlatform")
key = KmsRotatedKey(stack, "Key").key
network = PrivateVpc(stack, "Vpc", encryption_key=key)
backups = BackupPlan.daily_7_year(stack, "Backups")

lake = EncryptedBucket(stack, "Lake", encryption_key=key, backup_plan=backups)
claims = EncryptedStream(stack, "Claims", encryption_key=key, deliver_to=lake, data_output_prefix="claims/")

text = dynamodb.AttributeType.STRING
decisions = EncryptedTable(
    stack,
    "Decisions",
    partition_key=dynamodb.Attribute(name="id", type=text),
    global_secondary_indexes=[
        dynamodb.GlobalSecondaryIndexPropsV2(
            index_name="byMember", partition_key=dynamodb.Attribute(name="member", type=text)
        )
    ],
    encryption_key=key,
    backup_plan=backups,
)
adjudication = PrivateFunction(
    stack,
    "Adjudication",
    code=lambda_.Code.from_inline(CODE),
    handler="index.handle",
    runtime=lambda_.Runtime.PYTHON_3_14,
    vpc=network.vpc,
    encryption_key=key,
    environment={"TABLE_NAME": decisions.table.table_name},
)
adjudication.function.add_event_source(
    sources.KinesisEventSource(
        claims.stream,
        starting_position=lambda_.StartingPosition.TRIM_HORIZON,
        bisect_batch_on_error=True,
        max_batching_window=cdk.Duration.seconds(5),
    )
)
decisions.grant_write(adjudication)

enforce_hipaa(app)
app.synth()
