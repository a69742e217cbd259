from __future__ import annotations

import json
from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import findings
from tests.compliance.rules.support import GIVEN, judged, one, outcome, rule, to_do, verdict

DATABASE = "AWS::RDS::DBInstance"
PARAMETERS = {
    "Hidden": {"Type": "String", "NoEcho": True},
    "Shown": {"Type": "String"},
    "Defaulted": {"Type": "String", "NoEcho": "true", "Default": "changeme"},
    "Stored": {"Type": "AWS::SSM::Parameter::Value<String>"},
}


def _document(command: str) -> dict[str, Any]:
    step = {"action": "aws:runShellScript", "inputs": {"runCommand": [command]}}
    return one("AWS::SSM::Document", Content={"schemaVersion": "2.2", "mainSteps": [step]})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(DATABASE, MasterUserPassword="hunter2hunter2"), "failed"),
        (one(DATABASE, MasterUserPassword="{{resolve:secretsmanager:db:SecretString:password}}"), "passed"),
        (
            one(DATABASE, MasterUserPassword={"Fn::Sub": "{{resolve:secretsmanager:${Secret}:SecretString:p}}"}),
            "passed",
        ),
        (one(DATABASE, MasterUserPassword={"Ref": "Hidden"}), "passed"),
        (one(DATABASE, MasterUserPassword={"Ref": "Shown"}), "failed"),
        (one(DATABASE, MasterUserPassword={"Ref": "Defaulted"}), "failed"),
        (one(DATABASE, MasterUserPassword={"Ref": "Stored"}), "passed"),
        (one(DATABASE, ManageMasterUserPassword=True), "not_applicable"),
        (one("AWS::SecretsManager::Secret", SecretString="s3cr3t"), "failed"),
        (one("AWS::SecretsManager::Secret", GenerateSecretString={}), "not_applicable"),
        (one("AWS::ElastiCache::User", Passwords=[{"Ref": "Hidden"}, "clear-text-password"]), "failed"),
        (one("AWS::ElastiCache::ReplicationGroup", AuthToken={"Fn::Join": ["", ["tok", "en"]]}), "failed"),
        (
            one(
                "AWS::OpenSearchService::Domain",
                AdvancedSecurityOptions={"MasterUserOptions": {"MasterUserPassword": "p"}},
            ),
            "failed",
        ),
        (one("AWS::CodeBuild::Project", Source={"Location": "https://user:pass@example.org/repo.git"}), "failed"),
        (one("AWS::CodeBuild::Project", Source={"Location": "https://example.org/repo.git"}), "passed"),
        (one("AWS::SSM::Parameter", Type="String", Name="/ward/db-password", Value="hunter2hunter2"), "failed"),
        (one("AWS::SSM::Parameter", Type="String", Name="/ward/db", Value="mysql://app:hunter2@db/ward"), "failed"),
        (one("AWS::SSM::Parameter", Type="String", Name="/ward/db-password", Value={"Ref": "Hidden"}), "failed"),
        (one("AWS::SSM::Parameter", Type="SecureString", Name="/ward/db", Value={"Ref": "Hidden"}), "failed"),
        (one("AWS::SSM::Parameter", Type="String", Value={"Fn::Sub": "pw=${Hidden}"}), "failed"),
        (one("AWS::SSM::Parameter", Type="String", Name="/ward/host", Value={"Ref": "Shown"}), "passed"),
        (one("AWS::SSM::Parameter", Type="String", Name="/ward/db-password", Value={"Ref": "Secret"}), "passed"),
        (one("AWS::SSM::Parameter", Type="String", Name="/ward/db-password-arn", Value="hunter2hunter2"), "passed"),
        (one("AWS::SSM::Parameter", Type="String", Name="/password/host", Value="db.example.org"), "passed"),
        (one("AWS::SSM::Parameter", Type="String", Name={"Ref": "Hidden"}, Value="x"), "passed"),
        (one("AWS::S3::Bucket"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert outcome("no_literal_secrets", resources, Parameters=PARAMETERS) == expected


LOGIN = '{"username": "ops", "password": "hunter2hunter2"}'
SECRET = "{{resolve:secretsmanager:db:SecretString:password}}"
SECTIONS: dict[str, Any] = {
    "Parameters": {
        **PARAMETERS,
        "Stage": {"Type": "String", "Default": "test"},
        "Listed": {"Type": "CommaDelimitedList", "NoEcho": True, "Default": "hunter2hunter2,hunter3"},
        "Chosen": {"Type": "String", "NoEcho": True, "AllowedValues": ["hunter2", "hunter3"]},
    },
    "Conditions": {"Live": {"Fn::Equals": [{"Ref": "Stage"}, "live"]}},
    "Mappings": {"Logins": {"test": {"Password": "hunter2hunter2", "User": "ops"}, "live": {"Password": SECRET}}},
}


def written(value: Any, kind: str = DATABASE, name: str = "MasterUserPassword", **sections: Any) -> list[str]:
    """Return what is said of a value, in the template of ``SECTIONS``."""
    app = App()
    app.add(
        "t.json",
        {**SECTIONS, **sections, "Resources": {**one(kind, **{name: value}), "Key": {"Type": "AWS::KMS::Key"}}},
    )
    return [finding.message for finding in findings(app, [rule("no_literal_secrets")])]


CLEAR = ["MasterUserPassword stands in the template in plain text."]
SHOWN = ["MasterUserPassword comes from parameter Shown, which does not set NoEcho."]


@pytest.mark.parametrize(
    ("value", "messages"),
    [
        # It stands there for every reader, whichever branch is deployed.
        ({"Fn::If": ["Live", SECRET, "hunter2hunter2"]}, CLEAR),
        ({"Fn::If": ["Live", "hunter2hunter2", SECRET]}, CLEAR),
        ({"Fn::If": ["Live", {"Fn::If": ["Live", SECRET, {"Ref": "Hidden"}]}, {"Fn::Sub": "hunter2"}]}, CLEAR),
        ({"Fn::If": ["Live", SECRET, {"Ref": "AWS::NoValue"}]}, []),
        ({"Fn::FindInMap": ["Logins", {"Ref": "Stage"}, "Password"]}, CLEAR),
        ({"Fn::FindInMap": ["Logins", "live", "Password"]}, []),
        ({"Fn::FindInMap": ["Logins", "prod", "Password", {"DefaultValue": "hunter2"}]}, CLEAR),
        ({"Fn::Sub": "hunter2-${AWS::Region}"}, CLEAR),
        ({"Fn::Join": ["-", ["hunter2", {"Ref": "AWS::AccountId"}]]}, CLEAR),
        ({"Fn::Sub": ["${A}-2", {"A": {"Fn::If": ["Live", {"Ref": "Hidden"}, "hunter"]}}]}, CLEAR),
        ({"Fn::Sub": "${Hidden}!"}, []),
        ({"Fn::Sub": "${Key}!"}, []),
        ({"Fn::Sub": "${Shown}"}, SHOWN),
        ({"Fn::Sub": "${Shown}!"}, SHOWN),
        ({"Fn::Sub": ["${P}", {"P": {"Ref": "Shown"}}]}, SHOWN),
        ({"Fn::Join": ["", [{"Ref": "Shown"}]]}, SHOWN),
        ({"Fn::Join": ["", [{"Ref": "Shown"}, {"Ref": "Hidden"}]]}, []),
        ({"Fn::If": ["Live", {"Ref": "Shown"}, {"Ref": "Hidden"}]}, SHOWN),
        ({"Fn::Sub": "${Defaulted}"}, CLEAR),
        ({"Ref": "Chosen"}, CLEAR),
        ({"Fn::Sub": "${Stored}"}, []),
        ({"Fn::Select": [0, ["hunter2", {"Ref": "Hidden"}]]}, CLEAR),
        ({"Fn::Select": [1, ["hunter2", {"Ref": "Hidden"}]]}, []),
        ({"Fn::Select": [0, {"Fn::Split": [",", {"Ref": "Hidden"}]}]}, []),
        ({"Fn::GetAtt": ["Key", "Arn"]}, []),
        ({"Fn::ImportValue": "password"}, []),
        ("", []),
    ],
)
def test_every_way_in_which_it_is_written_counts(value: Any, messages: list[str]) -> None:
    assert written(value) == messages


@pytest.mark.parametrize(
    ("value", "messages"),
    [
        (LOGIN, ["password in SecretString stands in the template in plain text."]),
        (
            {"Fn::Sub": LOGIN.replace("ops", "ops-${AWS::Region}")},
            ["password in SecretString stands in the template in plain text."],
        ),
        ({"Fn::Sub": LOGIN.replace("hunter2hunter2", "${Hidden}")}, []),
        ({"Fn::Sub": LOGIN.replace("ops", "${Shown}").replace("hunter2hunter2", "${Hidden}")}, []),
        (
            {"Fn::Sub": LOGIN.replace("hunter2hunter2", "${Shown}")},
            ["password in SecretString comes from parameter Shown, which does not set NoEcho."],
        ),
        (LOGIN.replace("hunter2hunter2", SECRET), []),
        (LOGIN.replace("hunter2hunter2", ""), []),
        (
            {"Fn::ToJsonString": {"username": {"Ref": "Hidden"}, "password": "hunter2hunter2"}},
            ["password in SecretString stands in the template in plain text."],
        ),
        ({"Fn::ToJsonString": {"username": "ops", "password": {"Ref": "Hidden"}, "ports": [1, True]}}, []),
        (
            {"Fn::ToJsonString": {"password": {"Fn::If": ["Live", {"Ref": "Hidden"}, "hunter2"]}, "x": {}}},
            ["password in SecretString stands in the template in plain text."],
        ),
        ({"Fn::Sub": '{"username":${Shown},"password":${Hidden}}'}, []),
        (
            {"Fn::Sub": '{"username": ${Shown}, "password": hunter2}'},
            ["password in SecretString stands in the template in plain text."],
        ),
    ],
)
def test_the_fields_of_a_secret_are_told_apart(value: Any, messages: list[str]) -> None:
    assert written(value, "AWS::SecretsManager::Secret", "SecretString") == messages


LITERAL = ["SecretString stands in the template in plain text."]


@pytest.mark.parametrize(
    ("value", "messages"),
    [
        ("{}", []),
        ("[]", []),
        ('{"username": "ops", "host": "db.example", "port": 5432, "engine": "postgres", "dbname": "records"}', []),
        ('{"logins": [], "options": {"ssl": true, "user_name": "ops"}}', []),
        ({"Fn::Sub": '{"username": "${Shown}", "dbInstanceIdentifier": "records"}'}, []),
        ('{"username": "ops", "value": "hunter2hunter2"}', LITERAL),
        ('{"webhook": "https://hooks.example/T0/B0/winter42"}', LITERAL),
        ('{"pin": 4711}', LITERAL),
        ('["hunter2hunter2"]', LITERAL),
        ('{"host": "postgres://ops:winter-42@db.example"}', ["SecretString holds a password in a URL in plain text."]),
        ('"hunter2hunter2"', LITERAL),
    ],
)
def test_a_secret_may_hold_nothing_secret(value: Any, messages: list[str]) -> None:
    assert written(value, "AWS::SecretsManager::Secret", "SecretString") == messages


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Fn::If": ["Live", ["hunter2"], [{"Ref": "Hidden"}]]}, 1),
        ([{"Fn::If": ["Live", "hunter2", {"Ref": "AWS::NoValue"}]}, {"Ref": "Hidden"}], 1),
        ({"Ref": "Listed"}, 1),
        ([{"Ref": "Hidden"}], 0),
    ],
)
def test_lists_are_looked_at_in_every_branch(value: Any, expected: int) -> None:
    assert len(written(value, "AWS::ElastiCache::User", "Passwords")) == expected


