from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

FIREWALL = "AWS::NetworkFirewall::Firewall"


def _logging(*kinds: Any, arn: Any = None) -> dict[str, Any]:
    properties = {
        "FirewallArn": arn or {"Fn::GetAtt": ["Subject", "FirewallArn"]},
        "LoggingConfiguration": {"LogDestinationConfigs": [{"LogType": kind} for kind in kinds]},
    }
    return {"Logging": {"Type": "AWS::NetworkFirewall::LoggingConfiguration", "Properties": properties}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ({}, "failed"),
        (_logging("ALERT", "FLOW"), "passed"),
        (_logging("FLOW", "TLS", "ALERT"), "passed"),
        (_logging("ALERT"), "failed"),
        (_logging("FLOW", GIVEN), "unknown"),
        (_logging(), "failed"),
        (
            _logging("ALERT", "FLOW", arn="arn:aws:network-firewall:us-east-1:111122223333:firewall/other"),
            "failed",
        ),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("network_firewall_logged", one(FIREWALL) | resources) == expected


def test_it_names_what_is_left_out() -> None:
    found = verdict("network_firewall_logged", one(FIREWALL) | _logging("ALERT"))
    assert found is not None
    assert found.message == "The logging configuration leaves out FLOW logs."
