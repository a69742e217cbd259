from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do, verdict

QUEUE, TOPIC = "AWS::SQS::Queue", "AWS::SNS::Topic"
HERE, ARN = {"Ref": "Subject"}, {"Fn::GetAtt": ["Subject", "Arn"]}
ELSEWHERE = "arn:aws:lambda:us-east-1:111122223333:function:intake"
EVENTS, S3, SNS = "events.amazonaws.com", "s3.amazonaws.com", "sns.amazonaws.com"


def _statement(principal: Any, action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource, **more}


def _policy(kind: str, *statements: Any, about: Any = None) -> dict[str, Any]:
    name, of = {
        QUEUE: ("AWS::SQS::QueuePolicy", {"Queues": [HERE] if about is None else about}),
        TOPIC: ("AWS::SNS::TopicPolicy", {"Topics": [HERE] if about is None else about}),
    }[kind]
    return {"Policy": {"Type": name, "Properties": {**of, "PolicyDocument": {"Statement": list(statements)}}}}


def _sender(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Sender": {"Type": kind, "Properties": properties}}


def _rule(**target: Any) -> dict[str, Any]:
    return _sender("AWS::Events::Rule", Targets=[{"Id": "it", **target}])


OF_QUEUE = [
    (_rule(Arn=ARN), EVENTS),
    (_rule(Arn=ELSEWHERE, DeadLetterConfig={"Arn": ARN}), EVENTS),
    (_rule(Arn=ELSEWHERE, RoleArn="arn:aws:iam::111122223333:role/a", DeadLetterConfig={"Arn": ARN}), EVENTS),
    (_sender("AWS::Events::EventBus", Name="intake", DeadLetterConfig={"Arn": ARN}), EVENTS),
    (_sender("AWS::SNS::Subscription", Protocol="sqs", Endpoint=ARN), SNS),
    (_sender("AWS::SNS::Subscription", Protocol="lambda", RedrivePolicy={"deadLetterTargetArn": ARN}), SNS),
    (_sender(TOPIC, Subscription=[{"Protocol": "sqs", "Endpoint": ARN}]), SNS),
    (_sender("AWS::S3::Bucket", NotificationConfiguration={"QueueConfigurations": [{"Queue": ARN}]}), S3),
]
OF_TOPIC = [
    (_rule(Arn=HERE), EVENTS),
    (_sender("AWS::S3::Bucket", NotificationConfiguration={"TopicConfigurations": [{"Topic": HERE}]}), S3),
]


@pytest.mark.parametrize(
    ("kind", "sender", "service"), [*((QUEUE, *one) for one in OF_QUEUE), *((TOPIC, *one) for one in OF_TOPIC)]
)
def test_who_sends_has_to_be_let_in(kind: str, sender: dict[str, Any], service: str) -> None:
    action, own = ("sqs:SendMessage", ARN) if kind == QUEUE else ("sns:Publish", HERE)

    def outcome(*statements: Any, **more: Any) -> str:
        return judged("senders_let_in", one(kind) | sender | _policy(kind, *statements, **more))

    assert judged("senders_let_in", one(kind) | sender) == "failed"
    assert outcome() == "failed"
    assert outcome(_statement({"Service": service}, action)) == "passed"
    assert outcome(_statement({"Service": [SNS, EVENTS, S3]}, action.upper(), own)) == "passed"
    assert outcome(_statement({"Service": service}, action.replace("e", "*", 1), own)) == "passed"
    assert outcome(_statement("*", action, own)) == "passed"
    assert outcome(_statement({"AWS": "*"}, action, own)) == "passed"
    assert outcome(_statement({"Service": "lambda.amazonaws.com"}, action)) == "failed"
    assert outcome(_statement({"AWS": "111122223333"}, action)) == "failed"
    assert outcome(_statement({"Service": service}, "sqs:ReceiveMessage")) == "failed"
    assert outcome(_statement({"Service": service}, action, "arn:aws:sqs:us-east-1:111122223333:other")) == "failed"
    assert outcome(_statement({"Service": service}, action, Effect="Deny")) == "failed"
    assert outcome(_statement(GIVEN, action)) == "unknown"
    assert outcome(_statement({"Service": service}, GIVEN)) == "unknown"
    assert outcome(GIVEN) == "unknown"
    # It may be about the one that is judged.
    assert outcome(about=[GIVEN]) == "unknown"
    assert outcome(_statement({"Service": service}, action), about=["https://sqs.example/other"]) == "failed"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["Sender", "Arn"]}}}, "passed"),
        (
            {"ArnLike": {"AWS:SourceArn": [{"Fn::GetAtt": ["Other", "Arn"]}, {"Fn::GetAtt": ["Sender", "Arn"]}]}},
            "passed",
        ),
        ({"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["Other", "Arn"]}}}, "failed"),
        ({"ArnNotEquals": {"aws:SourceArn": {"Fn::GetAtt": ["Other", "Arn"]}}}, "passed"),
        ({"ArnEquals": {"aws:SourceArn": GIVEN}}, "passed"),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:events:us-east-1:111122223333:rule/*"}}, "passed"),
        ({"StringEquals": {"aws:SourceAccount": "111122223333"}}, "passed"),
        ({"StringEquals": {"AWS:SourceOwner": "111122223333"}}, "failed"),
    ],
)
def test_conditions_that_cannot_hold_let_nobody_in(condition: dict[str, Any], expected: str) -> None:
    other = {"Other": {"Type": "AWS::Events::Rule", "Properties": {"ScheduleExpression": "rate(1 day)"}}}
    allowed = _policy(TOPIC, _statement({"AWS": "*"}, "sns:Publish", Condition=condition))
    assert judged("senders_let_in", one(TOPIC) | _rule(Arn=HERE) | other | allowed) == expected


def test_a_queue_knows_what_a_subscription_sends_by_its_topic() -> None:
    def outcome(source: str) -> str:
        condition = {"ArnEquals": {"aws:SourceArn": {"Ref": source}}}
        let_in = _policy(QUEUE, _statement({"Service": SNS}, "sqs:SendMessage", Condition=condition))
        subscription = _sender("AWS::SNS::Subscription", TopicArn={"Ref": "Told"}, Protocol="sqs", Endpoint=ARN)
        topics = {"Told": {"Type": TOPIC}, "Other": {"Type": TOPIC}}
        return judged("senders_let_in", one(QUEUE) | subscription | topics | let_in)

    assert outcome("Told") == "passed"
    assert outcome("Other") == "failed"


@pytest.mark.parametrize(
    "resources",
    [
        one(QUEUE),
        one(QUEUE) | _rule(Arn=ARN, RoleArn="arn:aws:iam::111122223333:role/sender"),
        one(QUEUE) | _rule(Arn=ELSEWHERE, DeadLetterConfig={"Arn": {"Fn::ImportValue": "failed"}}),
        one(QUEUE) | _sender("AWS::SNS::Subscription", Protocol="https", Endpoint="https://a.example"),
        one(QUEUE) | _sender("AWS::Lambda::Function", DeadLetterConfig={"TargetArn": ARN}),
        one(QUEUE) | _sender(QUEUE, RedrivePolicy={"deadLetterTargetArn": ARN}),
        # The default policy lets alarms publish, and of another AlarmDelivered tells.
        one(TOPIC) | _sender("AWS::CloudWatch::Alarm", AlarmActions=[HERE]),
        one(TOPIC) | _sender("AWS::SNS::Subscription", TopicArn=HERE, Protocol="sqs", Endpoint=ELSEWHERE),
        # Those send by roles.
        one(QUEUE) | _sender("AWS::Scheduler::Schedule", Target={"Arn": ARN, "DeadLetterConfig": {"Arn": ARN}}),
        one(QUEUE) | _sender("AWS::Pipes::Pipe", Target=ARN),
    ],
)
def test_who_sends_otherwise_needs_no_policy(resources: dict[str, Any]) -> None:
    assert judged("senders_let_in", resources) == "not_applicable"


def test_sam_makes_the_policies_of_what_it_makes() -> None:
    def outcome(**connectors: Any) -> str:
        return judged("senders_let_in", one(QUEUE) | _rule(Arn=ARN) | connectors)

    assert outcome() == "failed"
    between = {"Source": {"Id": "Sender"}, "Destination": {"Id": "Subject"}, "Permissions": ["Write"]}
    assert outcome(Connector={"Type": "AWS::Serverless::Connector", "Properties": between}) == "not_applicable"


def test_policies_stand_in_resources_of_their_own_or_inline() -> None:
    let_in = {"Statement": [_statement({"Service": EVENTS}, ["sqs:SendMessage", "sns:Publish"])]}
    for kind, name, path, own in (
        (QUEUE, "AWS::SQS::QueueInlinePolicy", "Queue", ARN),
        (TOPIC, "AWS::SNS::TopicInlinePolicy", "TopicArn", HERE),
    ):
        policy = {"Policy": {"Type": name, "Properties": {path: HERE, "PolicyDocument": let_in}}}
        assert judged("senders_let_in", one(kind) | _rule(Arn=own) | policy) == "passed"


def test_a_policy_of_another_stack_counts() -> None:
    named = one(QUEUE, QueueName="failed")
    url = "https://sqs.us-east-1.amazonaws.com/111122223333/failed"
    policy = _policy(QUEUE, _statement({"Service": EVENTS}, "sqs:SendMessage"), about=[url])
    assert judged("senders_let_in", named | _rule(Arn=ARN), policy) == "passed"
    assert judged("senders_let_in", named | _rule(Arn=ARN)) == "failed"


@pytest.mark.parametrize(
    ("resources", "said"),
    [
        (
            one(QUEUE) | _rule(Arn=ARN),
            "It has no policy that lets events.amazonaws.com send, so that what Sender sends is lost.",
        ),
        (
            one(QUEUE) | _policy(QUEUE) | _rule(Arn=ARN),
            "Its policy does not let events.amazonaws.com send, so that what Sender sends is lost.",
        ),
        (
            one(TOPIC) | _rule(Arn=HERE),
            "The default policy of a topic does not let events.amazonaws.com publish, so that what Sender sends is "
            "lost.",
        ),
        (
            one(QUEUE) | OF_QUEUE[-1][0],
            "It has no policy that lets s3.amazonaws.com send, so that S3 refuses the notices and the stack fails.",
        ),
    ],
)
def test_what_is_lost_is_named(resources: dict[str, Any], said: str) -> None:
    found = verdict("senders_let_in", resources)
    assert found is not None
    assert found.message == said


def test_the_fix_of_a_topic_keeps_who_publishes_by_default() -> None:
    assert "alarms cloudwatch.amazonaws.com" in to_do("senders_let_in", one(TOPIC) | _rule(Arn=HERE))
    assert "sqs:SendMessage" in to_do("senders_let_in", one(QUEUE) | _rule(Arn=ARN))