@pytest.mark.parametrize(
    ("given", "declared", "messages"),
    [
        ("hunter2hunter2", {"NoEcho": True}, CLEAR),
        ({"Ref": "Hidden"}, {"NoEcho": True}, []),
        ({"Ref": "Shown"}, {"NoEcho": True}, SHOWN),
        ({"Ref": "Hidden"}, {}, ["MasterUserPassword comes from parameter P, which does not set NoEcho."]),
        ({"Fn::GetAtt": ["Made", "Outputs.Password"]}, {"NoEcho": True}, CLEAR),
        (None, {"NoEcho": True, "Default": "hunter2"}, CLEAR),
    ],
)
def test_a_nested_stack_is_given_it(given: Any, declared: dict[str, Any], messages: list[str]) -> None:
    app = App()
    stack = {"Type": "AWS::CloudFormation::Stack", "Properties": {"Parameters": {} if given is None else {"P": given}}}
    outer = app.add(
        "outer.json", {**SECTIONS, "Resources": {"S": stack, "Made": {"Type": "AWS::CloudFormation::Stack"}}}
    )
    body = {
        "Parameters": {"P": {"Type": "String", **declared}},
        "Resources": one(DATABASE, MasterUserPassword={"Ref": "P"}),
    }
    app.add("inner.json", body, parent=outer.resources["S"])
    output = {"Outputs": {"Password": {"Value": "hunter2hunter2"}}, "Resources": {"Key": {"Type": "AWS::KMS::Key"}}}
    app.add("made.json", output, parent=outer.resources["Made"])
    assert [finding.message for finding in findings(app, [rule("no_literal_secrets")])] == messages


