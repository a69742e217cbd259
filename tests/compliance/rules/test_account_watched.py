from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, outcome, verdict

TRAIL = one("AWS::CloudTrail::Trail")
SERVICES = {
    "Recorder": {"Type": "AWS::Config::ConfigurationRecorder"},
    "Hub": {"Type": "AWS::SecurityHub::Hub"},
    "Analyzer": {"Type": "AWS::AccessAnalyzer::Analyzer", "Properties": {"Type": "ACCOUNT"}},
    "Session": {"Type": "AWS::Macie::Session"},
}


def _analyzer(kind: Any) -> dict[str, Any]:
    return {"Analyzer": {"Type": "AWS::AccessAnalyzer::Analyzer", "Properties": {"Type": kind}}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (TRAIL | SERVICES, "passed"),
        (TRAIL, "failed"),
        *(
            (TRAIL | {name: one for name, one in SERVICES.items() if name != left_out}, "failed")
            for left_out in SERVICES
        ),
        (TRAIL | SERVICES | _analyzer("ORGANIZATION"), "passed"),
        (TRAIL | SERVICES | _analyzer("ACCOUNT_UNUSED_ACCESS"), "failed"),
        (TRAIL | SERVICES | _analyzer(GIVEN), "passed"),
        (one("AWS::SecurityHub::Hub"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("account_watched", resources) == expected


def test_services_in_other_stacks_count() -> None:
    assert judged("account_watched", TRAIL, SERVICES) == "passed"


def test_what_is_missing_is_named() -> None:
    found = verdict("account_watched", TRAIL | {name: one for name, one in SERVICES.items() if name != "Session"})
    assert found is not None
    assert found.message == "The app turns on no Macie (DataDiscovery) in the trail's account."


def test_the_first_trail_speaks_for_its_account() -> None:
    trails = TRAIL | {"Other": TRAIL["Subject"]}
    assert outcome("account_watched", trails) == "failed"
    assert outcome("account_watched", trails, "Other") == "not_applicable"
