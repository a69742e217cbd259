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
