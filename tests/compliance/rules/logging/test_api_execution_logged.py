from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, rule

DEPLOYMENT = "AWS::ApiGateway::Deployment"


def _setting(level: Any, method: str = "*", path: str = "/*") -> dict[str, Any]:
    return {"LoggingLevel": level, "HttpMethod": method, "ResourcePath": path}


def _stage(*settings: Any) -> dict[str, Any]:
    return one("AWS::ApiGateway::Stage", MethodSettings=list(settings))


def _deployed(**described: Any) -> dict[str, Any]:
    return one(DEPLOYMENT, StageName="live", **({"StageDescription": described} if described else {}))


def _routes(protocol: str, **stage: Any) -> dict[str, Any]:
    api = {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"ProtocolType": protocol}}
    return one("AWS::ApiGatewayV2::Stage", ApiId={"Ref": "Api"}, **stage) | {"Api": api}


LOGGED = {"DefaultRouteSettings": {"LoggingLevel": "ERROR"}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_stage(_setting("ERROR")), "passed"),
        (_stage(_setting("INFO"), _setting("ERROR", "GET", "/records")), "passed"),
        (_stage(_setting("OFF")), "failed"),
        (_stage(_setting(None)), "failed"),
        (_stage(_setting("INFO"), _setting("OFF", "GET", "/records")), "failed"),
        (_stage(_setting("INFO", "GET", "/records")), "failed"),
        (_stage(), "failed"),
        (_stage(_setting(GIVEN)), "unknown"),
        (_stage(GIVEN), "unknown"),
        (_deployed(), "failed"),
        (_deployed(LoggingLevel="OFF"), "failed"),
        (_deployed(LoggingLevel="INFO"), "passed"),
        (_deployed(LoggingLevel=GIVEN), "unknown"),
        (_deployed(MethodSettings=[_setting("ERROR")]), "passed"),
        (_deployed(LoggingLevel="INFO", MethodSettings=[_setting("OFF", "GET", "/records")]), "failed"),
        (one(DEPLOYMENT), "not_applicable"),
        (_routes("WEBSOCKET", DefaultRouteSettings={"LoggingLevel": "INFO"}), "passed"),
        (_routes("WEBSOCKET", DefaultRouteSettings={"LoggingLevel": "OFF"}), "failed"),
        (_routes("WEBSOCKET"), "failed"),
        (_routes("WEBSOCKET", DefaultRouteSettings={"LoggingLevel": GIVEN}), "unknown"),
        (_routes("WEBSOCKET", **LOGGED, RouteSettings={"send": {"LoggingLevel": "OFF"}}), "failed"),
        (_routes("WEBSOCKET", **LOGGED, RouteSettings={"send": {"ThrottlingBurstLimit": 5}}), "passed"),
        (_routes("WEBSOCKET", **LOGGED, RouteSettings=GIVEN), "unknown"),
        (_routes("HTTP"), "not_applicable"),
        (one("AWS::ApiGatewayV2::Stage"), "not_applicable"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("api_execution_logged", resources) == expected


def test_it_weighs_less_than_who_asks_for_what() -> None:
    assert (rule("api_execution_logged").severity, rule("api_access_logged").severity) == ("warning", "error")
