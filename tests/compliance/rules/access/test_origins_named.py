from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, outcome, to_do, verdict

API, BUCKET, URL = "AWS::ApiGatewayV2::Api", "AWS::S3::Bucket", "AWS::Lambda::Url"
REST, METHOD = "AWS::ApiGateway::RestApi", "AWS::ApiGateway::Method"
SITE = "https://portal.example.org"
HEADER = "method.response.header.Access-Control-Allow-Origin"
SAM = "AWS::Serverless-2016-10-31"


def _bucket(origins: Any, *methods: Any) -> dict[str, Any]:
    rules = [{"AllowedOrigins": origins, "AllowedMethods": list(methods)}]
    return one(BUCKET, CorsConfiguration={"CorsRules": rules})


def _method(value: Any, header: str = HEADER) -> dict[str, Any]:
    answers = [{"StatusCode": "200", "ResponseParameters": {header: value}}]
    return one(METHOD, HttpMethod="OPTIONS", Integration={"Type": "MOCK", "IntegrationResponses": answers})


def _rest(value: Any) -> dict[str, Any]:
    integration = {"type": "mock", "responses": {"default": {"responseParameters": {HEADER: value}}}}
    return one(REST, Body={"paths": {"/visits": {"options": {"x-amazon-apigateway-integration": integration}}}})


