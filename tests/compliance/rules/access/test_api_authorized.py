from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import findings
from tests.compliance.rules.support import GIVEN, judged, one, to_do, verdict

METHOD = "AWS::ApiGateway::Method"
ROUTE = "AWS::ApiGatewayV2::Route"
GRAPH = "AWS::AppSync::GraphQLApi"
CHAT = {"Chat": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"ProtocolType": "WEBSOCKET"}}}


_KEY = {"type": "apiKey", "name": "x-api-key", "in": "header"}
_HEADER = {"type": "apiKey", "name": "Authorization", "in": "header"}
_SCHEMES = {
    "key": _KEY,
    "users": {**_HEADER, "x-amazon-apigateway-authtype": "cognito_user_pools"},
    "own": {**_HEADER, "x-amazon-apigateway-authorizer": {"type": "request"}},
    "bearer": {"type": "http", "scheme": "bearer"},
}
SCHEMES = {"components": {"securitySchemes": _SCHEMES}}
SWAGGER = {"securityDefinitions": _SCHEMES}
BY_IAM = {"x-amazon-apigateway-auth": {"type": "AWS_IAM"}}
ASKS_FOR_KEY = {"/records": {"get": {"security": [{"key": []}]}}}


def _open_api(operations: dict[str, Any], **body: Any) -> dict[str, Any]:
    return one("AWS::ApiGateway::RestApi", Body={"openapi": "3.0.1", "paths": {"/records": operations}, **body})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::BedrockAgentCore::Gateway", AuthorizerType="NONE"), "failed"),
        (one("AWS::BedrockAgentCore::Gateway", AuthorizerType="CUSTOM_JWT"), "passed"),
        (one("AWS::BedrockAgentCore::Gateway", AuthorizerType=GIVEN), "unknown"),
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
        (_open_api({"get": {"security": [{"key": []}]}}, **SCHEMES), "failed"),
        (_open_api({"get": {}}, security=[{"key": []}], **SCHEMES), "failed"),
        (_open_api({"get": {"security": [{"key": []}]}}, **SWAGGER), "failed"),
        (_open_api({"get": {"security": [{"users": []}]}}, **SWAGGER), "passed"),
        (_open_api({"get": {"security": [{"users": []}]}}, **SCHEMES), "passed"),
        (_open_api({"get": {"security": [{"own": []}]}}, **SCHEMES), "passed"),
        (_open_api({"get": {"security": [{"bearer": []}]}}, **SCHEMES), "passed"),
        (_open_api({"get": {"security": [{"key": [], "users": []}]}}, **SCHEMES), "passed"),
        (_open_api({"get": {"security": [{"key": []}, {"own": []}]}}, **SCHEMES), "passed"),
        (_open_api({"get": {"security": [{"key": []}], **BY_IAM}}, **SCHEMES), "passed"),
        (_open_api({"get": {"security": [{}]}}, **SCHEMES), "failed"),
        (_open_api({"get": {"security": [{"key": []}]}}, components={"securitySchemes": GIVEN}), "unknown"),
        (one("AWS::ApiGatewayV2::Api", Body={"paths": ASKS_FOR_KEY, **SCHEMES}), "failed"),
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


TRUSTED = {"TruststoreUri": "s3://trust/partners.pem"}
CLOSED = {"DisableExecuteApiEndpoint": True}
IN_BODY = {"Body": {"x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": True}}}


