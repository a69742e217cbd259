from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::CloudTrail::Trail", EnableLogFileValidation=True), "passed"),
        (one("AWS::CloudTrail::Trail"), "failed"),
        (one("AWS::CloudTrail::Trail", EnableLogFileValidation=False), "failed"),
        (one("AWS::CloudTrail::Trail", EnableLogFileValidation=GIVEN), "unknown"),
        (one("AWS::S3::Bucket"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("trail_validated", resources) == expected