def test_a_value_that_is_given_at_deployment_does_not_stand_in_the_template() -> None:
    app = App({"Hidden": "hunter2hunter2"})
    app.add("t.json", {**SECTIONS, "Resources": one(DATABASE, MasterUserPassword={"Ref": "Hidden"})})
    assert not findings(app, [rule("no_literal_secrets")])


def test_what_is_never_deployed_is_said_nothing_of() -> None:
    never = {"Never": {"Fn::Equals": ["a", "b"]}}
    resources = {"Subject": {**one(DATABASE, MasterUserPassword="hunter2hunter2")["Subject"], "Condition": "Never"}}
    assert outcome("no_literal_secrets", resources, Conditions=never) == "not_inspected"


def test_many_branches_come_to_an_end() -> None:
    # The way in which all of it stands in the template is among those that are looked at.
    parts = [{"Fn::If": ["Live", {"Ref": "Hidden"}, "x"]} for _ in range(40)]
    assert written({"Fn::Join": ["", parts]}) == CLEAR
    deep: Any = "hunter2"
    for _ in range(100):
        deep = {"Fn::If": ["Live", deep, {"Ref": "Hidden"}]}
    assert written(deep) == CLEAR


def test_a_stored_parameter_is_looked_at_in_every_branch() -> None:
    app = App()
    value = {"Fn::If": ["Live", {"Ref": "Shown"}, "hunter2hunter2"]}
    resources = one("AWS::SSM::Parameter", Type="String", Name="/ward/db-password", Value=value)
    app.add("t.json", {**SECTIONS, "Resources": resources})
    (finding,) = findings(app, [rule("no_literal_secrets")])
    assert finding.message == "Value of the parameter db-password stands in the template in plain text."


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"Passwords": {"Fn::Split": [",", "hunter2,hunter3"]}}, "failed"),
        ({"Passwords": {"Fn::Split": [",", {"Ref": "Hidden"}]}}, "passed"),
        ({"Passwords": {"Fn::If": ["Live", ["hunter2"], {"Ref": "AWS::NoValue"}]}}, "failed"),
        ({"Passwords": [{"Fn::Select": [0, {"Fn::Split": [",", "hunter2,hunter3"]}]}]}, "failed"),
        ({"Passwords": [{"Fn::Select": [1, [{"Ref": "Hidden"}, "hunter2"]]}]}, "failed"),
        ({"Passwords": [{"Fn::Select": [0, [{"Ref": "Hidden"}, "hunter2"]]}]}, "passed"),
    ],
)
def test_lists_are_followed(properties: dict[str, Any], expected: str) -> None:
    assert outcome("no_literal_secrets", one("AWS::ElastiCache::User", **properties), **SECTIONS) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"readers": [{"user": "a", "password": "hunter2"}, {"user": "b", "password": "${Hidden}"}]}', "failed"),
        ('{"db": {"password": "hunter2", "host": "${Hidden}"}}', "failed"),
        ('{"readers": [{"user": "a", "password": "${Hidden}"}]}', "passed"),
    ],
)
def test_fields_of_a_secret_are_found_however_deep(text: str, expected: str) -> None:
    secret = one("AWS::SecretsManager::Secret", SecretString={"Fn::Sub": text})
    assert outcome("no_literal_secrets", secret, **SECTIONS) == expected


