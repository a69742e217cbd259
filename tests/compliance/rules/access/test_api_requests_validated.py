from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.sam import TRANSFORM
from tests.compliance.rules.support import GIVEN, judged, one, outcome, verdict

API, METHOD = "AWS::ApiGateway::RestApi", "AWS::ApiGateway::Method"
VALIDATOR = "x-amazon-apigateway-request-validator"


def _method(verb: Any = "POST", validator: Any = None, **integration: Any) -> dict[str, Any]:
    given = {"RestApiId": {"Ref": "Subject"}, "HttpMethod": verb, "Integration": {"Type": "AWS_PROXY", **integration}}
    named = {} if validator is None else {"RequestValidatorId": validator}
    return {"Type": METHOD, "Properties": {**given, **named}}


def _with(**methods: dict[str, Any]) -> dict[str, Any]:
    return one(API, Name="records") | methods


def _defined(operation: dict[str, Any], **of_all: Any) -> dict[str, Any]:
    return one(API, Body={"paths": {"/records": operation}, **of_all})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_with(Write=_method()), "failed"),
        (_with(Write=_method("put")), "failed"),
        (_with(Write=_method(validator={"Ref": "Validator"})), "passed"),
        (_with(Write=_method(validator=GIVEN)), "passed"),
        (_with(Write=_method(validator="abc123"), Change=_method("PATCH")), "failed"),
        (_with(Read=_method("GET"), Remove=_method("DELETE"), Any=_method("ANY")), "not_applicable"),
        (_with(Write=_method(Type="MOCK")), "not_applicable"),
        (_with(), "not_applicable"),
        (_defined({"post": {}}), "failed"),
        (_defined({"post": {VALIDATOR: "all"}}), "passed"),
        (_defined({"post": {}}, **{VALIDATOR: "all"}), "passed"),
        (_defined({"get": {}}), "not_applicable"),
        (_defined({"post": {"x-amazon-apigateway-integration": {"type": "mock"}}}), "not_applicable"),
        (one(API, Body=GIVEN), "not_applicable"),
        (one(API, BodyS3Location={"Bucket": "definitions"}), "not_applicable"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("api_requests_validated", resources) == expected


def test_methods_are_told_once() -> None:
    found = verdict("api_requests_validated", _with(Write=_method(), Change=_method("PATCH")))
    assert found is not None
    assert found.message == "No request validator looks at what Write, Change is sent."


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ({}, "failed"),
        ({"RequestModel": {"Model": "Record"}}, "failed"),
        ({"RequestModel": {"Model": "Record", "ValidateBody": True}}, "passed"),
    ],
)
def test_events_of_sam(model: dict[str, Any], expected: str) -> None:
    event = {"Type": "Api", "Properties": {"Path": "/records", "Method": "post", **model}}
    resources = {"Intake": {"Type": "AWS::Serverless::Function", "Properties": {"Events": {"Post": event}}}}
    assert outcome("api_requests_validated", resources, "ServerlessRestApi", Transform=TRANSFORM) == expected
