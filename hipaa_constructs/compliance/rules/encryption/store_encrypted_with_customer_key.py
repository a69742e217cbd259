"""Stores that can hold PHI are encrypted with a customer key.

A warning, since each of these stores is encrypted: without a key of the account's by one that AWS owns or manages. What
the Security Rule asks for, encryption, is StoreEncrypted's; with a key of its own an account also decides who may
decrypt, sees it done and can take it away.

Compliant: each property below names a customer key. Non-compliant: it is absent, so a key that AWS owns or manages
encrypts the store, or it names such a key. Not applicable: stores whose encryption is off, which StoreEncrypted
reports; delivery streams that are encrypted as the Kinesis stream they read; functions whose environment can be read,
where a secret is NoSecretsInEnvironment's; repositories of images, which are software and always encrypted, unless they
are classified themselves, as one of models that were trained on records may be; builds that write nothing to S3;
scratch file systems and endpoints on serverless capacity, which take no key. It is said once a template of the stores
of a type that hold software, such repositories and what builds and pipelines make, or records of operation alone: flow
logs, logs of functions that only custom resources call, and topics that alarms and services tell of themselves; of user
pools, of which older ones may take no key (docs.aws.amazon.com/cognito/latest/developerguide/data-protection.html); of
event buses, which keep an event for a day at most, and find no schemas under such a key
(docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html); and of state machines and
activities, which Step Functions encrypts under a key that AWS owns
(docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html), and of which nothing is said where schedules or
notices of operation alone start one and all that its tasks do is to start jobs, set up servers and send messages: its
executions carry no data; nor of those of AWS SAM, whose own type takes no key
(docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-statemachine.html). Of builds and
pipelines it is said together: what a build hands its pipeline is under the project's key, whatever the pipeline's is
(github.com/aws/aws-cdk/issues/4182). Buckets, volumes, databases and jobs have rules of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

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
from hipaa_constructs.compliance.classification import DataClassification, classification_of, is_classified_itself
from hipaa_constructs.compliance.facts.aws_senders import with_senders
from hipaa_constructs.compliance.facts.builds import leaves_nothing
from hipaa_constructs.compliance.facts.empty_machines import carries_nothing
from hipaa_constructs.compliance.facts.encryption import (
    LET_SENDERS_USE_KEY,
    UNDER_KEY,
    UNDER_KEY_CDK,
    cache_encrypted,
    judge_keys,
)
from hipaa_constructs.compliance.facts.file_systems import is_scratch
from hipaa_constructs.compliance.facts.functions import shows_environment
from hipaa_constructs.compliance.facts.key_users import LET_SERVICE_USE_KEY, LET_SERVICE_USE_KEY_BY_L2
from hipaa_constructs.compliance.facts.made_by_sam import is_written_for_sam
from hipaa_constructs.compliance.facts.operations import logs_operation_alone, tells_of_operation
from hipaa_constructs.compliance.facts.said_once import say_once
from hipaa_constructs.compliance.fix import CUSTOMER_KEY, REGIONAL_KEY, Choose, Fix, fixes_of_types, overridden
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Outcome, Rule, Verdict, failed

_NAMESPACE, _PIPELINE = "AWS::RedshiftServerless::Namespace", "AWS::CodePipeline::Pipeline"
_BUILD = "AWS::CodeBuild::Project"
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
    _BUILD: ("EncryptionKey",),
    _PIPELINE: ("?ArtifactStore.EncryptionKey.Id", "?ArtifactStores[].ArtifactStore.EncryptionKey.Id"),
    "AWS::Cognito::UserPool": ("KeyConfiguration.KmsKeyArn",),
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
    "AWS::Events::EventBus": ("KmsKeyIdentifier",),
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
    _NAMESPACE: ("KmsKeyId", "AdminPasswordSecretKmsKeyId"),
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
# A key that matters only while this is true.
_WHILE = {"AdminPasswordSecretKmsKeyId": "ManageAdminPassword"}
# A pipeline without a key takes that of S3, whatever its bucket has: docs.aws.amazon.com/AWSCloudFormation/latest/
# TemplateReference/aws-properties-codepipeline-pipeline-artifactstore.html.
_OF_PIPELINES = (_PIPELINE, _BUILD)
_IMAGES = "AWS::ECR::Repository"
_OF_SOFTWARE = (*_OF_PIPELINES, _IMAGES)
# Older pools may take no key, and a bus under one finds no schemas.
_NOT_ALL_CAN = ("AWS::Cognito::UserPool", "AWS::Events::EventBus")
# What they hold is on the way, and kept for 90 days by AWS alone, always encrypted.
_MACHINE = "AWS::StepFunctions::StateMachine"
_ON_THE_WAY = ("AWS::StepFunctions::Activity", _MACHINE)
# Whose role uses the key; the L2 adds it to the role:
# docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html.
_LET_ROLE = {_MACHINE: "Its role may kms:Decrypt and kms:GenerateDataKey on the key, or executions fail."}
# What is told together.
_LESS = (*_OF_SOFTWARE, *_NOT_ALL_CAN, *_ON_THE_WAY, "AWS::Logs::LogGroup", "AWS::SNS::Topic")
# Type: what turns encryption on, and what its absence means; while it is off, there is no key to judge.
_SWITCHES: Mapping[str, tuple[str, bool]] = {
    "AWS::EFS::FileSystem": ("Encrypted", False),
    "AWS::Elasticsearch::Domain": ("EncryptionAtRestOptions.Enabled", False),
    "AWS::OpenSearchService::Domain": ("EncryptionAtRestOptions.Enabled", False),
    "AWS::Redshift::Cluster": ("Encrypted", True),
    "AWS::WorkSpaces::Workspace": ("UserVolumeEncryptionEnabled", False),
}
_OF_POOL = {"KeyConfiguration": {"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": CUSTOMER_KEY}}
# Type: what to set, where that is more than its keys.
_MORE: Mapping[str, Mapping[str, Any]] = {
    **UNDER_KEY,
    "AWS::AmazonMQ::Broker": {"EncryptionOptions": {"UseAwsOwnedKey": False, "KmsKeyId": CUSTOMER_KEY}},
    "AWS::Cassandra::Table": {
        "EncryptionSpecification": {"EncryptionType": "CUSTOMER_MANAGED_KMS_KEY", "KmsKeyIdentifier": CUSTOMER_KEY}
    },
    "AWS::Cognito::UserPool": _OF_POOL,
    "AWS::Connect::InstanceStorageConfig": {
        f"?{config}.EncryptionConfig": {"EncryptionType": "KMS", "KeyId": CUSTOMER_KEY}
        for config in ("S3Config", "KinesisVideoStreamConfig")
    },
    "AWS::DynamoDB::GlobalTable": {
        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"},
        "Replicas[].SSESpecification.KMSMasterKeyId": REGIONAL_KEY,
    },
    "AWS::DynamoDB::Table": {
        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": CUSTOMER_KEY}
    },
    _PIPELINE: {
        "?ArtifactStore.EncryptionKey": {"Id": CUSTOMER_KEY, "Type": "KMS"},
        "?ArtifactStores[].ArtifactStore.EncryptionKey": {"Id": REGIONAL_KEY, "Type": "KMS"},
    },
    "AWS::ECR::Repository": {"EncryptionConfiguration": {"EncryptionType": "KMS", "KmsKey": CUSTOMER_KEY}},
    "AWS::EKS::Cluster": {"EncryptionConfig": [{"Resources": ["secrets"], "Provider": {"KeyArn": CUSTOMER_KEY}}]},
    # Events that EventBridge may not decrypt under a customer key are lost without a dead-letter queue:
    # docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html.
    "AWS::Events::EventBus": {
        "KmsKeyIdentifier": CUSTOMER_KEY,
        "DeadLetterConfig": {"Arn": Choose("the ARN of a dead-letter queue")},
    },
    "AWS::HealthLake::FHIRDatastore": {
        "SseConfiguration.KmsEncryptionConfig": {"CmkType": "CUSTOMER_MANAGED_KMS_KEY", "KmsKeyId": CUSTOMER_KEY}
    },
    **{
        f"AWS::Omics::{kind}Store": {"SseConfig": {"Type": "KMS", "KeyArn": CUSTOMER_KEY}}
        for kind in ("Annotation", "Reference", "Sequence", "Variant")
    },
    "AWS::S3Tables::TableBucket": {"EncryptionConfiguration": {"SSEAlgorithm": "aws:kms", "KMSKeyArn": CUSTOMER_KEY}},
    "AWS::S3Vectors::VectorBucket": {"EncryptionConfiguration": {"SseType": "aws:kms", "KmsKeyArn": CUSTOMER_KEY}},
    "AWS::SageMaker::FeatureGroup": {
        "?OfflineStoreConfig.S3StorageConfig.KmsKeyId": CUSTOMER_KEY,
        "?OnlineStoreConfig.SecurityConfig": {"KmsKeyId": CUSTOMER_KEY},
    },
    "AWS::SecretsManager::Secret": {"KmsKeyId": CUSTOMER_KEY, "?ReplicaRegions[].KmsKeyId": REGIONAL_KEY},
    **{
        f"AWS::StepFunctions::{kind}": {
            "EncryptionConfiguration": {"Type": "CUSTOMER_MANAGED_KMS_KEY", "KmsKeyId": CUSTOMER_KEY}
        }
        for kind in ("Activity", "StateMachine")
    },
    **{
        f"AWS::StorageGateway::{kind}FileShare": {"KMSEncrypted": True, "KMSKey": CUSTOMER_KEY}
        for kind in ("NFS", "SMB")
    },
}
_CDK: Mapping[str, str] = {
    "AWS::Backup::BackupVault": "backup.BackupVault(encryption_key=<a key>)",
    "AWS::BedrockAgentCore::Memory": "bedrockagentcore.Memory(kms_key=<a key>)",
    "AWS::CloudTrail::Trail": "cloudtrail.Trail(encryption_key=<a key>)",
    "AWS::Cognito::UserPool": overridden("cognito.UserPool", _OF_POOL),
    _BUILD: "codebuild.Project(encryption_key=<a key>)",
    _PIPELINE: "codepipeline.Pipeline(artifact_bucket=<a bucket with a customer key>)",
    "AWS::DynamoDB::GlobalTable": "dynamodb.TableV2(encryption="
    "dynamodb.TableEncryptionV2.customer_managed_key(<a key>, replica_key_arns=<the replicas' keys, by Region>))",
    "AWS::DynamoDB::Table": "dynamodb.Table(encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED, "
    "encryption_key=<a key>)",
    "AWS::ECR::Repository": "ecr.Repository(encryption=ecr.RepositoryEncryption.KMS, encryption_key=<a key>)",
    "AWS::EKS::Cluster": "eks_v2.Cluster(secrets_encryption_key=<a key>)",
    "AWS::Events::Archive": "events.Archive(kms_key=<a key>)",
    "AWS::Events::EventBus": "events.EventBus(kms_key=<a key>, dead_letter_queue=<a queue>)",
    "AWS::FSx::FileSystem": "fsx.LustreFileSystem(kms_key=<a key>)",
    "AWS::Lambda::Function": "lambda_.Function(environment_encryption=<a key>)",
    "AWS::Logs::LogGroup": "logs.LogGroup(encryption_key=<a key>)",
    "AWS::SecretsManager::Secret": "secretsmanager.Secret(encryption_key=<a key>, replica_regions=["
    "secretsmanager.ReplicaRegion(region=<a Region>, encryption_key=<a key in that Region>)])",
    **{
        f"AWS::StepFunctions::{kind}": f"stepfunctions.{kind}(encryption_configuration="
        "stepfunctions.CustomerManagedEncryptionConfiguration(<a key>))"
        for kind in ("Activity", "StateMachine")
    },
}
_CONSTRUCTS: Mapping[str, str] = {
    "AWS::Backup::BackupVault": "RecoveryVault",
    "AWS::CloudTrail::Trail": "AuditTrail",
    _PIPELINE: "DeploymentPipeline",
    "AWS::Cognito::UserPool": "PatientDirectory",
    "AWS::ElastiCache::ReplicationGroup": "TlsCache",
    "AWS::Events::EventBus": "EncryptedEventBus",
    "AWS::Logs::LogGroup": "EncryptedLogGroup",
    "AWS::OpenSearchService::Domain": "TlsSearchDomain",
    "AWS::SNS::Topic": "EncryptedTopic",
    "AWS::SQS::Queue": "EncryptedQueue",
}
_DYNAMODB = ("AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table")
_LET_SERVICE = (*LET_SERVICE_USE_KEY, *LET_SERVICE_USE_KEY_BY_L2, _MACHINE)


def check(resource: Resource) -> Verdict:
    if _has_nothing_to_judge(resource):
        return NOT_APPLICABLE
    if resource.type in _DYNAMODB and is_true(resource.get("SSESpecification.SSEEnabled")) is Ternary.NO:
        return failed("SSESpecification.SSEEnabled is not true, so an AWS-owned key encrypts the table.")
    verdict = judge_keys(_keys(resource))
    if verdict.outcome is Outcome.FAILED and _is_spared(resource):
        return NOT_APPLICABLE
    if resource.type == "AWS::Lambda::Function" and verdict.outcome is Outcome.FAILED:
        if shows_environment(resource):
            return NOT_APPLICABLE
        return failed(f"{verdict.message} This concerns the environment variables.")
    return say_once(resource, _of_less, _LESS, _kind) if _holds_less(resource) else verdict


def _kind(resource: Resource) -> object:
    """Return what those have in common that are told together: by the fix of the first all are mended."""
    return _OF_PIPELINES if resource.type in _OF_PIPELINES else resource.type


def _holds_less(resource: Resource) -> bool:
    """Whether a store is for what is no record of patients, passes it on, or may not take a key."""
    return resource.type in (*_OF_SOFTWARE, *_NOT_ALL_CAN, *_ON_THE_WAY) or _is_of_operation(resource)


def _of_less(resource: Resource) -> Verdict:
    no_phi = classification_of(resource) is DataClassification.NO_PHI
    if no_phi or not _holds_less(resource) or _has_nothing_to_judge(resource):
        return NOT_APPLICABLE
    verdict = judge_keys(_keys(resource))
    return NOT_APPLICABLE if verdict.outcome is Outcome.FAILED and _is_spared(resource) else verdict


def _is_spared(resource: Resource) -> bool:
    if resource.type == _MACHINE and is_written_for_sam(resource):
        return True  # no key can be given
    if is_classified_itself(resource):
        return False
    return resource.type == _IMAGES or (resource.type == _MACHINE and carries_nothing(resource))


def _is_of_operation(resource: Resource) -> bool:
    if resource.type == "AWS::Logs::LogGroup":
        return logs_operation_alone(resource)
    return resource.type == "AWS::SNS::Topic" and tells_of_operation(resource)


def _has_nothing_to_judge(resource: Resource) -> bool:
    if resource.type == "AWS::ElastiCache::ReplicationGroup":
        return cache_encrypted(resource) is Ternary.NO
    if resource.type in _SWITCHES:
        path, default = _SWITCHES[resource.type]
        return is_true(resource.get(path, default)) is Ternary.NO
    if resource.type == _BUILD:
        return leaves_nothing(resource) is Ternary.YES
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
        if plain in _WHILE and is_true(resource.get(_WHILE[plain], False)) is Ternary.NO:
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
    severity="warning",
    resource_types=tuple(_KEYS),
    controls=("164.312(a)(2)(iv)",),
    fix="Encrypt it with a customer key.",
    fixes=(
        *fixes_of_types(
            {
                kind: _MORE.get(kind, dict.fromkeys(paths, CUSTOMER_KEY))
                for kind, paths in _KEYS.items()
                if kind not in (_NAMESPACE, *LET_SENDERS_USE_KEY, *_LET_SERVICE)
            },
            cdk={**UNDER_KEY_CDK, **_CDK},
            constructs=_CONSTRUCTS,
        ),
        *(
            with_senders(Fix((kind,), UNDER_KEY[kind], cdk=(UNDER_KEY_CDK[kind],), constructs=(_CONSTRUCTS[kind],)))
            for kind in LET_SENDERS_USE_KEY
        ),
        *(
            Fix(
                (kind,),
                _MORE.get(kind, dict.fromkeys(_KEYS[kind], CUSTOMER_KEY)),
                beside=LET_SERVICE_USE_KEY.get(kind, ""),
                template=LET_SERVICE_USE_KEY_BY_L2.get(kind, _LET_ROLE.get(kind, "")),
                cdk=(_CDK[kind],) if kind in _CDK else (),
                constructs=(_CONSTRUCTS[kind],) if kind in _CONSTRUCTS else (),
            )
            for kind in _LET_SERVICE
        ),
        Fix(
            (_NAMESPACE,),
            {"KmsKeyId": CUSTOMER_KEY},
            template="Name a customer key too in AdminPasswordSecretKmsKeyId where ManageAdminPassword is true.",
            constructs=("TlsWarehouse",),
        ),
    ),
    check=check,
    phi_only=True,
)
