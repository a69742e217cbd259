"""A bucket that tells of its objects: what is deployed, in which order, and that the gate has nothing against it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_notifications as notifications
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from hipaa_constructs.compute.provider_function import ProviderFunction
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.encrypted_topic import EncryptedTopic
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.recovery.backup_plan import BackupPlan
from hipaa_constructs.storage.access_log_bucket import AccessLogBucket
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.custom_resources import given_up_late, gone_too_soon
from tests.dependencies import all_dependencies, dependencies, in_circles
from tests.storage.plans import RecordingPlan

ROOT = Path(__file__).parent.parent.parent
FLAGS = {
    key: value for key, value in json.loads((ROOT / "cdk.json").read_text())["context"].items() if key.startswith("@")
}
CREATED, REMOVED = s3.EventType.OBJECT_CREATED, s3.EventType.OBJECT_REMOVED


def of_type(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {name: one for name, one in template["Resources"].items() if one["Type"] == kind}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def notifier(template: dict[str, Any]) -> dict[str, Any]:
    (found,) = of_type(template, "Custom::S3BucketNotifications").values()
    return found


def queue_in(scope: Construct, construct_id: str, key: kms.IKey, **arguments: Any) -> sqs.Queue:
    return sqs.Queue(scope, construct_id, encryption_master_key=key, enforce_ssl=True, **arguments)


def bucket_in(scope: Construct, key: kms.IKey | None = None, construct_id: str = "Scans") -> EncryptedBucket:
    return EncryptedBucket(scope, construct_id, encryption_key=key, backup_plan=RecordingPlan())


def reader(provider: ProviderFunction, bucket: EncryptedBucket) -> lambda_.Function:
    """A function that reads what it is told of: its role's policy names the bucket, and it waits for that policy."""
    bucket.grant_read(provider.role)
    return provider.function


@pytest.fixture(params=[{}, FLAGS], ids=["no feature flags", "all feature flags"])
def flags(request: pytest.FixtureRequest) -> dict[str, Any]:
    return dict(request.param)


def everything_under_one_key(flags: dict[str, Any]) -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False, context=flags)
    stack = cdk.Stack(app, "Lab", env=cdk.Environment(account="111122223333", region="us-east-1"))
    key = KmsRotatedKey(stack, "Key").key
    bucket = bucket_in(stack, key)
    dead = queue_in(stack, "Dead", key)
    queue = queue_in(stack, "Arrived", key, dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=3))
    topic = sns.Topic(stack, "Topic", master_key=key)
    ours = EncryptedTopic(stack, "Ours", encryption_key=key)
    function = reader(ProviderFunction(stack, "Reader", handler="index.handle", vpc=None, encryption_key=key), bucket)
    for event, destination in (
        (CREATED, notifications.SqsDestination(queue)),
        (REMOVED, notifications.SnsDestination(topic)),
        (REMOVED, notifications.SnsDestination(ours.topic)),
    ):
        bucket.bucket.add_event_notification(event, destination)
    function.add_event_source(sources.S3EventSource(bucket.bucket, events=[CREATED]))
    for told in (topic, ours.topic):
        told.add_subscription(subscriptions.SqsSubscription(queue, dead_letter_queue=dead))
    ours.allow_publishing("cloudwatch.amazonaws.com")
    late = cloudwatch.Metric(namespace="AWS/SQS", metric_name="ApproximateAgeOfOldestMessage")
    alarm = cloudwatch.Alarm(stack, "Late", metric=late, threshold=600, evaluation_periods=1)
    alarm.add_alarm_action(actions.SnsAction(ours.topic))
    events.Rule(
        stack,
        "Nightly",
        schedule=events.Schedule.rate(cdk.Duration.days(1)),
        targets=[targets.SqsQueue(queue, dead_letter_queue=dead), targets.SnsTopic(topic)],
    )
    return template_of(stack)


def test_all_of_it_under_one_key_makes_no_circle(flags: dict[str, Any]) -> None:
    assert in_circles(dependencies(everything_under_one_key(flags))) == []


def test_the_key_lets_in_who_sends_for_this_account_alone(flags: dict[str, Any]) -> None:
    template = everything_under_one_key(flags)
    (key,) = (one for name, one in of_type(template, "AWS::KMS::Key").items() if name.startswith("Key"))
    said = [
        (service, operator, name, value)
        for statement in key["Properties"]["KeyPolicy"]["Statement"]
        for service in listed(statement["Principal"].get("Service", []))
        for operator, tests in statement["Condition"].items()
        for name, value in tests.items()
        if not service.startswith("logs.")
    ]
    account = ("StringEquals", "aws:SourceAccount", "111122223333")
    for service in ("s3.amazonaws.com", "sns.amazonaws.com", "events.amazonaws.com"):
        assert (service, *account) in said
    context = ("ArnLike", "kms:EncryptionContext:aws:sns:topicArn")
    for service in ("cloudwatch.amazonaws.com", "events.amazonaws.com"):
        assert (service, *context) in {one[:3] for one in said}
    assert {(operator, name) for _, operator, name, _ in said} == {account[:2], context}


