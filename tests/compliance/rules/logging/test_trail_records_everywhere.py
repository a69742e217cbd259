from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, SEVERAL, judged, one

TRAIL = "AWS::CloudTrail::Trail"
COMPLETE = {"IsLogging": True, "IsMultiRegionTrail": True}
MANAGEMENT = {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}
DATA = {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}]}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(TRAIL, **COMPLETE), "passed"),
        (one(TRAIL, **{**COMPLETE, "IsMultiRegionTrail": "true"}), "passed"),
        (one(TRAIL, **{**COMPLETE, "IsLogging": False}), "failed"),
        (one(TRAIL, **{**COMPLETE, "IsMultiRegionTrail": False}), "failed"),
        (one(TRAIL, IsLogging=True), "failed"),
        (one(TRAIL, **COMPLETE, IncludeGlobalServiceEvents=False), "failed"),
        (one(TRAIL, **{**COMPLETE, "IsMultiRegionTrail": GIVEN}), "unknown"),
        (one(TRAIL, **COMPLETE, EventSelectors=[{"ReadWriteType": "All", "IncludeManagementEvents": True}]), "passed"),
        (one(TRAIL, **COMPLETE, EventSelectors=[{"ReadWriteType": "WriteOnly"}]), "failed"),
        (one(TRAIL, **COMPLETE, EventSelectors=[{"IncludeManagementEvents": False}]), "failed"),
        (one(TRAIL, **COMPLETE, EventSelectors=[{"ReadWriteType": GIVEN}]), "unknown"),
        (one(TRAIL, **COMPLETE, AdvancedEventSelectors=[MANAGEMENT]), "passed"),
        (one(TRAIL, **COMPLETE, AdvancedEventSelectors=[DATA]), "failed"),
        (one(TRAIL, **COMPLETE, AdvancedEventSelectors=[GIVEN]), "unknown"),
        (
            one(
                TRAIL,
                **COMPLETE,
                AdvancedEventSelectors=[{"FieldSelectors": [{"Field": "eventCategory", "Equals": SEVERAL}]}],
            ),
            "unknown",
        ),
        (one(TRAIL, **COMPLETE, AdvancedEventSelectors=[DATA]) | {"Other": {"Type": TRAIL}}, "passed"),
        (one("AWS::S3::Bucket"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("trail_records_everywhere", resources) == expected


def _statement(**changed: Any) -> dict[str, Any]:
    whole = {"Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "*"}
    return {"Effect": "Allow", **whole, **changed}


def _policy(bucket: Any, *statements: Any) -> dict[str, Any]:
    properties = {"Bucket": bucket, "PolicyDocument": {"Statement": list(statements)}}
    return {"Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": properties}}


_LOGS = {"Ref": "Logs"}


@pytest.mark.parametrize(
    ("beside", "expected"),
    [
        ({}, "failed"),
        (_policy(_LOGS, _statement()), "passed"),
        (_policy(_LOGS, _statement(Action=["s3:GetObject", "s3:Put*"])), "passed"),
        (_policy(_LOGS, _statement(Action="s3:GetBucketAcl")), "failed"),
        (_policy(_LOGS, _statement(Effect="Deny")), "failed"),
        (_policy(_LOGS, _statement(Principal={"Service": "config.amazonaws.com"})), "failed"),
        (_policy(_LOGS, _statement(Principal={"AWS": "arn:aws:iam::903692715234:root"})), "unknown"),
        (_policy(_LOGS, _statement(Principal="*")), "unknown"),
        (_policy(_LOGS, GIVEN), "unknown"),
        (_policy("another", _statement()), "failed"),
        (_policy(GIVEN, _statement()), "unknown"),
        ({"Nested": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": GIVEN}}}, "unknown"),
    ],
)
def test_delivery_to_a_bucket_of_the_app(beside: dict[str, Any], expected: str) -> None:
    logs = {"Logs": {"Type": "AWS::S3::Bucket"}}
    trail = one(TRAIL, IsLogging=True, IsMultiRegionTrail=True, S3BucketName=_LOGS)
    assert judged("trail_records_everywhere", trail | logs | beside) == expected
    elsewhere = one(TRAIL, IsLogging=True, IsMultiRegionTrail=True, S3BucketName="of-another-account")
    assert judged("trail_records_everywhere", elsewhere | logs | beside) == "passed"
