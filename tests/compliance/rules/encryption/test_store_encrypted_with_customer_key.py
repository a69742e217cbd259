from __future__ import annotations

import json
from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.classification import METADATA_KEY
from hipaa_constructs.compliance.engine import evaluate
from tests.compliance.rules.support import (
    GIVEN,
    judged,
    one,
    rule,
    to_do,
    verdict,
)

OWN = "arn:aws:kms:us-east-1:111122223333:key/1"
PIPELINE = "AWS::CodePipeline::Pipeline"
COLLECTION = "AWS::OpenSearchServerless::Collection"
HELD = {"Metadata": {METADATA_KEY: {"classification": "PHI"}}}


def _store(key: str) -> dict[str, Any]:
    return {"Region": "us-east-1", "ArtifactStore": {"EncryptionKey": {"Id": key, "Type": "KMS"}}}


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("AWS::Logs::LogGroup", {"KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1"}, "passed"),
        ("AWS::Logs::LogGroup", {"KmsKeyId": "alias/own"}, "passed"),
        ("AWS::Logs::LogGroup", {"KmsKeyId": {"Ref": "Given"}}, "unknown"),
        ("AWS::Logs::LogGroup", {"KmsKeyId": "{{resolve:ssm:/key}}"}, "unknown"),
        ("AWS::Logs::LogGroup", {}, "failed"),
        (PIPELINE, {"ArtifactStore": {"Location": "b", "EncryptionKey": {"Id": OWN, "Type": "KMS"}}}, "passed"),
        (PIPELINE, {"ArtifactStore": {"Location": "b", "EncryptionKey": {"Id": GIVEN, "Type": "KMS"}}}, "unknown"),
        (PIPELINE, {"ArtifactStore": {"Location": "b", "EncryptionKey": {"Id": "alias/aws/s3"}}}, "failed"),
        (PIPELINE, {"ArtifactStore": {"Location": "b"}}, "failed"),
        (PIPELINE, {"ArtifactStores": [_store(OWN), _store(OWN)]}, "passed"),
        (PIPELINE, {"ArtifactStores": [_store(OWN), {"Region": "us-west-2", "ArtifactStore": {}}]}, "failed"),
        (PIPELINE, {}, "not_applicable"),
        ("AWS::SecretsManager::Secret", {"KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1"}, "passed"),
        ("AWS::SecretsManager::Secret", {"KmsKeyId": "alias/own"}, "passed"),
        ("AWS::SecretsManager::Secret", {"KmsKeyId": {"Ref": "Given"}}, "unknown"),
        ("AWS::SecretsManager::Secret", {"KmsKeyId": "{{resolve:ssm:/key}}"}, "unknown"),
        ("AWS::SecretsManager::Secret", {}, "failed"),
        ("AWS::Backup::BackupVault", {"EncryptionKeyArn": "arn:aws:kms:us-east-1:111122223333:key/1"}, "passed"),
        ("AWS::Backup::BackupVault", {"EncryptionKeyArn": "alias/own"}, "passed"),
        ("AWS::Backup::BackupVault", {"EncryptionKeyArn": {"Ref": "Given"}}, "unknown"),
        ("AWS::Backup::BackupVault", {"EncryptionKeyArn": "{{resolve:ssm:/key}}"}, "unknown"),
        ("AWS::Backup::BackupVault", {}, "failed"),
        ("AWS::CloudTrail::Trail", {"KMSKeyId": "arn:aws:kms:us-east-1:111122223333:key/1"}, "passed"),
        ("AWS::CloudTrail::Trail", {"KMSKeyId": "alias/own"}, "passed"),
        ("AWS::CloudTrail::Trail", {"KMSKeyId": {"Ref": "Given"}}, "unknown"),
        ("AWS::CloudTrail::Trail", {"KMSKeyId": "{{resolve:ssm:/key}}"}, "unknown"),
        ("AWS::CloudTrail::Trail", {}, "failed"),
        (
            "AWS::ECR::Repository",
            {
                "EncryptionConfiguration": {
                    "EncryptionType": "KMS",
                    "KmsKey": "arn:aws:kms:us-east-1:111122223333:key/1",
                }
            },
            "passed",
        ),
        (
            "AWS::ECR::Repository",
            {"EncryptionConfiguration": {"EncryptionType": "KMS", "KmsKey": "alias/own"}},
            "passed",
        ),
        (
            "AWS::ECR::Repository",
            {"EncryptionConfiguration": {"EncryptionType": "KMS", "KmsKey": {"Ref": "Given"}}},
            "unknown",
        ),
        (
            "AWS::ECR::Repository",
            {"EncryptionConfiguration": {"EncryptionType": "KMS", "KmsKey": "{{resolve:ssm:/key}}"}},
            "unknown",
        ),
        ("AWS::ECR::Repository", {"EncryptionConfiguration": {"EncryptionType": "KMS"}}, "not_applicable"),
        ("AWS::ECR::Repository", {}, "not_applicable"),
        (
            "AWS::EKS::Cluster",
            {
                "EncryptionConfig": [
                    {"Resources": ["secrets"], "Provider": {"KeyArn": "arn:aws:kms:us-east-1:111122223333:key/1"}}
                ]
            },
            "passed",
        ),
        (
            "AWS::EKS::Cluster",
            {"EncryptionConfig": [{"Resources": ["secrets"], "Provider": {"KeyArn": "alias/own"}}]},
            "passed",
        ),
        (
            "AWS::EKS::Cluster",
            {"EncryptionConfig": [{"Resources": ["secrets"], "Provider": {"KeyArn": {"Ref": "Given"}}}]},
            "unknown",
        ),
        (
            "AWS::EKS::Cluster",
            {"EncryptionConfig": [{"Resources": ["secrets"], "Provider": {"KeyArn": "{{resolve:ssm:/key}}"}}]},
            "unknown",
        ),
        ("AWS::EKS::Cluster", {}, "failed"),
        ("AWS::RedshiftServerless::Namespace", {"KmsKeyId": OWN}, "passed"),
        ("AWS::RedshiftServerless::Namespace", {"KmsKeyId": OWN, "ManageAdminPassword": True}, "failed"),
        ("AWS::RedshiftServerless::Namespace", {"KmsKeyId": OWN, "ManageAdminPassword": GIVEN}, "failed"),
        (
            "AWS::RedshiftServerless::Namespace",
            {"KmsKeyId": OWN, "ManageAdminPassword": True, "AdminPasswordSecretKmsKeyId": OWN},
            "passed",
        ),
        (
            "AWS::HealthLake::FHIRDatastore",
            {
                "SseConfiguration": {
                    "KmsEncryptionConfig": {
                        "CmkType": "CUSTOMER_MANAGED_KMS_KEY",
                        "KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1",
                    }
                }
            },
            "passed",
        ),
        (
            "AWS::HealthLake::FHIRDatastore",
            {
                "SseConfiguration": {
                    "KmsEncryptionConfig": {"CmkType": "CUSTOMER_MANAGED_KMS_KEY", "KmsKeyId": "alias/own"}
                }
            },
            "passed",
        ),
        (
            "AWS::HealthLake::FHIRDatastore",
            {
                "SseConfiguration": {
                    "KmsEncryptionConfig": {"CmkType": "CUSTOMER_MANAGED_KMS_KEY", "KmsKeyId": {"Ref": "Given"}}
                }
            },
            "unknown",
        ),
        (
            "AWS::HealthLake::FHIRDatastore",
            {
                "SseConfiguration": {
                    "KmsEncryptionConfig": {"CmkType": "CUSTOMER_MANAGED_KMS_KEY", "KmsKeyId": "{{resolve:ssm:/key}}"}
                }
            },
            "unknown",
        ),
        ("AWS::HealthLake::FHIRDatastore", {}, "failed"),
        (
            "AWS::MSK::Cluster",
            {
                "EncryptionInfo": {
                    "EncryptionAtRest": {"DataVolumeKMSKeyId": "arn:aws:kms:us-east-1:111122223333:key/1"}
                }
            },
            "passed",
        ),
        ("AWS::MSK::Cluster", {"EncryptionInfo": {"EncryptionAtRest": {"DataVolumeKMSKeyId": "alias/own"}}}, "passed"),
        (
            "AWS::MSK::Cluster",
            {"EncryptionInfo": {"EncryptionAtRest": {"DataVolumeKMSKeyId": {"Ref": "Given"}}}},
            "unknown",
        ),
        (
            "AWS::MSK::Cluster",
            {"EncryptionInfo": {"EncryptionAtRest": {"DataVolumeKMSKeyId": "{{resolve:ssm:/key}}"}}},
            "unknown",
        ),
        ("AWS::MSK::Cluster", {}, "failed"),
        ("AWS::EFS::FileSystem", {"Encrypted": True, "KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1"}, "passed"),
        ("AWS::EFS::FileSystem", {"Encrypted": True, "KmsKeyId": "alias/own"}, "passed"),
        ("AWS::EFS::FileSystem", {"Encrypted": True, "KmsKeyId": {"Ref": "Given"}}, "unknown"),
        ("AWS::EFS::FileSystem", {"Encrypted": True, "KmsKeyId": "{{resolve:ssm:/key}}"}, "unknown"),
        ("AWS::EFS::FileSystem", {"Encrypted": True}, "failed"),
        (
            "AWS::DynamoDB::Table",
            {"SSESpecification": {"SSEEnabled": True, "KMSMasterKeyId": "arn:aws:kms:us-east-1:111122223333:key/1"}},
            "passed",
        ),
        ("AWS::DynamoDB::Table", {"SSESpecification": {"SSEEnabled": True, "KMSMasterKeyId": "alias/own"}}, "passed"),
        (
            "AWS::DynamoDB::Table",
            {"SSESpecification": {"SSEEnabled": True, "KMSMasterKeyId": {"Ref": "Given"}}},
            "unknown",
        ),
        (
            "AWS::DynamoDB::Table",
            {"SSESpecification": {"SSEEnabled": True, "KMSMasterKeyId": "{{resolve:ssm:/key}}"}},
            "unknown",
        ),
        ("AWS::DynamoDB::Table", {"SSESpecification": {"SSEEnabled": True}}, "failed"),
        (
            "AWS::DynamoDB::GlobalTable",
            {
                "SSESpecification": {"SSEEnabled": True},
                "Replicas": [{"SSESpecification": {"KMSMasterKeyId": "arn:aws:kms:us-east-1:111122223333:key/1"}}],
            },
            "passed",
        ),
        (
            "AWS::DynamoDB::GlobalTable",
            {
                "SSESpecification": {"SSEEnabled": True},
                "Replicas": [{"SSESpecification": {"KMSMasterKeyId": "alias/own"}}],
            },
            "passed",
        ),
        (
            "AWS::DynamoDB::GlobalTable",
            {
                "SSESpecification": {"SSEEnabled": True},
                "Replicas": [{"SSESpecification": {"KMSMasterKeyId": {"Ref": "Given"}}}],
            },
            "unknown",
        ),
        (
            "AWS::DynamoDB::GlobalTable",
            {
                "SSESpecification": {"SSEEnabled": True},
                "Replicas": [{"SSESpecification": {"KMSMasterKeyId": "{{resolve:ssm:/key}}"}}],
            },
            "unknown",
        ),
        (
            "AWS::DynamoDB::GlobalTable",
            {
                "SSESpecification": {"SSEEnabled": True},
                "Replicas": [{"SSESpecification": {"KMSMasterKeyId": "alias/own"}}, {}],
            },
            "failed",
        ),
        ("AWS::SQS::Queue", {"KmsMasterKeyId": "arn:aws:kms:us-east-1:111122223333:key/1"}, "passed"),
        ("AWS::SQS::Queue", {"KmsMasterKeyId": "alias/own"}, "passed"),
        ("AWS::SQS::Queue", {"KmsMasterKeyId": {"Ref": "Given"}}, "unknown"),
        ("AWS::SQS::Queue", {"KmsMasterKeyId": "{{resolve:ssm:/key}}"}, "unknown"),
        ("AWS::SQS::Queue", {}, "failed"),
        ("AWS::SNS::Topic", {"KmsMasterKeyId": "arn:aws:kms:us-east-1:111122223333:key/1"}, "passed"),
        ("AWS::SNS::Topic", {"KmsMasterKeyId": "alias/own"}, "passed"),
        ("AWS::SNS::Topic", {"KmsMasterKeyId": {"Ref": "Given"}}, "unknown"),
        ("AWS::SNS::Topic", {"KmsMasterKeyId": "{{resolve:ssm:/key}}"}, "unknown"),
        ("AWS::SNS::Topic", {"KmsMasterKeyId": "alias/aws/sns"}, "failed"),
        (
            "AWS::StepFunctions::StateMachine",
            {
                "EncryptionConfiguration": {
                    "Type": "CUSTOMER_MANAGED_KMS_KEY",
                    "KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1",
                }
            },
            "passed",
        ),
        (
            "AWS::StepFunctions::StateMachine",
            {"EncryptionConfiguration": {"Type": "CUSTOMER_MANAGED_KMS_KEY", "KmsKeyId": "alias/own"}},
            "passed",
        ),
        (
            "AWS::StepFunctions::StateMachine",
            {"EncryptionConfiguration": {"Type": "CUSTOMER_MANAGED_KMS_KEY", "KmsKeyId": {"Ref": "Given"}}},
            "unknown",
        ),
        (
            "AWS::StepFunctions::StateMachine",
            {"EncryptionConfiguration": {"Type": "CUSTOMER_MANAGED_KMS_KEY", "KmsKeyId": "{{resolve:ssm:/key}}"}},
            "unknown",
        ),
        ("AWS::StepFunctions::StateMachine", {}, "failed"),
        ("AWS::Redshift::Cluster", {"KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1"}, "passed"),
        ("AWS::Redshift::Cluster", {"KmsKeyId": "alias/own"}, "passed"),
        ("AWS::Redshift::Cluster", {"KmsKeyId": {"Ref": "Given"}}, "unknown"),
        ("AWS::Redshift::Cluster", {"KmsKeyId": "{{resolve:ssm:/key}}"}, "unknown"),
        ("AWS::Redshift::Cluster", {}, "failed"),
        ("AWS::FSx::FileSystem", {"KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1"}, "passed"),
        ("AWS::FSx::FileSystem", {"KmsKeyId": "alias/own"}, "passed"),
        ("AWS::FSx::FileSystem", {"KmsKeyId": {"Ref": "Given"}}, "unknown"),
        ("AWS::FSx::FileSystem", {"KmsKeyId": "{{resolve:ssm:/key}}"}, "unknown"),
        ("AWS::FSx::FileSystem", {}, "failed"),
        ("AWS::DSQL::Cluster", {"KmsEncryptionKey": "arn:aws:kms:us-east-1:111122223333:key/1"}, "passed"),
        ("AWS::DSQL::Cluster", {"KmsEncryptionKey": "alias/own"}, "passed"),
        ("AWS::DSQL::Cluster", {"KmsEncryptionKey": {"Ref": "Given"}}, "unknown"),
        ("AWS::DSQL::Cluster", {"KmsEncryptionKey": "{{resolve:ssm:/key}}"}, "unknown"),
        ("AWS::DSQL::Cluster", {"KmsEncryptionKey": "AWS_OWNED_KMS_KEY"}, "failed"),
        ("AWS::Logs::LogGroup", {"KmsKeyId": "arn:aws:kms:us-east-1:111122223333:alias/aws/logs"}, "failed"),
        ("AWS::Logs::LogGroup", {"KmsKeyId": ""}, "failed"),
        (
            "AWS::Logs::LogGroup",
            {"KmsKeyId": {"Fn::Sub": "arn:aws:kms:${AWS::Region}:${AWS::AccountId}:alias/clinic"}},
            "passed",
        ),
        ("AWS::Logs::LogGroup", {"KmsKeyId": {"Fn::Sub": "${Given}-suffix"}}, "unknown"),
        ("AWS::Logs::LogGroup", {"KmsKeyId": 7}, "unknown"),
        (
            "AWS::SecretsManager::Secret",
            {"KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1", "ReplicaRegions": [{"Region": "us-west-2"}]},
            "failed",
        ),
        (
            "AWS::SecretsManager::Secret",
            {
                "KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1",
                "ReplicaRegions": [{"Region": "us-west-2", "KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1"}],
            },
            "passed",
        ),
        ("AWS::GuardDuty::PublishingDestination", {"DestinationProperties": {}}, "failed"),
        ("AWS::EFS::FileSystem", {}, "not_applicable"),
        ("AWS::Redshift::Cluster", {"Encrypted": False}, "not_applicable"),
        ("AWS::Kinesis::Stream", {}, "not_applicable"),
        ("AWS::Kinesis::Stream", {"StreamEncryption": {"KeyId": "alias/aws/kinesis"}}, "failed"),
        ("AWS::KinesisFirehose::DeliveryStream", {}, "not_applicable"),
        (
            "AWS::KinesisFirehose::DeliveryStream",
            {"DeliveryStreamEncryptionConfigurationInput": {"KeyType": "AWS_OWNED_CMK"}},
            "failed",
        ),
        ("AWS::KinesisFirehose::DeliveryStream", {"DeliveryStreamType": "KinesisStreamAsSource"}, "not_applicable"),
        ("AWS::SNS::Topic", {}, "not_applicable"),
        ("AWS::SQS::Queue", {"SqsManagedSseEnabled": False}, "not_applicable"),
        ("AWS::SQS::Queue", {"SqsManagedSseEnabled": True}, "failed"),
        ("AWS::DynamoDB::Table", {}, "failed"),
        ("AWS::DynamoDB::Table", {"SSESpecification": {"SSEEnabled": False, "KMSMasterKeyId": "alias/own"}}, "failed"),
        (
            "AWS::SageMaker::EndpointConfig",
            {"ProductionVariants": [{"ServerlessConfig": {"MemorySizeInMB": 1024}}]},
            "not_applicable",
        ),
        ("AWS::SageMaker::EndpointConfig", {"ProductionVariants": [{"InstanceType": "ml.m5.large"}]}, "failed"),
        ("AWS::SageMaker::FeatureGroup", {}, "not_applicable"),
        ("AWS::SageMaker::FeatureGroup", {"OfflineStoreConfig": {"S3StorageConfig": {}}}, "failed"),
        ("AWS::Lambda::Function", {}, "not_applicable"),
        (
            "AWS::Lambda::Function",
            {"Environment": {"Variables": {"TABLE": "t"}}, "KmsKeyArn": "arn:aws:kms:us-east-1:111122223333:key/1"},
            "passed",
        ),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("store_encrypted_with_customer_key", one(kind, **properties)) == expected


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"TABLE": {"Ref": "Table"}, "LEVEL": "INFO", "BUCKET": GIVEN}, "not_applicable"),
        ({"CLIENT": "{{resolve:secretsmanager:client}}"}, "not_applicable"),
        ({"API_TOKEN": "f3c9d1e7a5b2"}, "not_applicable"),
        ({"Fn::Transform": {"Name": "Own"}}, "failed"),
    ],
)
def test_environments_that_can_be_read_need_no_key(variables: dict[str, Any], expected: str) -> None:
    table = {"Table": {"Type": "AWS::DynamoDB::Table"}}
    function = one("AWS::Lambda::Function", Environment={"Variables": variables})
    assert judged("store_encrypted_with_customer_key", function | table) == expected


