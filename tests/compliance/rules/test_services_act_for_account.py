from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

ACCOUNT = {"StringEquals": {"aws:SourceAccount": "111122223333"}}
CONTEXT = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:111122223333:log-group:*"}}


def _statement(service: str, condition: Any = None, effect: str = "Allow") -> dict[str, Any]:
    statement = {"Effect": effect, "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "s3:PutObject"}
    return {"Statement": [statement | ({"Condition": condition} if condition else {})]}


def _bucket(*arguments: Any) -> dict[str, Any]:
    return one("AWS::S3::BucketPolicy", PolicyDocument=_statement(*arguments))


def _key(*arguments: Any) -> dict[str, Any]:
    return one("AWS::KMS::Key", KeyPolicy=_statement(*arguments))


def _role(*arguments: Any) -> dict[str, Any]:
    return one("AWS::IAM::Role", AssumeRolePolicyDocument=_statement(*arguments))


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_bucket("cloudtrail", ACCOUNT), "passed"),
        (_bucket("cloudtrail"), "failed"),
        (_bucket("cloudtrail", {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}), "failed"),
        (_bucket("cloudtrail", GIVEN), "unknown"),
        (_bucket("cloudtrail", None, "Deny"), "passed"),
        (_bucket("unheard-of"), "passed"),
        (_key("logs.us-east-1", CONTEXT), "passed"),
        (_key("logs.us-east-1"), "failed"),
        (_key("events"), "failed"),
        (_role("vpc-flow-logs", ACCOUNT), "passed"),
        (_role("vpc-flow-logs"), "failed"),
        (_role("lambda"), "passed"),
        (one("AWS::IAM::Role", AssumeRolePolicyDocument=GIVEN), "unknown"),
        (one("AWS::SNS::TopicPolicy"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("services_act_for_account", resources) == expected
