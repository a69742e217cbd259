from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do


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


@pytest.mark.parametrize("module", ["api_access_logged", "api_execution_logged", "api_throttled", "edge_waf_attached"])
def test_a_second_stage_beside_the_apis_own_is_dropped(module: str) -> None:
    deployment = one("AWS::ApiGateway::Deployment", StageName="dummy", RestApiId="api")
    stage = {"Type": "AWS::ApiGateway::Stage", "Properties": {"DeploymentId": {"Ref": "Subject"}, "RestApiId": "api"}}
    assert "Without StageName" in to_do(module, deployment | {"Stage": stage})
    assert "Without StageName" not in to_do(module, deployment)
