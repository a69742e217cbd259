"""Results of a laboratory: a function that reaches nothing but AWS fetches them, and keeps them in a table."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_

from hipaa_constructs import BackupPlan, EncryptedTable, KmsRotatedKey, PrivateFunction, PrivateVpc, enforce_hipaa

CODE = """
import os
import boto3

def handle(event, context):
    table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
    for result in event.get("results", ()):
        table.put_item(Item=result)
"""

app = cdk.App()
stack = cdk.Stack(app, "ResultIntake")
key = KmsRotatedKey(stack, "Key").key
network = PrivateVpc(stack, "Vpc", encryption_key=key)

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
    backup_plan=BackupPlan.daily_7_year(stack, "Backups"),
)
fetch = PrivateFunction(
    stack,
    "Fetch",
    code=lambda_.Code.from_inline(CODE),
    handler="index.handle",
    runtime=lambda_.Runtime.PYTHON_3_14,
    vpc=network.vpc,
    encryption_key=key,
    environment={"TABLE_NAME": results.table.table_name},
    timeout=cdk.Duration.minutes(2),
)
results.grant_write(fetch)
events.Rule(
    stack,
    "EachQuarter",
    schedule=events.Schedule.rate(cdk.Duration.minutes(15)),
    targets=[targets.LambdaFunction(fetch.function)],
)

enforce_hipaa(app)
app.synth()
