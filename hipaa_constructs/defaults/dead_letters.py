"""What fails is kept: queues, subscriptions, rules and streams get a queue for their dead letters.

It is under the key that the messages were under, or else under the stack's, takes what comes over TLS alone, and keeps
it 14 days, the longest that SQS does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.references import names, parts
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Made, Plain, Setting
from hipaa_constructs.primitives.service_grants import grant_queue_sender

_QUEUE, _RULE, _SUBSCRIPTION = "AWS::SQS::Queue", "AWS::Events::Rule", "AWS::SNS::Subscription"
_MAPPING = "AWS::Lambda::EventSourceMapping"
# As often as Lambda's guide asks for at least:
# docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
_ATTEMPTS = 5
# Endpoints that are programs: docs.aws.amazon.com/sns/latest/dg/sns-event-destinations.html.
_PROGRAMS = ("firehose", "http", "https", "lambda", "sqs")
# Where a queue is named that keeps what others could not deliver: the attribute, and which part of it.
_NAMED_BY = {
    "AWS::Events::EventBus": ("dead_letter_config", None),
    _RULE: ("targets", "deadLetterConfig"),
    "AWS::IoT::TopicRule": ("topic_rule_payload", "errorAction"),
    "AWS::Lambda::EventInvokeConfig": ("destination_config", None),
    _MAPPING: ("destination_config", None),
    "AWS::Lambda::Function": ("dead_letter_config", None),
    "AWS::Pipes::Pipe": ("source_parameters", "deadLetterConfig"),
    _SUBSCRIPTION: ("redrive_policy", None),
    _QUEUE: ("redrive_policy", None),
    "AWS::Scheduler::Schedule": ("target", "deadLetterConfig"),
}
_CALLED_SO = re.compile(r"(?i)dlq|dead.?letter")
_OF_OBJECTS = "aws.s3"
_KEPT = "stays in a queue of its own for 14 days, from which it can be sent back."


def define_dead_letters(home: Construct, key: kms.IKey) -> sqs.Queue:
    """Make the queue in ``home``, under ``key``."""
    return sqs.Queue(
        home,
        "DeadLetters",
        encryption=sqs.QueueEncryption.KMS,
        encryption_master_key=key,
        enforce_ssl=True,
        retention_period=cdk.Duration.days(14),
    )


def _of_subscription(made: Made) -> sqs.Queue:
    grant_queue_sender(made.key, "sns.amazonaws.com", stack=made.stack)
    return define_dead_letters(made.home, made.key)


def _tells_program(made: Made) -> bool:
    protocol = made.props.get("protocol")
    return str(getattr(protocol, "value", protocol)).lower() in _PROGRAMS


def _topic_here(made: Made) -> bool:
    """Whether the topic is in the stack's Region, as the queue has to be; CDK says another's, and an imported one's."""
    return made.props.get("region") in (None, made.stack.region)


def _of_stream(made: Made) -> event_sources.SqsDlq:
    return event_sources.SqsDlq(define_dead_letters(made.home, made.key))


def _reads_stream(made: Made) -> bool:
    """Whether Lambda reads records in order: Kinesis and DynamoDB ask where to begin, queues do not."""
    return "startingPosition" in made and "kafkaTopic" not in made


def _finish(session: Session, found: Found) -> None:
    for rule in found.of(_RULE):
        _keep_events(session, rule)
    keepers = set(_keepers(session, found))
    for queue in found.of(_QUEUE):
        if session.name(queue) not in keepers:
            _keep_messages(session, queue)


def _keepers(session: Session, found: Found) -> Iterator[str]:
    """Return the logical ids of what is named where dead letters go."""
    for kind, (attribute, part) in _NAMED_BY.items():
        for resource in found.of(kind):
            value = session.resolved(resource, attribute)
            for one in [value] if part is None else parts(value, part):
                yield from names(one)


