from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (
            one(
                "AWS::CloudTrail::Trail",
                CloudWatchLogsLogGroupArn="arn:aws:logs:us-east-1:111122223333:log-group:trail:*",
            ),
            "passed",
        ),
        (one("AWS::CloudTrail::Trail"), "failed"),
        (one("AWS::CloudTrail::Trail", CloudWatchLogsLogGroupArn=""), "failed"),
        (one("AWS::CloudTrail::Trail", CloudWatchLogsLogGroupArn=GIVEN), "unknown"),
        (one("AWS::S3::Bucket"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("trail_delivered_to_logs", resources) == expected
