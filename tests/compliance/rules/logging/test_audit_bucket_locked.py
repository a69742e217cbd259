from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do, verdict

INTO = {"S3BucketName": {"Ref": "Subject"}}
TRAIL = {"Trail": {"Type": "AWS::CloudTrail::Trail", "Properties": INTO}}


def _bucket(properties: dict[str, Any]) -> dict[str, Any]:
    return one("AWS::S3::Bucket", **properties)


def _lock(**retention: Any) -> dict[str, Any]:
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", **retention}}
    return {"ObjectLockEnabled": True, "ObjectLockConfiguration": {"Rule": rule}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_bucket(_lock(Years=7)) | TRAIL, "passed"),
        (_bucket(_lock(Days="2190")) | TRAIL, "passed"),
        (_bucket(_lock(Days=30)) | TRAIL, "failed"),
        (_bucket({"ObjectLockEnabled": True}) | TRAIL, "failed"),
        (_bucket({}) | TRAIL, "failed"),
        (_bucket({**_lock(Years=7), "ObjectLockEnabled": False}) | TRAIL, "failed"),
        (_bucket({**_lock(Years=7), "ObjectLockEnabled": GIVEN}) | TRAIL, "unknown"),
        (_bucket(_lock(Years=GIVEN)) | TRAIL, "unknown"),
        (_bucket({}), "not_applicable"),
        (_bucket({}) | {"Channel": {"Type": "AWS::Config::DeliveryChannel", "Properties": INTO}}, "not_applicable"),
        (one("AWS::CloudTrail::Trail"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("audit_bucket_locked", resources) == expected


def test_short_lock_is_a_warning() -> None:
    found = verdict("audit_bucket_locked", _bucket(_lock(Years=1)) | TRAIL)
    assert found is not None
    assert found.severity == "warning"


def test_trail_in_another_stack() -> None:
    trail = {"Trail": {"Type": "AWS::CloudTrail::Trail", "Properties": {"S3BucketName": "clinic-trail"}}}
    assert judged("audit_bucket_locked", one("AWS::S3::Bucket", BucketName="clinic-trail"), trail) == "failed"


def test_where_the_app_writes_too_the_trail_gets_a_bucket_of_its_own() -> None:
    statement = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": {"Fn::Sub": "${Subject.Arn}/Backup/*"}}
    trusting = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}]}
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": trusting,
            "Policies": [{"PolicyName": "backup", "PolicyDocument": {"Statement": [statement]}}],
        },
    }
    for module, alone in (
        ("audit_bucket_locked", "Set ObjectLockEnabled"),
        ("log_files_protected", "The bucket's AWS::S3"),
    ):
        assert to_do(module, _bucket({}) | TRAIL).startswith(alone)
        shared = to_do(module, _bucket({}) | TRAIL | {"Role": role})
        assert "trail's own bucket" in shared or "of their own" in shared
        assert not shared.startswith(alone)


@pytest.mark.parametrize(
    ("beside", "told"),
    [
        ({"Other": {"Type": "AWS::Config::DeliveryChannel", "Properties": INTO}}, True),
        (
            {
                "Other": {
                    "Type": "AWS::S3::Bucket",
                    "Properties": {"LoggingConfiguration": {"DestinationBucketName": {"Ref": "Subject"}}},
                }
            },
            True,
        ),
        ({"Other": {"Type": "AWS::S3::Bucket"}}, False),
    ],
)
def test_what_cannot_be_delivered_under_a_lock_goes_elsewhere(beside: dict[str, Any], told: bool) -> None:
    fix = to_do("audit_bucket_locked", _bucket({}) | TRAIL | beside)
    assert ("do not go into a locked one" in fix) is told
    assert fix.startswith("Set ObjectLockEnabled") is not told
