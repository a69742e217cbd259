"""Every API method, route and GraphQL endpoint asks who is calling.

Compliant: an authorizer, IAM or a user pool. Non-compliant: no authorization, or an API key alone, which
identifies a usage plan and not a caller; an API defined by OpenAPI with an operation that has no
``security``. Unknown: a definition in S3. Not applicable: OPTIONS, which browsers send without credentials;
WebSocket routes behind ``$connect``, which authorizes the connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, spread
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown, worst

_METHODS = frozenset({"get", "put", "post", "delete", "head", "patch", "trace", "x-amazon-apigateway-any-method"})


def _kind(value: Any, name: str) -> Verdict:
    if value is UNKNOWN:
        return unknown(f"{name} is known only at deployment.")
    if value in (None, "NONE"):
        return failed(f"{name} is {'not set' if value is None else value}, so anyone may call.")
    return failed(f"{name} is API_KEY, which identifies no caller.") if value == "API_KEY" else PASSED


def _method(resource: Resource) -> Verdict:
    if resource.get("HttpMethod") == "OPTIONS":
        return NOT_APPLICABLE
    return _kind(resource.get("AuthorizationType"), "AuthorizationType")


def _route(resource: Resource) -> Verdict:
    key = str(resource.get("RouteKey"))
    api = resource.template.app.target(resource.get("ApiId"), "AWS::ApiGatewayV2::Api")
    websocket = api is not None and api.get("ProtocolType") == "WEBSOCKET"
    if key.startswith("OPTIONS ") or (key != "$connect" and (websocket or (" " not in key and key != "$default"))):
        return NOT_APPLICABLE
    return _kind(resource.get("AuthorizationType"), "AuthorizationType")


def _api(resource: Resource) -> Verdict:
    if resource.get("BodyS3Location") is not None:
        return unknown("The API is defined by a file in S3, which is not part of these templates.")
    if resource.get("Target") is not None:
        return failed("Target makes a default route that anyone may call.")
    body = resource.get("Body")
    if body is None:
        return NOT_APPLICABLE
    if not isinstance(body, Mapping) or not isinstance(body.get("paths", {}), Mapping):
        return unknown("Body cannot be read before deployment.")
    return worst([PASSED, *_operations(body)])


def _operations(body: Mapping[str, Any]) -> Iterator[Verdict]:
    for path, operations in body.get("paths", {}).items():
        for method, operation in operations.items() if isinstance(operations, Mapping) else ():
            if method.lower() not in _METHODS or not isinstance(operation, Mapping):
                continue
            security = operation.get("security", body.get("security"))
            named = operation.get("x-amazon-apigateway-auth")
            if security is UNKNOWN or named is UNKNOWN:
                yield unknown(f"The security of {method.upper()} {path} is known only at deployment.")
            else:
                secured = bool(security or named)
                yield PASSED if secured else failed(f"{method.upper()} {path} in Body has no security.")


def _graph(resource: Resource) -> Verdict:
    first = _kind(resource.get("AuthenticationType"), "AuthenticationType")
    others = spread(resource.properties, "AdditionalAuthenticationProviders[].AuthenticationType")
    return worst([first, *(_kind(value, "AdditionalAuthenticationProviders") for value in others)])


def _event_api(resource: Resource) -> Verdict:
    return worst(
        _kind(value, "EventConfig.AuthProviders")
        for value in spread(resource.properties, "EventConfig.AuthProviders[].AuthType")
    )


_CHECKS: Mapping[str, Callable[[Resource], Verdict]] = {
    "AWS::ApiGateway::Method": _method,
    "AWS::ApiGateway::RestApi": _api,
    "AWS::ApiGatewayV2::Api": _api,
    "AWS::ApiGatewayV2::Route": _route,
    "AWS::AppSync::Api": _event_api,
    "AWS::AppSync::GraphQLApi": _graph,
}


def check(resource: Resource) -> Verdict:
    return _CHECKS[resource.type](resource)


RULE = Rule(
    name="ApiAuthorized",
    severity="error",
    resource_types=tuple(_CHECKS),
    controls=("164.312(a)(1)", "164.312(d)"),
    fix="Pass an authorizer (IAM, Cognito, JWT or Lambda) to the method or route, or as the API's default.",
    check=check,
)
