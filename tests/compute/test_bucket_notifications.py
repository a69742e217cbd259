"""The handler of buckets' notifications against moto."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from hipaa_constructs.compute.provider_code.handlers import bucket_notifications
from hipaa_constructs.compute.provider_code.handlers.bucket_notifications import apply, remove
from tests.aws_session import session

BUCKET = "scans"
EVENT_BRIDGE = {"EventBridgeConfiguration": {"EventBridgeEnabled": "true"}}


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(bucket_notifications.time, "sleep", lambda seconds: None)
    with mock_aws():
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", session())
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        yield


def request(notifications: dict[str, Any], bucket: str = BUCKET) -> dict[str, Any]:
    # CloudFormation hands every value over as text.
    return {"ResourceProperties": {"BucketName": bucket, "NotificationConfiguration": notifications}}


def told(*, prefix: str = "in/") -> dict[str, Any]:
    queue_url = boto3.client("sqs").create_queue(QueueName="arrived")["QueueUrl"]
    attributes = boto3.client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
    return {
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}},
        "QueueArn": attributes["Attributes"]["QueueArn"],
    }


def known() -> dict[str, Any]:
    answer = boto3.client("s3").get_bucket_notification_configuration(Bucket=BUCKET)
    # moto keeps it, and sends to EventBridge, but does not give it back.
    kept = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].get_bucket(BUCKET).notification_configuration
    event_bridge = {} if kept is None or kept.event_bridge is None else {"EventBridgeConfiguration": {}}
    return {**{name: value for name, value in answer.items() if name != "ResponseMetadata"}, **event_bridge}


def test_destinations_and_event_bridge_are_set_and_set_again() -> None:
    for prefix in ("in/", "in/", "out/"):
        wanted = told(prefix=prefix)
        assert apply(request({**EVENT_BRIDGE, "QueueConfigurations": [wanted]})) == BUCKET
        (queue,) = known()["QueueConfigurations"]
        assert queue["QueueArn"] == wanted["QueueArn"]
        assert [rule["Value"] for rule in queue["Filter"]["Key"]["FilterRules"]] == [prefix]
        assert known()["EventBridgeConfiguration"] == {}


def test_what_is_left_out_is_gone() -> None:
    apply(request({"QueueConfigurations": [told()]}))
    apply(request(EVENT_BRIDGE))
    assert known() == {"EventBridgeConfiguration": {}}


@pytest.mark.parametrize("kept", [{}, EVENT_BRIDGE], ids=["without EventBridge", "with EventBridge"])
def test_a_deletion_leaves_event_bridge_as_it_was(kept: dict[str, Any]) -> None:
    asked = request({**kept, "QueueConfigurations": [told()]})
    apply(asked)
    remove(asked)
    assert known() == {name: {} for name in kept}


def test_a_bucket_that_is_gone_is_an_error() -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        apply(request({}, bucket="nowhere"))


class _Refusing:
    """S3, while a policy is not yet known everywhere."""

    def __init__(self, code: str, message: str, refusals: int) -> None:
        self.error = ClientError({"Error": {"Code": code, "Message": message}}, "PutBucketNotificationConfiguration")
        self.refusals = refusals
        self.put: list[dict[str, Any]] = []

    def put_bucket_notification_configuration(self, **arguments: Any) -> None:
        if self.refusals:
            self.refusals -= 1
            raise self.error
        self.put.append(arguments)


PASSING = [
    ("AccessDenied", "no"),
    ("InvalidArgument", "Unable to validate the following destination configurations"),
]


@pytest.mark.parametrize(("code", "message"), PASSING)
def test_a_policy_not_yet_in_force_is_waited_for(code: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client = _Refusing(code, message, refusals=3)
    monkeypatch.setattr(bucket_notifications.boto3, "client", lambda *_, **__: client)
    apply(request(EVENT_BRIDGE))
    assert client.put == [{"Bucket": BUCKET, "NotificationConfiguration": {"EventBridgeConfiguration": {}}}]


@pytest.mark.parametrize(
    ("code", "message", "tried"), [(*PASSING[0], 10), (*PASSING[1], 10), ("InvalidArgument", "overlapping", 1)]
)
def test_what_stays_refused_fails(code: str, message: str, tried: int, monkeypatch: pytest.MonkeyPatch) -> None:
    client = _Refusing(code, message, refusals=1_000)
    monkeypatch.setattr(bucket_notifications.boto3, "client", lambda *_, **__: client)
    with pytest.raises(ClientError, match=code):
        apply(request(EVENT_BRIDGE))
    assert client.refusals == 1_000 - tried
