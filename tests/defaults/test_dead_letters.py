"""What fails is kept, once, and not where that would break an order or make a queue for a queue of dead letters."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs

from hipaa_constructs.defaults.secure_defaults import secure_defaults
from hipaa_constructs.testing import findings
from tests.defaults.support import Synthesized, lint_errors, new_stack, synthesized


def _define(stack: cdk.Stack) -> None:
    orders = sqs.Queue(stack, "Orders")
    sqs.Queue(stack, "InOrder", fifo=True)
    failed = sqs.Queue(stack, "Failed")
    sqs.Queue(stack, "Reports", dead_letter_queue=sqs.DeadLetterQueue(queue=failed, max_receive_count=2))
    sqs.Queue(stack, "OldDlq")
    sqs.Queue(stack, "Mine", encryption=sqs.QueueEncryption.SQS_MANAGED)
    undelivered = sqs.Queue(stack, "Undelivered")
    news = sns.Topic(stack, "News")
    news.add_subscription(subscriptions.SqsSubscription(orders))
    news.add_subscription(subscriptions.EmailSubscription("nurse@clinic.example"))
    news.add_subscription(subscriptions.UrlSubscription("https://clinic.example/", dead_letter_queue=undelivered))
    own = events.EventPattern(source=["clinic.visits"])
    events.Rule(
        stack,
        "Visits",
        event_pattern=own,
        targets=[targets.SqsQueue(orders), targets.SqsQueue(orders, dead_letter_queue=undelivered)],
    )
    events.Rule(
        stack,
        "Machines",
        event_pattern=events.EventPattern(source=["aws.ec2"]),
        targets=[targets.SqsQueue(orders)],
    )
    handler = lambda_.Function(
        stack,
        "Handler",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context):\n    return event\n"),
    )
    latest = lambda_.StartingPosition.LATEST
    handler.add_event_source(
        event_sources.KinesisEventSource(kinesis.Stream(stack, "Vitals"), starting_position=latest)
    )
    table = dynamodb.Table(
        stack,
        "Patients",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        stream=dynamodb.StreamViewType.KEYS_ONLY,
    )
    kept = event_sources.SqsDlq(undelivered)
    handler.add_event_source(
        event_sources.DynamoEventSource(table, starting_position=latest, on_failure=kept),
    )
    handler.add_event_source(event_sources.SqsEventSource(orders))


@pytest.fixture(scope="module")
def made() -> Synthesized:
    return synthesized(_define)


def _resource(made: Synthesized, kind: str, name: str) -> dict[str, Any]:
    found = [one for key, one in made.resources.items() if one["Type"] == kind and key.startswith(name)]
    properties: dict[str, Any] = found[0].get("Properties", {})
    return properties


def test_a_queue_lets_go_of_what_failed_too_often(made: Synthesized) -> None:
    policy = _resource(made, "AWS::SQS::Queue", "Orders")["RedrivePolicy"]
    assert policy["maxReceiveCount"] == 5
    kept = made.resources[policy["deadLetterTargetArn"]["Fn::GetAtt"][0]]["Properties"]
    assert kept["KmsMasterKeyId"] == _resource(made, "AWS::SQS::Queue", "Orders")["KmsMasterKeyId"]
    assert kept["MessageRetentionPeriod"] == 1_209_600
    assert "dead_letter_queue" in made.changed("S/Orders")


@pytest.mark.parametrize("name", ["InOrder", "Failed", "OldDlq", "Mine", "Undelivered"])
def test_other_queues_stay(made: Synthesized, name: str) -> None:
    assert "RedrivePolicy" not in _resource(made, "AWS::SQS::Queue", name)


def test_what_a_queue_says_itself_stays(made: Synthesized) -> None:
    assert _resource(made, "AWS::SQS::Queue", "Reports")["RedrivePolicy"]["maxReceiveCount"] == 2


def test_subscriptions_of_programs_keep_what_was_not_taken(made: Synthesized) -> None:
    kept = {one["Protocol"]: one.get("RedrivePolicy") for one in made.of("AWS::SNS::Subscription")}
    assert kept["email"] is None
    assert kept["https"]["deadLetterTargetArn"]["Fn::GetAtt"][0].startswith("Undelivered")
    assert "SecureDefaults" in kept["sqs"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
    assert '"Service": "sns.amazonaws.com"' in json.dumps(_key_of_stack(made)["KeyPolicy"])


@pytest.mark.parametrize(("region", "kept"), [("us-east-1", True), ("eu-west-1", False)])
def test_subscriptions_to_topics_of_elsewhere_keep_it_in_the_topics_region(region: str, kept: bool) -> None:
    def define(stack: cdk.Stack) -> None:
        topic = sns.Topic.from_topic_arn(stack, "News", f"arn:aws:sns:{region}:111122223333:news")
        topic.add_subscription(subscriptions.SqsSubscription(sqs.Queue(stack, "Orders")))

    (subscription,) = synthesized(define).of("AWS::SNS::Subscription")
    assert ("RedrivePolicy" in subscription) is kept


def test_rules_for_events_of_the_app_keep_what_was_not_taken(made: Synthesized) -> None:
    first, second = _resource(made, "AWS::Events::Rule", "Visits")["Targets"]
    queue = first["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0]
    assert second["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0].startswith("Undelivered")
    policies = [one for one in made.of("AWS::SQS::QueuePolicy") if one["Queues"] == [{"Ref": queue}]]
    (allowed,) = [one for one in policies[0]["PolicyDocument"]["Statement"] if one["Effect"] == "Allow"]
    assert allowed["Condition"]["ArnEquals"]["aws:SourceArn"]["Fn::GetAtt"][0].startswith("Visits")
    assert "DeadLetterConfig" not in _resource(made, "AWS::Events::Rule", "Machines")["Targets"][0]


def test_streams_keep_where_records_are_that_failed(made: Synthesized) -> None:
    kept = {
        name: one["Properties"].get("DestinationConfig")
        for name, one in made.resources.items()
        if one["Type"] == "AWS::Lambda::EventSourceMapping"
    }
    (of_stream,) = [value for name, value in kept.items() if "Kinesis" in name]
    assert "SecureDefaults" in of_stream["OnFailure"]["Destination"]["Fn::GetAtt"][0]
    (of_table,) = [value for name, value in kept.items() if "DynamoDB" in name]
    assert of_table["OnFailure"]["Destination"]["Fn::GetAtt"][0].startswith("Undelivered")
    (of_queue,) = [value for name, value in kept.items() if "Sqs" in name]
    assert of_queue is None


def test_cloudformation_takes_it(made: Synthesized) -> None:
    assert lint_errors(made) == []


def test_the_rule_finds_nothing_but_what_the_app_chose() -> None:
    stack = new_stack()
    secure_defaults(stack)
    _define(stack)
    app = stack.node.root
    assert isinstance(app, cdk.App)
    kept = {one.construct_path for one in findings(app) if one.rule_id.endswith("FailedMessagesKept")}
    # Whose order or key the app chose; what it calls a queue of dead letters needs none, as the rule says too.
    assert kept == {f"S/{name}/Resource" for name in ("InOrder", "Mine")}


def _key_of_stack(made: Synthesized) -> dict[str, Any]:
    return _resource(made, "AWS::KMS::Key", "SecureDefaultsKey")


@pytest.mark.parametrize(("source", "kept"), [("aws.s3", True), ("aws.ec2", False), ("clinic.visits", True)])
def test_events_that_are_told_once_are_kept(source: str, kept: bool) -> None:
    def define(stack: cdk.Stack) -> None:
        events.Rule(
            stack,
            "Rule",
            event_pattern=events.EventPattern(source=[source]),
            targets=[targets.SqsQueue(sqs.Queue(stack, "Orders"))],
        )

    made = synthesized(define)
    assert made.changed("S/Rule") == ({"dead_letter_queue"} if kept else set())
    (rule,) = made.of("AWS::Events::Rule")
    assert ("DeadLetterConfig" in rule["Targets"][0]) is kept
