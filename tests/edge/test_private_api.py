from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.edge.private_api import PrivateApi
from hipaa_constructs.edge.web_firewall import WebFirewall
from hipaa_constructs.network.private_vpc import PrivateVpc
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.edge.support import CERTIFICATE, new_stack, only, resources


def endpoint_of(stack: cdk.Stack) -> ec2.IInterfaceVpcEndpoint:
    return ec2.InterfaceVpcEndpoint.from_interface_vpc_endpoint_attributes(
        stack, "Endpoint", port=443, vpc_endpoint_id="vpce-1"
    )


def certificate_of(stack: cdk.Stack) -> acm.ICertificate:
    return acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE)


def backend() -> apigateway.Integration:
    return apigateway.HttpIntegration("https://records.example.com/")


def private_template(**arguments: Any) -> dict[str, Any]:
    stack = new_stack()
    api = PrivateApi(stack, "Api", vpc_endpoint=endpoint_of(stack), **arguments)
    api.add_method("/patients/{id}", "GET", backend())
    return template_of(stack)


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return private_template()


@pytest.fixture(scope="module")
def regional() -> dict[str, Any]:
    stack = new_stack()
    api = PrivateApi(stack, "Api", domain_name="api.example.com", certificate=certificate_of(stack))
    api.add_method("/", "GET", backend())
    return template_of(stack)


