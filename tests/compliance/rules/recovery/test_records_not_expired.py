from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do, verdict

_YEARS = {"ExpirationInDays": 365}
_VERSIONED = {"VersioningConfiguration": {"Status": "Enabled"}}
_SITE = {"WebsiteConfiguration": {"IndexDocument": "index.html"}}
_COPIED = {"ReplicationConfiguration": {"Role": "r", "Rules": [{"Status": "Enabled", "Destination": {"Bucket": "b"}}]}}


def _bucket(*rules: Any, **more: Any) -> dict[str, Any]:
    written = [{"Status": "Enabled", **rule} if rule is not GIVEN else rule for rule in rules]
    return one("AWS::S3::Bucket", LifecycleConfiguration={"Rules": written}, **more)


def _locked(**kept: int) -> dict[str, Any]:
    retention = {"Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", **kept}}, "ObjectLockEnabled": "Enabled"}
    return {"ObjectLockEnabled": True, "ObjectLockConfiguration": retention}


def _noncurrent(**more: Any) -> dict[str, Any]:
    return {"NoncurrentVersionExpiration": {"NoncurrentDays": 30, **more}}


ALLOWED = {
    "Effect": "Allow",
    "Action": "s3:PutObject",
    "Resource": {"Fn::Join": ["", [{"Fn::GetAtt": ["Subject", "Arn"]}, "/*"]]},
}
WRITTEN: dict[str, Any] = {
    "Role": {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "lambda.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                ]
            },
            "Policies": [{"PolicyName": "put", "PolicyDocument": {"Statement": [ALLOWED]}}],
        },
    },
    "Function": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}},
}
TRAIL = {"Trail": {"Type": "AWS::CloudTrail::Trail", "Properties": {"S3BucketName": {"Ref": "Subject"}}}}


@pytest.mark.parametrize(
    ("bucket", "expected"),
    [
        (_bucket(_YEARS), "failed"),
        (_bucket({"ExpirationInDays": "30"}), "failed"),
        (_bucket({"ExpirationInDays": 15}), "failed"),
        (_bucket({"ExpirationInDays": 14}), "not_applicable"),
        (_bucket({"ExpirationInDays": 14}, _YEARS), "failed"),
        (_bucket({"ExpirationInDays": 2190}), "passed"),
        (_bucket({"ExpirationDate": "2030-01-01T00:00:00Z"}), "failed"),
        (_bucket({**_YEARS, "Prefix": ""}), "failed"),
        (_bucket({**_YEARS, "Prefix": "tmp/"}), "passed"),
        (_bucket({**_YEARS, "TagFilters": [{"Key": "kind", "Value": "tmp"}]}), "passed"),
        (_bucket({**_YEARS, "ObjectSizeLessThan": 100}), "passed"),
        (_bucket({**_YEARS, "Status": "Disabled"}), "passed"),
        (_bucket({"ExpirationInDays": GIVEN}), "unknown"),
        (_bucket(GIVEN), "unknown"),
        (_bucket({"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}), "passed"),
        (_bucket({"Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 90}]}), "passed"),
        # A bucket with versions keeps what expires as one of them, for as long as no rule deletes these.
        (_bucket(_YEARS, **_VERSIONED), "passed"),
        (_bucket({**_YEARS, **_noncurrent()}, **_VERSIONED), "failed"),
        (_bucket(_YEARS, _noncurrent(), **_VERSIONED), "failed"),
        (_bucket(_YEARS, {"NoncurrentVersionExpirationInDays": 30}, **_VERSIONED), "failed"),
        (_bucket(_YEARS, {"NoncurrentVersionExpirationInDays": 1825}, **_VERSIONED), "passed"),
        (_bucket(_YEARS, {**_noncurrent(), "Prefix": "tmp/"}, **_VERSIONED), "passed"),
        (_bucket(_YEARS, _noncurrent(NewerNoncurrentVersions=1), **_VERSIONED), "passed"),
        (_bucket(_YEARS, {"NoncurrentVersionExpirationInDays": GIVEN}, **_VERSIONED), "unknown"),
        (_bucket(_YEARS, VersioningConfiguration={"Status": GIVEN}), "unknown"),
        (_bucket({**_YEARS, **_noncurrent()}, **_locked(Years=7)), "passed"),
        (_bucket({**_YEARS, **_noncurrent()}, **_locked(Days=30)), "failed"),
        (_bucket(_YEARS, **_VERSIONED, **_COPIED), "passed"),
        # What passes, by how it is called.
        (_bucket(_YEARS, BucketName="clinic-cache"), "not_applicable"),
        (_bucket(_YEARS, BucketName="clinic-tmp-documents"), "not_applicable"),
        (_bucket(_YEARS, BucketName="clinic-exports"), "not_applicable"),
        (_bucket(_YEARS, BucketName="clinic-document-uploads"), "failed"),
        (_bucket({**_YEARS, "Id": "ExpireOldLogs"}), "not_applicable"),
        (_bucket(_YEARS, {"Id": "logs", "Prefix": "logs/", "ExpirationInDays": 30}), "failed"),
        (_bucket({"ExpirationInDays": 7}, BucketName="clinic-patient-records"), "failed"),
        (_bucket({"ExpirationInDays": 7}, BucketName=GIVEN), "not_applicable"),
        (one("AWS::S3::Bucket"), "not_applicable"),
        (one("AWS::S3Express::DirectoryBucket"), "not_inspected"),
    ],
)
def test_outcome(bucket: dict[str, Any], expected: str) -> None:
    assert judged("records_not_expired", bucket | WRITTEN) == expected


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_bucket(_YEARS), "not_applicable"),
        (_bucket(_YEARS, BucketName="clinic-consents"), "failed"),
        (_bucket(_YEARS, BucketName="clinic-consents") | TRAIL, "not_applicable"),
        (_bucket(_YEARS, BucketName="clinic-docs", **_SITE), "not_applicable"),
        (
            _bucket(_YEARS, CorsConfiguration={"CorsRules": [{"AllowedMethods": ["PUT"], "AllowedOrigins": ["*"]}]}),
            "failed",
        ),
    ],
)
def test_what_nobody_of_the_app_writes_to(resources: dict[str, Any], expected: str) -> None:
    assert judged("records_not_expired", resources) == expected


def test_what_is_said() -> None:
    found = verdict("records_not_expired", _bucket({**_YEARS, **_noncurrent()}, **_VERSIONED) | WRITTEN)
    assert found is not None
    assert found.message == (
        "A lifecycle rule deletes every object after 365 days, and its noncurrent version 30 days later, and "
        "functions, tasks or people of the app put objects there."
    )


def test_the_fix_names_both_ways() -> None:
    told = to_do("records_not_expired", _bucket(_YEARS) | WRITTEN)
    assert "ExpirationInDays: 2190" in told
    assert "Prefix or TagFilters" in told
