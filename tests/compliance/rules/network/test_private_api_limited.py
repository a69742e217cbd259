from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

API = "AWS::ApiGateway::RestApi"
ELSEWHERE = {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}
HERE = {"StringEquals": {"aws:SourceVpc": "vpc-1"}}


def _private(*statements: Any) -> dict[str, Any]:
    return one(API, EndpointConfiguration={"Types": ["PRIVATE"]}, Policy={"Statement": list(statements)})


def _defined(*policies: Any, **beside: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"openapi": "3.0.1", "paths": {}}
    for statements in policies:
        body["x-amazon-apigateway-policy"] = {"Statement": statements}
    return one(API, EndpointConfiguration={"Types": ["PRIVATE"]}, Body=body, **beside)


def _statement(effect: str, condition: Any = None, principal: Any = "*") -> dict[str, Any]:
    statement = {"Effect": effect, "Principal": principal, "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
    return statement | ({"Condition": condition} if condition else {})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_private(_statement("Deny", ELSEWHERE)), "passed"),
        (_private(_statement("Deny", ELSEWHERE), _statement("Allow")), "passed"),
        (_private(_statement("Allow", HERE)), "passed"),
        (_private(_statement("Allow", {"StringEquals": {"aws:SourceVpc": GIVEN}})), "passed"),
        (_private(_statement("Allow", HERE), _statement("Allow")), "failed"),
        (_private(_statement("Allow", {"StringLike": {"aws:SourceVpce": "*"}})), "failed"),
        (_private(_statement("Allow", ELSEWHERE)), "failed"),
        (_private(_statement("Deny", ELSEWHERE, {"AWS": "111122223333"})), "failed"),
        (_private(_statement("Deny", HERE)), "failed"),
        (_private(), "failed"),
        (one(API, EndpointConfiguration={"Types": ["PRIVATE"]}), "failed"),
        (one(API, EndpointConfiguration={"Types": ["PRIVATE"]}, Policy=GIVEN), "unknown"),
        (_defined([_statement("Allow", HERE)]), "passed"),
        (_defined([_statement("Deny", ELSEWHERE), _statement("Allow")]), "passed"),
        (_defined([_statement("Allow")]), "failed"),
        (_defined(GIVEN), "unknown"),
        (_defined(), "failed"),
        (_defined(Policy={"Statement": [_statement("Allow", HERE)]}), "passed"),
        (_defined([_statement("Allow")], Policy={"Statement": [_statement("Allow", HERE)]}), "unknown"),
        (_defined([_statement("Allow")], Policy={"Statement": [_statement("Allow")]}), "failed"),
        (one(API, EndpointConfiguration={"Types": ["PRIVATE"]}, Body=GIVEN), "unknown"),
        (one(API, EndpointConfiguration={"Types": ["PRIVATE"]}, BodyS3Location={"Bucket": "b"}), "unknown"),
        (one(API, EndpointConfiguration={"Types": GIVEN}), "unknown"),
        (one(API, EndpointConfiguration={"Types": ["REGIONAL"]}), "not_applicable"),
        (one(API), "not_applicable"),
        (one("AWS::ApiGatewayV2::Api"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("private_api_limited", resources) == expected
