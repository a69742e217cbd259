from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do

STAGE, DEPLOYMENT = "AWS::ApiGateway::Stage", "AWS::ApiGateway::Deployment"
API, ROUTES = "AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Stage"


def _setting(rate: Any, method: str = "*", path: str = "/*") -> dict[str, Any]:
    return {"ThrottlingRateLimit": rate, "HttpMethod": method, "ResourcePath": path}


def _stage(*settings: Any, kinds: Any = ("REGIONAL",), **beside: Any) -> dict[str, Any]:
    api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"EndpointConfiguration": {"Types": list(kinds)}}}
    return one(STAGE, RestApiId={"Ref": "Api"}, MethodSettings=list(settings)) | {"Api": api} | beside


def _plan(**throttle: Any) -> dict[str, Any]:
    named = {"ApiStages": [{"ApiId": {"Ref": "Api"}, "Stage": {"Ref": "Subject"}}]}
    return {"Type": "AWS::ApiGateway::UsagePlan", "Properties": {**named, "Throttle": throttle}}


def _routes(rate: Any) -> dict[str, Any]:
    return one(ROUTES, DefaultRouteSettings={"ThrottlingRateLimit": rate})


def _serving(api: Any) -> dict[str, Any]:
    return {"Stage": {"Type": ROUTES, "Properties": {"ApiId": api}}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_stage(_setting(100)), "passed"),
        (_stage(_setting("0.5")), "passed"),
        (_stage(_setting(GIVEN)), "passed"),
        (_stage(), "failed"),
        (_stage(_setting(None)), "failed"),
        (_stage(_setting(-1)), "failed"),
        (_stage(_setting(100, "GET", "/records")), "failed"),
        (_stage(GIVEN), "unknown"),
        (_stage(Plan=_plan(RateLimit=50)), "passed"),
        (_stage(Plan=_plan(BurstLimit=50)), "failed"),
        (_stage(kinds=["PRIVATE"]), "not_applicable"),
        (one(STAGE), "failed"),
        (one(DEPLOYMENT), "not_applicable"),
        (one(DEPLOYMENT, StageName="live"), "failed"),
        (one(DEPLOYMENT, StageName="live", StageDescription={"ThrottlingRateLimit": 10}), "passed"),
        (one(DEPLOYMENT, StageName="live", StageDescription={"MethodSettings": [_setting(10)]}), "passed"),
        (_routes(100), "passed"),
        (_routes(GIVEN), "passed"),
        (_routes(None), "failed"),
        (one(ROUTES), "failed"),
        # A stage that is made elsewhere may limit requests.
        (one(API, ProtocolType="HTTP"), "not_applicable"),
        (one(API, ProtocolType="WEBSOCKET"), "not_applicable"),
        (one(API, ProtocolType="WEBSOCKET") | _serving({"Ref": "Subject"}), "passed"),
        (one(API, ProtocolType="WEBSOCKET", Target="https://backend.example"), "not_applicable"),
        (one(API, ProtocolType="HTTP") | _serving({"Ref": "Subject"}), "passed"),
        (one(API, ProtocolType="HTTP") | _serving(GIVEN), "not_applicable"),
        (one(API, ProtocolType="HTTP", Target="https://backend.example"), "failed"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("api_throttled", resources) == expected


def test_a_stage_of_another_stack_serves_an_api() -> None:
    api = one(API, ProtocolType="HTTP")
    assert judged("api_throttled", api, _serving("abc123")) == "not_applicable"


def test_a_stage_in_place_of_target_is_told_where_target_stands() -> None:
    assert "In place of Target" in to_do(
        "api_throttled", one(API, ProtocolType="HTTP", Target="https://backend.example")
    )


@pytest.mark.parametrize(
    ("settings", "in_item"),
    [([_setting(None, "GET", "/records"), _setting(None)], True), ([_setting(None, "GET")], False), ([], False)],
)
def test_limits_go_where_a_deployment_speaks_of_all_methods(settings: list[Any], in_item: bool) -> None:
    told = to_do("api_throttled", one(DEPLOYMENT, StageName="live", StageDescription={"MethodSettings": settings}))
    assert ("In StageDescription.MethodSettings, the item for HttpMethod * and ResourcePath /* has" in told) is in_item
    assert ("StageDescription.ThrottlingRateLimit:" in told) is not in_item


URL, FUNCTION = "AWS::Lambda::Url", "AWS::Lambda::Function"
LIVE = {"Live": {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "Function"}}}}


def _url(auth: Any = "NONE", named: Any = None, **function: Any) -> dict[str, Any]:
    target = {"Fn::GetAtt": ["Function", "Arn"]} if named is None else named
    return one(URL, AuthType=auth, TargetFunctionArn=target) | {"Function": {"Type": FUNCTION, "Properties": function}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_url(), "failed"),
        (_url(ReservedConcurrentExecutions=20), "passed"),
        (_url(ReservedConcurrentExecutions={"Ref": "AWS::NoValue"}), "failed"),
        (_url(named={"Ref": "Live"}) | LIVE, "failed"),
        (_url(named={"Ref": "Live"}, ReservedConcurrentExecutions=20) | LIVE, "passed"),
        (_url(named=GIVEN), "unknown"),
        (_url("AWS_IAM"), "not_applicable"),
        (_url(GIVEN), "not_applicable"),
    ],
)
def test_a_url_that_anybody_may_call(resources: dict[str, Any], expected: str) -> None:
    assert judged("api_throttled", resources) == expected
