"""Amazon EventBridge: events of a bus of the app's own are under the stack's key, and kept where that fails.

CDK lets EventBridge use the key, on behalf of buses of this account; who sends events needs no leave of the key:
docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html.
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs

from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.setting import Made, Plain, Setting
from hipaa_constructs.primitives.service_grants import grant_queue_sender

_SERVICE = "events.amazonaws.com"


def _dead_letters(made: Made) -> sqs.Queue:
    queue = sqs.Queue(
        made.home,
        "DeadLetters",
        encryption=sqs.QueueEncryption.KMS,
        encryption_master_key=made.key,
        enforce_ssl=True,
        retention_period=cdk.Duration.days(14),
    )
    grant_queue_sender(made.key, _SERVICE, stack=made.stack)
    # The bus does not exist yet, so that it cannot be named.
    buses = made.stack.format_arn(service="events", resource="event-bus", resource_name="*")
    queue.grant_send_messages(iam.ServicePrincipal(_SERVICE, conditions={"ArnLike": {"aws:SourceArn": buses}}))
    return queue


SERVICE = Service(
    plain=[
        Plain(
            construct=events.EventBus,
            props=events.EventBusProps,
            resource_type="AWS::Events::EventBus",
            settings=[
                Setting(
                    argument="kms_key",
                    properties=["KmsKeyIdentifier"],
                    value=lambda made: made.key,
                    # A partner's bus takes none.
                    unless=["event_source_name"],
                    why="Events are under the stack's key.",
                ),
                Setting(
                    argument="dead_letter_queue",
                    properties=["DeadLetterConfig"],
                    value=_dead_letters,
                    unless=["event_source_name"],
                    why="Events that EventBridge could not decrypt go to a queue under the stack's key, for 14 days.",
                ),
            ],
        )
    ]
)
