from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate
from tests.compliance.rules.support import GIVEN, judged, one, rule, to_do


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


KEY = "arn:aws:kms:us-east-1:111122223333:key/1"
STORED = {"StorageEncrypted": True, "KmsKeyId": KEY}


@pytest.mark.parametrize(
    ("kind", "properties", "said"),
    [
        ("AWS::RDS::DBInstance", {"EnablePerformanceInsights": True}, ["PerformanceInsightsKMSKeyId"]),
        ("AWS::RDS::DBInstance", {"ManageMasterUserPassword": True}, ["MasterUserSecret.KmsKeyId"]),
        (
            "AWS::RDS::DBInstance",
            {"ManageMasterUserPassword": True, "AutomaticBackupReplicationRegion": "us-west-2"},
            ["MasterUserSecret.KmsKeyId", "AutomaticBackupReplicationKmsKeyId"],
        ),
        (
            "AWS::RDS::DBInstance",
            {
                "EnablePerformanceInsights": True,
                "PerformanceInsightsKMSKeyId": GIVEN,
                "ManageMasterUserPassword": True,
            },
            ["MasterUserSecret.KmsKeyId"],
        ),
        ("AWS::RDS::DBCluster", {"PerformanceInsightsEnabled": True}, ["PerformanceInsightsKmsKeyId"]),
        ("AWS::DocDB::DBCluster", {"ManageMasterUserPassword": True}, ["MasterUserSecretKmsKeyId"]),
    ],
)
def test_the_fix_names_the_key_that_is_lacking(kind: str, properties: dict[str, Any], said: list[str]) -> None:
    told = to_do("database_encrypted_with_customer_key", one(kind, **STORED, **properties))
    named = " and ".join(f"{path}: <the ARN of a customer key>" for path in said)
    assert told.startswith(f"Set {named}.")
    storage = to_do("database_encrypted_with_customer_key", one(kind, StorageEncrypted=True, **properties))
    assert storage.startswith("Set KmsKeyId: ")


def test_the_fix_names_the_arguments_of_the_l2_for_it() -> None:
    resources = one("AWS::RDS::DBInstance", **STORED, EnablePerformanceInsights=True)
    told = to_do("database_encrypted_with_customer_key", resources, in_cdk=True)
    assert told.startswith("rds.DatabaseInstance(performance_insight_encryption_key=<a key>).")
    assert "may replace" in told
