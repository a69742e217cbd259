from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::ApiGateway::Stage", AccessLogSetting={"DestinationArn": "arn:aws:logs"}), "passed"),
        (one("AWS::ApiGateway::Stage"), "failed"),
        (one("AWS::ApiGateway::Stage", AccessLogSetting={"DestinationArn": GIVEN}), "unknown"),
        (one("AWS::ApiGatewayV2::Stage", AccessLogSettings={"DestinationArn": "arn:aws:logs"}), "passed"),
        (one("AWS::ApiGatewayV2::Stage", AccessLogSettings={"Format": "x"}), "failed"),
        (one("AWS::ApiGateway::Deployment"), "not_applicable"),
        (one("AWS::ApiGateway::Deployment", StageName="prod"), "failed"),
        (one("AWS::ApiGateway::RestApi"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("api_access_logged", resources) == expected