def test_a_stored_parameter_that_is_given_a_secret_is_named() -> None:
    app = App()
    resources = one("AWS::SSM::Parameter", Type="String", Name="/ward/DATABASE_URL", Value={"Ref": "Hidden"})
    app.add("t.json", {"Parameters": PARAMETERS, "Resources": resources})
    (finding,) = findings(app, [rule("no_literal_secrets")])
    assert finding.message == "DATABASE_URL in Parameter Store is given the secret itself, by parameter Hidden."


EMPTY = {
    "Token": {"Type": "String", "NoEcho": True, "Default": ""},
    "Hidden": PARAMETERS["Hidden"],
    "User": {"Type": "String", "NoEcho": True, "Default": ""},
}
IS_GIVEN = {"IsGiven": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Token"}, ""]}]}}
OF_TOKEN, OF_HIDDEN = {"Fn::Sub": '{"token": "${Token}"}'}, {"Fn::Sub": '{"token": "${Hidden}"}'}


@pytest.mark.parametrize(
    ("value", "more", "expected"),
    [
        (OF_TOKEN, {}, "token in SecretString is empty by the default of parameter Token."),
        (OF_HIDDEN, {}, ""),
        ({"Fn::Sub": '{"username": "${User}", "token": "${Hidden}"}'}, {}, ""),
        # To be filled in after deployment.
        ('{"token": ""}', {}, ""),
        ({"Fn::If": ["IsGiven", OF_TOKEN, OF_HIDDEN]}, {}, ""),
        (OF_TOKEN, {"Condition": "IsGiven"}, ""),
    ],
)
def test_a_secret_that_is_empty_by_default_is_a_warning(value: Any, more: dict[str, Any], expected: str) -> None:
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": value}, **more}
    app = App()
    app.add("Test.template.json", {"Parameters": EMPTY, "Conditions": IS_GIVEN, "Resources": {"Subject": secret}})
    found = findings(app, [rule("no_literal_secrets")])
    assert [one.severity for one in found] == (["warning"] if expected else [])
    assert all(one.message.startswith(expected.removesuffix(".")) for one in found)


@pytest.mark.parametrize(
    ("kind", "properties", "severity"),
    [
        (
            "AWS::SecretsManager::Secret",
            {"SecretString": '{"JWT_SECRET":"REPLACE_ME","SMTP_PASS":"<password>"}'},
            "warning",
        ),
        ("AWS::SecretsManager::Secret", {"SecretString": "CHANGEME"}, "warning"),
        ("AWS::SecretsManager::Secret", {"SecretString": "change-me-in-production"}, "warning"),
        ("AWS::SecretsManager::Secret", {"SecretString": "TODO"}, "warning"),
        ("AWS::SecretsManager::Secret", {"SecretString": "xxxx"}, "warning"),
        ("AWS::SecretsManager::Secret", {"SecretString": "changeme7"}, None),
        ("AWS::SecretsManager::Secret", {"SecretString": '{"token":"REPLACE_ME","password":"Kx9-winter"}'}, None),
        ("AWS::SSM::Parameter", {"Name": "/clinic/db_password", "Value": "CHANGE_ME"}, "warning"),
        ("AWS::SSM::Parameter", {"Name": "/clinic/db_password", "Value": "Kx9-winter"}, None),
        # What is set is what it lets in with.
        ("AWS::RDS::DBInstance", {"MasterUserPassword": "CHANGEME"}, None),
    ],
)
def test_a_placeholder_that_is_filled_in_later_is_a_warning(
    kind: str, properties: dict[str, Any], severity: str | None
) -> None:
    found = verdict("no_literal_secrets", one(kind, **properties))
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", severity)


_READ_BY_NAME = """version: 0.2
env:
  secrets-manager:
    DB_PASSWORD: records/database:password
  parameter-store:
    SMTP_PASSWORD: /clinic/smtp/password
phases:
  build:
    commands: [make]
"""


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::CodeBuild::Project", Source={"BuildSpec": _READ_BY_NAME}), "passed"),
        (
            one(
                "AWS::CodeBuild::Project", Source={"BuildSpec": f"{_READ_BY_NAME}    - PGPASSWORD=hunter2hunter2 psql"}
            ),
            "failed",
        ),
        (
            one(
                "AWS::CodeBuild::Project",
                Source={"BuildSpec": '{"env": {"secrets-manager": {"DB_PASSWORD": "records:password"}}}'},
            ),
            "passed",
        ),
        (_document("export PGPASSWORD=hunter2hunter2"), "failed"),
        (_document("export PGPASSWORD={{ password }}"), "passed"),
        (_document("export PGPASSWORD=$(aws secretsmanager get-secret-value --secret-id records)"), "passed"),
        (one("AWS::SSM::Document", Content='{"mainSteps": [{"run": "PGPASSWORD=hunter2hunter2 psql"}]}'), "failed"),
        (one("AWS::ImageBuilder::Component", Data="commands: [export PGPASSWORD=hunter2hunter2]"), "failed"),
        (one("AWS::ImageBuilder::Component", Data="commands: [apt-get update]"), "passed"),
    ],
)
def test_commands_that_hold_a_secret(resources: dict[str, Any], expected: str) -> None:
    assert judged("no_literal_secrets", resources) == expected


