from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

PLANS = (
    "EBS_MALWARE_PROTECTION",
    "EKS_AUDIT_LOGS",
    "LAMBDA_NETWORK_LOGS",
    "RDS_LOGIN_EVENTS",
    "RUNTIME_MONITORING",
    "S3_DATA_EVENTS",
)
ON = [{"Name": name, "Status": "ENABLED"} for name in PLANS]
EXPORT = {"Export": {"Type": "AWS::GuardDuty::PublishingDestination", "Properties": {"DetectorId": {"Ref": "Subject"}}}}


def _detector(features: Any, enable: Any = True) -> dict[str, Any]:
    return one("AWS::GuardDuty::Detector", Enable=enable, Features=features)


def _part(status: str) -> list[dict[str, Any]]:
    part = {"Name": "EC2_AGENT_MANAGEMENT", "Status": status}
    return [feature | {"AdditionalConfiguration": [part]} for feature in ON]


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_detector(ON) | EXPORT, "passed"),
        (_detector(_part("ENABLED")) | EXPORT, "passed"),
        (_detector(_part("DISABLED")) | EXPORT, "failed"),
        (_detector(ON), "failed"),
        (_detector(ON[:-1]) | EXPORT, "failed"),
        (_detector([*ON[:-1], {"Name": PLANS[-1], "Status": "DISABLED"}]) | EXPORT, "failed"),
        (one("AWS::GuardDuty::Detector", Enable=True) | EXPORT, "failed"),
        (_detector(GIVEN) | EXPORT, "unknown"),
        (_detector([], enable=False), "not_applicable"),
        (one("AWS::Macie::Session"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("threat_detection_complete", resources) == expected


@pytest.mark.parametrize(("region", "expected"), [("cn-north-1", "passed"), ("us-east-1", "failed"), (None, "failed")])
def test_a_protection_is_not_asked_for_where_it_is_not(region: str | None, expected: str) -> None:
    features = [feature for feature in ON if feature["Name"] != "RUNTIME_MONITORING"]
    assert judged("threat_detection_complete", _detector(features) | EXPORT, region=region) == expected
    assert judged("threat_detection_complete", _detector(features[:-1]) | EXPORT, region=region) == "failed"
