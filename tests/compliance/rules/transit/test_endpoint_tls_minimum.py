from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do, verdict

REGIONAL, EDGE = "SecurityPolicy_TLS13_1_2_2021_06", "SecurityPolicy_TLS12_PFS_2025_EDGE"


def kind(name: Any) -> dict[str, Any]:
    return {"EndpointConfiguration": {"Types": [name]}}


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("AWS::ApiGateway::DomainName", {"SecurityPolicy": "TLS_1_2"}, "passed"),
        ("AWS::ApiGateway::DomainName", {"SecurityPolicy": "TLS_1_0"}, "failed"),
        ("AWS::ApiGateway::DomainName", {}, "failed"),
        ("AWS::ApiGateway::DomainName", {"SecurityPolicy": GIVEN}, "unknown"),
        ("AWS::ApiGateway::DomainName", {"SecurityPolicy": "SecurityPolicy_TLS13_1_2_2021_06"}, "passed"),
        ("AWS::ApiGateway::DomainName", {"SecurityPolicy": "SecurityPolicy_TLS13_2025_EDGE"}, "passed"),
        ("AWS::ApiGateway::DomainName", {"SecurityPolicy": "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"}, "passed"),
        ("AWS::ApiGateway::DomainNameV2", {}, "not_applicable"),
        ("AWS::ApiGateway::RestApi", {}, "failed"),
        ("AWS::ApiGateway::RestApi", {"EndpointConfiguration": {"Types": ["REGIONAL"]}}, "failed"),
        ("AWS::ApiGateway::RestApi", {"EndpointConfiguration": {"Types": ["PRIVATE"]}}, "not_applicable"),
        ("AWS::ApiGateway::RestApi", {"EndpointConfiguration": {"Types": [GIVEN]}}, "unknown"),
        ("AWS::ApiGateway::RestApi", {"DisableExecuteApiEndpoint": True}, "not_applicable"),
        ("AWS::ApiGateway::RestApi", {"Body": {"paths": {}}}, "failed"),
        ("AWS::ApiGateway::RestApi", {"Body": GIVEN}, "not_applicable"),
        ("AWS::ApiGateway::RestApi", {"Body": {"x-amazon-apigateway-security-policy": "TLS_1_2"}}, "passed"),
        ("AWS::ApiGateway::RestApi", {"Body": {"x-amazon-apigateway-security-policy": "TLS_1_0"}}, "failed"),
        ("AWS::ApiGateway::RestApi", {"BodyS3Location": {"Bucket": "definitions"}}, "not_applicable"),
        (
            "AWS::ApiGateway::RestApi",
            {"Body": {"x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": True}}},
            "not_applicable",
        ),
        ("AWS::ApiGateway::RestApi", {"DisableExecuteApiEndpoint": GIVEN}, "unknown"),
        ("AWS::ApiGateway::RestApi", {"SecurityPolicy": REGIONAL, **kind("REGIONAL")}, "passed"),
        ("AWS::ApiGateway::RestApi", {"SecurityPolicy": REGIONAL, **kind("PRIVATE")}, "passed"),
        ("AWS::ApiGateway::RestApi", {"SecurityPolicy": REGIONAL, **kind(GIVEN)}, "passed"),
        ("AWS::ApiGateway::RestApi", {"SecurityPolicy": REGIONAL, "EndpointConfiguration": GIVEN}, "passed"),
        (
            "AWS::ApiGateway::RestApi",
            {"SecurityPolicy": REGIONAL, "Parameters": {"endpointConfigurationTypes": "REGIONAL"}},
            "passed",
        ),
        ("AWS::ApiGateway::RestApi", {"SecurityPolicy": REGIONAL}, "failed"),
        ("AWS::ApiGateway::RestApi", {"SecurityPolicy": REGIONAL, **kind("EDGE")}, "failed"),
        ("AWS::ApiGateway::RestApi", {"SecurityPolicy": EDGE}, "passed"),
        ("AWS::ApiGateway::RestApi", {"SecurityPolicy": EDGE, **kind("EDGE")}, "passed"),
        ("AWS::ApiGateway::RestApi", {"SecurityPolicy": EDGE, **kind("REGIONAL")}, "failed"),
        ("AWS::ApiGateway::RestApi", {"SecurityPolicy": "TLS_1_2"}, "passed"),
        ("AWS::ApiGateway::DomainName", {"SecurityPolicy": REGIONAL, **kind("EDGE")}, "failed"),
        ("AWS::ApiGateway::DomainName", {"SecurityPolicy": "TLS_1_2", **kind("EDGE")}, "passed"),
        ("AWS::ApiGateway::RestApi", {"SecurityPolicy": "TLS_1_0"}, "failed"),
        ("AWS::ApiGatewayV2::DomainName", {"DomainNameConfigurations": [{"SecurityPolicy": "TLS_1_2"}]}, "passed"),
        (
            "AWS::ApiGatewayV2::DomainName",
            {"DomainNameConfigurations": [{"SecurityPolicy": "TLS_1_2"}, {"SecurityPolicy": "TLS_1_0"}]},
            "failed",
        ),
        ("AWS::ApiGatewayV2::DomainName", {"DomainNameConfigurations": [{}]}, "not_applicable"),
        ("AWS::Cognito::UserPoolDomain", {}, "not_applicable"),
        ("AWS::Cognito::UserPoolDomain", {"CustomDomainConfig": {"CertificateArn": GIVEN}}, "not_applicable"),
        ("AWS::Cognito::UserPoolDomain", {"CustomDomainConfig": {"SecurityPolicy": "TLS_V1"}}, "failed"),
        ("AWS::Cognito::UserPoolDomain", {"CustomDomainConfig": {"SecurityPolicy": "TLS_V1_2_2021"}}, "passed"),
        ("AWS::Cognito::UserPoolDomain", {"CustomDomainConfig": {"SecurityPolicy": "TLS_V1_3_2025"}}, "passed"),
        (
            "AWS::IoT::DomainConfiguration",
            {"TlsConfig": {"SecurityPolicy": "IotSecurityPolicy_TLS13_1_2_2022_10"}},
            "passed",
        ),
        (
            "AWS::IoT::DomainConfiguration",
            {"TlsConfig": {"SecurityPolicy": "IotSecurityPolicy_TLS12_1_0_2016_01"}},
            "failed",
        ),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("endpoint_tls_minimum", one(kind, **properties)) == expected