STORE, SECRET = "AWS::SSM::Parameter", "AWS::SecretsManager::Secret"
DB = {"Db": {"Type": DATABASE}}
OF_OTHERS = "postgres://app:winter-42@records.vendor.example:5432/records"
OWN = {"Fn::Sub": "postgres://app:winter-42@${Db.Endpoint.Address}/records"}
TOKEN = "glpat-0123456789abcdefghij"


@pytest.mark.parametrize(
    ("resources", "generated"),
    [
        (one(STORE, Type="String", Name="/app/DATABASE_URL", Value=OF_OTHERS), False),
        (one(STORE, Type="String", Name="/app/TOKEN", Value=TOKEN), False),
        (one(STORE, Type="String", Name="/app/DATABASE_URL", Value=OWN) | DB, True),
        (one(STORE, Type="String", Name="/app/db-password", Value="winter-42"), True),
        (one(SECRET, SecretString=OF_OTHERS), False),
        (one(SECRET, SecretString={"Fn::Join": ["", ["postgres://app:winter-42@", "records.example", "/r"]]}), False),
        (one(SECRET, SecretString=OWN) | DB, True),
        (one(SECRET, SecretString='{"password": "winter-42"}'), True),
    ],
)
def test_a_password_of_others_is_not_generated(resources: dict[str, Any], generated: bool) -> None:
    fix = to_do("no_literal_secrets", resources)
    assert ("GenerateSecretString" in fix, "a NoEcho parameter without default" in fix) == (generated, not generated)
    assert "put by hand" in fix or "put in after deployment" in fix
    assert ("generate_secret_string" in to_do("no_literal_secrets", resources, in_cdk=True)) is generated


