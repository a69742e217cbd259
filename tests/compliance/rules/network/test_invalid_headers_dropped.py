from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

KEY = "routing.http.drop_invalid_header_fields.enabled"


def _attribute(value: Any, key: Any = KEY) -> dict[str, Any]:
    return {"LoadBalancerAttributes": [{"Key": key, "Value": value}]}


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        (_attribute("true"), "passed"),
        (_attribute(True), "passed"),
        ({"Type": "application"} | _attribute("true"), "passed"),
        (_attribute("false"), "failed"),
        (_attribute("true", "idle_timeout.timeout_seconds"), "failed"),
        ({}, "failed"),
        ({"Type": "application"}, "failed"),
        (_attribute(GIVEN), "unknown"),
        (_attribute("true", GIVEN), "unknown"),
        ({"Type": GIVEN}, "unknown"),
        ({"Type": "network"}, "not_applicable"),
        ({"Type": "gateway"}, "not_applicable"),
    ],
)
def test_outcome(properties: dict[str, Any], expected: str) -> None:
    found = judged("invalid_headers_dropped", one("AWS::ElasticLoadBalancingV2::LoadBalancer", **properties))
    assert found == expected