def test_the_own_address_of_an_api_weighs_less_than_a_domain() -> None:
    found = verdict("endpoint_tls_minimum", one("AWS::ApiGateway::RestApi"))
    assert found is not None
    assert found.severity == "warning"


def test_govcloud_has_no_policies_that_an_api_can_name() -> None:
    assert judged("endpoint_tls_minimum", one("AWS::ApiGateway::RestApi"), region="us-gov-west-1") == "not_applicable"


def test_a_policy_of_another_kind_of_api_is_a_warning() -> None:
    found = verdict("endpoint_tls_minimum", one("AWS::ApiGateway::RestApi", SecurityPolicy=REGIONAL))
    assert found is not None
    assert found.severity == "warning"
    assert "edge-optimized" in found.message


def test_china_has_no_edge_optimized_apis() -> None:
    api = one("AWS::ApiGateway::RestApi", SecurityPolicy=REGIONAL)
    assert judged("endpoint_tls_minimum", api, region="cn-north-1") == "passed"


@pytest.mark.parametrize(
    ("properties", "policy"),
    [
        ({}, EDGE),
        (kind("EDGE"), EDGE),
        (kind("REGIONAL"), REGIONAL),
        (kind(GIVEN), REGIONAL),
    ],
)
def test_the_fix_names_the_policy_of_the_kind_of_api(properties: dict[str, Any], policy: str) -> None:
    said = to_do("endpoint_tls_minimum", one("AWS::ApiGateway::RestApi", **properties))
    assert said.startswith(f"Set SecurityPolicy: {policy} ")
