"""What CDK itself makes under a ``KmsRotatedKey``: no circle within a stack, and none between stacks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as lambda_destinations
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_logs as logs
from aws_cdk import aws_logs_destinations as log_destinations
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as stepfunctions

from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from tests.dependencies import dependencies, in_circles
from tests.storage.plans import RecordingPlan

ROOT = Path(__file__).parent.parent.parent
FLAGS = {
    key: value for key, value in json.loads((ROOT / "cdk.json").read_text())["context"].items() if key.startswith("@")
}
ENV = cdk.Environment(account="111122223333", region="us-east-1")


@pytest.fixture(params=[{}, FLAGS], ids=["no feature flags", "all feature flags"])
def flagged(request: pytest.FixtureRequest) -> cdk.App:
    return cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False, context=request.param)


def define(stack: cdk.Stack, key: kms.IKey) -> lambda_.Function:
    """Streams, tables, logs, events and a function between them, all under ``key``."""
    bucket = EncryptedBucket(stack, "Bucket", encryption_key=key, backup_plan=RecordingPlan()).bucket
    stream = kinesis.Stream(stack, "Stream", encryption_key=key)
    queue = sqs.Queue(stack, "Queue", encryption_master_key=key)
    table = dynamodb.TableV2(
        stack,
        "Table",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        encryption=dynamodb.TableEncryptionV2.customer_managed_key(key),
        dynamo_stream=dynamodb.StreamViewType.NEW_IMAGE,
    )
    log_group = logs.LogGroup(stack, "Logs", encryption_key=key)
    log_group.add_subscription_filter(
        "ToStream",
        destination=log_destinations.KinesisDestination(stream),
        filter_pattern=logs.FilterPattern.all_events(),
    )
    firehose.DeliveryStream(
        stack,
        "Delivery",
        destination=firehose.S3Bucket(bucket, encryption_key=key),
        source=firehose.KinesisStreamSource(stream),
    )
    function = lambda_.Function(
        stack,
        "Function",
        code=lambda_.Code.from_inline("def handle(event, context): pass"),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_14,
        environment={"BUCKET": bucket.bucket_name},
        environment_encryption=key,
        log_group=log_group,
        dead_letter_queue=queue,
        on_success=lambda_destinations.SqsDestination(queue),
    )
    bucket.grant_read_write(function)
    table.grant_read_write_data(function)
    latest = lambda_.StartingPosition.LATEST
    for source in (
        sources.SqsEventSource(queue),
        sources.KinesisEventSource(stream, starting_position=latest),
        sources.DynamoEventSource(table, starting_position=latest),
    ):
        function.add_event_source(source)
    bus = events.EventBus(stack, "Bus", kms_key=key, dead_letter_queue=queue)
    pattern = events.EventPattern(source=["clinic"])
    events.Archive(stack, "Archive", source_event_bus=bus, event_pattern=pattern, kms_key=key)
    events.Rule(
        stack,
        "Rule",
        event_bus=bus,
        event_pattern=pattern,
        targets=[targets.SqsQueue(queue), targets.LambdaFunction(function, dead_letter_queue=queue)],
    )
    stepfunctions.StateMachine(
        stack,
        "Machine",
        definition_body=stepfunctions.DefinitionBody.from_chainable(stepfunctions.Pass(stack, "Pass")),
        encryption_configuration=stepfunctions.CustomerManagedEncryptionConfiguration(key),
        logs=stepfunctions.LogOptions(destination=log_group),
    )
    return function


def template(app: cdk.App, name: str) -> Any:
    return json.loads(Path(app.synth().directory, f"{name}.template.json").read_text())


def test_in_one_stack_nothing_waits_for_itself(flagged: cdk.App) -> None:
    stack = cdk.Stack(flagged, "Lab", env=ENV)
    key = KmsRotatedKey(stack, "Key").key
    function = define(stack, key)
    secret = secretsmanager.Secret(stack, "Secret", encryption_key=key)
    secret.grant_read(function)
    secret.add_rotation_schedule("Rotation", rotation_lambda=function)
    assert in_circles(dependencies(template(flagged, "Lab"))) == []


def test_the_key_s_stack_does_not_wait_for_the_other(flagged: cdk.App) -> None:
    keys, stack = cdk.Stack(flagged, "Keys", env=ENV), cdk.Stack(flagged, "Lab", env=ENV)
    define(stack, KmsRotatedKey(keys, "Key").key)
    assert in_circles(dependencies(template(flagged, "Lab"))) == []
    assert [one.stack_name for one in stack.dependencies] == ["Keys"]
    assert keys.dependencies == []


def test_an_archive_is_held_to_buses_of_this_account(flagged: cdk.App) -> None:
    stack = cdk.Stack(flagged, "Lab", env=ENV)
    key = KmsRotatedKey(stack, "Key").key
    bus = events.EventBus(stack, "Bus", kms_key=key)
    pattern = events.EventPattern(source=["clinic"])
    events.Archive(stack, "Archive", source_event_bus=bus, event_pattern=pattern, kms_key=key)
    (policy,) = (
        one["Properties"]["KeyPolicy"]["Statement"]
        for one in template(flagged, "Lab")["Resources"].values()
        if one["Type"] == "AWS::KMS::Key"
    )
    (archived,) = (
        statement
        for statement in policy
        if "kms:ReEncrypt*" in statement["Action"] and "Service" in statement["Principal"]
    )
    ((operator, tests),) = archived["Condition"].items()
    assert operator == "ArnLike"
    assert ":events:us-east-1:111122223333:event-bus/*" in json.dumps(
        tests["kms:EncryptionContext:aws:events:event-bus:arn"]
    )