def test_a_key_of_another_stack_does_not_tie_the_two(app: cdk.App, flags: dict[str, Any]) -> None:
    for name, value in flags.items():
        app.node.set_context(name, value)
    env = cdk.Environment(account="111122223333", region="us-east-1")
    keys, data = cdk.Stack(app, "Keys", env=env), cdk.Stack(app, "Data", env=env)
    key = KmsRotatedKey(keys, "Key").key
    bucket, queue = bucket_in(data, key), queue_in(data, "Queue", key)
    topic = sns.Topic(data, "Topic", master_key=key)
    bucket.bucket.add_event_notification(CREATED, notifications.SqsDestination(queue))
    bucket.bucket.add_event_notification(REMOVED, notifications.SnsDestination(topic))
    topic.add_subscription(subscriptions.SqsSubscription(queue))
    events.Rule(
        data,
        "Nightly",
        schedule=events.Schedule.rate(cdk.Duration.days(1)),
        targets=[targets.SqsQueue(queue), targets.SnsTopic(topic)],
    )
    app.synth()
    assert [stack.stack_name for stack in data.dependencies] == ["Keys"]
    assert keys.dependencies == []


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    """A bucket that tells a queue, a topic and a function, through the gate with all packs."""
    app = cdk.App(
        builtin_cloud_formation_validation=False,
        analytics_reporting=False,
        context={
            "@aws-cdk/aws-events:eventsTargetQueueSameAccount": True,
        },
    )
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-east-1"))
    key = KmsRotatedKey(stack, "Key").key
    plan = BackupPlan.daily_7_year(stack, "Backups")
    bucket = EncryptedBucket(stack, "Scans", encryption_key=key, backup_plan=plan)
    dead = queue_in(stack, "Dead", key)
    queue = queue_in(stack, "Queue", key, dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=3))
    alerts = AlertTopic(stack, "Alerts", emails=["security@example.org"], encryption_key=key)
    provider = ProviderFunction(stack, "Told", handler="index.handle", vpc=None)
    provider.acknowledge_no_vpc(reason="It stands for a function of an app.")
    bucket.bucket.add_event_notification(
        CREATED, notifications.SqsDestination(queue), s3.NotificationKeyFilter(prefix="in/")
    )
    bucket.bucket.add_object_removed_notification(notifications.SnsDestination(alerts.topic))
    provider.function.add_event_source(sources.S3EventSource(bucket.bucket, events=[s3.EventType.OBJECT_RESTORE]))
    bucket.bucket.enable_event_bridge_notification()
    rule = events.Rule(stack, "Rule", event_pattern=events.EventPattern(source=["aws.s3"]))
    rule.add_target(targets.SqsQueue(queue, dead_letter_queue=dead))
    assert_no_findings(app, all_packs=True)
    return dict(json.loads((Path(app.outdir) / "Clinic.template.json").read_text()))


def test_the_destinations_are_in_cloudformation_s_form(template: dict[str, Any]) -> None:
    (queue,) = (name for name in of_type(template, "AWS::SQS::Queue") if name.startswith("Queue"))
    (topic,) = (name for name in of_type(template, "AWS::SNS::Topic") if name.startswith("Alerts"))
    (told,) = (name for name in of_type(template, "AWS::Lambda::Function") if name.startswith("Told"))
    assert notifier(template)["Properties"]["NotificationConfiguration"] == {
        "EventBridgeConfiguration": {"EventBridgeEnabled": True},
        "LambdaFunctionConfigurations": [
            {"Events": ["s3:ObjectRestore:*"], "LambdaFunctionArn": {"Fn::GetAtt": [told, "Arn"]}}
        ],
        "QueueConfigurations": [
            {
                "Events": ["s3:ObjectCreated:*"],
                "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}]}},
                "QueueArn": {"Fn::GetAtt": [queue, "Arn"]},
            }
        ],
        "TopicConfigurations": [{"Events": ["s3:ObjectRemoved:*"], "TopicArn": {"Ref": topic}}],
    }


def test_s3_finds_every_destination_ready(template: dict[str, Any]) -> None:
    (name,) = of_type(template, "Custom::S3BucketNotifications")
    before = all_dependencies(dependencies(template), name)
    policies = {**of_type(template, "AWS::SQS::QueuePolicy"), **of_type(template, "AWS::SNS::TopicPolicy")}
    assert {one for one in policies if one.startswith(("Queue", "Alerts"))} <= before
    assert set(of_type(template, "AWS::Lambda::Permission")) <= before
    assert {one for one in of_type(template, "AWS::S3::BucketPolicy") if one.startswith("Scans")} <= before


