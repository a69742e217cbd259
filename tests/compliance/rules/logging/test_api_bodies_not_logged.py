from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::ApiGateway::Stage"), "passed"),
        (one("AWS::ApiGateway::Stage", MethodSettings=[{"DataTraceEnabled": False}]), "passed"),
        (one("AWS::ApiGateway::Stage", MethodSettings=[{}, {"DataTraceEnabled": "true"}]), "failed"),
        (one("AWS::ApiGateway::Stage", MethodSettings=[{"DataTraceEnabled": GIVEN}]), "unknown"),
        (one("AWS::ApiGatewayV2::Stage", DefaultRouteSettings={"DataTraceEnabled": True}), "failed"),
        (one("AWS::ApiGatewayV2::Stage"), "passed"),
        (one("AWS::AppSync::GraphQLApi"), "passed"),
        (one("AWS::AppSync::GraphQLApi", LogConfig={"FieldLogLevel": "ALL"}), "failed"),
        (one("AWS::AppSync::GraphQLApi", LogConfig={"ExcludeVerboseContent": "true"}), "passed"),
        (one("AWS::AppSync::GraphQLApi", LogConfig={"ExcludeVerboseContent": GIVEN}), "unknown"),
        (
            one("AWS::ApiGateway::Stage", Tags=[{"Key": "hipaa:data-classification", "Value": "NO_PHI"}]),
            "not_inspected",
        ),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("api_bodies_not_logged", resources) == expected
