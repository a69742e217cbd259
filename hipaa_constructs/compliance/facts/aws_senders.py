"""Which services of AWS send to a queue or a topic for resources of the app, and what fixes say of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, Ternary, dig, is_one_of, is_present, spread
from hipaa_constructs.compliance.facts.encryption import LET_SENDERS_USE_KEY
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import listed

_BUCKET, _RULE, _SUBSCRIPTION = "AWS::S3::Bucket", "AWS::Events::Rule", "AWS::SNS::Subscription"
_QUEUE, _TOPIC = "AWS::SQS::Queue", "AWS::SNS::Topic"
# CDK sets the notices of a bucket by it.
_NOTICES: Final = "Custom::S3BucketNotifications"
_BUS: Final = "AWS::Events::EventBus"
_SENDERS: Final = (_BUCKET, _NOTICES, _BUS, _RULE, _SUBSCRIPTION, _TOPIC)
_EVENTS, _ALARMS = "events.amazonaws.com", "cloudwatch.amazonaws.com"
_SERVICES: Final[Mapping[str, str]] = {
    _BUCKET: "s3.amazonaws.com",
    _NOTICES: "s3.amazonaws.com",
    # docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-dlq.html
    _BUS: _EVENTS,
    _RULE: _EVENTS,
    _SUBSCRIPTION: "sns.amazonaws.com",
    _TOPIC: "sns.amazonaws.com",
}
# What AWS calls the source of what is sent, where it is not the sender itself.
_SOURCES: Final[Mapping[str, tuple[str, str]]] = {
    _NOTICES: ("BucketName", _BUCKET),
    _SUBSCRIPTION: ("TopicArn", _TOPIC),
}
_ALARM_TYPES: Final = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
# What roles of the app do with each.
_CALLS: Final[Mapping[str, str]] = {_QUEUE: "send or read", _TOPIC: "publish"}


# docs.aws.amazon.com/config/latest/developerguide/sns-topic-policy.html
_CHANNEL: Final = "AWS::Config::DeliveryChannel"
_WITHOUT_TOPIC: Final = (
    "AWS Config publishes to no encrypted topic: {} leaves SnsTopicARN out, and an AWS::Events::Rule with EventPattern "
    "{{source: [aws.config]}} tells the topic in its place."
)


def senders_to(target: Resource) -> Mapping[str, list[Resource]]:
    """Return the resources for which services send to a queue or a topic, by service; of alarms nothing is said."""
    senders: dict[str, list[Resource]] = {}
    for sender, _ in target.template.app.told(target, "what AWS sends to queues and topics", _SENDERS, _sent_to):
        senders.setdefault(_SERVICES[sender.type], []).append(sender)
    return senders


def source_of(sender: Resource) -> Resource | None:
    """Return by what policies know what is sent for a resource (``aws:SourceArn``); None if it is not of the app."""
    if sender.type not in _SOURCES:
        return sender
    path, kind = _SOURCES[sender.type]
    return sender.template.target(sender.get(path), kind)


def services_sending_to(target: Resource) -> frozenset[str]:
    """Return the services that send to a queue or a topic for resources of the app, alarms among them."""
    alarms = target.template.app.told(target, "where alarms are sent", _ALARM_TYPES, _alarmed)
    return frozenset({*senders_to(target), *([_ALARMS] if alarms else [])})


def with_senders(fix: Fix) -> Fix:
    """Return a fix by which a queue or a topic gets a key that says too what that needs for those who send there.

    Of a type, it says of everybody what each needs.
    """
    (kind,) = fix.resource_types
    return replace(fix, template=LET_SENDERS_USE_KEY[kind], tailor=_for_senders)


def _for_senders(fix: Fix, target: Resource) -> Fix:
    own = replace(fix, template=_use_of_key(_CALLS[target.type], services_sending_to(target)))
    channels = target.template.app.referring(target, _CHANNEL, "SnsTopicARN") if target.type == _TOPIC else ()
    told = " ".join((own.beside, *(_WITHOUT_TOPIC.format(one.logical_id) for one in channels[:1]))).strip()
    return replace(own, beside=told)


def allowed_to(services: frozenset[str], own: str) -> str:
    """Return what a policy allows services that send for resources of this account; EventBridge states no source."""
    of_account = sorted(services - {_EVENTS})
    by = ", by the Condition {StringEquals: {aws:SourceAccount: ${AWS::AccountId}}}"
    parts = [f"{listed(of_account)} {own}{by}"] if of_account else []
    if _EVENTS in services:
        parts.append(f"{_EVENTS} {'the same without that Condition' if of_account else own}")
    return ", and ".join(parts)


def _use_of_key(calls: str, services: frozenset[str]) -> str:
    roles = f"oles of the app that {calls} may kms:Decrypt and kms:GenerateDataKey"
    if not services:
        return f"R{roles} with the key, and so may services that come to send there, by its KeyPolicy."
    allowed = allowed_to(services, "kms:Decrypt and kms:GenerateDataKey*")
    return f"The key's KeyPolicy allows {allowed}, or what is sent there is lost; r{roles} with it."


def _alarmed(alarm: Resource) -> Iterator[tuple[Resource, None]]:
    for name in ("AlarmActions", "InsufficientDataActions", "OKActions"):
        for value in spread(alarm.properties, f"{name}[]"):
            found = alarm.template.target(value, _TOPIC)
            if found is not None:
                yield found, None


def _sent_to(sender: Resource) -> Iterator[tuple[Resource, None]]:
    for value in _places(sender):
        found = sender.template.target(value, _QUEUE, _TOPIC)
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
    elif sender.type == _BUS:
        yield sender.get("DeadLetterConfig.Arn")
    else:
        for subscription in spread(sender.properties, "Subscription[]"):
            if is_one_of(dig(subscription, "Protocol"), "sqs") is Ternary.YES:
                yield dig(subscription, "Endpoint")
