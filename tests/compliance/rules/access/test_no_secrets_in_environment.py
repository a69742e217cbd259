from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


def _function(**variables: Any) -> dict[str, Any]:
    return one("AWS::Lambda::Function", Environment={"Variables": variables})


def _task(*variables: Any) -> dict[str, Any]:
    return one("AWS::ECS::TaskDefinition", ContainerDefinitions=[{"Environment": list(variables)}])


def _build(*variables: Any) -> dict[str, Any]:
    return one("AWS::CodeBuild::Project", Environment={"EnvironmentVariables": list(variables)})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_function(DB_PASSWORD="hunter2"), "failed"),
        (_function(API_TOKEN="abcdef0123"), "failed"),
        (_function(AWS_ACCESS_KEY_ID="given"), "failed"),
        (_function(NOTE="AKIAIOSFODNN7EXAMPLE"), "failed"),
        (_function(DATABASE_URL="postgres://app:hunter2@db.internal/records"), "failed"),
        (_function(PEM="-----BEGIN RSA PRIVATE KEY-----"), "failed"),
        (_function(DB_PASSWORD_SECRET_ARN="arn:aws:secretsmanager:us-east-1:111122223333:secret:db"), "passed"),
        (_function(SECRET_NAME="clinic/db", TOKEN_TTL="3600", USE_PASSWORD="true"), "passed"),
        (_function(TABLE="records", LOG_LEVEL="INFO"), "passed"),
        (_function(DB_PASSWORD="{{resolve:secretsmanager:db}}"), "passed"),
        (_function(DB_PASSWORD=GIVEN), "passed"),
        (_function(DATABASE_URL={"Fn::Sub": "postgres://app:${Given}@db/records"}), "passed"),
        (one("AWS::Lambda::Function"), "not_applicable"),
        (one("AWS::Lambda::Function", Environment={"Variables": GIVEN}), "not_applicable"),
        (_task({"Name": "DB_PASSWORD", "Value": "hunter2"}), "failed"),
        (_task({"Name": "DB_HOST", "Value": "db.internal"}), "passed"),
        (_task(GIVEN), "not_applicable"),
        (_build({"Name": "TOKEN", "Value": "x1y2z3", "Type": "PLAINTEXT"}), "failed"),
        (_build({"Name": "TOKEN", "Value": "x1y2z3"}), "failed"),
        (_build({"Name": "TOKEN", "Value": "clinic/token", "Type": "SECRETS_MANAGER"}), "not_applicable"),
        (
            one("AWS::ElasticBeanstalk::Environment", OptionSettings=[{"OptionName": "DB_PASSWORD", "Value": "x1"}]),
            "failed",
        ),
        (one("AWS::EC2::Instance", UserData={"Fn::Base64": "#!/bin/sh\nexport PGPASSWORD=hunter2"}), "failed"),
        (
            one("AWS::EC2::Instance", UserData=base64.b64encode(b"aws configure set AKIAIOSFODNN7EXAMPLE x").decode()),
            "failed",
        ),
        (
            one("AWS::EC2::Instance", UserData={"Fn::Base64": "#!/bin/sh\nPGPASSWORD=$(aws secretsmanager get)"}),
            "passed",
        ),
        (one("AWS::EC2::Instance", UserData="A" * 33), "passed"),
        (one("AWS::EC2::Instance"), "not_applicable"),
        (one("AWS::S3::Bucket"), "not_inspected"),
        (_function(DB_PASSWORD={"Fn::If": ["Live", "{{resolve:secretsmanager:db}}", "hunter2"]}), "failed"),
        (_function(DB_PASSWORD={"Fn::If": ["Live", GIVEN, {"Ref": "AWS::NoValue"}]}), "passed"),
        (_function(DB_PASSWORD={"Fn::Sub": "${AWS::StackName}-db"}), "passed"),
        (_function(DATABASE_URL={"Fn::Sub": "postgres://app:hunter2@${AWS::Region}.db/records"}), "failed"),
        (
            one("AWS::Lambda::Function", Environment={"Fn::If": ["Live", {"Variables": {"TOKEN": "x1y2"}}, GIVEN]}),
            "failed",
        ),
        (_task({"Fn::If": ["Live", {"Name": "TOKEN", "Value": "x1y2"}, {"Ref": "AWS::NoValue"}]}), "failed"),
        (_task({"Name": {"Fn::Sub": "DB_PASSWORD"}, "Value": {"Fn::Join": ["", ["x1", "y2"]]}}), "failed"),
        (
            one(
                "AWS::EC2::Instance", UserData={"Fn::Base64": {"Fn::Sub": "export R=${AWS::Region} PGPASSWORD=hunter2"}}
            ),
            "failed",
        ),
        (
            one("AWS::EC2::Instance", UserData={"Fn::Base64": {"Fn::Sub": "export PGPASSWORD=${Given}"}}),
            "passed",
        ),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("no_secrets_in_environment", resources) == expected
