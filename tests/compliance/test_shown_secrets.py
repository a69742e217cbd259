"""What outputs and metadata of a template show."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement
from hipaa_constructs.compliance.assess import assess
from hipaa_constructs.compliance.shown_secrets import RULE, shown_secrets

TOPIC = {"Type": "AWS::SNS::Topic"}
KEY = "AKIA" + "ABCDEFGHIJKLMNOP"
PARAMETERS = {
    "Password": {"Type": "String", "NoEcho": True},
    "AdminUser": {"Type": "String", "NoEcho": True},
    "Given": {"Type": "String"},
}
HIDDEN = "parameter Password, which NoEcho hides elsewhere"


def _app(**body: Any) -> App:
    app = App()
    app.add("t.json", {"Resources": {"Topic": TOPIC}, "Parameters": PARAMETERS, **body})
    return app


def _messages(**body: Any) -> list[str]:
    return [found.message for found in shown_secrets(_app(**body))]


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Login", {"Ref": "Password"}, HIDDEN),
        ("Url", {"Fn::Sub": "mysql://root:${Password}@db.clinic/records"}, HIDDEN),
        ("Url", {"Fn::Join": ["", ["psql -W ", {"Ref": "Password"}]]}, HIDDEN),
        ("Either", {"Fn::If": ["Live", {"Ref": "Password"}, "none"]}, HIDDEN),
        ("Url", "mysql://root:hunter22@db.clinic/records", "a password in a URL in plain text"),
        ("Id", KEY, "an AWS access key id in plain text"),
        ("AdminPassword", "hunter2-hunter2", "a secret in plain text"),
        ("AdminPassword", "Look into Secrets Manager", None),
        ("AdminPassword", {"Ref": "Topic"}, None),
        ("PasswordHint", "The password: choose one of your own", None),
        ("SecretArn", "arn:aws:secretsmanager:us-east-1:111122223333:secret:records", None),
        ("User", {"Ref": "AdminUser"}, None),
        ("Plain", {"Ref": "Given"}, None),
        # CloudFormation resolves none in outputs.
        ("Password", "{{resolve:secretsmanager:records:SecretString:password}}", None),
        ("Password", {"Fn::Sub": "{{resolve:secretsmanager:${Topic}:SecretString:password}}"}, None),
        # At the resource, NoSecretsInEnvironment says so.
        ("Secret", {"Fn::GetAtt": ["Topic", "SecretAccessKey"]}, None),
        ("Odd", None, None),
    ],
)
def test_outputs(name: str, value: Any, shown: str | None) -> None:
    told = [f"Output {name} shows {shown}."] if shown else []
    assert _messages(Outputs={name: {"Value": value}}) == told


MADE = {
    "Made": {
        "Type": "Custom::KeyValue",
        "Properties": {"ServiceToken": "arn:aws:lambda:us-east-1:111122223333:function:f"},
    },
    "Own": {
        "Type": "AWS::CloudFormation::CustomResource",
        "Properties": {"ServiceToken": "arn:aws:lambda:us-east-1:111122223333:function:f"},
    },
    "Usage": {"Type": "AWS::ApiGateway::ApiKey"},
    "Graph": {"Type": "AWS::AppSync::ApiKey", "Properties": {"ApiId": "x"}},
    "Login": {"Type": "AWS::SecretsManager::Secret"},
}


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("ApiKey", {"Fn::GetAtt": ["Made", "ApiKeyValue"]}, "Made.ApiKeyValue"),
        ("Login", {"Fn::Sub": "admin:${Own.Password}"}, "Own.Password"),
        ("Client", {"Fn::GetAtt": "Made.UserPoolClient.ClientSecret"}, "Made.UserPoolClient.ClientSecret"),
        ("GraphKey", {"Fn::GetAtt": ["Graph", "ApiKey"]}, "Graph.ApiKey"),
        ("GraphKey", {"Fn::GetAtt": ["Graph", "ApiKeyId"]}, None),
        ("ApiKey", {"Fn::GetAtt": ["Made", "ApiKeyId"]}, None),
        ("ApiKey", {"Ref": "Usage"}, None),
        ("ApiKey", {"Fn::GetAtt": ["Usage", "APIKeyId"]}, None),
        ("ApiKeyArn", {"Fn::GetAtt": ["Made", "ApiKey"]}, None),
        ("Secret", {"Fn::GetAtt": ["Made", "SecretArn"]}, None),
        ("Secret", {"Fn::GetAtt": ["Login", "Id"]}, None),
        ("Address", {"Fn::GetAtt": ["Made", "Endpoint"]}, None),
    ],
)
def test_what_a_custom_resource_gives_is_a_secret_by_its_name(name: str, value: Any, shown: str | None) -> None:
    found = shown_secrets(_app(Resources=MADE, Outputs={name: {"Value": value}}))
    told = [(f"Output {name} shows {shown}, a secret by its name.", "warning")] if shown else []
    assert [(one.message, one.severity) for one in found] == told


def test_an_export_reaches_further() -> None:
    outputs = {"Login": {"Value": {"Ref": "Password"}, "Export": {"Name": "login"}}}
    assert _messages(Outputs=outputs) == [f"Output Login shows {HIDDEN} and exports it."]


@pytest.mark.parametrize(
    ("metadata", "told"),
    [
        ({"Deploy": {"key": KEY}}, ["Metadata shows an AWS access key id in plain text (key)."]),
        ({"Deploy": ["one", {"key": KEY}]}, ["Metadata shows an AWS access key id in plain text (key)."]),
        # A template's own metadata is not resolved.
        ({"Deploy": {"password": {"Ref": "Password"}}}, []),
        ({"AWS::CloudFormation::Interface": {"ParameterLabels": {"Password": {"default": "Password: yours"}}}}, []),
        ("odd", []),
    ],
)
def test_metadata_of_a_template(metadata: Any, told: list[str]) -> None:
    assert _messages(Metadata=metadata) == told


INIT = {"AWS::CloudFormation::Init": {"config": {"files": {"/etc/login": {"content": {"Ref": "Password"}}}}}}


@pytest.mark.parametrize(
    ("kind", "metadata", "told"),
    [
        ("AWS::SNS::Topic", {"Login": {"Ref": "Password"}}, [f"Metadata shows {HIDDEN} (Login)."]),
        ("AWS::SNS::Topic", {"Login": {"key": KEY}}, ["Metadata shows an AWS access key id in plain text (key)."]),
        ("AWS::SNS::Topic", INIT, [f"Metadata shows {HIDDEN} (content)."]),
        # Of what cfn-init reads, NoSecretsInEnvironment says so.
        ("AWS::EC2::Instance", INIT, []),
        ("AWS::EC2::Instance", {**INIT, "Login": {"Ref": "Password"}}, [f"Metadata shows {HIDDEN} (Login)."]),
        ("AWS::SNS::Topic", {"aws:cdk:path": KEY, "Comment": "records"}, []),
    ],
)
def test_metadata_of_a_resource(kind: str, metadata: Any, told: list[str]) -> None:
    assert _messages(Resources={"Subject": {"Type": kind, "Metadata": metadata}}) == told


def test_it_points_at_the_output_and_can_be_acknowledged_for_the_template() -> None:
    app = _app(Outputs={"Login": {"Value": {"Ref": "Password"}}})
    today = datetime.date(2026, 11, 28)
    (found,) = assess(app, today=today).of_templates
    assert (found.place, found.template, found.resource_logical_id) == (("Outputs", "Login", "Value"), "t.json", "")
    assert (found.rule_id, found.severity) == (RULE.id, "error")
    accepted = Acknowledgement(
        rule_id=RULE.id,
        reason="The password opens a training database with invented patients, which is deleted each night.",
        approved_by="privacy@clinic.example",
        expires=datetime.date(2027, 1, 31),
        ticket=None,
        compensating_control=None,
        path="t.json",
        origin="file",
    )
    assessment = assess(app, today=today, acknowledgements=[accepted])
    assert found.rule_id not in {one.rule_id for one in assessment.open}
    assert assessment.governed.problems == []


TOKEN = "ghp_" + "abcdefghij0123456789"
LITERAL = "Wint3r!Sun"
CALLED = {"ServiceToken": "arn:aws:lambda:us-east-1:111122223333:function:f"}


def _with_default(name: str, default: str, resource: Any = TOPIC, **declared: Any) -> App:
    parameters = {name: {"Type": "String", "Default": default, **declared}}
    return _app(Parameters=parameters, Resources={"Subject": resource})


def _custom(value: Any) -> Any:
    return {"Type": "Custom::Login", "Properties": {**CALLED, "Value": value}}


@pytest.mark.parametrize(
    ("name", "default", "told"),
    [
        ("AdminPassword", LITERAL, "a secret"),
        ("AdminPassword", "password", "a secret"),
        ("ApiToken", "9f8e7d6c5b4a39281706f5e4", "a secret"),
        ("Setting", TOKEN, "an access token"),
        ("Setting", "sk_live_" + "4eC39HqLyjWDarjtT1zd", "an access token"),
        # Where a secret is, what it is called, and what waits for one.
        ("AdminPassword", "clinic/admin", None),
        ("AdminPassword", "clinic-admin-password", None),
        ("AdminPassword", "CHANGE_ME", None),
        ("AdminPassword", "", None),
        ("AdminPasswordSecret", "clinic-admin", None),
        ("PasswordField", LITERAL, None),
        ("ApiToken", "visits-token-name", None),
        ("Setting", LITERAL, None),
    ],
)
def test_secrets_by_default_that_are_used(name: str, default: str, told: str | None) -> None:
    found = shown_secrets(_with_default(name, default, _custom({"Ref": name})))
    message = f"The Default of parameter {name} is {told}, which all who read the template know."
    assert [(one.message, one.place) for one in found] == ([(message, ("Parameters", name, "Default"))] if told else [])
    # Who deploys sees no NoEcho parameter's value; who reads the template does.
    hidden = shown_secrets(_with_default(name, default, _custom({"Ref": name}), NoEcho=True))
    assert [one.message for one in hidden] == [one.message for one in found]
    assert all("Default" in one.fix for one in found)


def test_what_nothing_uses_is_told_where_it_is_a_secret_for_certain() -> None:
    assert [one.message for one in shown_secrets(_with_default("Setting", f"{TOKEN}"))]
    assert not shown_secrets(_with_default("AdminPassword", LITERAL))
    # What Parameter Store keeps under that name is not in the template.
    assert not shown_secrets(_with_default("Setting", TOKEN, Type="AWS::SSM::Parameter::Value<String>"))


def _function(value: Any) -> Any:
    code = {"Code": {"ZipFile": "x"}, "Handler": "i.h", "Runtime": "python3.13"}
    return {"Type": "AWS::Lambda::Function", "Properties": {**code, "Environment": {"Variables": {"LOGIN": value}}}}


@pytest.mark.parametrize(
    ("resource", "rule"),
    [
        (_function({"Ref": "AdminPassword"}), "NoSecretsInEnvironment"),
        (_function({"Fn::Sub": "admin:${AdminPassword}"}), "NoSecretsInEnvironment"),
        (
            {"Type": "AWS::EC2::Instance", "Properties": {"UserData": {"Fn::Sub": "login ${AdminPassword}"}}},
            "NoSecretsInEnvironment",
        ),
        ({"Type": "AWS::SSM::Parameter", "Properties": {"Value": {"Ref": "AdminPassword"}}}, "NoLiteralSecrets"),
        (
            {"Type": "AWS::RDS::DBInstance", "Properties": {"MasterUserPassword": {"Ref": "AdminPassword"}}},
            "NoLiteralSecrets",
        ),
        (_custom({"Ref": "AdminPassword"}), "TemplateShowsNoSecrets"),
    ],
)
@pytest.mark.parametrize("hidden", [False, True])
def test_a_secret_by_default_is_told_once(resource: Any, rule: str, hidden: bool) -> None:
    app = _with_default("AdminPassword", LITERAL, resource, **({"NoEcho": True} if hidden else {}))
    of_secrets = ("NoSecretsInEnvironment", "NoLiteralSecrets", "TemplateShowsNoSecrets")
    found = assess(app, today=datetime.date(2026, 6, 1)).open
    assert [one.rule_id for one in found if one.rule_id.endswith(of_secrets)] == [f"HIPAA.Constructs-{rule}"]


def test_an_output_that_shows_a_secret_by_default_says_so_once() -> None:
    parameters = {"AdminPassword": {"Type": "String", "Default": LITERAL}}
    for name in ("Login", "AdminPassword"):
        outputs = {name: {"Value": {"Ref": "AdminPassword"}}}
        told = _messages(Parameters=parameters, Outputs=outputs)
        assert told == [f"Output {name} shows parameter AdminPassword, whose Default is a secret."]


def test_a_nested_stack_that_is_given_another_has_no_use_of_its_default() -> None:
    child = {
        "Parameters": {"AdminPassword": {"Type": "String", "Default": LITERAL}},
        "Resources": {"Subject": _custom({"Ref": "AdminPassword"})},
    }
    app = App()
    parent = app.add(
        "parent.json",
        {
            "Parameters": {"Given": {"Type": "String", "NoEcho": True}},
            "Resources": {
                "Child": {
                    "Type": "AWS::CloudFormation::Stack",
                    "Properties": {"TemplateURL": "child.json", "Parameters": {"AdminPassword": {"Ref": "Given"}}},
                }
            },
        },
    )
    app.add("child.json", child, parent=parent.resources["Child"])
    assert not shown_secrets(app)
