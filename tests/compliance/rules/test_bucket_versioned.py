from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::S3::Bucket", VersioningConfiguration={"Status": "Enabled"}), "passed"),
        (one("AWS::S3::Bucket", VersioningConfiguration={"Status": "Suspended"}), "failed"),
        (one("AWS::S3::Bucket"), "failed"),
        (one("AWS::S3::Bucket", VersioningConfiguration={"Status": GIVEN}), "unknown"),
        (one("AWS::S3Express::DirectoryBucket"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("bucket_versioned", resources) == expected
