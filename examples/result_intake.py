"""Results of a laboratory: from a bus and a queue, by a function without internet, to a table and a file system."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources

from hipaa_constructs import (
    BackupPlan,
    EncryptedEventBus,
    EncryptedFileSystem,
    EncryptedQueue,
    EncryptedTable,
    KmsRotatedKey,
    PrivateFunction,
    PrivateVpc,
    enforce_hipaa,
)

CODE = """
import json
import os
import boto3

def handle(event, context):
    table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
    for record in event["Records"]:
        result = json.loads(record["body"])["detail"]
        with open(f"/mnt/reports/{record['messageId']}.json", "w") as report:
            json.dump(result, report)
        table.put_item(Item=result)
"""

app = cdk.App()
stack = cdk.Stack(app, "ResultIntake")
key = KmsRotatedKey(stack, "Key").key
network = PrivateVpc(stack, "Vpc", encryption_key=key)

backups = BackupPlan.daily_7_year(stack, "Backups")
text = dynamodb.AttributeType.STRING
results = EncryptedTable(
    stack,
    "Results",
    partition_key=dynamodb.Attribute(name="id", type=text),
    global_secondary_indexes=[
        dynamodb.GlobalSecondaryIndexPropsV2(
            index_name="byLaboratory", partition_key=dynamodb.Attribute(name="laboratory", type=text)
        )
    ],
    encryption_key=key,
    backup_plan=backups,
)
files = EncryptedFileSystem(stack, "Files", vpc=network.vpc, encryption_key=key, backup_plan=backups)
reports = files.add_access_point("Reports", path="/reports")
arrivals = EncryptedQueue(stack, "Arrivals", encryption_key=key)
laboratory = EncryptedEventBus(stack, "Laboratory", encryption_key=key)
events.Rule(
    stack,
    "ResultsArrive",
    event_bus=laboratory.event_bus,
    event_pattern=events.EventPattern(source=["laboratory"]),
    targets=[targets.SqsQueue(arrivals.queue, dead_letter_queue=laboratory.dead_letter_queue)],
)
intake = PrivateFunction(
    stack,
    "Intake",
    code=lambda_.Code.from_inline(CODE),
    handler="index.handle",
    runtime=lambda_.Runtime.PYTHON_3_14,
    vpc=network.vpc,
    encryption_key=key,
    environment={"TABLE_NAME": results.table.table_name},
    filesystem=files.mounted(reports, "/mnt/reports"),
)
intake.function.add_event_source(sources.SqsEventSource(arrivals.queue))
results.grant_write(intake)

enforce_hipaa(app)
app.synth()
