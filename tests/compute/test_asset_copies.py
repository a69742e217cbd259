"""The handler that copies assets to where an organization reads them, against moto."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from hipaa_constructs.compute.provider_code.handlers import asset_copies, permitted
from hipaa_constructs.compute.provider_code.handlers.asset_copies import copy
from tests.aws_session import session

CODE = "clinic-code-us-east-1"
ASSETS = "cdk-hnb659fds-assets-111122223333-us-east-1"


@pytest.fixture(autouse=True)
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(permitted.time, "sleep", lambda seconds: None)
    with mock_aws():
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", session())
        client = boto3.client("s3")
        for bucket in (ASSETS, CODE):
            client.create_bucket(Bucket=bucket)
        for name in ("one", "two"):
            client.put_object(Bucket=ASSETS, Key=f"assets/{name}.zip", Body=name.encode(), Tagging="a=b")
        yield client


def request(*names: str, request_type: str = "Create") -> dict[str, Any]:
    files = [{"SourceBucket": ASSETS, "SourceKey": f"assets/{name}.zip", "Key": f"{name}.zip"} for name in names]
    return {"RequestType": request_type, "ResourceProperties": {"Bucket": CODE, "Files": files}}


def contents(s3: Any) -> dict[str, bytes]:
    listed = s3.list_objects_v2(Bucket=CODE).get("Contents", [])
    return {one["Key"]: s3.get_object(Bucket=CODE, Key=one["Key"])["Body"].read() for one in listed}


def test_files_are_copied(s3: Any) -> None:
    assert copy(request("one", "two")) == CODE
    assert contents(s3) == {"one.zip": b"one", "two.zip": b"two"}
    assert s3.get_object_tagging(Bucket=CODE, Key="one.zip")["TagSet"] == []


def test_what_is_there_stays_and_is_not_written_again(s3: Any) -> None:
    copy(request("one"))
    s3.put_object(Bucket=ASSETS, Key="assets/one.zip", Body=b"other")
    assert copy(request("one", "two", request_type="Update")) == CODE
    assert contents(s3) == {"one.zip": b"one", "two.zip": b"two"}
    # What accounts were made of is no longer asked for, and they may be made again.
    copy(request("two", request_type="Update"))
    assert set(contents(s3)) == {"one.zip", "two.zip"}


def test_a_file_that_is_missing_is_an_error(s3: Any) -> None:
    with pytest.raises(ClientError, match="NoSuchKey"):
        copy(request("three"))


@pytest.mark.parametrize("code", ["403", "AccessDenied"])
def test_it_waits_until_the_role_may(s3: Any, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    head, refusals = s3.head_object, [ClientError({"Error": {"Code": code}}, "HeadObject")] * 2

    def not_at_once(**asked: Any) -> Any:
        if refusals:
            raise refusals.pop()
        return head(**asked)

    monkeypatch.setattr(s3, "head_object", not_at_once)
    monkeypatch.setattr(asset_copies.boto3, "client", lambda *_, **__: s3)
    copy(request("one"))
    assert not refusals
    assert set(contents(s3)) == {"one.zip"}
