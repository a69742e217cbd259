from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::Logs::LogGroup"), "passed"),
        (one("AWS::Logs::LogGroup", RetentionInDays=2192), "passed"),
        (one("AWS::Logs::LogGroup", RetentionInDays="2557"), "passed"),
        (one("AWS::Logs::LogGroup", RetentionInDays=1827), "failed"),
        (one("AWS::Logs::LogGroup", RetentionInDays=GIVEN), "unknown"),
        (one("Custom::LogRetention", RetentionInDays=7), "failed"),
        (one("Custom::LogRetention", RetentionInDays=2192), "passed"),
        (one("Custom::LogRetention"), "passed"),
        (one("Custom::LogRetention", RetentionInDays=GIVEN), "unknown"),
        (one("AWS::Logs::LogStream"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("log_group_retention", resources) == expected
