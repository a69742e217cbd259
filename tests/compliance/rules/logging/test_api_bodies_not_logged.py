from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do


def _described(**described: Any) -> dict[str, Any]:
    return one("AWS::ApiGateway::Deployment", StageName="live", StageDescription=described)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::ApiGateway::Stage"), "passed"),
        (one("AWS::ApiGateway::Stage", MethodSettings=[{"DataTraceEnabled": False}]), "passed"),
        (one("AWS::ApiGateway::Stage", MethodSettings=[{}, {"DataTraceEnabled": "true"}]), "failed"),
        (one("AWS::ApiGateway::Stage", MethodSettings=[{"DataTraceEnabled": GIVEN}]), "unknown"),
        (_described(), "passed"),
        (_described(DataTraceEnabled=False, MethodSettings=[{"LoggingLevel": "ERROR"}]), "passed"),
        (_described(DataTraceEnabled=True), "failed"),
        (_described(MethodSettings=[{"DataTraceEnabled": False}, {"DataTraceEnabled": True}]), "failed"),
        (_described(MethodSettings=GIVEN), "unknown"),
        (_described(DataTraceEnabled=GIVEN), "unknown"),
        (one("AWS::ApiGateway::Deployment", StageName="live"), "passed"),
        (one("AWS::ApiGateway::Deployment"), "not_applicable"),
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


def test_what_a_deployment_describes_is_mended_where_it_stands() -> None:
    whole, method = "StageDescription.DataTraceEnabled", "StageDescription.MethodSettings[].DataTraceEnabled"
    assert to_do("api_bodies_not_logged", _described(DataTraceEnabled=True)) == f"Set {whole}: false."
    both = to_do("api_bodies_not_logged", _described(MethodSettings=[{"DataTraceEnabled": True}]))
    assert both == f"Set {whole}: false and {method}: false."
