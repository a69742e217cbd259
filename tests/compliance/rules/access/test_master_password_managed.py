from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, one, outcome

INSTANCE = "AWS::RDS::DBInstance"
SECRET = "{{resolve:secretsmanager:db:SecretString:password}}"
PARAMETERS = {
    "Given": {"Type": "String"},
    "Password": {"Type": "String", "NoEcho": True},
    "Reference": {"Type": "String", "Default": SECRET},
}
JOINED = {"Fn::Join": ["", ["{{resolve:secretsmanager:", {"Ref": "Login"}, ":SecretString:password}}"]]}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(INSTANCE, ManageMasterUserPassword=True), "passed"),
        (one(INSTANCE, MasterUserPassword=SECRET), "passed"),
        (one(INSTANCE, MasterUserPassword=JOINED) | {"Login": {"Type": "AWS::SecretsManager::Secret"}}, "passed"),
        (one(INSTANCE, MasterUserPassword={"Ref": "Reference"}), "passed"),
        (one(INSTANCE, MasterUserPassword="{{resolve:ssm-secure:/clinic/password:1}}"), "failed"),
        (one(INSTANCE, MasterUserPassword="{{resolve:ssm:/clinic/password}}"), "failed"),
        (one(INSTANCE, MasterUserPassword={"Ref": "Password"}), "failed"),
        (one(INSTANCE, MasterUserPassword={"Fn::Sub": "${Password}"}), "failed"),
        (one(INSTANCE, MasterUserPassword={"Fn::If": ["Old", {"Ref": "Password"}, SECRET]}), "failed"),
        (
            one(INSTANCE, MasterUserPassword={"Fn::GetAtt": ["Made", "Secret"]}) | {"Made": {"Type": "Custom::Secret"}},
            "failed",
        ),
        (one(INSTANCE, MasterUserPassword={"Ref": "Password"}, ManageMasterUserPassword=GIVEN), "failed"),
        (one(INSTANCE, ManageMasterUserPassword=GIVEN), "unknown"),
        (one(INSTANCE, MasterUserPassword="in-clear-12"), "not_applicable"),
        (one(INSTANCE, SourceDBInstanceIdentifier="other"), "not_applicable"),
        (one("AWS::Redshift::Cluster", ManageMasterPassword=True), "passed"),
        (one("AWS::Redshift::Cluster", MasterUserPassword={"Ref": "Password"}), "failed"),
        (one("AWS::RedshiftServerless::Namespace", AdminUserPassword={"Ref": "Password"}), "failed"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    conditions = {"Old": {"Fn::Equals": [{"Ref": "Given"}, "old"]}}
    assert outcome("master_password_managed", resources, Parameters=PARAMETERS, Conditions=conditions) == expected
