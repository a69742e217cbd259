from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.cloudformation.sam import TRANSFORM
from hipaa_constructs.compliance.engine import evaluate
from tests.compliance.rules.support import GIVEN, judged, one, outcome, rule, verdict

API, METHOD = "AWS::ApiGateway::RestApi", "AWS::ApiGateway::Method"
VALIDATOR = "x-amazon-apigateway-request-validator"


def _method(verb: Any = "POST", validator: Any = None, **integration: Any) -> dict[str, Any]:
    given = {"RestApiId": {"Ref": "Subject"}, "HttpMethod": verb, "Integration": {"Type": "AWS", **integration}}
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
        # What is passed on whole, a program reads by itself.
        (_with(Write=_method(Type="AWS_PROXY")), "not_applicable"),
        (_with(Write=_method(Type="HTTP_PROXY")), "not_applicable"),
        (_with(Write=_method(Type="AWS_PROXY", validator="abc123")), "passed"),
        (_with(Write=_method(Type="AWS_PROXY"), Change=_method("PATCH", Type="HTTP")), "failed"),
        (_with(Write=_method(Type=GIVEN)), "failed"),
        (_defined({"post": {"x-amazon-apigateway-integration": {"type": "aws_proxy"}}}), "not_applicable"),
        (_defined({"post": {"x-amazon-apigateway-integration": {"type": "AWS"}}}), "failed"),
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
        # SAM passes requests to the function whole.
        ({}, "not_applicable"),
        ({"RequestModel": {"Model": "Record"}}, "not_applicable"),
        ({"RequestModel": {"Model": "Record", "ValidateBody": True}}, "passed"),
    ],
)
def test_events_of_sam(model: dict[str, Any], expected: str) -> None:
    event = {"Type": "Api", "Properties": {"Path": "/records", "Method": "post", **model}}
    resources = {"Intake": {"Type": "AWS::Serverless::Function", "Properties": {"Events": {"Post": event}}}}
    assert outcome("api_requests_validated", resources, "ServerlessRestApi", Transform=TRANSFORM) == expected


def test_several_apis_are_told_at_the_first() -> None:
    def api(name: str, **method: Any) -> dict[str, Any]:
        given = {"RestApiId": {"Ref": name}, "HttpMethod": "POST", "Integration": {"Type": "AWS"}, **method}
        return {name: {"Type": API}, f"{name}Write": {"Type": METHOD, "Properties": given}}

    app = App()
    seen = api("Seen", RequestValidatorId="abc123")
    app.add("Test.template.json", {"Resources": seen | api("Intake") | api("Portal") | api("Export")})
    told = {result.resource.logical_id: result.verdict for result in evaluate(app, [rule("api_requests_validated")])}
    assert {name: one.outcome for name, one in told.items()} == {
        "Seen": "passed",
        "Intake": "failed",
        "Portal": "not_applicable",
        "Export": "not_applicable",
    }
    assert told["Intake"].message == (
        "No request validator looks at what IntakeWrite is sent. The same is so of Portal, Export."
    )
    assert told["Portal"].said_of is not None
