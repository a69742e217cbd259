"""The handler of Bedrock's log of invocations against moto."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from hipaa_constructs.compute.provider_code.handlers import invocation_logs
from hipaa_constructs.compute.provider_code.handlers.invocation_logs import apply
from tests.aws_session import session

PREFIX = "Clinic/Models"
ALL = {f"{kind}DataDeliveryEnabled": True for kind in ("audio", "embedding", "image", "text", "video")}


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(invocation_logs.time, "sleep", lambda seconds: None)
    with mock_aws():
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", session())
        for name in ("own", "newer", "others"):
            boto3.client("s3").create_bucket(Bucket=name)
        yield


def request(bucket: str, *, before: str | None = None) -> dict[str, Any]:
    old = {"OldResourceProperties": {"BucketName": before, "KeyPrefix": PREFIX}} if before else {}
    return {"ResourceProperties": {"BucketName": bucket, "KeyPrefix": PREFIX}, **old}


def setting() -> dict[str, Any]:
    return boto3.client("bedrock").get_model_invocation_logging_configuration().get("loggingConfig") or {}


def put(**config: Any) -> None:
    boto3.client("bedrock").put_model_invocation_logging_configuration(loggingConfig=config)


def test_all_that_is_asked_and_answered_is_delivered() -> None:
    assert apply(request("own")) == "ModelInvocationLogging"
    assert setting() == {"s3Config": {"bucketName": "own", "keyPrefix": PREFIX}, **ALL}


def test_what_was_narrowed_by_hand_is_made_whole() -> None:
    put(s3Config={"bucketName": "own"}, textDataDeliveryEnabled=False)
    apply(request("own"))
    assert setting() == {"s3Config": {"bucketName": "own", "keyPrefix": PREFIX}, **ALL}


def test_another_bucket_of_the_same_deployment_takes_its_place() -> None:
    put(s3Config={"bucketName": "own", "keyPrefix": "older"})
    apply(request("newer", before="own"))
    assert setting()["s3Config"]["bucketName"] == "newer"


def test_what_an_earlier_deployment_of_the_same_stack_left_is_taken_over() -> None:
    apply(request("own"))
    apply(request("newer"))
    assert setting()["s3Config"]["bucketName"] == "newer"


OTHERS_LOGS = {"logGroupName": "bedrock", "roleArn": "arn:aws:iam::123456789012:role/Logs"}


@pytest.mark.parametrize(
    ("config", "where"),
    [
        ({"s3Config": {"bucketName": "others"}}, "bucket others"),
        ({"cloudWatchConfig": OTHERS_LOGS}, "log group bedrock"),
        (
            {"s3Config": {"bucketName": "others"}, "cloudWatchConfig": OTHERS_LOGS},
            "bucket others and log group bedrock",
        ),
    ],
)
def test_what_somebody_else_set_is_kept(config: dict[str, Any], where: str) -> None:
    boto3.client("logs").create_log_group(logGroupName="bedrock")
    put(**config)
    kept = setting()
    with pytest.raises(RuntimeError, match=f"to {where} already. That setting is kept"):
        apply(request("own", before="newer"))
    assert setting() == kept


def test_a_log_group_that_was_set_beside_it_stays() -> None:
    boto3.client("logs").create_log_group(logGroupName="bedrock")
    put(s3Config={"bucketName": "own"}, cloudWatchConfig=OTHERS_LOGS)
    apply(request("own"))
    assert setting()["cloudWatchConfig"] == OTHERS_LOGS


class Refusing:
    """Bedrock, which refuses the first requests."""

    def __init__(self, code: str, times: int) -> None:
        self._code = code
        self.left = times

    def get_model_invocation_logging_configuration(self) -> dict[str, Any]:
        return {}

    def put_model_invocation_logging_configuration(self, **config: Any) -> None:
        if self.left:
            self.left -= 1
            raise ClientError({"Error": {"Code": self._code, "Message": "not yet"}}, "Put")


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException"])
def test_it_waits_until_the_policies_are_known(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bedrock = Refusing(code, 3)
    monkeypatch.setattr(invocation_logs.boto3, "client", lambda *_, **__: bedrock)
    apply(request("own"))
    assert bedrock.left == 0


@pytest.mark.parametrize(("code", "tried"), [("AccessDeniedException", 10), ("InternalServerException", 1)])
def test_it_gives_up(code: str, tried: int, monkeypatch: pytest.MonkeyPatch) -> None:
    bedrock = Refusing(code, 100)
    monkeypatch.setattr(invocation_logs.boto3, "client", lambda *_, **__: bedrock)
    with pytest.raises(ClientError):
        apply(request("own"))
    assert bedrock.left == 100 - tried