def _http(allowed: Any) -> dict[str, Any]:
    return one(API, Body={"openapi": "3.0.1", "x-amazon-apigateway-cors": allowed})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(API, CorsConfiguration={"AllowOrigins": [SITE]}), "passed"),
        (one(API), "passed"),
        (one(API, CorsConfiguration={"AllowOrigins": [SITE, "*"]}), "failed"),
        (one(API, CorsConfiguration={"AllowOrigins": ["https://*"]}), "failed"),
        (one(API, CorsConfiguration={"AllowOrigins": [GIVEN]}), "unknown"),
        (one(API, CorsConfiguration=GIVEN), "unknown"),
        (one(URL, Cors={"AllowOrigins": [SITE]}), "passed"),
        (one(URL), "passed"),
        (one(URL, Cors={"AllowOrigins": ["*"]}), "failed"),
        (_bucket([SITE], "PUT"), "passed"),
        (_bucket(["*"], "GET", "HEAD"), "passed"),
        (_bucket(["*"], "GET", "PUT"), "failed"),
        (_bucket(["*"], GIVEN), "unknown"),
        (one(BUCKET, CorsConfiguration={"CorsRules": [GIVEN]}), "unknown"),
        (one(BUCKET), "passed"),
        (one(API, CorsConfiguration={"AllowOrigins": [{"Fn::Sub": "https://${Given}"}]}), "unknown"),
        (one(API, CorsConfiguration={"AllowOrigins": [{"Fn::Sub": "https://${Given}.example.org"}]}), "passed"),
        (one(API, CorsConfiguration={"AllowOrigins": [{"Fn::Sub": "https://${AWS::AccountId}.x"}]}), "passed"),
        (_http({"allowOrigins": [SITE]}), "passed"),
        (_http({"allowOrigins": ["*"]}), "failed"),
        (_http({"allowOrigins": GIVEN}), "unknown"),
        (_http({"allowMethods": ["GET"]}), "passed"),
        (one(API, Body=GIVEN), "not_applicable"),
        (one(API, Body=GIVEN, CorsConfiguration={"AllowOrigins": ["*"]}), "failed"),
        (_method(f"'{SITE}'"), "passed"),
        (_method("'*'"), "failed"),
        (_method("'*'", HEADER.lower()), "failed"),
        (_method("'*'", "method.response.header.Access-Control-Allow-Headers"), "passed"),
        (_method(GIVEN), "unknown"),
        (_method({"Fn::Sub": "'${Given}'"}), "unknown"),
        (one(METHOD, HttpMethod="GET"), "passed"),
        (_rest(f"'{SITE}'"), "passed"),
        (_rest("'*'"), "failed"),
        (_rest({"Fn::Sub": "'https://${Given}.example.org'"}), "passed"),
        (_rest(GIVEN), "unknown"),
        (one(REST, Body=GIVEN), "not_applicable"),
        (one(METHOD, Integration=GIVEN), "unknown"),
        (one(REST), "passed"),
        (one(API, CorsConfiguration={"AllowOrigins": [SITE, "http://localhost:3000"]}), "failed"),
        (one(API, CorsConfiguration={"AllowOrigins": ["https://*.amplifyapp.com"]}), "failed"),
        (one(API, CorsConfiguration={"AllowOrigins": ["https://main.d1abc.amplifyapp.com"]}), "passed"),
        (one(API, CorsConfiguration={"AllowOrigins": ["https://*.clinic.example"]}), "passed"),
        (_http({"allowOrigins": ["http://portal.clinic.example"]}), "failed"),
        (one(URL, Cors={"AllowOrigins": ["http://localhost:5173"]}), "failed"),
        (_bucket([SITE, "https://*.vercel.app"], "PUT"), "failed"),
        (_bucket(["https://*.vercel.app"], "GET"), "passed"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("origins_named", resources) == expected


@pytest.mark.parametrize(
    ("kind", "cors", "expected"),
    [
        ("HttpApi", {"CorsConfiguration": True}, "failed"),
        ("HttpApi", {"CorsConfiguration": {"AllowOrigins": ["*"]}}, "failed"),
        ("HttpApi", {"CorsConfiguration": {"AllowOrigins": [SITE]}}, "passed"),
        ("HttpApi", {"CorsConfiguration": {"AllowMethods": ["GET"]}}, "passed"),
        ("HttpApi", {"CorsConfiguration": {"AllowOrigins": {"Ref": "Sites"}}}, "failed"),
        ("HttpApi", {"CorsConfiguration": {"Ref": "Sites"}}, "failed"),
        ("HttpApi", {}, "passed"),
        ("Api", {"Cors": "'*'"}, "failed"),
        ("Api", {"Cors": f"'{SITE}'"}, "passed"),
        ("Api", {"Cors": {"AllowOrigin": "'*'", "AllowHeaders": "'Authorization'"}}, "failed"),
        # SAM allows all where a mapping names no origin.
        ("Api", {"Cors": {"AllowHeaders": "'Authorization'"}}, "failed"),
        ("Api", {"Cors": {"AllowOrigin": f"'{SITE}'"}}, "passed"),
        ("Api", {"Cors": {"AllowOrigin": {"Fn::Sub": "'${Site}'"}}}, "failed"),
        ("Api", {"Cors": {"Fn::Sub": "'${Site}'"}}, "failed"),
        ("Api", {}, "passed"),
    ],
)
def test_what_sam_writes(kind: str, cors: dict[str, Any], expected: str) -> None:
    event = {"Path": "/visits", "Method": "get", "RestApiId" if kind == "Api" else "ApiId": {"Ref": "Subject"}}
    resources = {
        "Subject": {"Type": f"AWS::Serverless::{kind}", "Properties": {"StageName": "live", **cors}},
        "Visit": {
            "Type": "AWS::Serverless::Function",
            "Properties": {"Events": {"Get": {"Type": kind, "Properties": event}}},
        },
    }
    parameters = {
        "Site": {"Type": "String", "Default": "*"},
        "Sites": {"Type": "CommaDelimitedList", "Default": "*"},
    }
    assert outcome("origins_named", resources, Parameters=parameters, Transform=SAM) == expected
    # As one of Globals, for the API that SAM makes by itself.
    del event["RestApiId" if kind == "Api" else "ApiId"]
    implicit = {"Visit": resources["Visit"]}
    name = "ServerlessRestApi" if kind == "Api" else "ServerlessHttpApi"
    sections = {"Globals": {kind: cors}, "Parameters": parameters, "Transform": SAM}
    assert outcome("origins_named", implicit, name, **sections) == expected


def test_the_url_of_a_function_of_sam() -> None:
    config = {"AuthType": "AWS_IAM", "Cors": {"AllowOrigins": ["*"]}}
    resources = {"Visit": {"Type": "AWS::Serverless::Function", "Properties": {"FunctionUrlConfig": config}}}
    assert outcome("origins_named", resources, "VisitUrl", Transform=SAM) == "failed"


def test_an_own_options_method_is_kept_and_a_definition_of_another_file_is_left() -> None:
    kept = _rest(f"'{SITE}'")["Subject"]["Properties"]["Body"]
    for body, expected in ((kept, "passed"), ({"Fn::Transform": {"Name": "AWS::Include"}}, "not_applicable")):
        api = {"DefinitionBody": body, "StageName": "live", "Cors": "'*'"}
        resources = {"Subject": {"Type": "AWS::Serverless::Api", "Properties": api}}
        assert outcome("origins_named", resources, Transform=SAM) == expected


def _preflight(api: str, method: str = "OPTIONS") -> dict[str, Any]:
    body = _method("'*'")["Subject"]
    return {**body, "Properties": {**body["Properties"], "HttpMethod": method, "RestApiId": {"Ref": api}}}


def test_preflights_of_one_api_are_said_once() -> None:
    apis = {"Api": {"Type": REST, "Properties": {}}, "Other": {"Type": REST, "Properties": {}}}
    before, subject = {"Before": _preflight("Api")}, {"Subject": _preflight("Api")}
    assert judged("origins_named", apis | subject | before) == "failed"
    assert judged("origins_named", apis | before | subject) == "passed"
    assert judged("origins_named", apis | {"Before": _preflight("Other")} | subject) == "failed"
    assert judged("origins_named", apis | {"Before": _preflight("Api", "GET")} | subject) == "failed"
    assert judged("origins_named", apis | before | {"Subject": _preflight("Api", "GET")}) == "failed"


def test_the_first_preflight_names_the_others() -> None:
    apis = {"Api": {"Type": REST, "Properties": {}}}
    found = verdict(
        "origins_named", apis | {"Subject": _preflight("Api"), "B": _preflight("Api"), "C": _preflight("Api")}
    )
    assert found is not None
    assert found.message.endswith("scripts of any site may call. The same is so of B, C.")
    alone = verdict("origins_named", apis | {"Subject": _preflight("Api"), "B": _preflight("Api", "GET")})
    assert alone is not None
    assert "The same" not in alone.message


def test_which_origin_is_wide_is_said() -> None:
    found = verdict("origins_named", _bucket(["http://localhost:3000", "https://*.amplifyapp.com"], "PUT"))
    assert found is not None
    assert found.message == (
        "AllowedOrigins in CorsConfiguration.CorsRules has http://localhost:3000, "
        "the caller's own machine, which serves no site but in development. "
        "AllowedOrigins in CorsConfiguration.CorsRules has https://*.amplifyapp.com, where anybody may have a site."
    )


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        ("http://localhost", "own machine"),
        ("https://localhost:3000", "own machine"),
        ("http://localhost:*", "own machine"),
        ("http://portal.localhost:8080", "own machine"),
        ("http://127.0.0.1:5173", "own machine"),
        ("http://[::1]:3000", "own machine"),
        ("http://localhost.example.org", "without TLS others may speak"),
        ("http://portal.example.org", "without TLS others may speak"),
        ("http://127.example.org", "without TLS others may speak"),
    ],
)
def test_the_callers_own_machine_is_no_network(origin: str, said: str) -> None:
    found = verdict("origins_named", one(API, CorsConfiguration={"AllowOrigins": [origin]}))
    assert found is not None
    assert (found.outcome.value, said in found.message) == ("failed", True)


