"""How many requests APIs take, and by which TLS they are asked."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_certificatemanager as acm

from hipaa_constructs.defaults.secure_defaults import secure_defaults
from hipaa_constructs.testing import findings
from tests.defaults.support import ENV, Synthesized, lint_errors, new_stack, synthesized

_EVERYWHERE = {"HttpMethod": "*", "ResourcePath": "/*"}
_LIMITS = {"ThrottlingRateLimit": 100, "ThrottlingBurstLimit": 200}


def _api(stack: cdk.Stack, name: str, **arguments: Any) -> apigateway.RestApi:
    api = apigateway.RestApi(stack, name, **arguments)
    api.root.add_method("GET")
    return api


def _settings(made: Synthesized) -> dict[str, Any]:
    """Return what the stage of a REST API sets for all its methods."""
    (stage,) = made.of("AWS::ApiGateway::Stage")
    (found,) = [one for one in stage.get("MethodSettings", ()) if {**one, **_EVERYWHERE} == one]
    return {name: value for name, value in found.items() if name in _LIMITS}


def _two_stages(stack: cdk.Stack) -> None:
    api = _api(stack, "Api", deploy=False)
    deployment = apigateway.Deployment(stack, "Deployment", api=api)
    one = apigateway.CfnStage.MethodSettingProperty(http_method="GET", resource_path="/a", throttling_rate_limit=3)
    for name, settings in (("none", None), ("one", [one])):
        apigateway.CfnStage(
            stack,
            name,
            rest_api_id=api.rest_api_id,
            deployment_id=deployment.deployment_id,
            stage_name=name,
            method_settings=settings,
        )


def test_new_stages_take_no_more_than_a_private_api() -> None:
    made = synthesized(lambda stack: _api(stack, "Api"), new_stores=True)
    assert _settings(made) == _LIMITS
    assert "throttling_rate_limit" in made.changed("S/Api/DeploymentStage.prod")
    assert lint_errors(made) == []


def test_stages_of_cloudformations_own_class_are_limited_beside_what_they_say() -> None:
    made = synthesized(_two_stages, new_stores=True)
    stages = {one["StageName"]: one["MethodSettings"] for one in made.of("AWS::ApiGateway::Stage")}
    own = {"HttpMethod": "GET", "ResourcePath": "/a", "ThrottlingRateLimit": 3}
    assert stages == {"none": [{**_EVERYWHERE, **_LIMITS}], "one": [own, {**_EVERYWHERE, **_LIMITS}]}
    assert lint_errors(made) == []


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"throttling_rate_limit": 7}, {"ThrottlingRateLimit": 7}),
        ({"throttling_burst_limit": 9}, {"ThrottlingRateLimit": 100, "ThrottlingBurstLimit": 9}),
    ],
)
def test_a_limit_of_the_app_stays(said: dict[str, Any], kept: dict[str, Any]) -> None:
    options = apigateway.StageOptions(**said)
    made = synthesized(lambda stack: _api(stack, "Api", deploy_options=options), new_stores=True)
    assert _settings(made) == kept


@pytest.mark.parametrize("throttle", [None, apigateway.ThrottleSettings(rate_limit=500)])
def test_a_usage_plan_with_a_rate_says_how_much(throttle: apigateway.ThrottleSettings | None) -> None:
    def define(stack: cdk.Stack) -> None:
        api = _api(stack, "Api")
        planned = [apigateway.UsagePlanPerApiStage(api=api, stage=api.deployment_stage)]
        apigateway.UsagePlan(stack, "Plan", throttle=throttle, api_stages=planned)

    assert _settings(synthesized(define, new_stores=True)) == ({} if throttle else _LIMITS)


def test_http_and_websocket_stages_are_limited_unless_they_say() -> None:
    def define(stack: cdk.Stack) -> None:
        apigatewayv2.HttpApi(stack, "Http")
        api = apigatewayv2.WebSocketApi(stack, "Socket")
        own = apigatewayv2.ThrottleSettings(rate_limit=3, burst_limit=4)
        apigatewayv2.WebSocketStage(
            stack, "Plain", web_socket_api=api, stage_name="plain", detailed_metrics_enabled=True
        )
        apigatewayv2.WebSocketStage(stack, "Own", web_socket_api=api, stage_name="own", throttle=own)

    made = synthesized(define, new_stores=True)
    stages = {one["StageName"]: one["DefaultRouteSettings"] for one in made.of("AWS::ApiGatewayV2::Stage")}
    assert stages == {
        "$default": _LIMITS,
        "plain": {**_LIMITS, "DetailedMetricsEnabled": True},
        "own": {"ThrottlingRateLimit": 3, "ThrottlingBurstLimit": 4},
    }
    assert lint_errors(made) == []


def test_a_stage_that_may_be_deployed_is_named_and_takes_what_it_took() -> None:
    def define(stack: cdk.Stack) -> None:
        _api(stack, "Api")
        apigatewayv2.HttpApi(stack, "Http")

    made = synthesized(define)
    assert _settings(made) == {}
    assert "DefaultRouteSettings" not in made.of("AWS::ApiGatewayV2::Stage")[0]
    for path in ("S/Api/DeploymentStage.prod", "S/Http/DefaultStage"):
        assert "running API" in made.change(path, "throttling_rate_limit").why
        assert "throttling_rate_limit" in made.changed(path, "unreached")


_KINDS: list[tuple[dict[str, Any], str]] = [
    ({}, "SecurityPolicy_TLS12_PFS_2025_EDGE"),
    ({"endpoint_types": [apigateway.EndpointType.EDGE]}, "SecurityPolicy_TLS12_PFS_2025_EDGE"),
    ({"endpoint_types": [apigateway.EndpointType.REGIONAL]}, "SecurityPolicy_TLS13_1_2_2021_06"),
]


@pytest.mark.parametrize(("kind", "policy"), _KINDS)
@pytest.mark.parametrize("new_stores", [False, True])
def test_rest_apis_refuse_old_tls_at_their_own_address(kind: dict[str, Any], policy: str, new_stores: bool) -> None:
    made = synthesized(lambda stack: _api(stack, "Api", **kind), new_stores=new_stores)
    (api,) = made.of("AWS::ApiGateway::RestApi")
    assert (api["SecurityPolicy"], api["EndpointAccessMode"]) == (policy, "BASIC")
    assert "security_policy" in made.changed("S/Api")
    assert lint_errors(made) == []


def _own_policy(stack: cdk.Stack) -> None:
    resource = _api(stack, "Api").node.default_child
    assert isinstance(resource, apigateway.CfnRestApi)
    resource.security_policy = "TLS_1_0"


def _defined(stack: cdk.Stack) -> None:
    body = {"openapi": "3.0.1", "x-amazon-apigateway-security-policy": "TLS_1_2", "paths": {}}
    apigateway.CfnRestApi(stack, "Api", body=body)


@pytest.mark.parametrize(
    ("define", "policy"),
    [
        (_own_policy, "TLS_1_0"),
        (_defined, None),
        (lambda stack: _api(stack, "Api", disable_execute_api_endpoint=True), None),
        (lambda stack: _api(stack, "Api", endpoint_types=[apigateway.EndpointType.PRIVATE]), None),
    ],
)
def test_apis_that_say_so_or_have_no_public_address_keep_their_tls(define: Any, policy: str | None) -> None:
    (api,) = synthesized(define).of("AWS::ApiGateway::RestApi")
    assert api.get("SecurityPolicy") == policy
    assert "EndpointAccessMode" not in api


@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-north-1"])
def test_regions_without_such_policies_get_none(region: str) -> None:
    stack = new_stack(env=cdk.Environment(account="111122223333", region=region))
    secure_defaults(stack)
    _api(stack, "Api")
    assert "SecurityPolicy" not in Synthesized(stack).of("AWS::ApiGateway::RestApi")[0]


def test_the_rules_are_content() -> None:
    def found(secure: bool) -> set[str]:
        stack = new_stack()
        app = stack.node.root
        assert isinstance(app, cdk.App)
        if secure:
            secure_defaults(stack, new_stores=True)
        _api(stack, "Api")
        apigatewayv2.HttpApi(stack, "Http")
        return {one.rule_id for one in findings(app)}

    rules = {"HIPAA.Constructs-ApiThrottled", "HIPAA.Constructs-EndpointTlsMinimum"}
    assert rules <= found(secure=False)
    assert not rules & found(secure=True)


def test_names_of_apis_refuse_old_tls_too() -> None:
    def define(stack: cdk.Stack) -> None:
        given: dict[str, Any] = {
            "certificate": acm.Certificate.from_certificate_arn(stack, "C", f"arn:aws:acm:{ENV.region}:1:certificate/1")
        }
        apigateway.DomainName(stack, "Silent", domain_name="a.example.org", **given)
        old = apigateway.SecurityPolicy.TLS_1_0
        apigateway.DomainName(stack, "Old", domain_name="b.example.org", security_policy=old, **given)

    names = synthesized(define).of("AWS::ApiGateway::DomainName")
    assert {one["DomainName"]: one["SecurityPolicy"] for one in names} == {
        "a.example.org": "TLS_1_2",
        "b.example.org": "TLS_1_0",
    }
