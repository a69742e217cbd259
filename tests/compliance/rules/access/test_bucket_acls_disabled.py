from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

BUCKET = "AWS::S3::Bucket"


def _bucket(ownership: Any) -> dict[str, Any]:
    return one(BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": ownership}]})


DISTRIBUTION = {
    "Site": {
        "Type": "AWS::CloudFront::Distribution",
        "Properties": {"DistributionConfig": {"Logging": {"Bucket": {"Fn::GetAtt": ["Subject", "DomainName"]}}}},
    }
}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(BUCKET), "passed"),
        (_bucket("BucketOwnerEnforced"), "passed"),
        (_bucket("BucketOwnerPreferred"), "failed"),
        (_bucket("ObjectWriter"), "failed"),
        (_bucket(GIVEN), "unknown"),
        (_bucket("BucketOwnerPreferred") | DISTRIBUTION, "not_applicable"),
        (one("AWS::S3::BucketPolicy"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("bucket_acls_disabled", resources) == expected