_OPEN = {"x-amazon-apigateway-integration": {"responses": {"default": {"responseParameters": {HEADER: "'*'"}}}}}


@pytest.mark.parametrize(
    ("paths", "cors", "told", "left"),
    [
        (
            {"/visits": {"options": _OPEN}, "/notes": {"options": _OPEN, "get": {}}},
            {"Cors": f"'{SITE}'"},
            ["responseParameters of OPTIONS /visits and OPTIONS /notes give", "gives no OPTIONS to a path"],
            ["names the site"],
        ),
        (
            {"/visits": {"options": _OPEN}, "/notes": {"get": {}}},
            {"Cors": "'*'"},
            ["responseParameters of OPTIONS /visits give", "Cors of the AWS::Serverless::Api", "gives no OPTIONS"],
            ["/notes"],
        ),
        ({"/notes": {"get": {}}}, {"Cors": "'*'"}, ["Cors of the AWS::Serverless::Api"], ["DefinitionBody"]),
        ({"/visits": {"options": _OPEN}}, {}, ["responseParameters of OPTIONS /visits give"], ["Cors "]),
    ],
)
def test_what_is_to_be_done_about_an_api_of_sam(paths: Any, cors: Any, told: list[str], left: list[str]) -> None:
    properties = {"StageName": "live", "DefinitionBody": {"swagger": "2.0", "paths": paths}, **cors}
    resources = {"Subject": {"Type": "AWS::Serverless::Api", "Properties": properties}}
    text = to_do("origins_named", resources, Transform=SAM)
    assert [one for one in told if one not in text] == []
    assert [one for one in left if one in text] == []


@pytest.mark.parametrize(
    ("kind", "name", "more", "told"),
    [
        ("AWS::ApiGatewayV2::Api", "Body", {}, "allowOrigins of x-amazon-apigateway-cors"),
        ("AWS::Serverless::HttpApi", "DefinitionBody", {}, "allowOrigins of x-amazon-apigateway-cors"),
        ("AWS::Serverless::HttpApi", "DefinitionBody", {"CorsConfiguration": True}, "CorsConfiguration.AllowOrigins"),
    ],
)
def test_where_an_http_api_says_it(kind: str, name: str, more: Any, told: str) -> None:
    body = {"openapi": "3.0.1", "paths": {}, "x-amazon-apigateway-cors": {"allowOrigins": ["*"]}}
    resources = {"Subject": {"Type": kind, "Properties": {name: body, **more}}}
    sections = {"Transform": SAM} if "Serverless" in kind else {}
    assert told in to_do("origins_named", resources, **sections)
