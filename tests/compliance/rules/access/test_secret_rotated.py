from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do, verdict

SECRET = one("AWS::SecretsManager::Secret")
ATTACHMENT = {
    "Attachment": {
        "Type": "AWS::SecretsManager::SecretTargetAttachment",
        "Properties": {"SecretId": {"Ref": "Subject"}},
    }
}


def _schedule(target: str, rules: Any) -> dict[str, Any]:
    properties = {"SecretId": {"Ref": target}, "RotationRules": rules}
    return {"Schedule": {"Type": "AWS::SecretsManager::RotationSchedule", "Properties": properties}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (SECRET, "failed"),
        (SECRET | _schedule("Subject", {"AutomaticallyAfterDays": 30}), "passed"),
        (SECRET | _schedule("Subject", {"ScheduleExpression": "rate(30 days)"}), "passed"),
        (SECRET | _schedule("Subject", {"AutomaticallyAfterDays": 90}), "passed"),
        (SECRET | _schedule("Subject", {"AutomaticallyAfterDays": 365}), "failed"),
        (SECRET | ATTACHMENT | _schedule("Attachment", {"AutomaticallyAfterDays": "365"}), "failed"),
        (SECRET | _schedule("Subject", None), "failed"),
        (SECRET | _schedule("Subject", GIVEN), "unknown"),
        (SECRET | ATTACHMENT | _schedule("Attachment", {"AutomaticallyAfterDays": 30}), "passed"),
        (SECRET | ATTACHMENT, "failed"),
        (one("AWS::SSM::Parameter"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("secret_rotated", resources) == expected


@pytest.mark.parametrize(("rules", "severity"), [({"AutomaticallyAfterDays": 180}, "warning"), (None, None)])
def test_seldom_is_a_warning(rules: Any, severity: str | None) -> None:
    found = verdict("secret_rotated", SECRET | _schedule("Subject", rules))
    assert found is not None
    assert found.severity == severity


def test_secrets_manager_has_functions_for_logins_of_databases_alone() -> None:
    assert "AWS::SecretsManager-2024-09-16" in to_do("secret_rotated", {**SECRET, **ATTACHMENT})
    other = to_do("secret_rotated", one("AWS::SecretsManager::Secret", GenerateSecretString={}))
    assert "RotationLambdaARN, of a function" in other
    assert "Transform" not in other


def test_who_gave_a_secret_gives_the_next() -> None:
    given = one("AWS::SecretsManager::Secret", SecretString='{"CHAT_API_KEY":"x"}')
    for in_cdk in (False, True):
        said = to_do("secret_rotated", given, in_cdk=in_cdk)
        assert said.startswith("Whoever gave it gives a new one.")
        assert "Type names the kind of secret" in said
        assert "within 90 days" in said


@pytest.mark.parametrize(
    "kind", ["AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::DocDB::DBCluster", "AWS::Redshift::Cluster"]
)
def test_the_login_of_a_database_is_attached_first(kind: str) -> None:
    password = {"Fn::Sub": "{{resolve:secretsmanager:${Subject}:SecretString:password}}"}
    database = {"Database": {"Type": kind, "Properties": {"MasterUserPassword": password}}}
    said = to_do("secret_rotated", {**SECRET, **database})
    assert "AWS::SecretsManager::SecretTargetAttachment" in said
    assert "HostedRotationLambda" in said
    in_cdk = to_do("secret_rotated", {**SECRET, **database}, in_cdk=True)
    # To attach is not to rotate.
    assert in_cdk.startswith("secretsmanager.Secret.add_rotation_schedule(")
    assert "Before that, secretsmanager.Secret.attach(<the database>)" in in_cdk
    assert " or secretsmanager" not in in_cdk


@pytest.mark.parametrize(
    ("properties", "of_encryption"),
    [
        ({"Description": "Encryption key of the app"}, True),
        ({"Name": "clinic/encryption_key"}, True),
        ({"Description": "The key for encryption of notes"}, True),
        ({"Name": "clinic/token"}, False),
        ({"Description": "A token that is encrypted"}, False),
    ],
)
def test_what_a_key_has_encrypted_is_encrypted_anew(properties: dict[str, Any], of_encryption: bool) -> None:
    for in_cdk in (False, True):
        said = to_do("secret_rotated", one("AWS::SecretsManager::Secret", **properties), in_cdk=in_cdk)
        assert ("encrypts all of it anew" in said) is of_encryption


def _database(**properties: Any) -> dict[str, Any]:
    return {"Store": {"Type": "AWS::RDS::DBInstance", "Properties": properties}}


@pytest.mark.parametrize(
    ("properties", "others", "severity"),
    [
        ({"Name": "email-secret", "SecretString": '{"email":"a@b.example","password":"abcd"}'}, {}, "warning"),
        ({"SecretString": GIVEN}, {}, "warning"),
        ({"SecretString": {"Fn::Sub": '{"token":"${Given}"}'}}, {}, "warning"),
        ({"SecretString": GIVEN}, _database(MasterUserPassword={"Ref": "Other"}), "warning"),
        ({"SecretString": GIVEN}, _database(MasterUserPassword=GIVEN), "warning"),
        ({"SecretString": {"Fn::Sub": '{"at":"${Store.Endpoint.Address}"}'}}, _database(), None),
        ({"SecretString": GIVEN}, ATTACHMENT, None),
        ({"SecretString": '{"host":"a.example","password":"b"}'}, {}, None),
        ({"Name": "records/db", "SecretString": GIVEN}, {}, None),
        ({"Name": "jwt-key", "SecretString": GIVEN}, {}, None),
        ({"GenerateSecretString": {}}, {}, None),
        # Somebody puts it there by hand.
        ({}, {}, "warning"),
        ({"Name": "records/db"}, {}, None),
        ({}, ATTACHMENT, None),
        # Keys of other sides, whatever the words about them say.
        ({"Description": "Keys of Vector DB", "SecretString": '{"A_API_KEY":"x","B_BOT_TOKEN":"y"}'}, {}, "warning"),
        ({"Description": "Keys of Vector DB", "SecretString": '{"A_API_KEY":"x","PASSWORD":"y"}'}, {}, None),
        ({"SecretString": '{"DB_API_KEY":"x"}'}, {}, None),
        ({"SecretString": '{"A_API_KEY":"x","JWT_TOKEN":"y"}'}, {}, None),
        # A server of mail is none of a database.
        ({"SecretString": '{"host":"a.example","port":993,"password":"b"}'}, {}, "warning"),
        ({"SecretString": '{"host":"a.example","port":"587","password":"b"}'}, {}, "warning"),
        ({"SecretString": '{"host":"a.example","port":9932,"password":"b"}'}, {}, None),
        ({"SecretString": '{"host":"a.example","port":5432,"password":"b"}'}, {}, None),
    ],
)
def test_what_another_side_gave_weighs_less(
    properties: dict[str, Any], others: dict[str, Any], severity: str | None
) -> None:
    found = verdict("secret_rotated", one("AWS::SecretsManager::Secret", **properties) | others)
    assert found is not None
    assert found.outcome.value == "failed"
    assert found.severity == severity


LOGIN = {"Fn::Sub": '{"username":"clinic","password":"${Given}"}'}
WITH_HOST = {"Fn::Join": ["", ['{"host":"', {"Ref": "Store"}, '","password":"', GIVEN, '"}']]}
SHARED = {"Fn::Sub": '{"password":"${Given}","token":"{{resolve:ssm:token}}"}'}
OF_TWO = {"Fn::Join": [",", [GIVEN, {"Ref": "Subnets"}]]}


@pytest.mark.parametrize(
    ("secret", "kind", "database", "copied"),
    [
        (LOGIN, "AWS::RedshiftServerless::Namespace", {"AdminUserPassword": GIVEN}, True),
        (LOGIN, "AWS::Redshift::Cluster", {"MasterUserPassword": GIVEN}, True),
        (WITH_HOST, "AWS::DocDB::DBCluster", {"MasterUserPassword": GIVEN}, True),
        # The service makes another one, so this is none of the database's.
        (LOGIN, "AWS::RDS::DBInstance", {"MasterUserPassword": GIVEN, "ManageMasterUserPassword": True}, False),
        (LOGIN, "AWS::RDS::DBInstance", {"DBName": GIVEN}, False),
        # What else it holds stays.
        (SHARED, "AWS::RDS::DBInstance", {"MasterUserPassword": GIVEN}, False),
        (OF_TWO, "AWS::RDS::DBInstance", {"MasterUserPassword": GIVEN}, False),
        (LOGIN, "AWS::ElastiCache::ReplicationGroup", {"AuthToken": GIVEN}, False),
    ],
)
def test_a_copy_of_a_master_password_goes(secret: Any, kind: str, database: dict[str, Any], copied: bool) -> None:
    resources = one("AWS::SecretsManager::Secret", Name="records/db", SecretString=secret) | {
        "Store": {"Type": kind, "Properties": database}
    }
    found = verdict("secret_rotated", resources)
    assert found is not None
    assert (found.outcome.value, found.severity) == ("failed", "warning" if copied else None)
    assert ("It is a copy of the password of Store" in found.message) is copied
    for in_cdk in (False, True):
        assert ("and this one goes" in to_do("secret_rotated", resources, in_cdk=in_cdk)) is copied


PASSWORD = {"Fn::Sub": "{{resolve:secretsmanager:${Subject}:SecretString:password}}"}


def _with_login(kind: str, engine: str | None, *, attached: bool) -> dict[str, Any]:
    properties = {"MasterUserPassword": PASSWORD, **({"Engine": engine} if engine else {})}
    found = {**SECRET, "Database": {"Type": kind, "Properties": properties}}
    if attached:
        target = {"SecretId": {"Ref": "Subject"}, "TargetId": {"Ref": "Database"}, "TargetType": kind}
        found["Attachment"] = {"Type": "AWS::SecretsManager::SecretTargetAttachment", "Properties": target}
    return found


@pytest.mark.parametrize("attached", [False, True])
@pytest.mark.parametrize(
    ("kind", "engine", "rotated"),
    [
        ("AWS::RDS::DBInstance", "postgres", "PostgreSQLSingleUser"),
        ("AWS::RDS::DBInstance", "oracle-ee", "OracleSingleUser"),
        ("AWS::RDS::DBInstance", "sqlserver-se", "SQLServerSingleUser"),
        ("AWS::RDS::DBCluster", "aurora-mysql", "MySQLSingleUser"),
        ("AWS::RDS::DBCluster", "aurora-postgresql", "PostgreSQLSingleUser"),
        ("AWS::DocDB::DBCluster", None, "MongoDBSingleUser"),
        ("AWS::Redshift::Cluster", None, "RedshiftSingleUser"),
    ],
)
def test_the_function_of_secrets_manager_is_that_of_the_engine(
    kind: str, engine: str | None, rotated: str, *, attached: bool
) -> None:
    said = to_do("secret_rotated", _with_login(kind, engine, attached=attached))
    assert f"RotationType: {rotated}," in said
    assert "VpcSubnetIds and VpcSecurityGroupIds" in said
    managed = "ManageMasterPassword" if "Redshift" in kind else "ManageMasterUserPassword"
    assert said.startswith(f"Best, Database has {managed}: true in place of MasterUserPassword")
    in_cdk = to_do("secret_rotated", _with_login(kind, engine, attached=attached), in_cdk=True)
    assert ("manage_master_user_password=True" in in_cdk) is ("Redshift" not in kind)


def test_a_login_that_is_not_the_master_is_no_matter_of_the_service() -> None:
    resources = _with_login("AWS::RDS::DBInstance", "mysql", attached=True)
    resources["Database"]["Properties"]["MasterUserPassword"] = "{{resolve:secretsmanager:another}}"
    said = to_do("secret_rotated", resources)
    assert "RotationType: MySQLSingleUser" in said
    assert "ManageMasterUserPassword" not in said
