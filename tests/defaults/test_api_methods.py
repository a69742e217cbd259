"""A validator looks at what methods are sent that take a body, unless the app names one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigateway

from hipaa_constructs.defaults.secure_defaults import secure_defaults
from hipaa_constructs.testing import findings
from tests.defaults.support import Synthesized, lint_errors, new_stack, synthesized

_METHOD, _VALIDATOR = "AWS::ApiGateway::Method", "AWS::ApiGateway::RequestValidator"
_BACKEND = apigateway.HttpIntegration("https://backend.clinic.example", proxy=False)


def _api(stack: cdk.Stack) -> apigateway.RestApi:
    return apigateway.RestApi(stack, "Api")


def _visits(stack: cdk.Stack) -> None:
    visits = _api(stack).root.add_resource("visits")
    for verb in ("GET", "POST", "PUT", "ANY"):
        visits.add_method(verb, _BACKEND)


def _post(stack: cdk.Stack, **arguments: Any) -> None:
    _api(stack).root.add_method("POST", _BACKEND, **arguments)


def _by_verb(made: Synthesized) -> Mapping[str, Any]:
    return {one["HttpMethod"]: one.get("RequestValidatorId") for one in made.of(_METHOD)}


def test_methods_of_one_api_with_a_body_share_a_validator() -> None:
    made = synthesized(_visits)
    (validator,) = made.of(_VALIDATOR)
    assert validator["ValidateRequestBody"] is validator["ValidateRequestParameters"] is True
    by_verb = _by_verb(made)
    assert by_verb["POST"] == by_verb["PUT"] is not None
    assert by_verb["GET"] is by_verb["ANY"] is None
    assert made.changed("S/Api/Default/visits/POST") == {"options"}
    assert lint_errors(made) == []


def test_each_api_has_its_own() -> None:
    def define(stack: cdk.Stack) -> None:
        for name in ("Patients", "Visits"):
            apigateway.RestApi(stack, name).root.add_method("POST", _BACKEND)

    assert len(synthesized(define).of(_VALIDATOR)) == 2


def test_the_options_of_the_app_stay() -> None:
    made = synthesized(lambda stack: _post(stack, api_key_required=True, operation_name="Admit"))
    (method,) = made.of(_METHOD)
    assert method["ApiKeyRequired"] is True
    assert method["OperationName"] == "Admit"
    assert method["RequestValidatorId"]


def test_a_validator_of_the_app_stays() -> None:
    only_parameters = apigateway.RequestValidatorOptions(validate_request_parameters=True)
    made = synthesized(lambda stack: _post(stack, request_validator_options=only_parameters), new_stores=True)
    (validator,) = made.of(_VALIDATOR)
    assert not validator.get("ValidateRequestBody")
    assert made.changed("S/Api/Default/POST") == set()


def test_what_answers_itself_has_none() -> None:
    assert (
        synthesized(lambda stack: _api(stack).root.add_method("POST", apigateway.MockIntegration())).of(_VALIDATOR)
        == []
    )


@pytest.mark.parametrize(("new", "number"), [(True, 1), (False, 0)])
def test_what_an_api_that_runs_declares_stops_nobody_who_calls_it(new: bool, number: int) -> None:
    def define(stack: cdk.Stack) -> None:
        _post(stack, request_models={"application/json": apigateway.Model.EMPTY_MODEL})

    assert len(synthesized(define, new_stores=new).of(_VALIDATOR)) == number


def test_the_rule_is_content() -> None:
    def found(secure: bool) -> set[str]:
        stack = new_stack()
        app = stack.node.root
        assert isinstance(app, cdk.App)
        if secure:
            secure_defaults(stack)
        _visits(stack)
        return {one.rule_id for one in findings(app)}

    assert "HIPAA.Constructs-ApiRequestsValidated" in found(secure=False) - found(secure=True)
