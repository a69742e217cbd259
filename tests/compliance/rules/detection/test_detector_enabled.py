from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::GuardDuty::Detector", Enable=True), "passed"),
        (one("AWS::GuardDuty::Detector", Enable=False), "failed"),
        (one("AWS::GuardDuty::Detector", Enable=GIVEN), "unknown"),
        (one("AWS::Macie::Session"), "passed"),
        (one("AWS::Macie::Session", Status="PAUSED"), "failed"),
        (one("AWS::SecurityHub::Hub"), "passed"),
        (one("AWS::SecurityHub::Hub", AutoEnableControls=False), "failed"),
        (one("AWS::SecurityHub::Hub", AutoEnableControls=GIVEN), "unknown"),
        (one("AWS::SecurityHub::Standard"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("detector_enabled", resources) == expected