TOPIC = one("AWS::SNS::Topic", KmsMasterKeyId="alias/aws/sns")
GROUP = one("AWS::Logs::LogGroup")


HELPER, HELPER_ARN = {"Helper": {"Type": "AWS::Lambda::Function"}}, {"Fn::GetAtt": ["Helper", "Arn"]}


def _group_of(function: str) -> dict[str, Any]:
    return one("AWS::Logs::LogGroup", LogGroupName={"Fn::Sub": f"/aws/lambda/${{{function}}}"})


def _teller(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Teller": {"Type": kind, "Properties": properties}}


@pytest.mark.parametrize(
    ("resources", "once"),
    [
        (TOPIC, False),
        (TOPIC | _teller("AWS::Lambda::Function", Environment={"Variables": {"TOPIC": {"Ref": "Subject"}}}), False),
        (TOPIC | _teller("AWS::CloudWatch::Alarm", OKActions=[{"Ref": "Subject"}]), True),
        (TOPIC | _teller("AWS::CloudTrail::Trail", SnsTopicName={"Fn::GetAtt": ["Subject", "TopicName"]}), True),
        (GROUP, False),
        (GROUP | _teller("AWS::EC2::FlowLog", LogGroupName={"Ref": "Subject"}), True),
        (GROUP | _teller("AWS::EC2::FlowLog", LogDestination={"Fn::GetAtt": ["Subject", "Arn"]}), True),
        (_group_of("Helper") | HELPER, False),
        (_group_of("Helper") | HELPER | _teller("Custom::Filler", ServiceToken=HELPER_ARN), True),
    ],
)
def test_records_of_operation_are_told_once(resources: dict[str, Any], once: bool) -> None:
    text = json.dumps(resources)
    for name in ("Subject", "Teller", "Helper"):
        text = text.replace(name, f"Second{name}")
    found = verdict("store_encrypted_with_customer_key", {**resources, **json.loads(text)})
    assert found is not None
    assert (found.outcome, found.message.endswith("The same is so of SecondSubject.")) == ("failed", once)


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"FileSystemType": "LUSTRE"}, "not_applicable"),
        ({"FileSystemType": "LUSTRE", "LustreConfiguration": {"DeploymentType": "SCRATCH_2"}}, "not_applicable"),
        ({"FileSystemType": "LUSTRE", "LustreConfiguration": {"DeploymentType": "PERSISTENT_2"}}, "failed"),
        ({"FileSystemType": "WINDOWS"}, "failed"),
    ],
)
@pytest.mark.parametrize("name", ["store_encrypted_with_customer_key", "store_backed_up", "retained_on_delete"])
def test_scratch_file_systems_take_neither_key_nor_backup(name: str, properties: dict[str, Any], expected: str) -> None:
    assert judged(name, one("AWS::FSx::FileSystem", **properties)) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ({"Fn::GetAtt": ["Key", "Arn"]}, "passed"),
        ({"Ref": "Key"}, "passed"),
        ({"Ref": "Alias"}, "passed"),
        ({"Fn::Join": ["", ["arn:aws:kms:us-east-1:111122223333:key/", {"Ref": "Key"}]]}, "passed"),
        ({"Fn::If": ["Sometimes", {"Ref": "Key"}, {"Ref": "AWS::NoValue"}]}, "unknown"),
        ({"Fn::GetAtt": ["Other", "KeyArn"]}, "unknown"),
    ],
)
def test_key_by_reference(key: dict[str, Any], expected: str) -> None:
    stack = {
        **one("AWS::Logs::LogGroup", KmsKeyId=key),
        "Key": {"Type": "AWS::KMS::Key", "Properties": {}},
        "Alias": {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/own"}},
        "Other": {"Type": "Custom::Key", "Properties": {}},
    }
    assert judged("store_encrypted_with_customer_key", stack) == expected


def test_no_phi_needs_no_customer_key() -> None:
    tags = [{"Key": "hipaa:data-classification", "Value": "NO_PHI"}]
    assert judged("store_encrypted_with_customer_key", one("AWS::Logs::LogGroup", Tags=tags)) == "not_inspected"


@pytest.mark.parametrize(
    ("configuration", "expected"),
    [
        ({"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": "arn:aws:kms:us-east-1:111122223333:key/1"}, "passed"),
        ({"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": GIVEN}, "unknown"),
        ({"KeyType": "AWS_OWNED_KEY"}, "failed"),
        (None, "failed"),
    ],
)
def test_user_pools(configuration: dict[str, Any] | None, expected: str) -> None:
    given = {"KeyConfiguration": configuration} if configuration else {}
    assert judged("store_encrypted_with_customer_key", one("AWS::Cognito::UserPool", **given)) == expected


@pytest.mark.parametrize(
    "kind",
    [
        "AWS::Cognito::UserPool",
        "AWS::CodeBuild::Project",
        "AWS::ECR::Repository",
        "AWS::Events::EventBus",
        "AWS::StepFunctions::StateMachine",
    ],
)
def test_what_holds_less_is_told_once(kind: str) -> None:
    resource = {"Type": kind, "Properties": {}, **(HELD if kind == "AWS::ECR::Repository" else {})}
    found = verdict("store_encrypted_with_customer_key", {"Subject": resource, "Second": resource})
    assert found is not None
    assert found.outcome == "failed"
    assert found.message.endswith("The same is so of Second.")


@pytest.mark.parametrize(
    ("name", "kind", "properties"),
    [
        ("store_encrypted_with_customer_key", "AWS::SQS::Queue", {"SqsManagedSseEnabled": True}),
        ("store_encrypted_with_customer_key", "AWS::DynamoDB::Table", {}),
        (
            "store_encrypted_with_customer_key",
            "AWS::Kinesis::Stream",
            {"StreamEncryption": {"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"}},
        ),
        ("store_encrypted_with_customer_key", "AWS::MSK::Cluster", {}),
        ("bucket_encrypted_with_customer_key", "AWS::S3::Bucket", {}),
        ("database_encrypted_with_customer_key", "AWS::RDS::DBInstance", {"StorageEncrypted": True}),
        ("search_collection_encrypted_with_customer_key", COLLECTION, {"EncryptionConfig": {"AWSOwnedKey": True}}),
        ("volume_encrypted_with_customer_key", "AWS::EC2::Volume", {"Encrypted": True}),
    ],
)
def test_encryption_under_a_key_of_aws_is_a_warning(name: str, kind: str, properties: dict[str, Any]) -> None:
    app = App()
    app.add("t.json", {"Resources": one(kind, **properties)})
    (finding,) = (result.finding() for result in evaluate(app, [rule(name)]))
    assert finding is not None
    assert (finding.outcome, finding.severity) == ("failed", "warning")


@pytest.mark.parametrize(
    ("name", "kind", "properties"),
    [
        ("store_encrypted", "AWS::SQS::Queue", {"SqsManagedSseEnabled": False}),
        ("store_encrypted", "AWS::Kinesis::Stream", {}),
        ("database_encrypted", "AWS::RDS::DBInstance", {}),
        ("volume_encrypted", "AWS::EC2::Volume", {"Encrypted": False}),
    ],
)
def test_what_nothing_encrypts_stays_an_error_and_is_told_alone(
    name: str, kind: str, properties: dict[str, Any]
) -> None:
    app = App()
    app.add("t.json", {"Resources": one(kind, **properties)})
    rules = [rule(name), rule(f"{name}_with_customer_key")]
    found = {said.rule_id: said.severity for result in evaluate(app, rules) if (said := result.finding())}
    assert found == {rule(name).id: "error"}


NONE = {"Type": "NO_ARTIFACTS"}
TO_S3 = {"Type": "S3", "Location": "builds"}


@pytest.mark.parametrize(
    ("project", "expected"),
    [
        ({"Artifacts": NONE}, "not_applicable"),
        ({"Artifacts": NONE, "Cache": {"Type": "LOCAL"}}, "not_applicable"),
        ({"Artifacts": NONE, "SecondaryArtifacts": [NONE]}, "not_applicable"),
        ({"Artifacts": NONE, "SecondaryArtifacts": [TO_S3]}, "failed"),
        ({"Artifacts": NONE, "Cache": {"Type": "S3", "Location": "builds/cache"}}, "failed"),
        ({"Artifacts": NONE, "LogsConfig": {"S3Logs": {"Status": "ENABLED", "Location": "builds/logs"}}}, "failed"),
        ({"Artifacts": {"Type": GIVEN}}, "failed"),
        ({"Artifacts": TO_S3}, "failed"),
        ({"Artifacts": {"Type": "CODEPIPELINE"}}, "failed"),
    ],
)
def test_a_build_that_leaves_nothing_in_s3_needs_no_key(project: dict[str, Any], expected: str) -> None:
    assert judged("store_encrypted_with_customer_key", one("AWS::CodeBuild::Project", **project)) == expected


def test_a_build_is_told_with_its_pipeline() -> None:
    build = {"Type": "AWS::CodeBuild::Project", "Properties": {"Artifacts": {"Type": "CODEPIPELINE"}}}
    store = {"ArtifactStore": {"Type": "S3", "Location": "builds"}}
    pipeline = {"Type": "AWS::CodePipeline::Pipeline", "Properties": store}
    app = App()
    app.add("t.json", {"Resources": {"Build": build, "Pipeline": pipeline}})
    told = {one.resource.logical_id: one.verdict for one in evaluate(app, [rule("store_encrypted_with_customer_key")])}
    assert told["Pipeline"].outcome == "failed"
    assert told["Pipeline"].message.endswith(" The same is so of Build.")
    assert told["Build"].said_of is not None


def test_valkey_is_encrypted_without_being_told() -> None:
    kind = "AWS::ElastiCache::ReplicationGroup"
    assert judged("store_encrypted_with_customer_key", one(kind, Engine="valkey")) == "failed"
    assert judged("store_encrypted_with_customer_key", one(kind, Engine="redis")) == "not_applicable"


@pytest.mark.parametrize(
    ("held", "expected"), [("PHI", "failed"), ("PII", "failed"), ("NO_PHI", "not_inspected"), (None, "not_applicable")]
)
def test_images_are_software_unless_they_are_classified_themselves(held: str | None, expected: str) -> None:
    # Stacks hand their tags on to all that stands in them.
    tagged = one("AWS::ECR::Repository", Tags=[{"Key": "hipaa:data-classification", "Value": "PHI"}])["Subject"]
    said = {} if held is None else {"Metadata": {METADATA_KEY: {"classification": held}}}
    assert judged("store_encrypted_with_customer_key", {"Subject": {**tagged, **said}}) == expected


def test_types_with_fixes_of_their_own_are_told_apart() -> None:
    resources = {
        name: {"Type": kind, "Properties": {}}
        for name, kind in (
            ("Subject", "AWS::Cognito::UserPool"),
            ("Other", "AWS::Cognito::UserPool"),
            ("Images", "AWS::ECR::Repository"),
        )
    }
    found = verdict("store_encrypted_with_customer_key", resources)
    assert "The same is so of Other." in found.message


_TO_QUEUE = {"QueueConfigurations": [{"Event": "s3:ObjectCreated:*", "Queue": {"Ref": "Subject"}}]}
_SENDERS: dict[str, dict[str, Any]] = {
    "s3.amazonaws.com": {"Type": "AWS::S3::Bucket", "Properties": {"NotificationConfiguration": _TO_QUEUE}},
    "events.amazonaws.com": {
        "Type": "AWS::Events::Rule",
        "Properties": {"Targets": [{"Id": "t", "Arn": {"Fn::GetAtt": ["Subject", "Arn"]}}]},
    },
    "sns.amazonaws.com": {
        "Type": "AWS::SNS::Subscription",
        "Properties": {"Protocol": "sqs", "Endpoint": {"Fn::GetAtt": ["Subject", "Arn"]}},
    },
    "cloudwatch.amazonaws.com": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"OKActions": [{"Ref": "Subject"}]}},
}