@pytest.mark.parametrize(
    ("properties", "messages"),
    [
        ({"Type": "String", "Name": "/ward/host", "Value": "db"}, []),
        ({"Type": GIVEN, "Name": "/ward/host", "Value": "db"}, []),
        (
            {"Type": "SecureString", "Name": "/ward/host", "Value": "db"},
            ["Type is SecureString, which CloudFormation refuses: the stack fails."],
        ),
        (
            {"Type": "SecureString", "Name": "/ward/db-password", "Value": "winter-42"},
            [
                "Value of the parameter db-password stands in the template in plain text.",
                "Type is SecureString, which CloudFormation refuses: the stack fails.",
            ],
        ),
    ],
)
def test_cloudformation_makes_no_secure_string(properties: dict[str, Any], messages: list[str]) -> None:
    found = verdict("no_literal_secrets", one(STORE, **properties))
    assert found is not None
    assert (list(found.seen), found.severity) == (messages, "warning" if len(messages) == 1 else None)


def test_what_to_do_says_that_it_makes_none() -> None:
    said = [
        "CloudFormation makes no SecureString"
        in to_do("no_literal_secrets", one(STORE, Type=kind, Name=name, Value=it))
        for kind in ("SecureString", "String")
        for name, it in (("/app/DATABASE_URL", OF_OTHERS), ("/app/db-password", "winter-42"))
    ]
    assert said == [True, True, False, False]


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("winter-42", ["SecretString holds a password in a URL in plain text."]),
        ("${Given}", []),
        ("{{resolve:secretsmanager:db:SecretString:password}}", []),
    ],
)
def test_a_password_is_seen_beside_a_host_of_the_app(password: str, expected: list[str]) -> None:
    url = {"Fn::Sub": f"postgres://app:{password}@${{Db.Endpoint.Address}}/records"}
    found = verdict("no_literal_secrets", one(SECRET, SecretString=url) | DB)
    assert found is not None
    assert list(found.seen) == expected