def _behind(kind: str, api: dict[str, Any], *domains: Any) -> dict[str, Any]:
    """Return a part of an API that nobody has to sign in for, with domains that ask for certificates as given."""
    if kind == METHOD:
        subject = one(METHOD, HttpMethod="GET", AuthorizationType="NONE", RestApiId={"Ref": "Api"})
        names, mapping, service = "RestApiId", "AWS::ApiGateway::BasePathMapping", "AWS::ApiGateway::RestApi"
    else:
        subject = one(ROUTE, RouteKey="GET /", ApiId={"Ref": "Api"})
        names, mapping, service = "ApiId", "AWS::ApiGatewayV2::ApiMapping", "AWS::ApiGatewayV2::Api"
    domain = service.rpartition("::")[0] + "::DomainName"
    found = {**subject, "Api": {"Type": service, "Properties": api}}
    for at, asked in enumerate(domains):
        named = asked if isinstance(asked, str) else {"Ref": f"Domain{at}"}
        found[f"Mapping{at}"] = {"Type": mapping, "Properties": {names: {"Ref": "Api"}, "DomainName": named}}
        if not isinstance(asked, str):
            given = {} if asked is None else {"MutualTlsAuthentication": asked}
            found[f"Domain{at}"] = {"Type": domain, "Properties": {"DomainName": f"{at}.clinic.example", **given}}
    return found


@pytest.mark.parametrize("kind", [METHOD, ROUTE])
@pytest.mark.parametrize(
    ("api", "domains", "expected"),
    [
        (CLOSED, [TRUSTED], ("failed", "warning")),
        (IN_BODY, [TRUSTED], ("failed", "warning")),
        (CLOSED, [TRUSTED, TRUSTED], ("failed", "warning")),
        # Another way in asks for none.
        (CLOSED, [TRUSTED, None], ("failed", None)),
        ({}, [TRUSTED], ("failed", None)),
        (CLOSED, [None], ("failed", None)),
        (CLOSED, [], ("failed", None)),
        (CLOSED, ["api.elsewhere.example"], ("unknown", None)),
        ({"DisableExecuteApiEndpoint": GIVEN}, [TRUSTED], ("unknown", None)),
    ],
)
def test_certificates_of_clients_say_who_calls(
    kind: str, api: dict[str, Any], domains: list[Any], expected: tuple[str, str | None]
) -> None:
    found = verdict("api_authorized", _behind(kind, api, *domains))
    assert found is not None
    assert (found.outcome, found.severity) == expected


def _weights(resources: dict[str, Any], **sections: Any) -> list[str]:
    app = App()
    app.add("t.json", {**sections, "Resources": resources})
    return [one.severity for one in findings(app) if one.rule_id.endswith("-ApiAuthorized")]


# Whether domains ask for certificates, or the API is reached otherwise, is decided once more at each deployment.
DECIDED = {
    "Parameters": {"EnableMutualTLS": {"Type": "String", "AllowedValues": ["true", "false"]}},
    "Conditions": {"Mutual": {"Fn::Equals": [{"Ref": "EnableMutualTLS"}, "true"]}},
}
MAYBE = {"Fn::If": ["Mutual", TRUSTED, {"Ref": "AWS::NoValue"}]}
TOGETHER = {"DisableExecuteApiEndpoint": {"Fn::If": ["Mutual", True, False]}}


def test_a_decision_of_the_deployment_counts_where_it_is_taken() -> None:
    assert _weights(_behind(METHOD, CLOSED, TRUSTED), **DECIDED) == ["warning"]
    assert _weights(_behind(METHOD, CLOSED, MAYBE), **DECIDED) == ["error"]
    # Without certificates, nobody is asked here.
    there = _behind(METHOD, TOGETHER, MAYBE)
    assert _weights(there, **DECIDED) == ["error"]
    there["Subject"]["Properties"]["AuthorizationType"] = {"Fn::If": ["Mutual", "NONE", "AWS_IAM"]}
    assert _weights(there, **DECIDED) == ["warning"]


@pytest.mark.parametrize("kind", ["Api", "HttpApi"])
def test_the_domain_of_an_api_of_sam(kind: str) -> None:
    def weights(auth: Any = TRUSTED, **api: Any) -> list[str]:
        domain = {"DomainName": "api.clinic.example", "CertificateArn": "arn", "MutualTlsAuthentication": auth}
        names = "RestApiId" if kind == "Api" else "ApiId"
        event = {"Type": kind, "Properties": {"Path": "/", "Method": "get", names: {"Ref": "Front"}}}
        resources = {
            "Front": {"Type": f"AWS::Serverless::{kind}", "Properties": {"StageName": "v1", "Domain": domain, **api}},
            "Visit": {"Type": "AWS::Serverless::Function", "Properties": {"Events": {"Get": event}}},
        }
        return _weights(resources, Transform="AWS::Serverless-2016-10-31", **DECIDED)

    assert weights() == ["error"]
    assert weights(**CLOSED) == ["warning"]
    assert weights(MAYBE, **CLOSED) == ["error"]


