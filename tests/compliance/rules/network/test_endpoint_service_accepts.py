from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

SERVICE = "AWS::EC2::VPCEndpointService"


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(SERVICE, AcceptanceRequired=True), "passed"),
        (one(SERVICE, AcceptanceRequired="true"), "passed"),
        (one(SERVICE, AcceptanceRequired=False), "failed"),
        (one(SERVICE, AcceptanceRequired=GIVEN), "unknown"),
        (one(SERVICE), "unknown"),
        (one("AWS::EC2::VPCEndpoint"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("endpoint_service_accepts", resources) == expected
