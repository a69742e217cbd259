"""A password, its copies and the places that show it are one finding."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.beside.support import assessed, failed, fix_of, told

SECRETS = ("MasterPasswordManaged", "NoLiteralSecrets", "SecretRotated", "RetainedOnDelete")
OF_SECRET = "AWS::SecretsManager::Secret"
HIDDEN = {"Password": {"Type": "String", "NoEcho": True}}
BY_DEFAULT = {"Password": {"Type": "String", "NoEcho": True, "Default": "Tr0ub4dor&3xyz"}}
SHOWN = {"Password": {"Type": "String"}}


def database(password: Any = None) -> dict[str, Any]:
    properties = {"AdminUsername": "admin", "AdminUserPassword": password or {"Ref": "Password"}, "NamespaceName": "n"}
    return {
        "Database": {
            "Type": "AWS::RedshiftServerless::Namespace",
            "Properties": properties,
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
        }
    }


def secret(text: Any = None, **properties: Any) -> dict[str, Any]:
    given = {"SecretString": text or {"Fn::Sub": '{"username":"admin","password":"${Password}"}'}}
    return {"Secret": {"Type": OF_SECRET, "Properties": {**given, **properties}}}


def test_a_copy_of_a_password_is_told_with_its_database() -> None:
    found = assessed(database() | secret(), parameters=HIDDEN)
    assert told(found, *SECRETS) == {
        "MasterPasswordManaged Database": "AdminUserPassword comes from parameter Password, so nothing changes it. "
        "Secret is a copy of it: No rotation schedule names the secret."
    }
    assert failed(found, *SECRETS) == {"MasterPasswordManaged Database", "SecretRotated Secret"}
    assert fix_of(found, "MasterPasswordManaged Database").endswith("and Secret goes.")


@pytest.mark.parametrize("parameters", [BY_DEFAULT, SHOWN])
def test_what_shows_it_speaks_for_all_of_it(parameters: dict[str, Any]) -> None:
    found = assessed(database() | secret(), parameters=parameters)
    shown = told(found, *SECRETS)
    # Each place that shows it is found at that place.
    assert list(shown) == ["NoLiteralSecrets Database", "NoLiteralSecrets Secret"]
    message = shown["NoLiteralSecrets Database"]
    assert "Nothing changes it." in message
    assert "password in SecretString" in shown["NoLiteralSecrets Secret"]
    assert "Secret is a copy of it: No rotation schedule names the secret." in message
    assert failed(found, "NoLiteralSecrets") == {"NoLiteralSecrets Database", "NoLiteralSecrets Secret"}
    fix = fix_of(found, "NoLiteralSecrets Database")
    assert "ManageAdminPassword: true" in fix
    assert "resolve:secretsmanager" not in fix
    assert "others may have read it" in fix


def test_who_accepts_the_password_is_told_of_its_copy() -> None:
    found = told(assessed(database() | secret(), "MasterPasswordManaged Database", parameters=HIDDEN), *SECRETS)
    assert list(found) == ["SecretRotated Secret"]


def test_one_text_in_two_places_is_found_at_each() -> None:
    def broker(password: str) -> dict[str, Any]:
        users = [{"Username": "u", "Password": password}]
        return {"Type": "AWS::AmazonMQ::Broker", "Properties": {"Users": users}}

    password = "Tr0ub4dor&3xyz"
    for second in (password, "c0rrect-h0rse!"):
        found = told(assessed({"First": broker(password), "Second": broker(second)}), "NoLiteralSecrets")
        assert list(found) == ["NoLiteralSecrets First", "NoLiteralSecrets Second"]


GENERATED = {"GenerateSecretString": {"PasswordLength": 40}}
KEY = {"Fn::Sub": "${Password}"}


@pytest.mark.parametrize(
    ("resources", "retained"),
    [
        (secret("REPLACE_ME", Name="mail/password"), False),
        (secret(KEY, Name="mail/password"), False),
        # By a hidden parameter nobody reads the key again, nor what it encrypted.
        (secret(KEY, Name="app/encryption-key"), True),
        ({"Secret": {"Type": OF_SECRET, "Properties": {**GENERATED, "Name": "app/signing"}}}, True),
        ({"Secret": {"Type": OF_SECRET, "Properties": {"Name": "app/unfilled"}}}, True),
        (
            database({"Fn::Sub": "{{resolve:secretsmanager:${Secret}:SecretString:password}}"})
            | {"Secret": {"Type": OF_SECRET, "Properties": GENERATED}},
            False,
        ),
        (
            {
                "Secret": {"Type": OF_SECRET, "Properties": GENERATED},
                "Login": {
                    "Type": "AWS::RDS::DBInstance",
                    "Properties": {"MasterUserPassword": {"Fn::Sub": "{{resolve:secretsmanager:${Secret}}}"}},
                },
            },
            False,
        ),
    ],
)
def test_what_is_kept_elsewhere_need_not_be_kept_here(resources: dict[str, Any], retained: bool) -> None:
    found = told(assessed(resources, parameters=HIDDEN), "RetainedOnDelete")
    assert ("RetainedOnDelete Secret" in found) is retained