@pytest.mark.parametrize(
    "resources",
    [
        one("AWS::SecretsManager::Secret", SecretString='{"password":"hunter2hunter2"}'),
        one("AWS::RDS::DBInstance", MasterUserPassword="hunter2hunter2"),
        one("AWS::SSM::Parameter", Name="/records/password", Type="String", Value="hunter2hunter2"),
    ],
)
@pytest.mark.parametrize("in_cdk", [False, True])
def test_the_fix_says_once_that_what_was_shown_is_changed(resources: dict[str, Any], in_cdk: bool) -> None:
    told = to_do("no_literal_secrets", resources, in_cdk=in_cdk)
    assert told.count("others may have read it") == 1


@pytest.mark.parametrize(
    ("fields", "told", "left"),
    [
        (
            {"stripe_secret": "whsec_0a1b2c3d4e5f", "TWILIO_AUTH_TOKEN": "0a1b2c3d4e5f", "twilio_sid": "AC0"},
            ["stripe_secret, TWILIO_AUTH_TOKEN: No generated one stands in for it"],
            ["GenerateString", "twilio_sid"],
        ),
        (
            {"username": "clinic", "password": "hunter2hunter2"},
            ["GenerateStringKey: password", "SecretStringTemplate"],
            ["No generated one"],
        ),
        (
            {"client_secret": "0a1b2c3d4e5f", "jwt_token_secret": "hunter2hunter2", "db_password": "hunter2hunter2"},
            ["client_secret: No generated one", "jwt_token_secret, db_password: an AWS::SecretsManager::Secret of its"],
            [],
        ),
        ({"smtp_password": "hunter2hunter2"}, ["smtp_password: No generated one"], ["GenerateStringKey"]),
    ],
)
def test_a_secret_of_several_fields_is_told_of_each(fields: dict[str, str], told: list[str], left: list[str]) -> None:
    resources = one("AWS::SecretsManager::Secret", SecretString=json.dumps(fields))
    text = to_do("no_literal_secrets", resources)
    assert [part for part in told if part not in text] == []
    assert [part for part in left if part in text] == []
    generated = "generate_string_key" in to_do("no_literal_secrets", resources, in_cdk=True)
    assert generated is (len(fields) == 2)


@pytest.mark.parametrize(
    ("kind", "attribute"),
    [("AWS::Cognito::UserPoolClient", "ClientSecret"), ("AWS::IAM::AccessKey", "SecretAccessKey")],
)
@pytest.mark.parametrize("as_list", [True, False])
def test_a_secret_that_another_resource_makes_goes_into_a_secret(kind: str, attribute: str, as_list: bool) -> None:
    value = {"Fn::GetAtt": ["Maker", attribute]} if as_list else {"Fn::Sub": f"${{Maker.{attribute}}}"}
    resources = one(STORE, Type="String", Name="/app/sign-in", Value=value) | {"Maker": {"Type": kind}}
    fix = to_do("no_literal_secrets", resources)
    assert f"SecretString: !GetAtt Maker.{attribute};" in fix
    assert "Generate" not in fix
    assert "others may have read it" in fix
    assert "secret_string_value" in to_do("no_literal_secrets", resources, in_cdk=True)
    resources["Subject"] = one(SECRET, SecretString=value)["Subject"]
    assert judged("no_literal_secrets", resources) == "passed"
