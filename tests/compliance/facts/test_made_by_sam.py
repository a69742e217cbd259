"""What is to be done about what AWS SAM makes is said of what its templates write."""

from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate
from tests.compliance.rules.support import rule

EVENT: dict[str, Any] = {"Get": {"Type": "HttpApi", "Properties": {"Path": "/notes", "Method": "get"}}}
OF_ANOTHER = {"Get": {"Type": "HttpApi", "Properties": {**EVENT["Get"]["Properties"], "ApiId": {"Ref": "Front"}}}}
BROAD = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
WRITTEN = {"openapi": "3.0.1", "paths": {"/notes": {"get": {}}}}


def _done(module: str, resources: dict[str, Any], logical_id: str) -> str:
    app = App()
    app.add("t.yaml", {"Transform": "AWS::Serverless-2016-10-31", "Resources": resources})
    (fix,) = (
        found.fix
        for result in evaluate(app, [rule(module)])
        if result.resource.logical_id == logical_id and (found := result.finding()) is not None
    )
    return fix


def _function(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::Serverless::Function", "Properties": properties}


def test_the_role_of_a_function() -> None:
    said = _done("grants_bounded", {"Fn": _function(Policies=[BROAD])}, "FnRole")
    assert said.startswith("In Policies of the AWS::Serverless::Function")
    assert "ManagedPolicyArns" not in said


def test_a_role_that_the_template_writes() -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyDocument": BROAD}]}}
    assert _done("grants_bounded", {"Own": role}, "Own").startswith("In Policies[].PolicyDocument")


@pytest.mark.parametrize(
    ("resources", "api", "said"),
    [
        ({"Fn": _function(Events=EVENT)}, "ServerlessHttpApi", "DefaultAuthorizer"),
        ({"Fn": _function(Events=OF_ANOTHER), "Front": {"Type": "AWS::Serverless::HttpApi"}}, "Front", "Default"),
        (
            {"Front": {"Type": "AWS::Serverless::HttpApi", "Properties": {"DefinitionBody": WRITTEN}}},
            "Front",
            "in Body",
        ),
        ({"Front": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Body": WRITTEN}}}, "Front", "in Body"),
    ],
)
def test_an_api(resources: dict[str, Any], api: str, said: str) -> None:
    assert said in _done("api_authorized", resources, api)


CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/12345678"
OLD = {"DomainName": "notes.example.org", "CertificateArn": CERTIFICATE, "SecurityPolicy": "TLS_1_0"}
SHOWN = {"AuthType": "NONE", "Cors": {"AllowOrigins": ["*"]}}


@pytest.mark.parametrize(
    ("module", "resources", "logical_id", "said"),
    [
        (
            "function_url_authorized",
            {"Fn": _function(FunctionUrlConfig=SHOWN)},
            "FnUrl",
            "Set FunctionUrlConfig.AuthType: AWS_IAM. It stands in the AWS::Serverless::Function, or in Globals.",
        ),
        (
            "origins_named",
            {"Fn": _function(FunctionUrlConfig=SHOWN)},
            "FnUrl",
            "Set FunctionUrlConfig.Cors.AllowOrigins: [<the https:// origin of a site>]. It stands in the "
            "AWS::Serverless::Function, or in Globals.",
        ),
        (
            "endpoint_tls_minimum",
            {"Api": {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "live", "Domain": OLD}}},
            "ApiDomain",
            "Set Domain.SecurityPolicy: TLS_1_2. It stands in the AWS::Serverless::Api, or in Globals.",
        ),
        (
            "endpoint_tls_minimum",
            {"Api": {"Type": "AWS::Serverless::HttpApi", "Properties": {"Domain": OLD}}},
            "ApiDomain",
            "Set Domain.SecurityPolicy: TLS_1_2. It stands in the AWS::Serverless::HttpApi, or in Globals.",
        ),
        (
            "function_url_authorized",
            {"Url": {"Type": "AWS::Lambda::Url", "Properties": {"AuthType": "NONE", "TargetFunctionArn": "fn"}}},
            "Url",
            "Set AuthType: AWS_IAM.",
        ),
    ],
)
def test_a_part_of_another_resource_is_named_by_its_place(
    module: str, resources: dict[str, Any], logical_id: str, said: str
) -> None:
    assert _done(module, resources, logical_id) == said


def test_a_state_machine_calls_its_log_otherwise() -> None:
    machine = {
        "Machine": {"Type": "AWS::Serverless::StateMachine", "Properties": {"DefinitionUri": "s3://code/m.json"}}
    }
    said = _done("service_logged", machine, "Machine")
    assert said.startswith("Set Logging: {Level: ALL")
    assert "Its role may logs:CreateLogDelivery" in said


def test_a_state_machine_of_sam_takes_no_key() -> None:
    properties = {"DefinitionUri": "visits.asl.json", "Role": "arn:aws:iam::111122223333:role/r"}
    resources = {
        "Sam": {"Type": "AWS::Serverless::StateMachine", "Properties": properties},
        "Plain": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"RoleArn": properties["Role"]}},
    }
    app = App()
    app.add("t.yaml", {"Transform": "AWS::Serverless-2016-10-31", "Resources": resources})
    told = {one.resource.logical_id: one.verdict for one in evaluate(app, [rule("store_encrypted_with_customer_key")])}
    assert (told["Sam"].outcome, told["Sam"].said_of) == ("not_applicable", None)
    assert told["Plain"].outcome == "failed"
    assert "The same" not in told["Plain"].message
