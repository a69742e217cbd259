from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

API = {"Ref": "Api"}
CACHED = {"HttpMethod": "*", "ResourcePath": "/*", "CachingEnabled": True}
ROOT = {"Fn::GetAtt": ["Api", "RootResourceId"]}


def _api(**properties: Any) -> dict[str, Any]:
    return {"Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": properties}}


def _method(verb: str = "GET", authorization: Any = "AWS_IAM", **more: Any) -> dict[str, Any]:
    properties = {"RestApiId": API, "HttpMethod": verb, "AuthorizationType": authorization, "ResourceId": ROOT, **more}
    return {f"Method{verb}": {"Type": "AWS::ApiGateway::Method", "Properties": properties}}


def _resource(path: str, parent: Any = ROOT) -> dict[str, Any]:
    properties = {"RestApiId": API, "PathPart": path, "ParentId": parent}
    return {path.title(): {"Type": "AWS::ApiGateway::Resource", "Properties": properties}}


def _stage(*beside: dict[str, Any], settings: Any = (CACHED,), **more: Any) -> dict[str, Any]:
    found = one(
        "AWS::ApiGateway::Stage",
        **{"RestApiId": API, "CacheClusterEnabled": True, "MethodSettings": list(settings), **more},
    )
    for one_beside in beside:
        found |= one_beside
    return found


TREE = _resource("ward") | _resource("beds", {"Ref": "Ward"})
IN_TREE = {"ResourceId": {"Ref": "Beds"}}
BODY = {
    "paths": {
        "/beds": {
            "get": {"security": [{"pool": []}], "x-amazon-apigateway-integration": {}},
            "options": {},
        },
        "/hours": {"get": {}},
    }
}
KEYED = {"security": [{"pool": []}]} | {
    "x-amazon-apigateway-integration": {"cacheKeyParameters": ["method.request.header.Authorization"]}
}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_stage(_api(), _method()), "failed"),
        (_stage(_api(), _method(authorization="NONE")), "passed"),
        (_stage(_api(), _method(authorization="NONE", ApiKeyRequired=True)), "failed"),
        (_stage(_api(), _method(authorization=GIVEN)), "unknown"),
        (_stage(_api(), _method("OPTIONS", "NONE"), _method("POST")), "failed"),
        (_stage(_api(), _method(), settings=[{**CACHED, "HttpMethod": "POST"}]), "passed"),
        (_stage(_api(), _method(), settings=[{**CACHED, "CachingEnabled": False}]), "passed"),
        (_stage(_api(), _method(), settings=[{**CACHED, "CachingEnabled": GIVEN}]), "unknown"),
        (_stage(_api(), _method(), settings=[{**CACHED, "CacheTtlInSeconds": 0}]), "passed"),
        (_stage(_api(), _method(), settings=[{**CACHED, "CacheTtlInSeconds": 300}]), "failed"),
        (_stage(_api(), _method(), settings=[{**CACHED, "CacheTtlInSeconds": GIVEN}]), "unknown"),
        (_stage(_api(), _method(), settings=[]), "passed"),
        (_stage(_api(), _method(), CacheClusterEnabled=False), "not_applicable"),
        (_stage(_api(), _method(), CacheClusterEnabled=GIVEN), "unknown"),
        (_stage(_method(), RestApiId="a1b2c3"), "unknown"),
        (_stage(_api()), "unknown"),
        (
            _stage(_api(), _method(Integration={"CacheKeyParameters": ["method.request.header.Authorization"]})),
            "passed",
        ),
        (_stage(_api(), _method(Integration={"CacheKeyParameters": ["method.request.path.bed"]})), "failed"),
        (_stage(_api(), _method(Integration={"CacheKeyParameters": [GIVEN]})), "unknown"),
        (
            _stage(
                _api(),
                _method(
                    Integration={
                        "CacheKeyParameters": ["integration.request.header.Caller"],
                        "RequestParameters": {"integration.request.header.Caller": "context.authorizer.claims.sub"},
                    }
                ),
            ),
            "passed",
        ),
        (
            _stage(
                _api(),
                _method(
                    authorization="CUSTOM",
                    AuthorizerId={"Ref": "Door"},
                    Integration={"CacheKeyParameters": ["method.request.header.X-Ticket"]},
                ),
                {
                    "Door": {
                        "Type": "AWS::ApiGateway::Authorizer",
                        "Properties": {"RestApiId": API, "IdentitySource": "method.request.header.X-Ticket"},
                    }
                },
            ),
            "passed",
        ),
        (_stage(_api(), TREE, _method(**IN_TREE), settings=[{**CACHED, "ResourcePath": "/~1ward~1beds"}]), "failed"),
        (_stage(_api(), TREE, _method(**IN_TREE), settings=[{**CACHED, "ResourcePath": "/ward"}]), "passed"),
        (_stage(_api(), _method(ResourceId=GIVEN), settings=[{**CACHED, "ResourcePath": "/ward"}]), "unknown"),
        (_stage(_api(Body=BODY)), "failed"),
        (_stage(_api(Body=BODY), settings=[{**CACHED, "ResourcePath": "/hours"}]), "passed"),
        (_stage(_api(Body={"paths": {"/beds": {"get": KEYED}}})), "passed"),
        (_stage(_api(Body={"paths": {"/beds": {"get": {}}}, "security": [{"pool": []}]})), "failed"),
        (_stage(_api(BodyS3Location={"Bucket": "b"})), "unknown"),
    ],
)
def test_stage(resources: dict[str, Any], expected: str) -> None:
    assert judged("cached_responses_kept_apart", resources) == expected


def _graph(behavior: Any, *resolvers: dict[str, Any], api: Any = None) -> dict[str, Any]:
    graph = {"Fn::GetAtt": ["Graph", "ApiId"]}
    found = one("AWS::AppSync::ApiCache", ApiId=api or graph, ApiCachingBehavior=behavior)
    found["Graph"] = {"Type": "AWS::AppSync::GraphQLApi", "Properties": {"Name": "g"}}
    for number, properties in enumerate(resolvers):
        found[f"R{number}"] = {"Type": "AWS::AppSync::Resolver", "Properties": {"ApiId": graph, **properties}}
    return found


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_graph("FULL_REQUEST_CACHING", {"CachingConfig": {"Ttl": 9}}), "passed"),
        (_graph("PER_RESOLVER_CACHING", {"CachingConfig": {"Ttl": 9}}), "failed"),
        (_graph("PER_RESOLVER_CACHING", {"CachingConfig": {"CachingKeys": ["$context.arguments.id"]}}), "failed"),
        (_graph("PER_RESOLVER_CACHING", {"CachingConfig": {"CachingKeys": ["$context.identity.sub"]}}), "passed"),
        (_graph("PER_RESOLVER_CACHING", {"CachingConfig": {"CachingKeys": [GIVEN]}}), "unknown"),
        (_graph("PER_RESOLVER_CACHING", {}), "passed"),
        (_graph("PER_RESOLVER_CACHING", api="elsewhere"), "unknown"),
        (_graph("OPERATION_LEVEL_CACHING"), "unknown"),
        (_graph(GIVEN), "unknown"),
    ],
)
def test_graph(resources: dict[str, Any], expected: str) -> None:
    assert judged("cached_responses_kept_apart", resources) == expected
