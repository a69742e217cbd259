from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.compliance.engine import all_rules
from tests.compliance.rules.support import GIVEN, judged, one, verdict

QUEUE, TOPIC = "AWS::SQS::Queue", "AWS::SNS::Topic"
HERE, ARN = {"Ref": "Subject"}, {"Fn::GetAtt": ["Subject", "Arn"]}
BOTH = ["kms:Decrypt", "kms:GenerateDataKey*"]


def _key(*services: Any, actions: Any = BOTH, **more: Any) -> dict[str, Any]:
    statements = [
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": actions, "Resource": "*", **more}
        for service in services
    ]
    return {"Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": statements}}}}


def _sender(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Sender": {"Type": kind, "Properties": properties}}


def _rule(**target: Any) -> dict[str, Any]:
    return _sender("AWS::Events::Rule", Targets=[{"Id": "it", **target}])


KEPT = one(QUEUE, KmsMasterKeyId={"Fn::GetAtt": ["Key", "Arn"]})
TOLD = one(TOPIC, KmsMasterKeyId={"Ref": "Key"})
EVENTS, S3, SNS = "events.amazonaws.com", "s3.amazonaws.com", "sns.amazonaws.com"
OF_QUEUE = [
    (_rule(Arn=ARN), EVENTS),
    (_rule(Arn="arn:aws:lambda:us-east-1:111122223333:function:intake", DeadLetterConfig={"Arn": ARN}), EVENTS),
    (_sender("AWS::SNS::Subscription", Protocol="sqs", Endpoint=ARN), SNS),
    (_sender("AWS::SNS::Subscription", Protocol="lambda", RedrivePolicy={"deadLetterTargetArn": ARN}), SNS),
    (_sender(TOPIC, Subscription=[{"Protocol": "sqs", "Endpoint": ARN}]), SNS),
    (_sender("AWS::S3::Bucket", NotificationConfiguration={"QueueConfigurations": [{"Queue": ARN}]}), S3),
    (
        _sender(
            "Custom::S3BucketNotifications", NotificationConfiguration={"QueueConfigurations": [{"QueueArn": ARN}]}
        ),
        S3,
    ),
]
OF_TOPIC = [
    (_rule(Arn=HERE), EVENTS),
    (_sender("AWS::S3::Bucket", NotificationConfiguration={"TopicConfigurations": [{"Topic": HERE}]}), S3),
]


@pytest.mark.parametrize(
    ("store", "sender", "service"),
    [*((KEPT, *one) for one in OF_QUEUE), *((TOLD, *one) for one in OF_TOPIC)],
)
def test_who_sends_has_to_be_let_use_the_key(store: dict[str, Any], sender: dict[str, Any], service: str) -> None:
    def outcome(key: dict[str, Any]) -> str:
        return judged("senders_may_use_key", store | sender | key)

    assert outcome(_key(service)) == "passed"
    assert outcome(_key("cloudwatch.amazonaws.com", service)) == "passed"
    assert outcome(_key("*")) == "failed"
    assert outcome(_key(service, actions=["kms:Decrypt"])) == "failed"
    assert outcome(_key("lambda.amazonaws.com")) == "failed"
    assert outcome(_key(service, Effect="Deny")) == "failed"
    assert outcome(_key(GIVEN)) == "unknown"
    assert outcome({"Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": GIVEN}}}) == "unknown"


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        # A rule that sends by a role is somebody of the account.
        (KEPT | _key() | _rule(Arn=ARN, RoleArn="arn:aws:iam::111122223333:role/sender"), "not_applicable"),
        (
            KEPT | _key() | _sender("AWS::SNS::Subscription", Protocol="https", Endpoint="https://a.example"),
            "not_applicable",
        ),
        (KEPT | _key() | _sender("AWS::Lambda::Function", DeadLetterConfig={"TargetArn": ARN}), "not_applicable"),
        (KEPT | _key(), "not_applicable"),
        # Of these AlarmDelivered tells.
        (TOLD | _key() | _sender("AWS::CloudWatch::Alarm", AlarmActions=[HERE]), "not_applicable"),
        (one(QUEUE) | _rule(Arn=ARN), "not_applicable"),
        (one(QUEUE, KmsMasterKeyId="alias/own") | _rule(Arn=ARN), "not_applicable"),
        (one(QUEUE, KmsMasterKeyId=GIVEN) | _rule(Arn=ARN), "not_applicable"),
        (one(QUEUE, KmsMasterKeyId="alias/aws/sqs") | _rule(Arn=ARN), "failed"),
        (one(QUEUE, KmsMasterKeyId="alias/aws/sqs"), "not_applicable"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("senders_may_use_key", resources) == expected


def test_the_key_may_be_named_by_an_alias() -> None:
    alias = {
        "Alias": {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/own", "TargetKeyId": {"Ref": "Key"}}}
    }
    store = one(QUEUE, KmsMasterKeyId={"Ref": "Alias"}) | _rule(Arn=ARN) | alias
    assert judged("senders_may_use_key", store | _key(EVENTS)) == "passed"
    assert judged("senders_may_use_key", store | _key()) == "failed"


def test_what_is_lost_is_named() -> None:
    found = verdict("senders_may_use_key", KEPT | _key(SNS) | _rule(Arn=ARN))
    assert found is not None
    assert found.message == (
        "The policy of Key does not let events.amazonaws.com use the key, so that what Sender sends is lost."
    )


def test_a_sender_of_another_stack_counts() -> None:
    imported = {"Fn::ImportValue": "queue"}
    assert judged("senders_may_use_key", KEPT | _key(), _rule(Arn=imported)) == "not_applicable"
    given = one(QUEUE, QueueName="intake", KmsMasterKeyId={"Ref": "Key"})
    named = "arn:aws:sqs:us-east-1:111122223333:intake"
    assert judged("senders_may_use_key", given | _key(), _rule(Arn=named)) == "failed"


GROUP, TRAIL = "AWS::Logs::LogGroup", "AWS::CloudTrail::Trail"
LOGS = {"Fn::Sub": "logs.${AWS::Region}.amazonaws.com"}
KEY = {"Fn::GetAtt": ["Key", "Arn"]}


@pytest.mark.parametrize(
    ("kind", "name", "services"),
    [
        (
            GROUP,
            "KmsKeyId",
            [LOGS, "logs.us-east-1.amazonaws.com", {"Fn::Join": [".", ["logs", GIVEN, "amazonaws.com"]]}],
        ),
        (TRAIL, "KMSKeyId", ["cloudtrail.amazonaws.com"]),
    ],
)
def test_who_writes_a_log_has_to_be_let_use_the_key(kind: str, name: str, services: list[Any]) -> None:
    def outcome(key: dict[str, Any], value: Any = KEY) -> str:
        return judged("senders_may_use_key", one(kind, **{name: value}) | key)

    root = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*"}
    for service in services:
        assert outcome(_key(service)) == "passed"
        assert outcome(_key(service, actions=["kms:Describe*"])) == "failed"
    assert outcome({"Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": [root]}}}}) == "failed"
    assert outcome(_key("delivery.logs.amazonaws.com", EVENTS)) == "failed"
    assert outcome(_key(GIVEN)) == "unknown"
    assert outcome(_key(), GIVEN) == "not_applicable"
    assert judged("senders_may_use_key", one(kind) | _key()) == "not_applicable"


@pytest.mark.parametrize(
    ("kind", "service"),
    [
        (GROUP, "logs.${AWS::Region}.amazonaws.com"),
        (TRAIL, "cloudtrail.amazonaws.com"),
        ("AWS::CloudTrail::EventDataStore", "cloudtrail.amazonaws.com"),
        ("AWS::Events::EventBus", "events.amazonaws.com"),
        ("AWS::SNS::Topic", "Roles of the app that publish"),
    ],
)
def test_who_is_told_to_take_a_key_is_told_whom_it_lets_use_it(kind: str, service: str) -> None:
    rule = next(one for one in all_rules() if one.name == "StoreEncryptedWithCustomerKey")
    fix = rule.fix_of(kind)
    assert fix is not None
    assert service in fix.in_cloudformation()
    # What the L2 of EventBridge does by itself, those of logs leave to their user.
    assert (service in fix.in_cdk()) == (kind in (GROUP, TRAIL, "AWS::CloudTrail::EventDataStore"))