def _placed(*parts: Any, **method: Any) -> dict[str, Any]:
    """Return a method below the resources of a path."""
    places = {
        f"Part{number}": {
            "Type": "AWS::ApiGateway::Resource",
            "Properties": {"PathPart": part, "ParentId": {"Ref": f"Part{number - 1}"} if number else GIVEN},
        }
        for number, part in enumerate(parts)
    }
    given = {"HttpMethod": "GET", "AuthorizationType": "NONE", "ResourceId": {"Ref": f"Part{len(parts) - 1}"}}
    return {**places, **one(METHOD, **{**given, **method})}


def _sam(path: str, auth: Any, default: Any = None) -> dict[str, Any]:
    event = {"Type": "HttpApi", "Properties": {"Path": path, "Method": "get", "ApiId": {"Ref": "Subject"}, **auth}}
    function = {"Type": "AWS::Serverless::Function", "Properties": {"Events": {"Get": event}}}
    api = {
        "Type": "AWS::Serverless::HttpApi",
        "Properties": {"Auth": {"DefaultAuthorizer": default}} if default else {},
    }
    return {"Subject": api, "Fn": function}


OPEN: dict[str, Any] = {"Auth": {"Authorizer": "NONE"}}
NOBODY: dict[str, Any] = {"Auth": {}}


@pytest.mark.parametrize(
    ("resources", "severity"),
    [
        (one(ROUTE, RouteKey="GET /health", AuthorizationType="NONE"), "warning"),
        (one(ROUTE, RouteKey="HEAD /v1/Ping", AuthorizationType="NONE"), "warning"),
        (one(ROUTE, RouteKey="GET /health"), None),
        (one(ROUTE, RouteKey="POST /health", AuthorizationType="NONE"), None),
        (one(ROUTE, RouteKey="ANY /health", AuthorizationType="NONE"), None),
        (one(ROUTE, RouteKey="GET /patients/{id}/status", AuthorizationType="NONE"), None),
        (one(ROUTE, RouteKey="GET /health/records", AuthorizationType="NONE"), None),
        (one(ROUTE, RouteKey="GET /", AuthorizationType="NONE"), None),
        (_placed("health"), "warning"),
        (_placed("v1", "healthz"), "warning"),
        (_placed("{id}", "status"), None),
        (_placed(GIVEN, "status"), None),
        (_placed("health", HttpMethod="POST"), None),
        (_placed("health", AuthorizationType=None), None),
        (_open_api({"get": {"security": []}}), None),
        (one("AWS::ApiGatewayV2::Api", Body={"paths": {"/healthz": {"get": {"security": []}}}}), "warning"),
        (one("AWS::ApiGatewayV2::Api", Body={"paths": {"/healthz": {"get": {}}}}), None),
        (
            one("AWS::ApiGatewayV2::Api", Body={"paths": {"/ping": {"get": {"security": []}}, "/notes": {"get": {}}}}),
            None,
        ),
    ],
)
def test_what_says_how_the_api_does_is_a_warning(resources: dict[str, Any], severity: str | None) -> None:
    found = verdict("api_authorized", resources)
    assert found is not None
    assert (found.outcome.value, found.severity) == ("failed", severity)


@pytest.mark.parametrize(
    ("path", "auth", "default", "expected"),
    [
        ("/health", OPEN, None, ["warning"]),
        ("/health", OPEN, "Pool", ["warning"]),
        ("/health", NOBODY, None, ["error"]),
        ("/health", NOBODY, "Pool", []),
        ("/notes", OPEN, "Pool", ["error"]),
    ],
)
def test_what_says_how_an_api_of_sam_does(path: str, auth: Any, default: Any, expected: list[str]) -> None:
    app = App()
    body = {"Transform": "AWS::Serverless-2016-10-31", "Resources": _sam(path, auth, default)}
    app.add("Test.template.json", body)
    assert [one.severity for one in findings(app) if one.rule_id.endswith("-ApiAuthorized")] == expected


