from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

SERVICE = {"Effect": "Allow", "Principal": {"Service": "logs.amazonaws.com"}, "Action": "kms:Decrypt", "Resource": "*"}


def _key(**statement: Any) -> dict[str, Any]:
    return one("AWS::KMS::Key", KeyPolicy={"Statement": [{**SERVICE, **statement}]})


def _policy(kind: str, service: str) -> dict[str, Any]:
    return one(kind, PolicyDocument={"Statement": [SERVICE | {"Principal": {"Service": service}}]})


def _topic(service: str) -> dict[str, Any]:
    return _policy("AWS::SNS::TopicPolicy", service)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_key(), "failed"),
        (_key(Condition={"StringEquals": {"aws:SourceAccount": "111122223333"}}), "passed"),
        (
            _key(Condition={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:*:111122223333:*"}}),
            "passed",
        ),
        (_key(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:logs:*:*:*"}}), "failed"),
        (_key(Condition={"StringEqualsIfExists": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}), "failed"),
        (_key(Condition={"Bool": {"aws:SecureTransport": "true"}}), "failed"),
        (_key(Condition=GIVEN), "unknown"),
        (_key(Effect="Deny"), "not_applicable"),
        (_key(Principal={"AWS": "arn:aws:iam::111122223333:root"}), "not_applicable"),
        (_key(Principal={"Service": ["logs.amazonaws.com", "sns.amazonaws.com"]}), "failed"),
        (_key(Principal={"Service": "events.amazonaws.com"}), "failed"),
        (_topic("events.amazonaws.com"), "not_applicable"),
        (_topic("backup.amazonaws.com"), "not_applicable"),
        (_topic("logdelivery.elasticloadbalancing.amazonaws.com"), "failed"),
        (_policy("AWS::S3::BucketPolicy", "logdelivery.elasticloadbalancing.amazonaws.com"), "not_applicable"),
        (_policy("AWS::S3::BucketPolicy", "events.amazonaws.com"), "failed"),
        (_policy("AWS::SQS::QueuePolicy", "events.amazonaws.com"), "failed"),
        (one("AWS::SNS::TopicPolicy", PolicyDocument={"Statement": [SERVICE]}), "failed"),
        (one("AWS::SQS::QueuePolicy", PolicyDocument=GIVEN), "unknown"),
        (one("AWS::IAM::Role", AssumeRolePolicyDocument={"Statement": [SERVICE]}), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("service_access_scoped", resources) == expected
