from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do, verdict

PLANS = (
    "EBS_MALWARE_PROTECTION",
    "EKS_AUDIT_LOGS",
    "LAMBDA_NETWORK_LOGS",
    "RDS_LOGIN_EVENTS",
    "RUNTIME_MONITORING",
    "S3_DATA_EVENTS",
)
ON = [{"Name": name, "Status": "ENABLED"} for name in PLANS]
RUNTIME = {"Name": "RUNTIME_MONITORING", "Status": "ENABLED"}
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
        (_detector(ON[:-1]) | EXPORT, "passed"),
        (_detector([RUNTIME]) | EXPORT, "passed"),
        (_detector([RUNTIME, {"Name": GIVEN, "Status": "ENABLED"}]) | EXPORT, "passed"),
        (_detector([RUNTIME, {"Name": GIVEN, "Status": "DISABLED"}]) | EXPORT, "unknown"),
        (_detector([RUNTIME, {"Name": "S3_DATA_EVENTS", "Status": GIVEN}]) | EXPORT, "unknown"),
        (_detector([one for one in ON if one != RUNTIME]) | EXPORT, "failed"),
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
    off = [*features[:-1], {"Name": features[-1]["Name"], "Status": "DISABLED"}]
    assert judged("threat_detection_complete", _detector(off) | EXPORT, region=region) == "failed"


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({}, "It does not turn on RUNTIME_MONITORING, which is off by default."),
        (
            {"Features": [{"Name": "RDS_LOGIN_EVENTS", "Status": "DISABLED"}]},
            "It turns off, in whole or in part: RDS_LOGIN_EVENTS. "
            "It does not turn on RUNTIME_MONITORING, which is off by default.",
        ),
        (
            {"Features": [RUNTIME | {"Status": "DISABLED"}]},
            "It turns off, in whole or in part: RUNTIME_MONITORING.",
        ),
        (
            {"DataSources": {"S3Logs": {"Enable": False}, "Kubernetes": {"AuditLogs": {"Enable": True}}}},
            "It turns off, in whole or in part: S3_DATA_EVENTS. "
            "It does not turn on RUNTIME_MONITORING, which is off by default.",
        ),
    ],
)
def test_what_is_on_by_default_is_not_said_to_be_off(properties: dict[str, Any], message: str) -> None:
    found = verdict("threat_detection_complete", one("AWS::GuardDuty::Detector", Enable=True, **properties) | EXPORT)
    assert found is not None
    assert found.message == message


def test_what_else_a_feature_has_stays() -> None:
    agents = {"Name": "ECS_FARGATE_AGENT_MANAGEMENT", "Status": "ENABLED"}
    feature = {"Name": "RUNTIME_MONITORING", "Status": "DISABLED", "AdditionalConfiguration": [agents]}
    said = to_do("threat_detection_complete", one("AWS::GuardDuty::Detector", Enable=True, Features=[feature]))
    assert said.startswith(
        "Set Features: [{Name: RUNTIME_MONITORING, Status: ENABLED, AdditionalConfiguration: "
        "[{Name: ECS_FARGATE_AGENT_MANAGEMENT, Status: ENABLED}]}, {Name: EBS_MALWARE_PROTECTION, Status: ENABLED}, "
    )
    assert said.count("RUNTIME_MONITORING") == 1
