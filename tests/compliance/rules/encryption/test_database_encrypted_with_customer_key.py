from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate
from tests.compliance.rules.support import GIVEN, judged, one, rule


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        (
            "AWS::RDS::DBInstance",
            {"StorageEncrypted": True, "KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1"},
            "passed",
        ),
        ("AWS::RDS::DBInstance", {"StorageEncrypted": True}, "failed"),
        ("AWS::RDS::DBInstance", {"StorageEncrypted": True, "KmsKeyId": "alias/aws/rds"}, "failed"),
        ("AWS::RDS::DBInstance", {"StorageEncrypted": True, "KmsKeyId": GIVEN}, "unknown"),
        ("AWS::RDS::DBInstance", {}, "not_applicable"),
        # Its volume is always encrypted.
        ("AWS::RDS::DBCluster", {"Engine": "aurora-mysql", "EngineMode": "serverless"}, "failed"),
        ("AWS::RDS::DBCluster", {"Engine": "aurora-mysql", "EngineMode": "provisioned"}, "not_applicable"),
        ("AWS::RDS::DBInstance", {"DBClusterIdentifier": "c"}, "not_applicable"),
        ("AWS::RDS::DBInstance", {"SourceDBInstanceIdentifier": "elsewhere"}, "not_applicable"),
        ("AWS::RDS::DBInstance", {"SourceDBInstanceIdentifier": "elsewhere", "StorageEncrypted": True}, "unknown"),
        (
            "AWS::RDS::DBInstance",
            {"SourceDBInstanceIdentifier": "elsewhere", "KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1"},
            "passed",
        ),
        (
            "AWS::RDS::DBInstance",
            {
                "StorageEncrypted": True,
                "KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1",
                "ManageMasterUserPassword": True,
            },
            "failed",
        ),
        (
            "AWS::RDS::DBInstance",
            {
                "StorageEncrypted": True,
                "KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1",
                "ManageMasterUserPassword": True,
                "MasterUserSecret": {"KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1"},
            },
            "passed",
        ),
        (
            "AWS::RDS::DBInstance",
            {
                "StorageEncrypted": True,
                "KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1",
                "EnablePerformanceInsights": True,
            },
            "failed",
        ),
        (
            "AWS::RDS::DBInstance",
            {
                "DBClusterIdentifier": "c",
                "EnablePerformanceInsights": True,
                "PerformanceInsightsKMSKeyId": "arn:aws:kms:us-east-1:111122223333:key/1",
            },
            "passed",
        ),
        ("AWS::RDS::DBInstance", {"DBClusterIdentifier": "c", "EnablePerformanceInsights": True}, "failed"),
        (
            "AWS::RDS::DBInstance",
            {
                "StorageEncrypted": True,
                "KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1",
                "AutomaticBackupReplicationRegion": "us-west-2",
            },
            "failed",
        ),
        (
            "AWS::RDS::DBCluster",
            {
                "StorageEncrypted": True,
                "KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1",
                "PerformanceInsightsEnabled": True,
            },
            "failed",
        ),
        (
            "AWS::RDS::DBCluster",
            {"StorageEncrypted": True, "KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1"},
            "passed",
        ),
        (
            "AWS::DocDB::DBCluster",
            {
                "StorageEncrypted": True,
                "KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1",
                "ManageMasterUserPassword": True,
                "MasterUserSecretKmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1",
            },
            "passed",
        ),
        (
            "AWS::DocDB::DBCluster",
            {
                "StorageEncrypted": True,
                "KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1",
                "ManageMasterUserPassword": True,
            },
            "failed",
        ),
        ("AWS::Neptune::DBCluster", {"StorageEncrypted": True}, "failed"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("database_encrypted_with_customer_key", one(kind, **properties)) == expected


def test_key_of_another_stack() -> None:
    foundation = {"Key": {"Type": "AWS::KMS::Key", "Properties": {}}}
    exporting = {
        "Resources": foundation,
        "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Key", "Arn"]}, "Export": {"Name": "key"}}},
    }
    database = one("AWS::RDS::DBInstance", StorageEncrypted=True, KmsKeyId={"Fn::ImportValue": "key"})
    app = App()
    app.add("Foundation", exporting)
    app.add("Data", {"Resources": database})
    results = [found.verdict.outcome.value for found in evaluate(app, [rule("database_encrypted_with_customer_key")])]
    assert results == ["passed"]


def test_replica_has_the_key_of_its_source_which_is_judged_there() -> None:
    stack = {
        **one("AWS::RDS::DBInstance", SourceDBInstanceIdentifier={"Ref": "Primary"}),
        "Primary": {"Type": "AWS::RDS::DBInstance", "Properties": {"StorageEncrypted": True, "KmsKeyId": "alias/own"}},
    }
    assert judged("database_encrypted_with_customer_key", stack) == "not_applicable"
