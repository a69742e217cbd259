"""Messages and events that fail are kept until somebody looks at them.

Compliant: what a queue, a topic, an event bus, a pipe or a schedule could not hand over goes to a dead-letter queue,
also what a function failed at of a stream or a topic of Kafka, whoever owns it, or of an event for which nobody waits:
of a bucket, a topic or a rule, also one of IoT; an IoT rule has an error action; and dead-letter queues themselves,
also those that only their name tells, to which a program sends what it could not do. Non-compliant: without one a
message is dropped when the retries are over or its time in the queue is, four days by default, and what it said of a
patient is gone unseen
(docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html,
docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html,
docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html,
docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html,
docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html,
docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html). Not applicable: what tells people, such as
mail; topics and rules that carry notices of AWS's services or of their operation, or the time of day alone, though not
those of new objects in a bucket, of image sets, of people who call Amazon Connect, or of calls about records of a
store; a bus without customer key, of which EventBridge can read every event; what is classified NO_PHI.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Resolved,
    Ternary,
    as_text,
    dig,
    is_false,
    is_one_of,
    is_present,
    is_true,
    placed,
)
from hipaa_constructs.compliance.facts.dead_letters import QUEUE, keeps_dead_letters
from hipaa_constructs.compliance.facts.events import record_kinds
from hipaa_constructs.compliance.facts.functions import FUNCTION
from hipaa_constructs.compliance.facts.made_by_sam import is_made_by_sam
from hipaa_constructs.compliance.facts.operations import tells_of_operation
from hipaa_constructs.compliance.facts.stream_bounds import BOUNDS, bounded
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, judge, unknown, worst

_BUS, _RULE = "AWS::Events::EventBus", "AWS::Events::Rule"
_MAPPING, _PIPE = "AWS::Lambda::EventSourceMapping", "AWS::Pipes::Pipe"
_SUBSCRIPTION, _SCHEDULE = "AWS::SNS::Subscription", "AWS::Scheduler::Schedule"
_TOPIC, _IOT_RULE = "AWS::SNS::Topic", "AWS::IoT::TopicRule"
# Endpoints that are programs: docs.aws.amazon.com/sns/latest/dg/sns-event-destinations.html.
_PROGRAMS = ("firehose", "http", "https", "lambda", "sqs")
# Sources of which a function takes records in order, and Lambda drops those that it fails at.
_STREAMS = ("AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table", "AWS::Kinesis::Stream")
_OF_STREAMS = ("SourceParameters.DynamoDBStreamParameters", "SourceParameters.KinesisStreamParameters")
_ALIAS, _VERSION, _PERMISSION = "AWS::Lambda::Alias", "AWS::Lambda::Version", "AWS::Lambda::Permission"
_NOTIFIED = "NotificationConfiguration.LambdaConfigurations[].Function"
# docs.aws.amazon.com/lambda/latest/dg/services-iot.html
_IOT_CALLS = "TopicRulePayload.Actions[].Lambda.FunctionArn"
_ON_FAILURE = "DestinationConfig.OnFailure"
# How people call a queue that takes what failed elsewhere.
_DEAD_LETTERS = re.compile(r"DLQ|dlq\b|dead[-_]?letter|undeliver", re.IGNORECASE)
# A schedule that calls an API itself: of its failure nothing else keeps a trace.
_API_CALL = ":aws-sdk:"

# Where each part of a resource that needs one names its dead-letter queue.
_Places = Iterator[tuple[str, Resolved]]


def _queue(resource: Resource) -> _Places:
    if not _DEAD_LETTERS.search(f"{resource.logical_id} {resource.get('QueueName')}"):
        yield "RedrivePolicy", resource.get("RedrivePolicy")


def _carries_records(subscription: Resource) -> bool:
    topic = subscription.template.target(subscription.get("TopicArn"), _TOPIC)
    to_program = is_one_of(subscription.get("Protocol"), *_PROGRAMS) is Ternary.YES
    return to_program and not (topic and tells_of_operation(topic))


def _subscription(resource: Resource) -> _Places:
    if _carries_records(resource):
        yield "RedrivePolicy", resource.get("RedrivePolicy")


def _bus(resource: Resource) -> _Places:
    if is_present(resource.get("KmsKeyIdentifier")) is Ternary.YES:
        yield "DeadLetterConfig", resource.get("DeadLetterConfig")


def _waits_for_records(rule: Resource) -> bool:
    return any(about_records for _, about_records in record_kinds(rule))


def _rule(resource: Resource) -> _Places:
    if _waits_for_records(resource):
        for place, target in placed(resource.properties, "Targets[]"):
            yield f"DeadLetterConfig of {place}", dig(target, "DeadLetterConfig")


def _function(resource: Resource) -> _Places:
    if _is_sent_records(resource):
        destinations = [
            config.get(_ON_FAILURE)
            for one in _called_as(resource)
            for config in resource.template.app.referring(one, "AWS::Lambda::EventInvokeConfig", "FunctionName")
        ]
        kept = next((one for one in destinations if is_present(one) is not Ternary.NO), None)
        yield "DeadLetterConfig", resource.get("DeadLetterConfig") if kept is None else kept


def _is_sent_records(function: Resource) -> bool:
    """Whether a bucket, a topic or a rule, also one of IoT, sends a function records without waiting for its answer."""
    referring = function.template.app.referring
    return any(
        referring(one, "AWS::S3::Bucket", _NOTIFIED)
        or any(map(_carries_records, referring(one, _SUBSCRIPTION, "Endpoint")))
        or any(not tells_of_operation(topic) for topic in referring(one, _TOPIC, "Subscription[].Endpoint"))
        or any(map(_waits_for_records, referring(one, _RULE, "Targets[].Arn")))
        or any(referring(one, _IOT_RULE, _IOT_CALLS))
        or any(
            is_one_of(permission.get("Principal"), "s3.amazonaws.com") is Ternary.YES
            for permission in referring(one, _PERMISSION, "FunctionName")
        )
        for one in _called_as(function)
    )


def _called_as(function: Resource) -> Iterator[Resource]:
    yield function
    for kind in (_ALIAS, _VERSION):
        yield from function.template.app.referring(function, kind, "FunctionName")


def _mapping(resource: Resource) -> _Places:
    if is_false(resource.get("Enabled")) is not Ternary.YES and _reads_in_order(resource):
        yield _ON_FAILURE, resource.get(_ON_FAILURE)


def _reads_in_order(mapping: Resource) -> bool:
    """Whether a mapping reads a stream or a topic of Kafka, of which Lambda drops what it cannot hand over in time.

    These alone have a place to start from, which they must name, and a destination; DocumentDB's have the former and
    no destination (docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html). So the ARN may be a
    parameter, or imported.
    """
    if is_present(mapping.get("DocumentDBEventSourceConfig")) is not Ternary.NO:
        return False
    named = mapping.template.target(mapping.get("EventSourceArn"), *_STREAMS, QUEUE)
    if named is not None:
        return named.type != QUEUE
    return is_present(mapping.get("StartingPosition")) is not Ternary.NO


def _pipe(resource: Resource) -> _Places:
    if resource.get("SourceParameters") is UNKNOWN:
        yield "SourceParameters", UNKNOWN
    for path in _OF_STREAMS:
        if is_present(resource.get(path)) is Ternary.YES:
            yield f"{path}.DeadLetterConfig", resource.get(f"{path}.DeadLetterConfig")


def _schedule(resource: Resource) -> _Places:
    target = as_text(resource.get("Target.Arn"))
    if resource.get("Target") is UNKNOWN:
        yield "Target", UNKNOWN
    elif isinstance(target, str) and _API_CALL in target:
        yield "Target.DeadLetterConfig", resource.get("Target.DeadLetterConfig")


def _iot_rule(resource: Resource) -> _Places:
    if is_true(resource.get("TopicRulePayload.RuleDisabled", False)) is not Ternary.YES:
        path = "TopicRulePayload.ErrorAction"
        yield path, resource.get(path)


_PLACES: Mapping[str, Callable[[Resource], _Places]] = {
    _BUS: _bus,
    _RULE: _rule,
    _IOT_RULE: _iot_rule,
    FUNCTION: _function,
    _MAPPING: _mapping,
    _PIPE: _pipe,
    _SUBSCRIPTION: _subscription,
    QUEUE: _queue,
    _SCHEDULE: _schedule,
}


def functions_called(sender: Resource) -> Sequence[Resource | None]:
    """Return the functions to which a subscription or a rule hands what it keeps nowhere; None for other targets."""
    if sender.type == _SUBSCRIPTION:
        return [_called(sender, sender.get("Endpoint"))]
    if sender.type == _IOT_RULE:
        actions = (action for _, action in placed(sender.properties, "TopicRulePayload.Actions[]"))
        return [_called(sender, dig(action, "Lambda.FunctionArn")) for action in actions]
    targets = [target for _, target in placed(sender.properties, "Targets[]")] if sender.type == _RULE else []
    unkept = (target for target in targets if is_present(dig(target, "DeadLetterConfig")) is Ternary.NO)
    return [_called(sender, dig(target, "Arn")) for target in unkept]


def _called(sender: Resource, named: Resolved) -> Resource | None:
    target = sender.template.target(named, FUNCTION, _ALIAS, _VERSION)
    if target is None or target.type == FUNCTION:
        return target
    return target.template.target(target.get("FunctionName"), FUNCTION)


def check(resource: Resource) -> Verdict:
    # Who says which queues may send it their dead letters has made it for that.
    if resource.type == QUEUE and (resource.get("RedriveAllowPolicy") is not None or keeps_dead_letters(resource)):
        return PASSED
    found = list(_PLACES[resource.type](resource))
    return worst(_judge(place, value) for place, value in found) if found else NOT_APPLICABLE


def _judge(place: str, value: Resolved) -> Verdict:
    if value is UNKNOWN:
        return unknown(f"{place} is known only at deployment.")
    return judge(is_present(value), f"{place} is not set, so what fails is dropped.")


_ARN = Choose("the ARN of a dead-letter queue")
_FROM = {"Arn": _ARN}
_TO_SET: Mapping[str, Mapping[str, object]] = {
    _BUS: {"DeadLetterConfig": _FROM},
    _RULE: {"Targets[].DeadLetterConfig": _FROM},
    FUNCTION: {"DeadLetterConfig": {"TargetArn": _ARN}},
    _IOT_RULE: {
        "TopicRulePayload.ErrorAction": {
            "Sqs": {
                "QueueUrl": Choose("the URL of a dead-letter queue"),
                "RoleArn": Choose("the ARN of a role that may send to it"),
            }
        }
    },
    _MAPPING: {
        f"{_ON_FAILURE}.Destination": Choose("the ARN of a bucket, or of a dead-letter queue"),
        **BOUNDS,
    },
    _PIPE: {
        f"?{path}.{name}": value
        for path in _OF_STREAMS
        for name, value in {"DeadLetterConfig": _FROM, **BOUNDS}.items()
    },
    _SUBSCRIPTION: {"RedrivePolicy": {"deadLetterTargetArn": _ARN}},
    QUEUE: {"RedrivePolicy": {"deadLetterTargetArn": _ARN, "maxReceiveCount": 5}},
    _SCHEDULE: {"Target.DeadLetterConfig": _FROM},
}
_L2 = {
    _BUS: "events.EventBus(dead_letter_queue=<a queue>)",
    FUNCTION: "lambda_.Function(dead_letter_queue=<a queue>)",
    QUEUE: "sqs.Queue(dead_letter_queue=sqs.DeadLetterQueue(queue=<a queue>, max_receive_count=5))",
    _SUBSCRIPTION: "sns.Subscription(dead_letter_queue=<a queue>)",
}
_CONSTRUCTS = {_BUS: "EncryptedEventBus", FUNCTION: "PrivateFunction", QUEUE: "EncryptedQueue"}
_BESIDE = {
    _RULE: "The policy of the queue allows events.amazonaws.com sqs:SendMessage, and that of its customer key "
    "kms:Decrypt and kms:GenerateDataKey*.",
    _SUBSCRIPTION: "The policy of the queue allows sns.amazonaws.com sqs:SendMessage, and that of its customer key "
    "kms:Decrypt and kms:GenerateDataKey*.",
    FUNCTION: "Of an AWS::Serverless::Function, it is DeadLetterQueue. Its role may send to the queue.",
    _MAPPING: "Of an event of an AWS::Serverless::Function, these stand in the event, where OnFailure has a Type too, "
    "such as SQS, which lets the role that SAM makes send there. Another role may send to the queue, or has "
    "s3:PutObject and s3:ListBucket on the bucket. A queue is told which records failed and not what they say, so that "
    "they are read from the stream before they expire there; a bucket has the records themselves.",
}
# docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-iotrule.html
_OF_SAM = (
    "The event IoTRule of AWS SAM takes no error action: write an AWS::IoT::TopicRule in its place, whose "
    "TopicRulePayload.ErrorAction sends to a dead-letter queue, and an AWS::Lambda::Permission that lets "
    "iot.amazonaws.com invoke the function for that rule."
)

RULE = Rule(
    name="FailedMessagesKept",
    severity="warning",
    resource_types=tuple(_PLACES),
    controls=("164.308(a)(6)(ii)", "164.312(c)(1)"),
    fix="Send what fails to a dead-letter queue, and look at it.",
    fixes=(
        Fix((_IOT_RULE,), template=_OF_SAM, when=is_made_by_sam),
        *(
            Fix(
                (kind,),
                to_set,
                cdk=(_L2[kind],) if kind in _L2 else (),
                constructs=(_CONSTRUCTS[kind],) if kind in _CONSTRUCTS else (),
                template=_BESIDE.get(kind, ""),
                tailor=bounded if kind in (_MAPPING, _PIPE) else None,
            )
            for kind, to_set in _TO_SET.items()
        ),
    ),
    needs="template",
    check=check,
    phi_only=True,
)