def test_the_function_is_there_until_the_notifications_are_gone(template: dict[str, Any]) -> None:
    assert gone_too_soon(template) + given_up_late(template) == []


def test_the_bucket_s_destinations_name_that_bucket(template: dict[str, Any]) -> None:
    (bucket,) = (name for name in of_type(template, "AWS::S3::Bucket") if name.startswith("Scans"))
    for kind in ("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"):
        (condition,) = (
            statement["Condition"]
            for policy in of_type(template, kind).values()
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]
            if statement["Principal"] == {"Service": "s3.amazonaws.com"}
        )
        assert condition == {"ArnLike": {"aws:SourceArn": {"Fn::GetAtt": [bucket, "Arn"]}}}


def test_only_the_function_sets_notifications(template: dict[str, Any]) -> None:
    (bucket,) = (one for name, one in of_type(template, "AWS::S3::Bucket").items() if name.startswith("Scans"))
    assert "NotificationConfiguration" not in bucket["Properties"]


def test_the_function_may_set_notifications_of_the_bucket_and_nothing_else(template: dict[str, Any]) -> None:
    (bucket,) = (name for name in of_type(template, "AWS::S3::Bucket") if name.startswith("Scans"))
    allowed = [
        (statement["Action"], statement["Resource"])
        for name, policy in of_type(template, "AWS::IAM::ManagedPolicy").items()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if name.startswith("BucketNotificationsProvider") and "s3:" in json.dumps(statement["Action"])
    ]
    assert allowed == [("s3:PutBucketNotification", {"Fn::GetAtt": [bucket, "Arn"]})]


def test_buckets_of_a_stack_share_one_function(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    queue = queue_in(stack, "Queue", key)
    for name in ("Scans", "Letters"):
        bucket_in(stack, key, name).bucket.add_object_created_notification(notifications.SqsDestination(queue))
    template = template_of(stack)
    assert len(of_type(template, "Custom::S3BucketNotifications")) == 2
    assert len(of_type(template, "AWS::Lambda::Function")) == 1


def test_without_destinations_cloudformation_turns_event_bridge_on_by_itself(stack: cdk.Stack) -> None:
    bucket_in(stack)
    template = template_of(stack)
    assert not of_type(template, "AWS::Lambda::Function")
    (bucket,) = (one for name, one in of_type(template, "AWS::S3::Bucket").items() if name.startswith("Scans"))
    assert bucket["Properties"]["NotificationConfiguration"] == {
        "EventBridgeConfiguration": {"EventBridgeEnabled": True}
    }


def test_a_bucket_of_access_logs_tells_in_the_same_way(stack: cdk.Stack) -> None:
    logs = AccessLogBucket.of(stack).bucket
    logs.add_event_notification(
        CREATED, notifications.SqsDestination(queue_in(stack, "Queue", KmsRotatedKey(stack, "Key").key))
    )
    assert notifier(template_of(stack))["Properties"]["ServiceToken"]["Fn::GetAtt"][0].startswith(
        "BucketNotificationsProvider"
    )


def test_every_event_means_what_cdk_means_by_it(stack: cdk.Stack) -> None:
    theirs, ours = s3.Bucket(stack, "Theirs"), bucket_in(stack)
    topic = sns.Topic(stack, "Topic")
    for event in s3.EventType:
        for bucket in (theirs, ours.bucket):
            bucket.add_event_notification(event, notifications.SnsDestination(topic))
    lists = {
        json.dumps(
            [one["Events"] for one in resource["Properties"]["NotificationConfiguration"]["TopicConfigurations"]]
        )
        for resource in of_type(template_of(stack), "Custom::S3BucketNotifications").values()
    }
    assert len(lists) == 1


def test_two_prefixes_are_refused_before_anything_is_changed(stack: cdk.Stack) -> None:
    bucket, topic = bucket_in(stack), sns.Topic(stack, "Topic")
    filters = [s3.NotificationKeyFilter(prefix="in/"), s3.NotificationKeyFilter(prefix="out/", suffix=".dcm")]
    with pytest.raises(ValueError, match="filters: got \"the prefixes 'in/' and 'out/'\"; S3 compares one prefix"):
        bucket.bucket.add_event_notification(CREATED, notifications.SnsDestination(topic), *filters)
    template = template_of(stack)
    assert not of_type(template, "Custom::S3BucketNotifications")
    assert not of_type(template, "AWS::SNS::TopicPolicy")
