from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

METHOD = "AWS::ApiGateway::Method"
ROUTE = "AWS::ApiGatewayV2::Route"
GRAPH = "AWS::AppSync::GraphQLApi"
CHAT = {"Chat": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"ProtocolType": "WEBSOCKET"}}}


def _open_api(operations: dict[str, Any], **body: Any) -> dict[str, Any]:
    return one("AWS::ApiGateway::RestApi", Body={"openapi": "3.0.1", "paths": {"/records": operations}, **body})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(METHOD, HttpMethod="GET", AuthorizationType="AWS_IAM"), "passed"),
        (one(METHOD, HttpMethod="GET", AuthorizationType="CUSTOM"), "passed"),
        (one(METHOD, HttpMethod="GET", AuthorizationType="NONE"), "failed"),
        (one(METHOD, HttpMethod="GET", AuthorizationType="None"), "failed"),
        (one(METHOD, HttpMethod="GET", ApiKeyRequired=True), "failed"),
        (one(METHOD, HttpMethod="GET", AuthorizationType=GIVEN), "unknown"),
        (one(METHOD, HttpMethod="OPTIONS", AuthorizationType="NONE"), "not_applicable"),
        (one(ROUTE, RouteKey="GET /", AuthorizationType="JWT"), "passed"),
        (one(ROUTE, RouteKey="GET /"), "failed"),
        (one(ROUTE, RouteKey="$default"), "failed"),
        (one(ROUTE, RouteKey="OPTIONS /{proxy+}"), "not_applicable"),
        (one(ROUTE, RouteKey="$connect"), "failed"),
        (one(ROUTE, RouteKey="$disconnect"), "not_applicable"),
        (one(ROUTE, RouteKey="send"), "not_applicable"),
        (one(ROUTE, RouteKey="$default", ApiId={"Ref": "Chat"}) | CHAT, "not_applicable"),
        (one(ROUTE, RouteKey="$connect", ApiId={"Ref": "Chat"}, AuthorizationType="NONE") | CHAT, "failed"),
        (one("AWS::ApiGatewayV2::Api", Target="arn:aws:lambda:function"), "failed"),
        (one("AWS::ApiGatewayV2::Api"), "not_applicable"),
        (one("AWS::ApiGateway::RestApi", BodyS3Location={"Bucket": "b"}), "unknown"),
        (one("AWS::ApiGateway::RestApi", Body=GIVEN), "unknown"),
        (_open_api({"get": {"security": [{"iam": []}]}, "options": {}}), "passed"),
        (_open_api({"get": {"x-amazon-apigateway-auth": {"type": "AWS_IAM"}}}), "passed"),
        (_open_api({"get": {}}), "failed"),
        (_open_api({"x-amazon-apigateway-any-method": {"security": []}}), "failed"),
        (_open_api({"get": {}}, security=[{"iam": []}]), "passed"),
        (_open_api({"get": {"security": GIVEN}}), "unknown"),
        (one(GRAPH, AuthenticationType="AWS_IAM"), "passed"),
        (one(GRAPH, AuthenticationType="API_KEY"), "failed"),
        (
            one(
                GRAPH,
                AuthenticationType="AWS_IAM",
                AdditionalAuthenticationProviders=[{"AuthenticationType": "API_KEY"}],
            ),
            "failed",
        ),
        (one("AWS::AppSync::Api", EventConfig={"AuthProviders": [{"AuthType": "API_KEY"}]}), "failed"),
        (one("AWS::AppSync::Api", EventConfig={"AuthProviders": [{"AuthType": "AWS_IAM"}]}), "passed"),
        (one("AWS::ApiGateway::Stage"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("api_authorized", resources) == expected