def everything(template: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of all methods."""
    (settings,) = only(template, "AWS::ApiGateway::Stage")["MethodSettings"]
    assert (settings["HttpMethod"], settings["ResourcePath"]) == ("*", "/*")
    return dict(settings)


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


def test_regional_snapshot(regional: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert regional == snapshot


def test_has_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    vpc = PrivateVpc(stack, "Vpc", interface_endpoints=[ec2.InterfaceVpcEndpointAwsService.APIGATEWAY])
    endpoint = vpc.interface_endpoints["execute-api"]
    firewall = WebFirewall(stack, "Firewall")
    private = PrivateApi(stack, "Private", vpc_endpoint=endpoint, web_firewall=firewall)
    private.add_method("/patients/{id}", "GET", backend())
    regional = PrivateApi(
        stack, "Regional", domain_name="api.example.com", certificate=certificate_of(stack), web_firewall=firewall
    )
    regional.add_method("/", "GET", backend())
    assert_no_findings(app, all_packs=True)


def test_has_no_findings_where_account_and_region_are_unknown(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Anywhere")
    PrivateApi(stack, "Api", vpc_endpoint=endpoint_of(stack)).add_method("/", "GET", backend())
    assert_no_findings(app, all_packs=True)


def test_is_reached_through_the_endpoint_alone(template: dict[str, Any]) -> None:
    api = only(template, "AWS::ApiGateway::RestApi")
    assert api["EndpointConfiguration"] == {"Types": ["PRIVATE"], "VpcEndpointIds": ["vpce-1"]}
    (statement,) = api["Policy"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}


def test_is_reached_by_its_domain_over_tls_1_2_alone(regional: dict[str, Any]) -> None:
    api = only(regional, "AWS::ApiGateway::RestApi")
    assert api["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    assert api["DisableExecuteApiEndpoint"] is True
    domain = only(regional, "AWS::ApiGateway::DomainName")
    assert domain["SecurityPolicy"] == "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"
    assert domain["EndpointAccessMode"] == "STRICT"
    assert len(resources(regional, "AWS::ApiGateway::BasePathMapping")) == 1


def test_asks_for_an_iam_signature(template: dict[str, Any]) -> None:
    assert only(template, "AWS::ApiGateway::Method")["AuthorizationType"] == "AWS_IAM"


def test_validates_parameters_and_body(template: dict[str, Any]) -> None:
    validator = only(template, "AWS::ApiGateway::RequestValidator")
    assert validator["ValidateRequestBody"] is validator["ValidateRequestParameters"] is True
    assert "RequestValidatorId" in only(template, "AWS::ApiGateway::Method")


def test_encrypts_the_cache_and_takes_nothing_from_it(template: dict[str, Any]) -> None:
    settings = everything(template)
    assert settings["CacheDataEncrypted"] is settings["CachingEnabled"] is True
    assert settings["CacheTtlInSeconds"] == 0


def test_logs_requests_without_bodies_queries_and_paths(template: dict[str, Any]) -> None:
    assert everything(template)["DataTraceEnabled"] is False
    written = only(template, "AWS::ApiGateway::Stage")["AccessLogSetting"]["Format"]
    assert "$context.identity.caller" in written
    assert "$context.path" not in written
    assert "$input" not in written


def test_logs_are_encrypted_and_kept_seven_years(template: dict[str, Any]) -> None:
    groups = [group["Properties"] for group in resources(template, "AWS::Logs::LogGroup")]
    assert len(groups) == 3
    assert all("KmsKeyId" in group and group["RetentionInDays"] == 2557 for group in groups)


def test_execution_logs_are_there_before_api_gateway_makes_them(template: dict[str, Any]) -> None:
    (stage,) = resources(template, "AWS::ApiGateway::Stage")
    names = [template["Resources"][name] for name in stage["DependsOn"]]
    assert {item["Type"] for item in names} == {"AWS::ApiGateway::Account", "AWS::Logs::LogGroup"}
    (group,) = (item["Properties"]["LogGroupName"] for item in names if item["Type"] == "AWS::Logs::LogGroup")
    assert group["Fn::Join"][1][0] == "API-Gateway-Execution-Logs_"
    assert group["Fn::Join"][1][-1] == f"/{stage['Properties']['StageName']}"
    assert everything(template)["LoggingLevel"] == "ERROR"


def test_the_accounts_setting_stays_when_the_stack_goes(template: dict[str, Any]) -> None:
    kinds = ("AWS::ApiGateway::Account", "AWS::IAM::Role", "AWS::IAM::ManagedPolicy")
    assert [found["DeletionPolicy"] for kind in kinds for found in resources(template, kind)] == ["Retain"] * 3


def test_traces_and_throttles(template: dict[str, Any]) -> None:
    assert only(template, "AWS::ApiGateway::Stage")["TracingEnabled"] is True
    assert (everything(template)["ThrottlingRateLimit"], everything(template)["ThrottlingBurstLimit"]) == (100, 200)


def test_shows_integrations_a_client_certificate(template: dict[str, Any]) -> None:
    (name,) = (n for n, r in template["Resources"].items() if r["Type"] == "AWS::ApiGateway::ClientCertificate")
    assert only(template, "AWS::ApiGateway::Stage")["ClientCertificateId"] == {"Ref": name}


def test_a_firewall_stands_in_front(template: dict[str, Any]) -> None:
    arn = only(template, "AWS::WAFv2::WebACLAssociation")["ResourceArn"]["Fn::Join"][1]
    assert "/stages/" in arn


def test_takes_an_authorizer_that_the_policy_lets_through(stack: cdk.Stack) -> None:
    pool = cognito.UserPool.from_user_pool_id(stack, "Pool", "us-east-1_1")
    authorizer = apigateway.CognitoUserPoolsAuthorizer(stack, "Users", cognito_user_pools=[pool])
    api = PrivateApi(stack, "Api", vpc_endpoint=endpoint_of(stack), authorizer=authorizer)
    api.add_method("/", "GET", backend(), authorization_scopes=["records/read"])
    found = template_of(stack)
    method = only(found, "AWS::ApiGateway::Method")
    assert method["AuthorizationType"] == "COGNITO_USER_POOLS"
    assert method["AuthorizationScopes"] == ["records/read"]
    effects = [statement["Effect"] for statement in only(found, "AWS::ApiGateway::RestApi")["Policy"]["Statement"]]
    assert effects == ["Deny", "Allow"]


def test_takes_a_rate_a_firewall_and_a_key(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    firewall = WebFirewall(stack, "Firewall", encryption_key=key)
    api = PrivateApi(
        stack,
        "Api",
        vpc_endpoint=endpoint_of(stack),
        web_firewall=firewall,
        rate_limit=5,
        encryption_key=key,
    )
    api.add_method("/", "GET", backend())
    found = template_of(stack)
    assert api.web_firewall is firewall
    assert everything(found)["ThrottlingRateLimit"] == 5
    assert len(resources(found, "AWS::WAFv2::WebACL")) == len(resources(found, "AWS::KMS::Key")) == 1


def test_methods_take_models_and_parameters(stack: cdk.Stack) -> None:
    api = PrivateApi(stack, "Api", vpc_endpoint=endpoint_of(stack))
    model = api.api.add_model("Visit", schema=apigateway.JsonSchema(type=apigateway.JsonSchemaType.OBJECT))
    api.add_method(
        "/visits",
        "POST",
        backend(),
        request_models={"application/json": model},
        request_parameters={"method.request.querystring.page": True},
    )
    method = only(template_of(stack), "AWS::ApiGateway::Method")
    assert set(method["RequestModels"]) == {"application/json"}
    assert method["RequestParameters"] == {"method.request.querystring.page": True}


def test_grants_calls_of_a_method(stack: cdk.Stack) -> None:
    api = PrivateApi(stack, "Api", vpc_endpoint=endpoint_of(stack))
    api.add_method("/visits", "GET", backend())
    role = LeastPrivilegeRole(stack, "Caller", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    api.grant_invoke(role, http_method="GET", path="/visits").assert_success()
    policies = resources(template_of(stack), "AWS::IAM::ManagedPolicy")
    statements = [s for policy in policies for s in policy["Properties"]["PolicyDocument"]["Statement"]]
    (statement,) = (s for s in statements if s["Action"] == "execute-api:Invoke")
    assert statement["Resource"]["Fn::Join"][1][-1] == "/live/GET/visits"


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ((), "vpc_endpoint: got None; the API is private, with an endpoint, or Regional"),
        (("vpc_endpoint", "domain_name", "certificate"), "vpc_endpoint: got 'Clinic/Endpoint'; .* and not both"),
        (("domain_name",), "certificate: got None; domain_name and certificate go together"),
        (("vpc_endpoint", "certificate"), "domain_name and certificate go together"),
        (("vpc_endpoint", "rate_limit"), "rate_limit: got 0; allowed are 1 to 10000 requests per second"),
        (("vpc_endpoint", "web_firewall"), "an API takes one for REGIONAL"),
    ],
)
def test_refuses(stack: cdk.Stack, wanted: tuple[str, ...], message: str) -> None:
    arguments: dict[str, Any] = {
        "vpc_endpoint": endpoint_of(stack),
        "domain_name": "api.example.com",
        "certificate": certificate_of(stack),
        "rate_limit": 0,
        "web_firewall": WebFirewall(stack, "Firewall", web_acl_scope="CLOUDFRONT"),
    }
    with pytest.raises(ValueError, match=message):
        PrivateApi(stack, "Api", **{name: arguments[name] for name in wanted})
    assert stack.node.try_find_child("Api") is None


def test_refuses_a_relative_path(stack: cdk.Stack) -> None:
    api = PrivateApi(stack, "Api", vpc_endpoint=endpoint_of(stack))
    with pytest.raises(ValueError, match="path: got 'visits'; it starts with '/'"):
        api.add_method("visits", "GET", backend())
    assert not api.api.root.node.children


def test_the_role_for_all_apis_reads_and_writes_log_groups_alone(template: dict[str, Any]) -> None:
    (statement,) = only(template, "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    assert {action.partition(":")[0] for action in statement["Action"]} == {"logs"}
    assert statement["Resource"]["Fn::Join"][1][-1] == ":logs:us-east-1:111122223333:log-group:*"


def queueing(**answer: Any) -> apigateway.Integration:
    """Return an integration that is no proxy, with one answer."""
    responses = [apigateway.IntegrationResponse(status_code="200", **answer)]
    return apigateway.MockIntegration(integration_responses=responses)


def test_methods_declare_what_an_integration_answers(stack: cdk.Stack) -> None:
    location = "method.response.header.Location"
    api = PrivateApi(stack, "Api", vpc_endpoint=endpoint_of(stack))
    api.add_method(
        "/results",
        "POST",
        queueing(response_parameters={location: "'/results'"}),
        method_responses=[apigateway.MethodResponse(status_code="200", response_parameters={location: True})],
    )
    method = only(template_of(stack), "AWS::ApiGateway::Method")
    assert method["MethodResponses"] == [{"StatusCode": "200", "ResponseParameters": {location: True}}]
    assert method["Integration"]["IntegrationResponses"][0]["StatusCode"] == "200"


@pytest.mark.parametrize(
    ("answer", "declared", "message"),
    [
        ({}, [], r"method_responses: got \[\]; the integration answers with 200, which the method has to"),
        ({}, ["400"], r"got \['400'\]; .*\. Add apigateway\.MethodResponse\(status_code='200'\)"),
        (
            {"response_parameters": {"method.response.header.Location": "'/results'"}},
            ["200"],
            "and sets method.response.header.Location, .*response_parameters={'method.response.header.Location': True}",
        ),
    ],
)
def test_refuses_answers_that_the_method_does_not_declare(
    stack: cdk.Stack, answer: dict[str, Any], declared: list[str], message: str
) -> None:
    api = PrivateApi(stack, "Api", vpc_endpoint=endpoint_of(stack))
    responses = [apigateway.MethodResponse(status_code=code) for code in declared]
    with pytest.raises(ValueError, match=message):
        api.add_method("/", "POST", queueing(**answer), method_responses=responses)
    assert api.api.root.node.try_find_child("POST") is None
    api.add_method("/", "POST", backend())
    assert len(resources(template_of(stack), "AWS::ApiGateway::Method")) == 1