def _beside(path: str, *, asks: bool = True, api: str = "Api", method: str = "POST") -> dict[str, Any]:
    """Return an open route, and another one of an API."""
    kind = "JWT" if asks else "NONE"
    return {
        **one(ROUTE, ApiId={"Ref": "Api"}, RouteKey=f"{method} {path}", AuthorizationType="NONE"),
        "Other": {
            "Type": ROUTE,
            "Properties": {"ApiId": {"Ref": api}, "RouteKey": "GET /notes", "AuthorizationType": kind},
        },
    }


def _defined(path: str, others: Any) -> dict[str, Any]:
    paths = {path: {"post": {"security": []}}, "/notes": {"get": {"security": others}}}
    return one("AWS::ApiGatewayV2::Api", Body={"paths": paths})


@pytest.mark.parametrize(
    ("resources", "severity"),
    [
        (_beside("/login"), "warning"),
        (_beside("/api/v1/auth/sign-up"), "warning"),
        (_beside("/oauth2/token"), "warning"),
        (_beside("/.well-known/jwks.json", method="GET"), "warning"),
        (_beside("/login", asks=False), None),
        (_beside("/login", api="Another"), None),
        (_beside("/login", method="ANY"), None),
        # A patient is put down so, and what stands below is no sign-in either.
        (_beside("/patients/register"), None),
        (_beside("/devices/{id}/token"), None),
        (_beside("/login/history"), None),
        (_beside("/"), None),
        (_defined("/auth/login", [{"pool": []}]), "warning"),
        (_defined("/auth/login", []), None),
        (_defined("/notes/token", [{"pool": []}]), None),
    ],
)
def test_where_users_sign_in_beside_what_asks_is_a_warning(resources: dict[str, Any], severity: str | None) -> None:
    found = verdict("api_authorized", resources)
    assert found is not None
    assert (found.outcome.value, found.severity) == ("failed", severity)


def test_a_sign_in_is_told_apart_from_what_asks_nobody_either() -> None:
    part = verdict("api_authorized", _beside("/auth", asks=False))
    assert part is not None
    assert part.message.startswith("AuthorizationType is NONE, so anyone may call. By its path users sign in")
    other = verdict("api_authorized", _beside("/notes/1", asks=False))
    assert other is not None
    assert other.message == "AuthorizationType is NONE, so anyone may call."
    whole = verdict("api_authorized", _defined("/auth/login", []))
    assert whole is not None
    assert whole.message.startswith("GET /notes in Body")


@pytest.mark.parametrize("in_cdk", [False, True])
def test_a_sign_in_stays_open(*, in_cdk: bool) -> None:
    assert to_do("api_authorized", _beside("/login"), in_cdk=in_cdk).startswith("If users sign in or up there")
    for others in (_beside("/notes/1"), _placed("notes")):
        assert "sign in or up have nothing to show yet" in to_do("api_authorized", others, in_cdk=in_cdk)


def test_a_key_alone_is_said_of_the_operation_that_asks_for_it() -> None:
    found = verdict("api_authorized", _open_api({"get": {"security": [{"key": []}]}}, **SCHEMES))
    assert found is not None
    assert found.message == "GET /records in Body asks for an API key alone, which identifies no caller."


@pytest.mark.parametrize("shared", [False, True])
def test_a_route_that_sam_leaves_open_beside_a_default_is_told_of_webhooks(*, shared: bool) -> None:
    auth = {"Auth": {"DefaultAuthorizer": "Users", "Authorizers": {"Users": {"UserPoolArn": "arn:aws:cognito-idp:x"}}}}
    event = {"RestApiId": {"Ref": "Api"}, "Path": "/webhook", "Method": "post", "Auth": {"Authorizer": "NONE"}}
    resources = {
        "Api": {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "v1", **({} if shared else auth)}},
        "Code": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": "index.run",
                "CodeUri": "s3://code/key",
                "Events": {"Called": {"Type": "Api", "Properties": event}},
            },
        },
    }
    sections = {"Globals": {"Api": auth}} if shared else {}
    app = App()
    app.add("Test.template.json", {"Transform": "AWS::Serverless-2016-10-31", "Resources": resources, **sections})
    (found,) = (one for one in findings(app) if one.rule_id.endswith("-ApiAuthorized"))
    assert "a Lambda authorizer of its own checks the token" in found.fix


