from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

BUCKET = "AWS::S3::Bucket"


def _source(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Source": {"Type": kind, "Properties": properties}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(BUCKET, LoggingConfiguration={"DestinationBucketName": "logs"}), "passed"),
        (one(BUCKET, LoggingConfiguration={"LogFilePrefix": "access/"}), "passed"),
        (one(BUCKET, LoggingConfiguration={}), "failed"),
        (one(BUCKET), "failed"),
        (one(BUCKET, LoggingConfiguration=GIVEN), "unknown"),
        (
            one(BUCKET) | _source(BUCKET, LoggingConfiguration={"DestinationBucketName": {"Ref": "Subject"}}),
            "not_applicable",
        ),
        (one(BUCKET) | _source("AWS::CloudTrail::Trail", S3BucketName={"Ref": "Subject"}), "failed"),
        (one("AWS::S3::BucketPolicy"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("bucket_access_logged", resources) == expected
