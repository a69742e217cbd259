from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate
from tests.compliance.rules.support import GIVEN, judged, one, rule, to_do, verdict

INSECURE = {"Bool": {"aws:SecureTransport": "false"}}


def protected(kind: str, statement: Any, inline: bool = False) -> dict[str, Any]:
    queue = kind == "AWS::SQS::Queue"
    named = "Queues" if queue else "Topics"
    policy: dict[str, Any] = {"PolicyDocument": {"Statement": statement}, named: [{"Ref": "Subject"}]}
    policy_type = "AWS::SQS::QueuePolicy" if queue else "AWS::SNS::TopicPolicy"
    if inline:
        policy_type = policy_type.replace("Policy", "InlinePolicy")
        policy["Queue" if queue else "TopicArn"] = policy.pop(named)[0]
    return {**one(kind), "Policy": {"Type": policy_type, "Properties": policy}}


def deny(**changes: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": {"Fn::GetAtt": ["Subject", "Arn"]},
        "Condition": INSECURE,
    }
    return {**statement, **changes}


QUEUE, TOPIC = "AWS::SQS::Queue", "AWS::SNS::Topic"


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        (one(QUEUE), "failed"),
        (protected(QUEUE, [deny()]), "passed"),
        (protected(QUEUE, deny()), "passed"),
        (protected(QUEUE, [deny()], inline=True), "passed"),
        (protected(QUEUE, [deny(Principal={"AWS": "*"})]), "passed"),
        (protected(QUEUE, [deny(Resource="*")]), "passed"),
        (protected(QUEUE, [deny(Action=["sqs:SendMessage", "sqs:ReceiveMessage"])]), "passed"),
        (protected(QUEUE, [deny(Action="SQS:*")]), "passed"),
        (protected(QUEUE, [deny(Condition={"Bool": {"AWS:SecureTransport": False}})]), "passed"),
        (protected(QUEUE, [deny(Action="sqs:SendMessage")]), "failed"),
        (protected(QUEUE, [deny(Effect="Allow")]), "failed"),
        (protected(QUEUE, [deny(Principal={"AWS": "arn:aws:iam::111122223333:root"})]), "failed"),
        (protected(QUEUE, [deny(Condition={"Bool": {"aws:SecureTransport": "true"}})]), "failed"),
        (protected(QUEUE, [deny(Condition={**INSECURE, "StringEquals": {"aws:SourceVpc": "v"}})]), "failed"),
        (protected(QUEUE, [deny(Condition=GIVEN)]), "unknown"),
        (protected(QUEUE, []), "failed"),
        (protected(QUEUE, [deny(Resource=GIVEN)]), "unknown"),
        (protected(QUEUE, GIVEN), "unknown"),
        (one(TOPIC), "failed"),
        (protected(TOPIC, [deny(Action="sns:Publish", Resource={"Ref": "Subject"})]), "passed"),
        (protected(TOPIC, [deny(Action="sns:Publish", Resource={"Ref": "Subject"})], inline=True), "passed"),
        (protected(TOPIC, [deny(Action="sns:Subscribe", Resource={"Ref": "Subject"})]), "failed"),
    ],
)
def test_outcome(stack: dict[str, Any], expected: str) -> None:
    assert judged("queue_tls_required", stack) == expected


@pytest.mark.parametrize("kind", [QUEUE, TOPIC])
def test_a_policy_without_document_is_refused(kind: str) -> None:
    stack = protected(kind, deny())
    stack["Policy"]["Properties"]["PolicyText"] = stack["Policy"]["Properties"].pop("PolicyDocument")
    found = verdict("queue_tls_required", stack)
    assert found is not None
    assert found.outcome == "failed"
    assert found.message == "CloudFormation refuses Policy, the policy: it has no PolicyDocument."


def test_policy_of_another_stack() -> None:
    queue = one(QUEUE, QueueName="orders")
    arn = "arn:aws:sqs:us-east-1:111122223333:orders"
    policy = {"PolicyDocument": {"Statement": [deny(Resource=arn)]}, "Queues": [arn]}
    assert (
        judged("queue_tls_required", queue, {"Policy": {"Type": "AWS::SQS::QueuePolicy", "Properties": policy}})
        == "passed"
    )


