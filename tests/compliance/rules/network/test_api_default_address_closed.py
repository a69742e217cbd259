from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

RULE = "api_default_address_closed"
REST, HTTP = "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"
SUBJECT = {"Ref": "Subject"}
TRUSTED = {"TruststoreUri": "s3://certificates/partners.pem"}


def _mapped(kind: str, properties: dict[str, Any], **domain: Any) -> dict[str, Any]:
    rest = kind == "AWS::ApiGateway::BasePathMapping"
    domain_kind = f"AWS::{'ApiGateway' if rest else 'ApiGatewayV2'}::DomainName"
    named: dict[str, Any] = {"DomainName": {"Ref": "Domain"}}
    if kind == "AWS::ApiGatewayV2::RoutingRule":
        named = {"DomainNameArn": {"Fn::GetAtt": ["Domain", "DomainNameArn"]}}
    return {
        "Domain": {"Type": domain_kind, "Properties": {"DomainName": "api.clinic.example", **domain}},
        "Mapping": {"Type": kind, "Properties": {**named, **properties}},
    }


BASE_PATH = _mapped("AWS::ApiGateway::BasePathMapping", {"RestApiId": SUBJECT})
API_MAPPING = _mapped("AWS::ApiGatewayV2::ApiMapping", {"ApiId": SUBJECT, "Stage": "live"})
ROUTING = _mapped(
    "AWS::ApiGatewayV2::RoutingRule", {"Priority": 1, "Actions": [{"InvokeApi": {"ApiId": SUBJECT, "Stage": "live"}}]}
)
OTHER = _mapped("AWS::ApiGateway::BasePathMapping", {"RestApiId": "abc123"})


CLOSED = {"x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": True}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(REST) | BASE_PATH, "failed"),
        (one(REST, DisableExecuteApiEndpoint=False) | BASE_PATH, "failed"),
        (one(REST, DisableExecuteApiEndpoint=True) | BASE_PATH, "passed"),
        (one(REST, DisableExecuteApiEndpoint="true") | BASE_PATH, "passed"),
        (one(REST, DisableExecuteApiEndpoint=GIVEN) | BASE_PATH, "unknown"),
        (one(REST, Body=CLOSED) | BASE_PATH, "passed"),
        (one(REST, EndpointConfiguration={"Types": ["PRIVATE"]}) | BASE_PATH, "not_applicable"),
        (one(REST, EndpointConfiguration={"Types": ["REGIONAL"]}) | BASE_PATH, "failed"),
        (one(REST) | API_MAPPING, "failed"),
        (one(REST) | OTHER, "not_applicable"),
        (one(REST), "not_applicable"),
        (one(HTTP) | API_MAPPING, "failed"),
        (one(HTTP) | ROUTING, "failed"),
        (one(HTTP, DisableExecuteApiEndpoint=True) | API_MAPPING, "passed"),
        (one(HTTP, DisableExecuteApiEndpoint=GIVEN) | API_MAPPING, "unknown"),
        (one(HTTP), "not_applicable"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged(RULE, resources) == expected


@pytest.mark.parametrize(
    ("kind", "mapping", "named"),
    [
        (REST, "AWS::ApiGateway::BasePathMapping", {"RestApiId": SUBJECT}),
        (HTTP, "AWS::ApiGatewayV2::ApiMapping", {"ApiId": SUBJECT}),
        (HTTP, "AWS::ApiGatewayV2::RoutingRule", {"Actions": [{"InvokeApi": {"ApiId": SUBJECT}}]}),
    ],
)
def test_a_way_round_client_certificates_is_an_error(kind: str, mapping: str, named: dict[str, Any]) -> None:
    plain = verdict(RULE, one(kind) | _mapped(mapping, named))
    mutual = verdict(RULE, one(kind) | _mapped(mapping, named, MutualTlsAuthentication=TRUSTED))
    assert plain is not None
    assert mutual is not None
    assert (plain.severity, mutual.severity) == ("warning", None)
    assert "the domain's settings" in plain.message
    assert "the domain's client certificates" in mutual.message
