"""Which services of AWS send to a queue or a topic as themselves, so that no caller's rights stand in.

EventBridge for a rule or a bus, unless a target has a role of its own (docs.aws.amazon.com/eventbridge/latest/
userguide/eb-use-resource-based.html and eb-encryption-event-bus-dlq.html there), S3 for notices of a bucket, and SNS to
the queues that subscribe to a topic, or that take what it could not deliver. Alarms are AlarmDelivered's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, Ternary, dig, is_one_of, is_present, spread

QUEUE: Final = "AWS::SQS::Queue"
TOPIC: Final = "AWS::SNS::Topic"
EVENTS: Final = "events.amazonaws.com"
S3: Final = "s3.amazonaws.com"
SNS: Final = "sns.amazonaws.com"

_BUCKET, _RULE, _SUBSCRIPTION = "AWS::S3::Bucket", "AWS::Events::Rule", "AWS::SNS::Subscription"
# CDK sets the notices of a bucket by it.
_NOTICES = "Custom::S3BucketNotifications"
_SERVICES: Mapping[str, str] = {
    _BUCKET: S3,
    _NOTICES: S3,
    "AWS::Events::EventBus": EVENTS,
    _RULE: EVENTS,
    _SUBSCRIPTION: SNS,
    TOPIC: SNS,
}
# What AWS calls the source of what is sent, where it is not the sender itself.
_SOURCES: Mapping[str, tuple[str, str]] = {
    _NOTICES: ("BucketName", _BUCKET),
    _SUBSCRIPTION: ("TopicArn", TOPIC),
}


def services_that_send_to(store: Resource) -> Mapping[str, Sequence[Resource]]:
    """Return the services that send to a queue or a topic as themselves, each with what of the app has them do so."""
    found: dict[str, list[Resource]] = {}
    for sender, _ in store.template.app.told(store, "what AWS sends to queues and topics", tuple(_SERVICES), _sent_to):
        found.setdefault(_SERVICES[sender.type], []).append(sender)
    return found


def source_of(sender: Resource) -> Resource | None:
    """Return by which resource policies know what is sent (``aws:SourceArn``); None if the app does not have it."""
    if sender.type not in _SOURCES:
        return sender
    path, kind = _SOURCES[sender.type]
    return sender.template.target(sender.get(path), kind)


def _sent_to(sender: Resource) -> Iterator[tuple[Resource, None]]:
    for value in _places(sender):
        found = sender.template.target(value, QUEUE, TOPIC)
        if found is not None and found is not sender:
            yield found, None


def _places(sender: Resource) -> Iterator[Resolved]:
    """Yield where a service sends something for a resource, as that names it."""
    if sender.type == _RULE:
        for target in spread(sender.properties, "Targets[]"):
            if is_present(dig(target, "RoleArn")) is Ternary.NO:
                yield dig(target, "Arn")
            yield dig(target, "DeadLetterConfig.Arn")
    elif sender.type in (_BUCKET, _NOTICES):
        arn = "Arn" if sender.type == _NOTICES else ""
        for path in (f"QueueConfigurations[].Queue{arn}", f"TopicConfigurations[].Topic{arn}"):
            yield from spread(sender.properties, f"NotificationConfiguration.{path}")
    elif sender.type == _SUBSCRIPTION:
        yield sender.get("RedrivePolicy.deadLetterTargetArn")
        if is_one_of(sender.get("Protocol"), "sqs") is Ternary.YES:
            yield sender.get("Endpoint")
    elif sender.type == TOPIC:
        for subscription in spread(sender.properties, "Subscription[]"):
            if is_one_of(dig(subscription, "Protocol"), "sqs") is Ternary.YES:
                yield dig(subscription, "Endpoint")
    else:
        yield sender.get("DeadLetterConfig.Arn")