def _named(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


SUBJECT = {"Ref": "Subject"}
ALARM = _named("AWS::CloudWatch::Alarm", AlarmActions=[SUBJECT])


def _rule(**properties: Any) -> dict[str, Any]:
    return _named("AWS::Events::Rule", Targets=[{"Id": "a", "Arn": SUBJECT}], **properties)


def _publishing(action: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": SUBJECT}
    return _named("AWS::IAM::Policy", PolicyDocument={"Statement": [statement]})


@pytest.mark.parametrize(
    ("others", "severity"),
    [
        ({}, None),
        ({"Alarm": ALARM}, "warning"),
        ({"Alarm": ALARM, "Mail": _named("AWS::SNS::Subscription", TopicArn=SUBJECT, Protocol="email")}, "warning"),
        ({"Mail": _named("AWS::SNS::Subscription", TopicArn=SUBJECT, Protocol="email")}, None),
        ({"Rule": _rule(EventPattern={"source": ["aws.ecs", "aws.guardduty"]})}, "warning"),
        ({"Rule": _rule(EventPattern={"source": ["aws.s3"]})}, None),
        ({"Rule": _rule(EventPattern={"source": ["clinic.visits"]})}, None),
        ({"Rule": _rule(EventPattern={"detail-type": ["Visit"]})}, None),
        ({"Rule": _rule(ScheduleExpression="rate(1 day)")}, "warning"),
        (
            {
                "Budget": _named(
                    "AWS::Budgets::Budget",
                    NotificationsWithSubscribers=[{"Subscribers": [{"SubscriptionType": "SNS", "Address": SUBJECT}]}],
                )
            },
            "warning",
        ),
        ({"Alarm": ALARM, "Bucket": _named("AWS::S3::Bucket", NotificationConfiguration={"Topic": SUBJECT})}, None),
        ({"Alarm": ALARM, "Policy": _publishing("sns:Publish")}, None),
        ({"Alarm": ALARM, "Policy": _publishing("sns:Subscribe")}, "warning"),
        (
            {"Alarm": ALARM, "Code": _named("AWS::Lambda::Function", Environment={"Variables": {"TOPIC": SUBJECT}})},
            None,
        ),
    ],
)
def test_a_topic_of_operation_alone_is_a_warning(others: dict[str, Any], severity: str | None) -> None:
    found = verdict("queue_tls_required", {**one("AWS::SNS::Topic"), **others})
    assert found is not None
    assert (found.outcome.value, found.severity) == ("failed", severity)


@pytest.mark.parametrize(
    ("more", "severity"),
    [
        ({}, "warning"),
        (
            {"Reader": _named("AWS::Lambda::EventSourceMapping", EventSourceArn={"Fn::GetAtt": "Subject.Arn"})},
            "warning",
        ),
        (
            {
                "Reader": _named(
                    "AWS::Lambda::EventSourceMapping",
                    DestinationConfig={"OnFailure": {"Destination": {"Fn::GetAtt": "Subject.Arn"}}},
                )
            },
            None,
        ),
        ({"Visits": _named("AWS::SNS::Subscription", TopicArn=GIVEN, Endpoint={"Fn::GetAtt": "Subject.Arn"})}, None),
    ],
)
def test_a_queue_behind_such_a_topic_is_one_too(more: dict[str, Any], severity: str | None) -> None:
    told = _named("AWS::SNS::Subscription", TopicArn={"Ref": "Alerts"}, Endpoint={"Fn::GetAtt": ["Subject", "Arn"]})
    alarm = _named("AWS::CloudWatch::Alarm", AlarmActions=[{"Ref": "Alerts"}])
    others = {"Alerts": _named("AWS::SNS::Topic"), "Alarm": alarm, "Told": told}
    found = verdict("queue_tls_required", {**one("AWS::SQS::Queue"), **others, **more})
    assert found is not None
    assert (found.outcome.value, found.severity) == ("failed", severity)


@pytest.mark.parametrize(("stacks", "severity"), [(1, "warning"), (2, None)])
def test_an_export_counts_where_another_stack_of_the_app_may_use_it(stacks: int, severity: str | None) -> None:
    app = App()
    outputs = {"Topic": {"Value": SUBJECT, "Export": {"Name": "alerts"}}}
    app.add("t.json", {"Resources": {**one(TOPIC), "Alarm": ALARM}, "Outputs": outputs})
    for number in range(1, stacks):
        app.add(f"{number}.json", {"Resources": {"Key": _named("AWS::KMS::Key")}})
    (result,) = evaluate(app, [rule("queue_tls_required")])
    assert (result.verdict.outcome.value, result.verdict.severity) == ("failed", severity)


@pytest.mark.parametrize(
    ("properties", "others", "severity"),
    [
        ({"TopicName": "clinic-alerts"}, {"Alarm": ALARM}, "warning"),
        ({"DisplayName": "Alarms of the clinic"}, {"Alarm": ALARM}, "warning"),
        ({"TopicName": "visits"}, {"Alarm": ALARM}, None),
        ({"TopicName": "clinic-alerting"}, {"Alarm": ALARM}, None),
        # By its name alone it may tell of patients.
        ({"TopicName": "clinic-alerts"}, {}, None),
    ],
)
def test_a_topic_of_alarms_and_alerts_is_a_warning(
    properties: dict[str, Any], others: dict[str, Any], severity: str | None
) -> None:
    sender = {"Policy": _publishing("sns:Publish")}
    found = verdict("queue_tls_required", {**one("AWS::SNS::Topic", **properties), **sender, **others})
    assert found is not None
    assert (found.outcome.value, found.severity) == ("failed", severity)


@pytest.mark.parametrize("kind", [QUEUE, TOPIC])
def test_a_policy_keeps_what_it_allows(kind: str) -> None:
    said = to_do("queue_tls_required", protected(kind, []))
    assert said.startswith("In the policy that it has, beside what that allows now, deny Principal * ")
    assert "who publishes" not in said


@pytest.mark.parametrize(
    ("others", "publishes"),
    [
        ({}, "such as roles of the app"),
        ({"Alarm": ALARM}, "cloudwatch.amazonaws.com sns:Publish, by the Condition"),
        ({"Rule": _rule(EventPattern={"source": ["clinic.visits"]})}, "events.amazonaws.com sns:Publish."),
    ],
)
def test_a_first_policy_of_a_topic_allows_who_publishes(others: dict[str, Any], publishes: str) -> None:
    said = to_do("queue_tls_required", one(TOPIC) | others)
    assert publishes in said
    assert "s3.amazonaws.com" not in said
