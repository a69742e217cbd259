from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("AWS::AppSync::DataSource", {"HttpConfig": {"Endpoint": "http://records.clinic"}}, "failed"),
        ("AWS::AppSync::DataSource", {"HttpConfig": {"Endpoint": "https://records.clinic"}}, "passed"),
        ("AWS::AppSync::DataSource", {"HttpConfig": {"Endpoint": GIVEN}}, "unknown"),
        ("AWS::AppSync::DataSource", {"Type": "AWS_LAMBDA"}, "not_applicable"),
        ("AWS::ApiGateway::Method", {"Integration": {"Type": "AWS_PROXY", "Uri": "arn"}}, "not_applicable"),
        ("AWS::ApiGateway::Method", {"Integration": {"Type": "MOCK"}}, "not_applicable"),
        ("AWS::ApiGateway::Method", {}, "not_applicable"),
        ("AWS::ApiGateway::Method", {"Integration": {"Type": "HTTP_PROXY", "Uri": "http://backend.example"}}, "failed"),
        ("AWS::ApiGateway::Method", {"Integration": {"Type": "HTTP", "Uri": "https://backend.example"}}, "passed"),
        (
            "AWS::ApiGateway::Method",
            {"Integration": {"Type": "HTTP", "ConnectionType": "VPC_LINK", "Uri": "http://nlb"}},
            "not_applicable",
        ),
        ("AWS::ApiGateway::Method", {"Integration": {"Type": "HTTP", "Uri": GIVEN}}, "unknown"),
        ("AWS::ApiGateway::Method", {"Integration": {"Type": GIVEN}}, "unknown"),
        (
            "AWS::ApiGateway::Method",
            {"Integration": {"Type": "HTTP", "Uri": {"Fn::Sub": "http://${Given}/path"}}},
            "failed",
        ),
        ("AWS::ApiGateway::Method", {"Integration": {"Type": "HTTP", "Uri": {"Fn::Sub": "${Given}/path"}}}, "unknown"),
        (
            "AWS::ApiGatewayV2::Integration",
            {"IntegrationType": "HTTP_PROXY", "IntegrationUri": "http://backend.example"},
            "failed",
        ),
        (
            "AWS::ApiGatewayV2::Integration",
            {"IntegrationType": "HTTP_PROXY", "IntegrationUri": "https://backend.example"},
            "passed",
        ),
        ("AWS::ApiGatewayV2::Integration", {"IntegrationType": "AWS_PROXY"}, "not_applicable"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("api_integration_tls_required", one(kind, **properties)) == expected