def _keep_messages(session: Session, resource: sqs.CfnQueue) -> None:
    """Have a queue under a customer key let go of what failed too often.

    A FIFO queue would lose its order by that:
    docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html.
    """
    owner = session.owner(resource)
    path = session.path(resource).removesuffix("/Resource")
    given = session.seen.get(path)
    key = owner.encryption_master_key if isinstance(owner, sqs.Queue) else None
    if given is None or key is None or resource.fifo_queue or _CALLED_SO.search(path.rsplit("/", 1)[-1]):
        return
    if resource.redrive_policy is not None or resource.redrive_allow_policy is not None:
        return
    queue = define_dead_letters(session.home(session.owner(owner), path.rsplit("/", 1)[-1]), key)
    resource.redrive_policy = {"deadLetterTargetArn": queue.queue_arn, "maxReceiveCount": _ATTEMPTS}
    why = f"What was received {_ATTEMPTS} times and not deleted {_KEPT}"
    session.record(resource, path, _QUEUE, "dead_letter_queue", ["RedrivePolicy"], "set", why)


def _keep_events(session: Session, resource: events.CfnRule) -> None:
    """Keep what targets did not take, of rules for events of the app's own."""
    written = session.resolved(resource, "event_pattern", "targets")
    if not _is_of_app((written.get("event_pattern") or {}).get("source", ())):
        return
    targets = [
        place
        for place, target in enumerate(written.get("targets") or ())
        if isinstance(target, dict) and target.get("deadLetterConfig") is None
    ]
    if not targets:
        return
    path = session.path(resource).removesuffix("/Resource")
    key = session.key(resource)
    grant_queue_sender(key, "events.amazonaws.com", stack=session.stack(resource))
    owner: Any = session.owner(resource) if path != session.path(resource) else resource
    queue = define_dead_letters(session.home(session.owner(owner), path.rsplit("/", 1)[-1]), key)
    # docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    source = {"ArnEquals": {"aws:SourceArn": resource.attr_arn}}
    queue.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("events.amazonaws.com", conditions=source)],
            actions=["sqs:SendMessage"],
            resources=[queue.queue_arn],
        )
    )
    for place in targets:
        resource.add_property_override(f"Targets.{place}.DeadLetterConfig", {"Arn": queue.queue_arn})
    why = f"An event that a target did not take {_KEPT}"
    session.record(resource, path, _RULE, "dead_letter_queue", ["Targets"], "set", why)


def _is_of_app(sources: Sequence[Any]) -> bool:
    """Whether events come from elsewhere than AWS's own services, whose notices can be had again.

    What S3 tells of an object, it tells once.
    """
    texts = [one for one in sources if isinstance(one, str)]
    return any(text == _OF_OBJECTS or not text.startswith("aws.") for text in texts)


SERVICE = Service(
    plain=[
        Plain(
            construct=sns.Subscription,
            props=sns.SubscriptionProps,
            resource_type=_SUBSCRIPTION,
            settings=[
                Setting(
                    argument="dead_letter_queue",
                    properties=["RedrivePolicy"],
                    value=_of_subscription,
                    when=lambda made: _tells_program(made) and _topic_here(made),
                    why=f"A message that the endpoint did not take {_KEPT}",
                )
            ],
        ),
        Plain(
            construct=lambda_.EventSourceMapping,
            props=lambda_.EventSourceMappingProps,
            resource_type=_MAPPING,
            settings=[
                Setting(
                    argument="on_failure",
                    properties=["DestinationConfig"],
                    value=_of_stream,
                    when=_reads_stream,
                    why="Where records are that the function failed at stays in a queue of its own for 14 days.",
                )
            ],
        ),
    ],
    types=tuple(_NAMED_BY),
    finish=_finish,
    later=[
        f"What was received from a queue {_ATTEMPTS} times and not deleted goes to another, for 14 days; but not from "
        "FIFO queues, queues for dead letters, and those whose id calls them so.",
        "Events of the app's own, and of objects in S3, that a rule's target did not take go to a queue, for 14 days.",
    ],
)
