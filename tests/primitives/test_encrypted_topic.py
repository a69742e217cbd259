from __future__ import annotations

import inspect
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.compute.private_function import PrivateFunction
from hipaa_constructs.messaging.encrypted_queue import EncryptedQueue
from hipaa_constructs.network.private_vpc import PrivateVpc
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.encrypted_topic import SUBSCRIPTION_ARGUMENTS, EncryptedTopic
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.dependencies import dependencies, in_circles
from tests.edge.support import only
from tests.storage.policies import denied_by, literal


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-east-1"))
    EncryptedTopic(stack, "Admissions")
    return template_of(stack)


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", None])
def test_has_no_findings(region: str | None, app: cdk.App) -> None:
    env = cdk.Environment(account="111122223333", region=region) if region else None
    stack = cdk.Stack(app, "Clinic", env=env)
    topic = EncryptedTopic(stack, "Admissions")
    topic.grant_publish(LeastPrivilegeRole(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")))
    assert_no_findings(app, all_packs=True)


def test_encryption_with_a_rotated_key(template: dict[str, Any]) -> None:
    key = only(template, "AWS::SNS::Topic")["KmsMasterKeyId"]["Fn::GetAtt"][0]
    assert template["Resources"][key]["Properties"]["EnableKeyRotation"] is True


def test_transmission_security_denies_everyone_what_comes_without_tls(template: dict[str, Any]) -> None:
    policy = literal(only(template, "AWS::SNS::TopicPolicy"))
    (topic,) = policy["Topics"]
    for secure, denied in ((False, {"AllowPublishThroughSSLOnly"}), (True, set())):
        found = denied_by(policy["PolicyDocument"], "sns:Publish", topic, {"aws:SecureTransport": secure})
        assert found == denied


def test_access_control_lets_nobody_publish_at_first(template: dict[str, Any]) -> None:
    document = only(template, "AWS::SNS::TopicPolicy")["PolicyDocument"]
    assert {statement["Effect"] for statement in document["Statement"]} == {"Deny"}


def test_defaults_are_those_of_the_docstring(template: dict[str, Any]) -> None:
    topic = only(template, "AWS::SNS::Topic")
    assert not {"FifoTopic", "ContentBasedDeduplication", "TopicName"} & topic.keys()


def test_a_role_publishes_and_encrypts_and_does_no_more(stack: cdk.Stack) -> None:
    role = LeastPrivilegeRole(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    EncryptedTopic(stack, "Admissions").grant_publish(role).assert_success()
    statements = only(template_of(stack), "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    assert [statement["Action"] for statement in statements] == ["sns:Publish", ["kms:Decrypt", "kms:GenerateDataKey"]]


@pytest.mark.parametrize("same", [False, True])
def test_can_be_fifo_and_feed_a_queue_in_order(same: bool, app: cdk.App, stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    topic = EncryptedTopic(stack, "Admissions", encryption_key=key, fifo=True, content_based_deduplication=same)
    queue = EncryptedQueue(stack, "Queue", encryption_key=key, fifo=True)
    topic.topic.add_subscription(subscriptions.SqsSubscription(queue.queue, dead_letter_queue=queue.dead_letter_queue))
    assert_no_findings(app, all_packs=True)
    made = only(template_of(stack), "AWS::SNS::Topic")
    assert made["FifoTopic"] is True
    assert made["TopicName"].endswith(".fifo")
    assert made.get("ContentBasedDeduplication", False) is same


def test_what_cdk_connects_it_with_passes_the_gate(app: cdk.App, stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    topic = EncryptedTopic(stack, "Admissions", encryption_key=key)
    queue = EncryptedQueue(stack, "Queue", encryption_key=key)
    function = PrivateFunction(
        stack,
        "Notify",
        code=lambda_.Code.from_inline("def handle(event, context): pass"),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_14,
        vpc=PrivateVpc(stack, "Vpc", encryption_key=key).vpc,
        encryption_key=key,
    )
    topic.topic.add_subscription(subscriptions.SqsSubscription(queue.queue, dead_letter_queue=queue.dead_letter_queue))
    topic.topic.add_subscription(
        subscriptions.LambdaSubscription(function.function, dead_letter_queue=queue.dead_letter_queue)
    )
    topic.topic.add_subscription(
        subscriptions.UrlSubscription(
            "https://registry.example.org/admissions", dead_letter_queue=queue.dead_letter_queue
        )
    )
    assert_no_findings(app, all_packs=True)
    assert in_circles(dependencies(template_of(stack))) == []


@pytest.mark.parametrize(
    ("subscription", "protocol"),
    [
        (lambda: subscriptions.EmailSubscription("doctor@clinic.example"), "EMAIL"),
        (lambda: subscriptions.EmailSubscription("doctor@clinic.example", json=True), "EMAIL_JSON"),
        (lambda: subscriptions.SmsSubscription("+15555550100"), "SMS"),
        (lambda: subscriptions.UrlSubscription("http://registry.example.org/admissions"), "HTTP"),
    ],
)
def test_refuses_to_pass_messages_on_in_the_clear(subscription: Any, protocol: str, stack: cdk.Stack) -> None:
    topic = EncryptedTopic(stack, "Admissions").topic
    with pytest.raises(ValueError, match=f"topic_subscription: got '{protocol}'; a topic for PHI delivers"):
        topic.add_subscription(subscription())


def test_a_function_of_this_package_subscribes_to_two_topics(stack: cdk.Stack) -> None:
    function = lambda_.Function.from_function_attributes(
        stack,
        "Notify",
        function_arn="arn:aws:lambda:us-east-1:111122223333:function:notify",
        same_environment=True,
    )
    for name in ("Admissions", "Discharges"):
        EncryptedTopic(stack, name).topic.add_subscription(subscriptions.LambdaSubscription(function))
    made = [one for one in template_of(stack)["Resources"].values() if one["Type"] == "AWS::SNS::Subscription"]
    assert len({one["Properties"]["TopicArn"]["Ref"] for one in made}) == 2


def test_hands_on_all_that_a_subscription_says(stack: cdk.Stack) -> None:
    parameters = inspect.signature(sns.TopicSubscriptionConfig.__init__).parameters
    assert {*SUBSCRIPTION_ARGUMENTS, "self", "subscriber_id", "subscriber_scope", "subscription_dependency"} == {
        *parameters
    }
    queue = EncryptedQueue(stack, "Queue")
    topic = EncryptedTopic(stack, "Admissions", encryption_key=queue.encryption_key).topic
    topic.add_subscription(
        subscriptions.SqsSubscription(
            queue.queue,
            raw_message_delivery=True,
            dead_letter_queue=queue.dead_letter_queue,
            filter_policy={"ward": sns.SubscriptionFilter.string_filter(allowlist=["cardiology"])},
        )
    )
    subscription = only(template_of(stack), "AWS::SNS::Subscription")
    assert subscription["RawMessageDelivery"] is True
    assert subscription["FilterPolicy"] == {"ward": ["cardiology"]}
    assert "deadLetterTargetArn" in subscription["RedrivePolicy"]


def test_people_are_told_by_an_alert_topic(stack: cdk.Stack) -> None:
    alerts = AlertTopic(stack, "Alerts", emails=["security@clinic.example"])
    alerts.topic.add_subscription(subscriptions.SmsSubscription("+15555550100"))
    assert isinstance(alerts, EncryptedTopic)


def test_takes_a_key_and_can_be_reached(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    topic = EncryptedTopic(stack, "Admissions", encryption_key=key)
    assert topic.encryption_key is key
    assert isinstance(topic.topic, sns.Topic)
    assert topic.topic.node.path == "Clinic/Admissions/Resource"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"content_based_deduplication": True}, "content_based_deduplication: got True; only a FIFO topic"),
        ({"fifo": "yes"}, r"EncryptedTopic\(fifo=…\): got 'yes'; it takes bool"),
        ({"encryption_key": "alias/aws/sns"}, r"EncryptedTopic\(encryption_key=…\): got 'alias/aws/sns'"),
    ],
)
def test_refuses(arguments: dict[str, Any], message: str, stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=message):
        EncryptedTopic(stack, "Admissions", **arguments)
    assert not stack.node.children
