"""Stores that can hold PHI are encrypted with a customer key.

Compliant: each property below names a customer key. Non-compliant: it is absent, so a key that AWS owns or manages
encrypts the store, or it names such a key. Not applicable: stores whose encryption is off, which StoreEncrypted
reports; delivery streams that are encrypted as the Kinesis stream they read; functions whose environment holds settings
and names alone; scratch file systems and endpoints on serverless capacity, which take no key. A warning for what holds
records of operation alone: flow logs, logs of functions that only custom resources call, and topics that alarms and
services tell of themselves. Buckets, volumes, databases and jobs have rules of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Resolved,
    Ternary,
    is_mapping,
    is_one_of,
    is_present,
    is_true,
    placed,
    spread,
)
from hipaa_constructs.compliance.facts.encryption import judge_keys
from hipaa_constructs.compliance.facts.file_systems import is_scratch
from hipaa_constructs.compliance.facts.functions import holds_only_settings
from hipaa_constructs.compliance.facts.operations import logs_operation_alone, tells_of_operation
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Outcome, Rule, Verdict, failed, weaker

# Type: where its keys stand. A leading ? says that what stands before the first dot may be absent.
_KEYS: Mapping[str, tuple[str, ...]] = {
    "AWS::AmazonMQ::Broker": ("EncryptionOptions.KmsKeyId",),
    "AWS::AppFlow::ConnectorProfile": ("KMSArn",),
    "AWS::AppFlow::Flow": ("KMSArn",),
    "AWS::Backup::BackupVault": ("EncryptionKeyArn",),
    "AWS::Backup::LogicallyAirGappedBackupVault": ("EncryptionKeyArn",),
    "AWS::Bedrock::Agent": ("CustomerEncryptionKeyArn",),
    "AWS::BedrockAgentCore::Memory": ("EncryptionKeyArn",),
    "AWS::Cassandra::Table": ("EncryptionSpecification.KmsKeyIdentifier",),
    "AWS::CloudTrail::EventDataStore": ("KmsKeyId",),
    "AWS::CloudTrail::Trail": ("KMSKeyId",),
    "AWS::CodeBuild::Project": ("EncryptionKey",),
    "AWS::Comprehend::DocumentClassifier": ("ModelKmsKeyId", "VolumeKmsKeyId"),
    "AWS::Comprehend::EntityRecognizer": ("ModelKmsKeyId", "VolumeKmsKeyId"),
    "AWS::Connect::InstanceStorageConfig": (
        "?S3Config.EncryptionConfig.KeyId",
        "?KinesisVideoStreamConfig.EncryptionConfig.KeyId",
    ),
    "AWS::CustomerProfiles::Domain": ("DefaultEncryptionKey",),
    "AWS::DMS::ReplicationConfig": ("ComputeConfig.KmsKeyId",),
    "AWS::DMS::ReplicationInstance": ("KmsKeyId",),
    "AWS::DSQL::Cluster": ("KmsEncryptionKey",),
    "AWS::DocDBElastic::Cluster": ("KmsKeyId",),
    "AWS::DynamoDB::GlobalTable": ("Replicas[].SSESpecification.KMSMasterKeyId",),
    "AWS::DynamoDB::Table": ("SSESpecification.KMSMasterKeyId",),
    "AWS::ECR::Repository": ("EncryptionConfiguration.KmsKey",),
    "AWS::EFS::FileSystem": ("KmsKeyId",),
    "AWS::EKS::Cluster": ("EncryptionConfig[].Provider.KeyArn",),
    "AWS::ElastiCache::ReplicationGroup": ("KmsKeyId",),
    "AWS::ElastiCache::ServerlessCache": ("KmsKeyId",),
    "AWS::Elasticsearch::Domain": ("EncryptionAtRestOptions.KmsKeyId",),
    "AWS::Events::Archive": ("KmsKeyIdentifier",),
    "AWS::FSx::FileCache": ("KmsKeyId",),
    "AWS::FSx::FileSystem": ("KmsKeyId",),
    "AWS::GuardDuty::PublishingDestination": ("DestinationProperties.KmsKeyArn",),
    "AWS::HealthImaging::Datastore": ("KmsKeyArn",),
    "AWS::HealthLake::FHIRDatastore": ("SseConfiguration.KmsEncryptionConfig.KmsKeyId",),
    "AWS::Kendra::Index": ("ServerSideEncryptionConfiguration.KmsKeyId",),
    "AWS::Kinesis::Stream": ("StreamEncryption.KeyId",),
    "AWS::KinesisFirehose::DeliveryStream": ("DeliveryStreamEncryptionConfigurationInput.KeyARN",),
    "AWS::KinesisVideo::Stream": ("KmsKeyId",),
    "AWS::Lambda::Function": ("KmsKeyArn",),
    "AWS::Logs::LogGroup": ("KmsKeyId",),
    "AWS::MSK::Cluster": ("EncryptionInfo.EncryptionAtRest.DataVolumeKMSKeyId",),
    "AWS::MWAA::Environment": ("KmsKey",),
    "AWS::MemoryDB::Cluster": ("KmsKeyId",),
    "AWS::NeptuneGraph::Graph": ("KmsKeyIdentifier",),
    "AWS::Omics::AnnotationStore": ("SseConfig.KeyArn",),
    "AWS::Omics::ReferenceStore": ("SseConfig.KeyArn",),
    "AWS::Omics::SequenceStore": ("SseConfig.KeyArn",),
    "AWS::Omics::VariantStore": ("SseConfig.KeyArn",),
    "AWS::OpenSearchService::Domain": ("EncryptionAtRestOptions.KmsKeyId",),
    "AWS::Personalize::DatasetGroup": ("KmsKeyArn",),
    "AWS::QBusiness::Application": ("EncryptionConfiguration.KmsKeyId",),
    "AWS::QLDB::Ledger": ("KmsKey",),
    "AWS::Redshift::Cluster": ("KmsKeyId",),
    "AWS::RedshiftServerless::Namespace": ("KmsKeyId",),
    "AWS::S3Files::FileSystem": ("KmsKeyId",),
    "AWS::S3Tables::TableBucket": ("EncryptionConfiguration.KMSKeyArn",),
    "AWS::S3Vectors::VectorBucket": ("EncryptionConfiguration.KmsKeyArn",),
    "AWS::SES::MailManagerArchive": ("KmsKeyArn",),
    "AWS::SNS::Topic": ("KmsMasterKeyId",),
    "AWS::SQS::Queue": ("KmsMasterKeyId",),
    "AWS::SageMaker::Domain": ("KmsKeyId",),
    "AWS::SageMaker::EndpointConfig": ("KmsKeyId",),
    "AWS::SageMaker::FeatureGroup": (
        "?OfflineStoreConfig.S3StorageConfig.KmsKeyId",
        "?OnlineStoreConfig.SecurityConfig.KmsKeyId",
    ),
    "AWS::SageMaker::NotebookInstance": ("KmsKeyId",),
    "AWS::SecretsManager::Secret": ("KmsKeyId", "?ReplicaRegions[].KmsKeyId"),
    "AWS::StepFunctions::Activity": ("EncryptionConfiguration.KmsKeyId",),
    "AWS::StepFunctions::StateMachine": ("EncryptionConfiguration.KmsKeyId",),
    "AWS::StorageGateway::NFSFileShare": ("KMSKey",),
    "AWS::StorageGateway::SMBFileShare": ("KMSKey",),
    "AWS::Timestream::Database": ("KmsKeyId",),
    "AWS::VoiceID::Domain": ("ServerSideEncryptionConfiguration.KmsKeyId",),
    "AWS::Wisdom::Assistant": ("ServerSideEncryptionConfiguration.KmsKeyId",),
    "AWS::Wisdom::KnowledgeBase": ("ServerSideEncryptionConfiguration.KmsKeyId",),
    "AWS::WorkSpaces::Workspace": ("VolumeEncryptionKey",),
}
# Type: what turns encryption on, and what its absence means; while it is off, there is no key to judge.
_SWITCHES: Mapping[str, tuple[str, bool]] = {
    "AWS::EFS::FileSystem": ("Encrypted", False),
    "AWS::ElastiCache::ReplicationGroup": ("AtRestEncryptionEnabled", False),
    "AWS::Elasticsearch::Domain": ("EncryptionAtRestOptions.Enabled", False),
    "AWS::OpenSearchService::Domain": ("EncryptionAtRestOptions.Enabled", False),
    "AWS::Redshift::Cluster": ("Encrypted", True),
    "AWS::WorkSpaces::Workspace": ("UserVolumeEncryptionEnabled", False),
}
_DYNAMODB = ("AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table")


def check(resource: Resource) -> Verdict:
    if _has_nothing_to_judge(resource):
        return NOT_APPLICABLE
    if resource.type in _DYNAMODB and is_true(resource.get("SSESpecification.SSEEnabled")) is Ternary.NO:
        return failed("SSESpecification.SSEEnabled is not true, so an AWS-owned key encrypts the table.")
    verdict = judge_keys(_keys(resource))
    if resource.type == "AWS::Lambda::Function" and verdict.outcome is Outcome.FAILED:
        if holds_only_settings(resource):
            return NOT_APPLICABLE
        # A secret there is NoSecretsInEnvironment's, and PHI has no place there: this is worth a warning, not a stop.
        return failed(f"{verdict.message} This concerns the environment variables.", severity="warning")
    return weaker(verdict) if _is_of_operation(resource) else verdict


def _is_of_operation(resource: Resource) -> bool:
    if resource.type == "AWS::Logs::LogGroup":
        return logs_operation_alone(resource)
    return resource.type == "AWS::SNS::Topic" and tells_of_operation(resource)


def _has_nothing_to_judge(resource: Resource) -> bool:
    if resource.type in _SWITCHES:
        path, default = _SWITCHES[resource.type]
        return is_true(resource.get(path, default)) is Ternary.NO
    if resource.type == "AWS::KinesisFirehose::DeliveryStream":
        direct = is_one_of(resource.get("DeliveryStreamType", "DirectPut"), "DirectPut")
        return direct is Ternary.NO or resource.get("DeliveryStreamEncryptionConfigurationInput") is None
    if resource.type == "AWS::Kinesis::Stream":
        return resource.get("StreamEncryption") is None
    if resource.type == "AWS::SNS::Topic":
        return is_present(resource.get("KmsMasterKeyId")) is Ternary.NO
    if resource.type == "AWS::SQS::Queue":
        managed = is_true(resource.get("SqsManagedSseEnabled", True))
        return managed is Ternary.NO and is_present(resource.get("KmsMasterKeyId")) is Ternary.NO
    if resource.type == "AWS::Lambda::Function":
        return is_present(resource.get("Environment.Variables")) is Ternary.NO
    if resource.type == "AWS::FSx::FileSystem":
        return is_scratch(resource)
    if resource.type == "AWS::SageMaker::EndpointConfig":
        serverless = list(spread(resource.properties, "ProductionVariants[].ServerlessConfig"))
        return bool(serverless) and all(is_mapping(item) for item in serverless)
    return False


def _keys(resource: Resource) -> Iterator[tuple[str, Resolved | None]]:
    for path in _KEYS[resource.type]:
        plain = path.removeprefix("?")
        if plain != path and resource.get(plain.partition(".")[0].removesuffix("[]")) is None:
            continue
        if resource.properties is UNKNOWN:
            yield plain, UNKNOWN
        else:
            found = list(placed(resource.properties, plain))
            yield from found
            if not found:
                yield plain, None


RULE = Rule(
    name="StoreEncryptedWithCustomerKey",
    severity="error",
    resource_types=tuple(_KEYS),
    controls=("164.312(a)(2)(iv)",),
    fix="Pass a customer key as encryption_key= (kms_key=, master_key=, environment_encryption=), such as "
    "KmsRotatedKey(...).key; where nothing touches PHI, classify it as NO_PHI.",
    check=check,
    phi_only=True,
)
