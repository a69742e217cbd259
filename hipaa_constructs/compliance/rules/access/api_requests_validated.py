"""REST APIs look at what they are sent before they pass it on.

A warning, since what is behind an API may look as well. A request validator refuses requests that lack a parameter or
whose body is not as the model says, before a function sees them
(docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html). Compliant: each
method that takes a body (POST, PUT, PATCH) names a validator, or the definition does for it. Non-compliant: one names
none; it is said once a template, at the first such API. Not applicable: APIs without such methods, definitions that no
template shows, methods for any verb or without a backend, and proxy integrations without a validator, which pass
requests whole to a program that reads them, as a function of its own would
(docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html). Whether there is a model
is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.sam import INTEGRATION, VALIDATOR
from hipaa_constructs.cloudformation.values import Resolved, Ternary, any_of, dig, is_mapping, is_one_of, is_present
from hipaa_constructs.compliance.facts.said_once import say_once
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, judge, listed

_REST, _METHOD = "AWS::ApiGateway::RestApi", "AWS::ApiGateway::Method"
_WITH_BODY = ("patch", "post", "put")


def _methods(api: Resource) -> Iterator[tuple[str, Ternary]]:
    """Yield methods that take a body, and whether a validator looks at it."""
    for method in api.template.app.referring(api, _METHOD, "RestApiId"):
        takes_body = is_one_of(method.get("HttpMethod"), *_WITH_BODY, any_case=True) is Ternary.YES
        looks = _looks(method.get("RequestValidatorId"))
        if takes_body and (looks is Ternary.YES or _is_mapped(method.get("Integration.Type"))):
            yield method.logical_id, looks


def _operations(body: Resolved) -> Iterator[tuple[str, Ternary]]:
    of_all = dig(body, "paths")
    for path, operations in of_all.items() if is_mapping(of_all) else ():
        for verb, operation in operations.items() if is_mapping(operations) else ():
            backend = dig(dig(operation, INTEGRATION), "type")
            if verb.lower() in _WITH_BODY and is_mapping(operation):
                looks = any_of(map(_looks, (operation.get(VALIDATOR), dig(body, VALIDATOR))))
                if looks is Ternary.YES or _is_mapped(backend):
                    yield f"{verb.upper()} {path}", looks


def _is_mapped(integration: Resolved | None) -> bool:
    """Whether an integration maps requests to a backend, which no program of its own reads first."""
    return is_one_of(integration, "aws_proxy", "http_proxy", "mock", any_case=True) is not Ternary.YES


def _looks(validator: Resolved | None) -> Ternary:
    # One that deployment fills in was chosen by somebody.
    return Ternary.of(is_present(validator) is not Ternary.NO)


def check(resource: Resource) -> Verdict:
    return say_once(resource, _judge, (_REST,))


def _judge(resource: Resource) -> Verdict:
    found = dict((*_methods(resource), *_operations(resource.get("Body"))))
    if not found:
        return NOT_APPLICABLE
    unseen = [name for name, looks in found.items() if looks is Ternary.NO]
    return judge(not unseen, f"No request validator looks at what {listed(unseen)} is sent.", at="")


RULE = Rule(
    name="ApiRequestsValidated",
    severity="warning",
    resource_types=(_REST,),
    controls=("164.312(c)(1)",),
    fix="Have a request validator look at the body and the parameters of each method that takes a body.",
    fixes=(
        Fix(
            beside="An AWS::ApiGateway::RequestValidator of the API has ValidateRequestBody and "
            "ValidateRequestParameters true, and each method names it in RequestValidatorId (in CDK: add_method(…, "
            "request_validator=…), with models of the bodies in request_models). In Body, "
            "x-amazon-apigateway-request-validator names one.",
            constructs=("PrivateApi",),
        ),
    ),
    check=check,
    phi_only=True,
)
