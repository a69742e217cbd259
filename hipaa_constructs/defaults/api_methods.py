"""Amazon API Gateway: a validator looks at what the methods of REST APIs are sent that take a body.

It refuses what lacks a parameter that the method requires, and a body that is not as the method's models say
(docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html); where a method
declares neither, it lets everything through, and holds what is declared later.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_apigateway as apigateway

from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.setting import Made, Plain, Setting

_WITH_BODY = ("PATCH", "POST", "PUT")
_ID = "Validator"


def _is_unlooked_at(made: Made) -> bool:
    """Whether the method takes a body and passes it on, and refusing some of them stops nobody."""
    if str(made.props.get("httpMethod")).upper() not in _WITH_BODY or _answers_itself(made.props.get("integration")):
        return False
    given = made.props.get("options") or {}
    if not isinstance(given, Mapping) or given.get("requestValidator") or given.get("requestValidatorOptions"):
        return False
    # Callers of an API that runs may send what it declares otherwise.
    return made.session.new_stores or not (given.get("requestModels") or given.get("requestParameters"))


def _answers_itself(integration: Any) -> bool:
    return isinstance(integration, apigateway.MockIntegration)


def _validator(made: Made) -> Mapping[str, Any]:
    """Return the one validator of the method's API, beside which each method would make its own."""
    api = made.props["resource"].api
    home = made.session.home(api)
    known = home.node.try_find_child(_ID)
    return {
        "request_validator": known
        or apigateway.RequestValidator(
            home, _ID, rest_api=api, validate_request_body=True, validate_request_parameters=True
        )
    }


SERVICE = Service(
    plain=[
        Plain(
            construct=apigateway.Method,
            props=apigateway.MethodProps,
            resource_type="AWS::ApiGateway::Method",
            settings=[
                Setting(
                    argument="options",
                    properties=["RequestValidatorId"],
                    parts=apigateway.MethodOptions,
                    value=_validator,
                    when=_is_unlooked_at,
                    why="Requests that are not as the method declares are refused before they reach anything.",
                )
            ],
        )
    ]
)
