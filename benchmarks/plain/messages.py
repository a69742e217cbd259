from __future__ import annotations

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from benchmarks.plain.keys import allow_service, key


def dead_letters(scope: Construct, construct_id: str, of: kms.Key) -> sqs.Queue:
    return _queue(scope, construct_id, of, retention_period=cdk.Duration.days(14))


def queue(scope: Construct, construct_id: str) -> sqs.Queue:
    queue_key = key(scope, f"{construct_id}Key")
    failed = dead_letters(scope, f"{construct_id}DeadLetters", queue_key)
    return _queue(
        scope,
        construct_id,
        queue_key,
        retention_period=cdk.Duration.days(4),
        visibility_timeout=cdk.Duration.minutes(3),
        dead_letter_queue=sqs.DeadLetterQueue(queue=failed, max_receive_count=5),
    )


def topic(scope: Construct, construct_id: str) -> sns.Topic:
    return sns.Topic(scope, construct_id, master_key=key(scope, f"{construct_id}Key"), enforce_ssl=True)


def event_bus(scope: Construct, construct_id: str) -> events.EventBus:
    stack = cdk.Stack.of(scope)
    bus_key = key(scope, f"{construct_id}Key")
    failed = dead_letters(scope, f"{construct_id}DeadLetters", bus_key)
    queues = stack.format_arn(service="sqs", resource="*")
    sending = {"ArnLike": {"kms:EncryptionContext:aws:sqs:arn": queues}}
    allow_service(bus_key, "events.amazonaws.com", sending, ["kms:Decrypt", "kms:GenerateDataKey"])
    bus = events.EventBus(scope, construct_id, kms_key=bus_key, dead_letter_queue=failed)
    failed.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("events.amazonaws.com")],
            actions=["sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"],
            resources=[failed.queue_arn],
            conditions={"ArnEquals": {"aws:SourceArn": bus.event_bus_arn}},
        )
    )
    return bus


def _queue(
    scope: Construct,
    construct_id: str,
    of: kms.Key,
    *,
    retention_period: cdk.Duration,
    visibility_timeout: cdk.Duration | None = None,
    dead_letter_queue: sqs.DeadLetterQueue | None = None,
) -> sqs.Queue:
    made = sqs.Queue(
        scope,
        construct_id,
        encryption=sqs.QueueEncryption.KMS,
        encryption_master_key=of,
        enforce_ssl=True,
        removal_policy=cdk.RemovalPolicy.RETAIN,
        retention_period=retention_period,
        visibility_timeout=visibility_timeout,
        dead_letter_queue=dead_letter_queue,
    )
    cast("sqs.QueuePolicy", made.node.find_child("Policy")).apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    return made