@pytest.mark.parametrize(("key", "socket"), [("$connect", True), ("GET /visits", False), ("$default", False)])
def test_who_connects_by_websocket_shows_no_jwt(key: str, socket: bool) -> None:
    route = one("AWS::ApiGatewayV2::Route", RouteKey=key, ApiId="api")
    fix = to_do("api_authorized", route)
    assert ("JWT" in fix, "AuthorizerType: REQUEST" in fix) == (not socket, socket)
    assert ("WebSocketIamAuthorizer" in to_do("api_authorized", route, in_cdk=True)) is socket


def _resource(part: str) -> dict[str, Any]:
    return {
        "Type": "AWS::ApiGateway::Resource",
        "Properties": {"RestApiId": "api", "ParentId": "root", "PathPart": part},
    }


@pytest.mark.parametrize(
    ("method", "path", "told"),
    [
        ("POST", "stripe-webhook", True),
        ("GET", "webhooks", True),
        ("POST", "callback", True),
        ("GET", "callback", False),
        ("POST", "oauthCallback", False),
        ("POST", "visits", False),
        ("POST", "{webhook}", False),
    ],
)
def test_what_other_parties_call_takes_no_authorizer(method: str, path: str, told: bool) -> None:
    rest = one("AWS::ApiGateway::Method", HttpMethod=method, ResourceId={"Ref": "Path"}, AuthorizationType="NONE")
    http = one("AWS::ApiGatewayV2::Route", RouteKey=f"{method} /payments/{path}", ApiId="api", AuthorizationType="NONE")
    for resources, own in ((rest | {"Path": _resource(path)}, "an API key that it sends"), (http, "A distribution in")):
        fix = to_do("api_authorized", resources)
        assert ("checks the party" in fix or "Another party's service" in fix, own in fix) == (told, told)
        assert ("AWS_IAM" in fix) is not told
    found = verdict("api_authorized", http)
    assert found is not None
    assert found.outcome.value == "failed"


def test_an_api_is_told_of_what_other_parties_call_beside_the_others() -> None:
    open_paths = {"/webhook": {"post": {}}, "/visits": {"get": {}}}
    both = to_do("api_authorized", one("AWS::ApiGateway::RestApi", Body={"paths": open_paths}))
    assert "x-amazon-apigateway-authtype" in both
    assert "POST /webhook: Another party's service calls there" in both
    alone = one("AWS::ApiGatewayV2::Api", Body={"paths": {"/webhook": {"post": {}}}})
    for told in (to_do("api_authorized", alone), to_do("api_authorized", alone, in_cdk=True)):
        assert told.startswith("POST /webhook: Another party's service calls there")
        assert "default_authorizer" not in told


def test_browsers_ask_before_they_show_a_login() -> None:
    event = {"RestApiId": {"Ref": "Api"}, "Path": "/records", "Method": "get"}
    code = {"Runtime": "python3.13", "Handler": "index.run", "CodeUri": "s3://code/key"}
    resources = {
        "Api": {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "v1", "Cors": "'https://example.org'"}},
        "Code": {
            "Type": "AWS::Serverless::Function",
            "Properties": {**code, "Events": {"Called": {"Type": "Api", "Properties": event}}},
        },
    }
    app = App()
    app.add("Test.template.json", {"Transform": "AWS::Serverless-2016-10-31", "Resources": resources})
    (found,) = (one for one in findings(app) if one.rule_id.endswith("-ApiAuthorized"))
    assert "AddDefaultAuthorizerToCorsPreflight: false" in found.fix
    assert "OPTIONS" not in found.message
