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


def _listening(source: str, *kinds: str, **properties: Any) -> dict[str, Any]:
    pattern = {"source": [source], **({"detail-type": list(kinds)} if kinds else {})}
    given = {"EventPattern": pattern, "Targets": [{"Arn": "arn:aws:sns:us-east-1:1:a", "Id": "0"}], **properties}
    return {"Rule": {"Type": "AWS::Events::Rule", "Properties": given}}


@pytest.mark.parametrize(
    ("left_out", "listening", "expected"),
    [
        ("Hub", _listening("aws.securityhub"), "passed"),
        ("Recorder", _listening("aws.config", "Config Rules Compliance Change"), "passed"),
        ("Analyzer", _listening("aws.access-analyzer", "Access Analyzer Finding"), "passed"),
        ("Session", _listening("aws.macie", "Macie Finding"), "passed"),
        ("Session", _listening("aws.macie", State="DISABLED"), "failed"),
        ("Session", _listening("aws.macie", EventBusName="other"), "failed"),
        ("Session", _listening("aws.securityhub"), "failed"),
        ("Analyzer", _listening("aws.access-analyzer", "Unused Access Finding for IAM entities"), "failed"),
    ],
)
def test_a_service_whose_findings_are_awaited_counts(left_out: str, listening: dict[str, Any], expected: str) -> None:
    there = {name: one for name, one in SERVICES.items() if name != left_out}
    assert judged("account_watched", TRAIL | there, listening) == expected


def test_what_is_missing_is_named() -> None:
    found = verdict("account_watched", TRAIL | {name: one for name, one in SERVICES.items() if name != "Session"})
    assert found is not None
    assert found.message == "The app turns on no Macie (DataDiscovery) in the trail's account."


@pytest.mark.parametrize(
    ("region", "expected"), [("us-gov-west-1", "passed"), ("us-east-1", "failed"), (None, "failed")]
)
def test_macie_is_not_asked_for_where_it_is_not(region: str | None, expected: str) -> None:
    without = {name: one for name, one in SERVICES.items() if name != "Session"}
    assert judged("account_watched", TRAIL | without, region=region) == expected
    assert judged("account_watched", TRAIL, region=region) == "failed"


def test_the_first_trail_speaks_for_its_account() -> None:
    trails = TRAIL | {"Other": TRAIL["Subject"]}
    assert outcome("account_watched", trails) == "failed"
    assert outcome("account_watched", trails, "Other") == "not_applicable"
