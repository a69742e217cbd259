from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged

KEEP = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
UNLESS_ROLLED_BACK = {**KEEP, "DeletionPolicy": "RetainExceptOnCreate"}


def _policy(bucket: dict[str, Any], **policy: Any) -> dict[str, Any]:
    properties = {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": {"Statement": []}}
    return {
        "Bucket": {"Type": "AWS::S3::Bucket", **bucket},
        "Subject": {"Type": "AWS::S3::BucketPolicy", "Properties": properties, **policy},
    }


# Another bucket's policy is kept, so this app keeps policies.
SISTER = {
    "Other": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": "other"}, "DeletionPolicy": "Retain"},
}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_policy(KEEP, **KEEP), "passed"),
        (_policy(KEEP), "not_applicable"),
        (_policy(KEEP) | SISTER, "failed"),
        (_policy(UNLESS_ROLLED_BACK, **KEEP), "passed"),
        (_policy(UNLESS_ROLLED_BACK) | SISTER, "failed"),
        (_policy(KEEP, **{**KEEP, "DeletionPolicy": "Delete"}) | SISTER, "failed"),
        (_policy(KEEP, DeletionPolicy="Retain"), "failed"),
        (_policy(KEEP, DeletionPolicy="Retain", UpdateReplacePolicy=GIVEN), "unknown"),
        (_policy({}), "not_applicable"),
        ({"Subject": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": "elsewhere"}}}, "not_applicable"),
        ({"Subject": {"Type": "AWS::S3::Bucket"}}, "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("bucket_policy_retained", resources) == expected
