from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

TABLE, GLOBAL = "AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"


def _insights(enabled: Any) -> dict[str, Any]:
    return {"ContributorInsightsSpecification": {"Enabled": enabled}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(TABLE), "passed"),
        (one(TABLE, **_insights(False)), "passed"),
        (one(TABLE, **_insights("true")), "failed"),
        (one(TABLE, **_insights(GIVEN)), "unknown"),
        (one(TABLE, ContributorInsightsSpecification={"Enabled": True, "Mode": "THROTTLED_KEYS"}), "failed"),
        (one(TABLE, GlobalSecondaryIndexes=[{}, _insights(True)]), "failed"),
        (one(TABLE, GlobalSecondaryIndexes=[{"IndexName": "by-day"}]), "passed"),
        (one(GLOBAL, Replicas=[{"Region": "us-east-1"}, {"Region": "us-west-2", **_insights(True)}]), "failed"),
        (one(GLOBAL, Replicas=[{"Region": "us-east-1", "GlobalSecondaryIndexes": [_insights(True)]}]), "failed"),
        (one(GLOBAL, Replicas=[{"Region": "us-east-1"}]), "passed"),
        (
            one(TABLE, **_insights(True), Tags=[{"Key": "hipaa:data-classification", "Value": "NO_PHI"}]),
            "not_inspected",
        ),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("table_keys_not_shown", resources) == expected