@pytest.mark.parametrize(
    ("kind", "senders"),
    [
        ("AWS::SQS::Queue", []),
        ("AWS::SQS::Queue", ["s3.amazonaws.com"]),
        ("AWS::SQS::Queue", ["events.amazonaws.com"]),
        ("AWS::SQS::Queue", ["s3.amazonaws.com", "sns.amazonaws.com", "events.amazonaws.com"]),
        ("AWS::SNS::Topic", []),
        ("AWS::SNS::Topic", ["cloudwatch.amazonaws.com"]),
        ("AWS::SNS::Topic", ["cloudwatch.amazonaws.com", "events.amazonaws.com"]),
    ],
)
def test_what_is_to_be_done_lets_those_use_the_key_who_send(kind: str, senders: list[str]) -> None:
    values = {"KmsMasterKeyId": "alias/aws/sns"} if kind == "AWS::SNS::Topic" else {}
    others = {f"Sender{number}": _SENDERS[name] for number, name in enumerate(senders)}
    said = to_do("store_encrypted_with_customer_key", one(kind, **values) | others)
    assert said.startswith("Set KmsMasterKeyId: <the ARN of a customer key>. ")
    assert {name for name in _SENDERS if name in said} == set(senders)
    # EventBridge states no source.
    assert ("aws:SourceAccount" in said) is bool(set(senders) - {"events.amazonaws.com"})
    assert "kms:GenerateDataKey" in said


def test_a_state_machine_is_told_that_its_role_uses_the_key() -> None:
    said = to_do("store_encrypted_with_customer_key", one("AWS::StepFunctions::StateMachine"))
    assert "may kms:Decrypt and kms:GenerateDataKey" in said
