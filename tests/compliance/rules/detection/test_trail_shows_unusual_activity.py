from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

TRAIL = "AWS::CloudTrail::Trail"
BOTH = [{"InsightType": "ApiCallRateInsight"}, {"InsightType": "ApiErrorRateInsight"}]
OTHER = {"Other": {"Type": TRAIL, "Properties": {"InsightSelectors": BOTH[1:]}}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(TRAIL, InsightSelectors=BOTH), "passed"),
        (one(TRAIL, InsightSelectors=BOTH[:1]), "failed"),
        (one(TRAIL, InsightSelectors=BOTH[:1]) | OTHER, "passed"),
        (one(TRAIL), "failed"),
        (one(TRAIL, InsightSelectors=GIVEN), "unknown"),
        (one("AWS::CloudTrail::EventDataStore"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("trail_shows_unusual_activity", resources) == expected
