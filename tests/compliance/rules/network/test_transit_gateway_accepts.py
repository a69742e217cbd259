from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

GATEWAY = "AWS::EC2::TransitGateway"


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(GATEWAY, AutoAcceptSharedAttachments="disable"), "passed"),
        (one(GATEWAY), "passed"),
        (one(GATEWAY, AutoAcceptSharedAttachments="enable"), "failed"),
        (one(GATEWAY, AutoAcceptSharedAttachments=GIVEN), "unknown"),
        (one("AWS::EC2::TransitGatewayRouteTable"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("transit_gateway_accepts", resources) == expected
