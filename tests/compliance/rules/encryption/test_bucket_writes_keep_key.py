from __future__ import annotations

import json
from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from tests.compliance.rules.support import GIVEN, judged, one, rule, verdict

BUCKET = "AWS::S3::Bucket"
ALGORITHM = "s3:x-amz-server-side-encryption"
KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id"
PROVIDED = "s3:x-amz-server-side-encryption-customer-algorithm"
KEY_ARN = {"Fn::GetAtt": ["Key", "Arn"]}
DENIALS: dict[str, dict[str, Any]] = {
    "another key": {"Null": {KEY: "false"}, "StringNotEquals": {KEY: KEY_ARN}},
    "aws:kms without a key": {"Null": {KEY: "true"}, "StringEquals": {ALGORITHM: ["aws:kms", "aws:kms:dsse"]}},
    "SSE-S3": {"Null": {ALGORITHM: "false"}, "StringNotEquals": {ALGORITHM: "aws:kms"}},
    "a customer-provided key": {"Null": {PROVIDED: "false"}},
}
BY_SERVICE = {"StringNotEquals": {"aws:PrincipalServiceName": "cloudtrail.amazonaws.com"}}


def _encrypted(algorithm: str = "aws:kms", **rule: Any) -> dict[str, Any]:
    default = {"SSEAlgorithm": algorithm, **({"KMSMasterKeyID": KEY_ARN} if algorithm == "aws:kms" else {})}
    configuration = [{"ServerSideEncryptionByDefault": default, **rule}]
    return {"Key": {"Type": "AWS::KMS::Key"}} | one(
        BUCKET, BucketEncryption={"ServerSideEncryptionConfiguration": configuration}
    )


def _policy(conditions: Any, **changes: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": {"Fn::Sub": "${Subject.Arn}/*"},
    }
    statements = [{**statement, "Condition": condition, **changes} for condition in conditions]
    properties = {"Bucket": {"Ref": "Subject"}, "PolicyDocument": {"Statement": statements}}
    return {"Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": properties}}


COMPLETE = DENIALS.values()
IF_EXISTS = {"StringNotEqualsIfExists": {"aws:PrincipalServiceName": "cloudtrail.amazonaws.com"}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_encrypted() | _policy(COMPLETE), "passed"),
        (_encrypted() | _policy(COMPLETE, Principal={"AWS": "*"}, Action="s3:*"), "passed"),
        (_encrypted() | _policy([BY_SERVICE]), "passed"),
        (_encrypted() | _policy([IF_EXISTS]), "passed"),
        (_encrypted() | _policy(list(COMPLETE)[:3]), "failed"),
        (_encrypted(BlockedEncryptionTypes={"EncryptionType": ["SSE-C"]}) | _policy(list(COMPLETE)[:3]), "passed"),
        (_encrypted() | _policy(COMPLETE, Principal={"AWS": "111122223333"}), "failed"),
        (_encrypted() | _policy(COMPLETE, Effect="Allow"), "failed"),
        (_encrypted() | _policy(COMPLETE, Resource={"Fn::GetAtt": ["Subject", "Arn"]}), "failed"),
        (_encrypted() | _policy([{"NumericLessThan": {"s3:TlsVersion": "1.2"}}]), "not_applicable"),
        (_encrypted() | _policy([{"ForAnyValue:StringNotEquals": {"aws:CalledVia": "x"}}]), "not_applicable"),
        (_encrypted() | _policy([GIVEN]), "not_applicable"),
        (_encrypted(), "not_applicable"),
        (
            _encrypted() | {"Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "Subject"}}}},
            "unknown",
        ),
        (_encrypted("AES256"), "not_applicable"),
        (one(BUCKET), "not_applicable"),
        (one("AWS::S3::BucketPolicy"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("bucket_writes_keep_key", resources) == expected


@pytest.mark.parametrize("request_", DENIALS)
def test_each_request_is_told_apart(request_: str) -> None:
    others = [condition for name, condition in DENIALS.items() if name != request_]
    found = verdict("bucket_writes_keep_key", _encrypted() | _policy(others))
    assert found is not None
    assert found.message == f"The bucket policy allows writes that ask for {request_}."


IMPORTED = {"Fn::ImportValue": "key"}
EXPORTING = {
    "Resources": {"Key": {"Type": "AWS::KMS::Key"}},
    "Outputs": {"Key": {"Value": KEY_ARN, "Export": {"Name": "key"}}},
}


def _imported(conditions: Any) -> dict[str, Any]:
    """Return a bucket under a key of another stack, whose policy compares what is written with that key."""
    return json.loads(json.dumps(_encrypted() | _policy(conditions)).replace(json.dumps(KEY_ARN), json.dumps(IMPORTED)))


@pytest.mark.parametrize(
    ("conditions", "alone", "with_the_key"),
    [
        (list(COMPLETE), "passed", "passed"),
        (list(COMPLETE)[:2], "unknown", "failed"),
        ([BY_SERVICE], "passed", "passed"),
        ([], "not_applicable", "not_applicable"),
    ],
)
def test_a_key_that_is_imported(conditions: list[Any], alone: str, with_the_key: str) -> None:
    assert judged("bucket_writes_keep_key", _imported(conditions)) == alone
    app = App()
    app.add("keys.json", EXPORTING)
    bucket = app.add("bucket.json", {"Resources": _imported(conditions)}).resources["Subject"]
    assert rule("bucket_writes_keep_key").check(bucket).outcome == with_the_key
