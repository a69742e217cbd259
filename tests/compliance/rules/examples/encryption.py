from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hipaa_constructs.compliance.classification import METADATA_KEY
from tests.compliance.rules.examples.example import (
    ACCOUNT,
    KEY_ARN,
    THIS,
    Example,
    Never,
    deny,
    entry,
    policy,
)


def _default_encryption(**default: str) -> dict[str, Any]:
    return {"BucketEncryption": {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": default}]}}


def _writes(operator: str, key: str, value: str) -> dict[str, Any]:
    condition = {operator: {key: value}}
    statement = deny("s3:PutObject", {"Fn::Sub": "${Subject.Arn}/*"}, Principal="*", Condition=condition)
    return {"Policy": entry("AWS::S3::BucketPolicy", {"Bucket": THIS, "PolicyDocument": policy(statement)})}


def _volume(**settings: Any) -> dict[str, Any]:
    return {"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8, **settings}}]}


def _fleet(**settings: Any) -> dict[str, Any]:
    return {"SpotFleetRequestConfigData": {"TargetCapacity": 2, "LaunchSpecifications": [_volume(**settings)]}}


def _task_volume(**settings: Any) -> dict[str, Any]:
    return {"VolumeConfigurations": [{"Name": "data", "ManagedEBSVolume": {"SizeInGiB": 8, **settings}}]}


def _running_query(**request: Any) -> dict[str, Any]:
    query = {"QueryString": "SELECT 1", **request}
    task = {"Type": "Task", "Resource": "arn:aws:states:::athena:startQueryExecution.sync", "End": True}
    return {"StartAt": "Query", "States": {"Query": {**task, "Parameters": query}}}


# What fills a catalog, each as little as it takes.
_CATALOGUED: Mapping[str, Mapping[str, Any]] = {
    "AWS::Glue::Connection": {"CatalogId": ACCOUNT, "ConnectionInput": {"ConnectionType": "NETWORK"}},
    "AWS::Glue::Crawler": {"Role": "crawler", "Targets": {}},
    "AWS::Glue::Database": {"CatalogId": ACCOUNT, "DatabaseInput": {"Name": "records"}},
    "AWS::Glue::Table": {"CatalogId": ACCOUNT, "DatabaseName": "records"},
}
_CATALOG_SETTINGS = {
    "Settings": entry(
        "AWS::Glue::DataCatalogEncryptionSettings",
        {
            "CatalogId": ACCOUNT,
            "DataCatalogEncryptionSettings": {
                "EncryptionAtRest": {"CatalogEncryptionMode": "SSE-KMS", "SseAwsKmsKeyId": KEY_ARN},
                "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": True, "KmsKeyId": KEY_ARN},
            },
        },
    )
}

EXAMPLES: Mapping[str, Sequence[Example]] = {
    "ApiCacheEncrypted": [
        Example(
            "AWS::ApiGateway::Deployment",
            {"StageDescription": {"CacheClusterEnabled": True, "CachingEnabled": True, "CacheDataEncrypted": True}},
            {"StageDescription": {"CacheClusterEnabled": True, "CachingEnabled": True}},
        ),
        Example(
            "AWS::ApiGateway::Stage",
            {
                "CacheClusterEnabled": True,
                "MethodSettings": [
                    {"HttpMethod": "*", "ResourcePath": "/*", "CachingEnabled": True, "CacheDataEncrypted": True}
                ],
            },
            {
                "CacheClusterEnabled": True,
                "MethodSettings": [{"HttpMethod": "*", "ResourcePath": "/*", "CachingEnabled": True}],
            },
        ),
    ],
    "BucketEncryptedWithCustomerKey": [
        Example(
            "AWS::S3::Bucket",
            _default_encryption(SSEAlgorithm="aws:kms", KMSMasterKeyID=KEY_ARN),
            _default_encryption(SSEAlgorithm="AES256"),
        ),
        Example(
            "AWS::S3Express::DirectoryBucket",
            _default_encryption(SSEAlgorithm="aws:kms", KMSMasterKeyID=KEY_ARN),
            _default_encryption(SSEAlgorithm="AES256"),
        ),
    ],
    "BucketWritesKeepKey": [
        Example(
            "AWS::S3::Bucket",
            _default_encryption(SSEAlgorithm="aws:kms", KMSMasterKeyID=KEY_ARN),
            _default_encryption(SSEAlgorithm="aws:kms", KMSMasterKeyID=KEY_ARN),
            passes_beside=_writes("StringNotEquals", "aws:PrincipalServiceName", "cloudtrail.amazonaws.com"),
            # It lets another key of KMS through.
            fails_beside=_writes("StringNotEqualsIfExists", "s3:x-amz-server-side-encryption", "aws:kms"),
        ),
    ],
    "DataCatalogEncrypted": [
        Example(kind, properties, properties, passes_beside=_CATALOG_SETTINGS)
        for kind, properties in _CATALOGUED.items()
    ],
    "DatabaseEncrypted": [
        Example("AWS::DocDB::DBCluster", {"StorageEncrypted": True}, {"StorageEncrypted": False}),
        Example("AWS::DocDB::GlobalCluster", {"StorageEncrypted": True}, {"StorageEncrypted": False}),
        Example("AWS::Neptune::DBCluster", {"StorageEncrypted": True}, {"StorageEncrypted": False}),
        Example("AWS::Neptune::GlobalCluster", {"StorageEncrypted": True}, {"StorageEncrypted": False}),
        Example("AWS::RDS::DBCluster", {"StorageEncrypted": True}, {"StorageEncrypted": False}),
        Example("AWS::RDS::DBInstance", {"StorageEncrypted": True}, {"StorageEncrypted": False}),
        Example("AWS::RDS::GlobalCluster", {"StorageEncrypted": True}, {"StorageEncrypted": False}),
    ],
    "DatabaseEncryptedWithCustomerKey": [
        Example(
            kind,
            {"StorageEncrypted": True, "KmsKeyId": KEY_ARN},
            {"StorageEncrypted": True, "KmsKeyId": "alias/aws/rds"},
        )
        for kind in (
            "AWS::DocDB::DBCluster",
            "AWS::Neptune::DBCluster",
            "AWS::RDS::DBCluster",
            "AWS::RDS::DBInstance",
        )
    ],
    "JobDataEncrypted": [
        Example(
            "AWS::Athena::NamedQuery",
            {"Database": "records", "QueryString": "SELECT 1", "WorkGroup": "records"},
            {"Database": "records", "QueryString": "SELECT 1"},
        ),
        Example(
            "AWS::StepFunctions::StateMachine",
            {"Definition": _running_query(WorkGroup="records")},
            {"Definition": _running_query()},
        ),
        Example(
            "AWS::Athena::WorkGroup",
            {
                "WorkGroupConfiguration": {
                    "EnforceWorkGroupConfiguration": True,
                    "ResultConfiguration": {
                        "EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": KEY_ARN}
                    },
                }
            },
            {
                "WorkGroupConfiguration": {
                    "EnforceWorkGroupConfiguration": False,
                    "ResultConfiguration": {
                        "EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": KEY_ARN}
                    },
                }
            },
        ),
        Example("AWS::EMR::Cluster", {"SecurityConfiguration": "encrypted"}, {"ReleaseLabel": "emr-7.5.0"}),
        Example(
            "AWS::EMR::SecurityConfiguration",
            {"SecurityConfiguration": {"EncryptionConfiguration": {"EnableAtRestEncryption": True}}},
            {"SecurityConfiguration": {"EncryptionConfiguration": {"EnableAtRestEncryption": False}}},
        ),
        Example("AWS::Glue::Crawler", {"CrawlerSecurityConfiguration": "encrypted"}, {"DatabaseName": "records"}),
        Example(
            "AWS::Glue::DataCatalogEncryptionSettings",
            {
                "DataCatalogEncryptionSettings": {
                    "EncryptionAtRest": {"CatalogEncryptionMode": "SSE-KMS"},
                    "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": True, "KmsKeyId": KEY_ARN},
                }
            },
            {
                "DataCatalogEncryptionSettings": {
                    "EncryptionAtRest": {"CatalogEncryptionMode": "DISABLED"},
                    "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": True, "KmsKeyId": KEY_ARN},
                }
            },
        ),
        Example(
            "AWS::Glue::MLTransform",
            {
                "TransformEncryption": {
                    "MLUserDataEncryption": {"MLUserDataEncryptionMode": "SSE-KMS", "KmsKeyId": KEY_ARN},
                    "TaskRunSecurityConfigurationName": "encrypted",
                }
            },
            {"TransformEncryption": {"MLUserDataEncryption": {"MLUserDataEncryptionMode": "DISABLED"}}},
        ),
        Example("AWS::Glue::DevEndpoint", {"SecurityConfiguration": "encrypted"}, {"NumberOfNodes": 2}),
        Example("AWS::Glue::Job", {"SecurityConfiguration": "encrypted"}, {"GlueVersion": "5.0"}),
        Example(
            "AWS::Glue::SecurityConfiguration",
            {
                "EncryptionConfiguration": {
                    "S3Encryptions": [{"S3EncryptionMode": "SSE-KMS", "KmsKeyArn": KEY_ARN}],
                    "CloudWatchEncryption": {"CloudWatchEncryptionMode": "SSE-KMS", "KmsKeyArn": KEY_ARN},
                    "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "CSE-KMS", "KmsKeyArn": KEY_ARN},
                }
            },
            {
                "EncryptionConfiguration": {
                    "S3Encryptions": [{"S3EncryptionMode": "SSE-KMS", "KmsKeyArn": KEY_ARN}],
                    "CloudWatchEncryption": {"CloudWatchEncryptionMode": "DISABLED"},
                    "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "CSE-KMS", "KmsKeyArn": KEY_ARN},
                }
            },
        ),
    ],
    "KeyRotated": [
        Example("AWS::KMS::Key", {"EnableKeyRotation": True}, {"EnableKeyRotation": False}),
    ],
    "SearchCollectionEncryptedWithCustomerKey": [
        Example(
            "AWS::OpenSearchServerless::Collection",
            {"Name": "notes", "EncryptionConfig": {"KmsKeyArn": KEY_ARN}},
            {"Name": "notes", "EncryptionConfig": {"AWSOwnedKey": True}},
        ),
    ],
    "StoreEncrypted": [
        Example("AWS::AppSync::ApiCache", {"AtRestEncryptionEnabled": True}, {"AtRestEncryptionEnabled": False}),
        Example(
            "AWS::CodeBuild::Project",
            {"Artifacts": {"Type": "S3", "EncryptionDisabled": False}},
            {"Artifacts": {"Type": "S3", "EncryptionDisabled": True}},
        ),
        Example(
            "AWS::CodeBuild::ReportGroup",
            {"ExportConfig": {"ExportConfigType": "S3", "S3Destination": {"EncryptionDisabled": False}}},
            {"ExportConfig": {"ExportConfigType": "S3", "S3Destination": {"EncryptionDisabled": True}}},
        ),
        Example(
            "AWS::DAX::Cluster", {"SSESpecification": {"SSEEnabled": True}}, {"SSESpecification": {"SSEEnabled": False}}
        ),
        Example("AWS::DRS::ReplicationConfigurationTemplate", {"EbsEncryption": "DEFAULT"}, {"EbsEncryption": "NONE"}),
        Example("AWS::EFS::FileSystem", {"Encrypted": True}, {"Encrypted": False}),
        Example(
            "AWS::ElastiCache::CacheCluster",
            Never("A single node of Redis or Valkey cannot be encrypted, and Memcached keeps nothing on disk."),
            {"Engine": "redis", "NumCacheNodes": 1},
        ),
        Example(
            "AWS::ElastiCache::ReplicationGroup",
            {"AtRestEncryptionEnabled": True},
            {"AtRestEncryptionEnabled": False},
        ),
        Example(
            "AWS::Elasticsearch::Domain",
            {"EncryptionAtRestOptions": {"Enabled": True}},
            {"EncryptionAtRestOptions": {"Enabled": False}},
        ),
        Example(
            "AWS::Kinesis::Stream",
            {"StreamEncryption": {"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"}},
            {"ShardCount": 1},
        ),
        Example(
            "AWS::KinesisFirehose::DeliveryStream",
            {"DeliveryStreamEncryptionConfigurationInput": {"KeyType": "AWS_OWNED_CMK"}},
            {"DeliveryStreamType": "DirectPut"},
        ),
        Example(
            "AWS::OpenSearchService::Domain",
            {"EncryptionAtRestOptions": {"Enabled": True}},
            {"EncryptionAtRestOptions": {"Enabled": False}},
        ),
        Example("AWS::Redshift::Cluster", {"Encrypted": True}, {"Encrypted": False}),
        Example("AWS::SNS::Topic", {"KmsMasterKeyId": "alias/aws/sns"}, {"TopicName": "alerts"}),
        Example("AWS::SQS::Queue", {"SqsManagedSseEnabled": True}, {"SqsManagedSseEnabled": False}),
        Example(
            "AWS::WorkSpaces::Workspace",
            {"RootVolumeEncryptionEnabled": True, "UserVolumeEncryptionEnabled": True},
            {"RootVolumeEncryptionEnabled": True, "UserVolumeEncryptionEnabled": False},
        ),
    ],
    "StoreEncryptedWithCustomerKey": [
        Example(
            "AWS::AmazonMQ::Broker",
            {"EncryptionOptions": {"UseAwsOwnedKey": False, "KmsKeyId": KEY_ARN}},
            {"EncryptionOptions": {"UseAwsOwnedKey": True}},
        ),
        Example("AWS::AppFlow::ConnectorProfile", {"KMSArn": KEY_ARN}, {"ConnectorType": "Salesforce"}),
        Example("AWS::AppFlow::Flow", {"KMSArn": KEY_ARN}, {"FlowName": "referrals"}),
        Example("AWS::Backup::BackupVault", {"EncryptionKeyArn": KEY_ARN}, {"BackupVaultName": "records"}),
        Example(
            "AWS::CodePipeline::Pipeline",
            {"ArtifactStore": {"Type": "S3", "Location": "builds", "EncryptionKey": {"Id": KEY_ARN, "Type": "KMS"}}},
            {"ArtifactStore": {"Type": "S3", "Location": "builds"}},
        ),
        Example(
            "AWS::Backup::LogicallyAirGappedBackupVault",
            {"EncryptionKeyArn": KEY_ARN},
            {"BackupVaultName": "records"},
        ),
        Example("AWS::Bedrock::Agent", {"CustomerEncryptionKeyArn": KEY_ARN}, {"AgentName": "triage"}),
        Example("AWS::BedrockAgentCore::Memory", {"EncryptionKeyArn": KEY_ARN}, {"Name": "triage"}),
        Example(
            "AWS::Cassandra::Table",
            {
                "EncryptionSpecification": {
                    "EncryptionType": "CUSTOMER_MANAGED_KMS_KEY",
                    "KmsKeyIdentifier": KEY_ARN,
                }
            },
            {"EncryptionSpecification": {"EncryptionType": "AWS_OWNED_KMS_KEY"}},
        ),
        Example("AWS::CloudTrail::EventDataStore", {"KmsKeyId": KEY_ARN}, {"MultiRegionEnabled": True}),
        Example("AWS::CloudTrail::Trail", {"KMSKeyId": KEY_ARN}, {"IsLogging": True}),
        Example("AWS::CodeBuild::Project", {"EncryptionKey": KEY_ARN}, {"EncryptionKey": "alias/aws/s3"}),
        Example(
            "AWS::Comprehend::DocumentClassifier",
            {"ModelKmsKeyId": KEY_ARN, "VolumeKmsKeyId": KEY_ARN},
            {"ModelKmsKeyId": KEY_ARN},
        ),
        Example(
            "AWS::Comprehend::EntityRecognizer",
            {"ModelKmsKeyId": KEY_ARN, "VolumeKmsKeyId": KEY_ARN},
            {"VolumeKmsKeyId": KEY_ARN},
        ),
        Example(
            "AWS::Connect::InstanceStorageConfig",
            {
                "ResourceType": "CALL_RECORDINGS",
                "StorageType": "S3",
                "S3Config": {
                    "BucketName": "calls",
                    "BucketPrefix": "recordings",
                    "EncryptionConfig": {"EncryptionType": "KMS", "KeyId": KEY_ARN},
                },
            },
            {
                "ResourceType": "CALL_RECORDINGS",
                "StorageType": "S3",
                "S3Config": {"BucketName": "calls", "BucketPrefix": "recordings"},
            },
        ),
        Example("AWS::CustomerProfiles::Domain", {"DefaultEncryptionKey": KEY_ARN}, {"DomainName": "patients"}),
        Example(
            "AWS::DMS::ReplicationConfig",
            {"ComputeConfig": {"MaxCapacityUnits": 2, "KmsKeyId": KEY_ARN}},
            {"ComputeConfig": {"MaxCapacityUnits": 2}},
        ),
        Example("AWS::DMS::ReplicationInstance", {"KmsKeyId": KEY_ARN}, {"KmsKeyId": "alias/aws/dms"}),
        Example("AWS::DSQL::Cluster", {"KmsEncryptionKey": KEY_ARN}, {"KmsEncryptionKey": "AWS_OWNED_KMS_KEY"}),
        Example("AWS::DocDBElastic::Cluster", {"KmsKeyId": KEY_ARN}, {"ClusterName": "records"}),
        Example(
            "AWS::DynamoDB::GlobalTable",
            {
                "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"},
                "Replicas": [{"Region": "us-east-1", "SSESpecification": {"KMSMasterKeyId": KEY_ARN}}],
            },
            {
                "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"},
                "Replicas": [
                    {"Region": "us-east-1", "SSESpecification": {"KMSMasterKeyId": KEY_ARN}},
                    {"Region": "us-west-2"},
                ],
            },
        ),
        Example(
            "AWS::DynamoDB::Table",
            {"SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY_ARN}},
            {"SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"}},
        ),
        Example(
            "AWS::ECR::Repository",
            {"EncryptionConfiguration": {"EncryptionType": "KMS", "KmsKey": KEY_ARN}},
            {"EncryptionConfiguration": {"EncryptionType": "AES256"}},
            fails_with={"Metadata": {METADATA_KEY: {"classification": "PHI"}}},
        ),
        Example(
            "AWS::EFS::FileSystem",
            {"Encrypted": True, "KmsKeyId": KEY_ARN},
            {"Encrypted": True, "KmsKeyId": "alias/aws/elasticfilesystem"},
        ),
        Example(
            "AWS::EKS::Cluster",
            {"EncryptionConfig": [{"Resources": ["secrets"], "Provider": {"KeyArn": KEY_ARN}}]},
            {"Version": "1.33"},
        ),
        Example(
            "AWS::ElastiCache::ReplicationGroup",
            {"AtRestEncryptionEnabled": True, "KmsKeyId": KEY_ARN},
            {"AtRestEncryptionEnabled": True},
        ),
        Example("AWS::ElastiCache::ServerlessCache", {"KmsKeyId": KEY_ARN}, {"Engine": "valkey"}),
        Example(
            "AWS::Elasticsearch::Domain",
            {"EncryptionAtRestOptions": {"Enabled": True, "KmsKeyId": KEY_ARN}},
            {"EncryptionAtRestOptions": {"Enabled": True}},
        ),
        Example("AWS::Events::Archive", {"KmsKeyIdentifier": KEY_ARN}, {"RetentionDays": 2192}),
        Example("AWS::Events::EventBus", {"KmsKeyIdentifier": KEY_ARN}, {"Description": "Admissions"}),
        Example("AWS::FSx::FileCache", {"KmsKeyId": KEY_ARN}, {"FileCacheType": "LUSTRE"}),
        Example("AWS::FSx::FileSystem", {"KmsKeyId": KEY_ARN}, {"KmsKeyId": "alias/aws/fsx"}),
        Example(
            "AWS::GuardDuty::PublishingDestination",
            {
                "DestinationType": "S3",
                "DestinationProperties": {"DestinationArn": "arn:aws:s3:::findings", "KmsKeyArn": KEY_ARN},
            },
            {"DestinationType": "S3", "DestinationProperties": {"DestinationArn": "arn:aws:s3:::findings"}},
        ),
        Example("AWS::HealthImaging::Datastore", {"KmsKeyArn": KEY_ARN}, {"DatastoreName": "scans"}),
        Example(
            "AWS::HealthLake::FHIRDatastore",
            {"SseConfiguration": {"KmsEncryptionConfig": {"CmkType": "CUSTOMER_MANAGED_KMS_KEY", "KmsKeyId": KEY_ARN}}},
            {"SseConfiguration": {"KmsEncryptionConfig": {"CmkType": "AWS_OWNED_KMS_KEY"}}},
        ),
        Example(
            "AWS::Kendra::Index",
            {"ServerSideEncryptionConfiguration": {"KmsKeyId": KEY_ARN}},
            {"Edition": "ENTERPRISE_EDITION"},
        ),
        Example(
            "AWS::Kinesis::Stream",
            {"StreamEncryption": {"EncryptionType": "KMS", "KeyId": KEY_ARN}},
            {"StreamEncryption": {"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"}},
        ),
        Example(
            "AWS::KinesisFirehose::DeliveryStream",
            {
                "DeliveryStreamEncryptionConfigurationInput": {
                    "KeyType": "CUSTOMER_MANAGED_CMK",
                    "KeyARN": KEY_ARN,
                }
            },
            {"DeliveryStreamEncryptionConfigurationInput": {"KeyType": "AWS_OWNED_CMK"}},
        ),
        Example("AWS::KinesisVideo::Stream", {"KmsKeyId": KEY_ARN}, {"DataRetentionInHours": 24}),
        Example(
            "AWS::Lambda::Function",
            {"Environment": {"Variables": {"Fn::Transform": {"Name": "Own"}}}, "KmsKeyArn": KEY_ARN},
            {"Environment": {"Variables": {"Fn::Transform": {"Name": "Own"}}}},
        ),
        Example("AWS::Logs::LogGroup", {"KmsKeyId": KEY_ARN}, {"RetentionInDays": 2192}),
        Example(
            "AWS::MSK::Cluster",
            {"EncryptionInfo": {"EncryptionAtRest": {"DataVolumeKMSKeyId": KEY_ARN}}},
            {"EncryptionInfo": {"EncryptionAtRest": {"DataVolumeKMSKeyId": "alias/aws/kafka"}}},
        ),
        Example("AWS::MWAA::Environment", {"KmsKey": KEY_ARN}, {"WebserverAccessMode": "PRIVATE_ONLY"}),
        Example("AWS::MemoryDB::Cluster", {"KmsKeyId": KEY_ARN}, {"NodeType": "db.r7g.large"}),
        Example("AWS::NeptuneGraph::Graph", {"KmsKeyIdentifier": KEY_ARN}, {"ProvisionedMemory": 16}),
        Example(
            "AWS::Omics::AnnotationStore", {"SseConfig": {"Type": "KMS", "KeyArn": KEY_ARN}}, {"StoreFormat": "VCF"}
        ),
        Example("AWS::Omics::ReferenceStore", {"SseConfig": {"Type": "KMS", "KeyArn": KEY_ARN}}, {"Name": "genomes"}),
        Example("AWS::Omics::SequenceStore", {"SseConfig": {"Type": "KMS", "KeyArn": KEY_ARN}}, {"Name": "reads"}),
        Example("AWS::Omics::VariantStore", {"SseConfig": {"Type": "KMS", "KeyArn": KEY_ARN}}, {"Name": "variants"}),
        Example(
            "AWS::OpenSearchService::Domain",
            {"EncryptionAtRestOptions": {"Enabled": True, "KmsKeyId": KEY_ARN}},
            {"EncryptionAtRestOptions": {"Enabled": True, "KmsKeyId": "alias/aws/es"}},
        ),
        Example("AWS::Personalize::DatasetGroup", {"KmsKeyArn": KEY_ARN}, {"Name": "visits"}),
        Example(
            "AWS::QBusiness::Application",
            {"EncryptionConfiguration": {"KmsKeyId": KEY_ARN}},
            {"DisplayName": "Policies"},
        ),
        Example("AWS::QLDB::Ledger", {"KmsKey": KEY_ARN}, {"KmsKey": "AWS_OWNED_KMS_KEY"}),
        Example(
            "AWS::Redshift::Cluster",
            {"Encrypted": True, "KmsKeyId": KEY_ARN},
            {"Encrypted": True, "KmsKeyId": "alias/aws/redshift"},
        ),
        Example("AWS::RedshiftServerless::Namespace", {"KmsKeyId": KEY_ARN}, {"KmsKeyId": "AWS_OWNED_KMS_KEY"}),
        Example("AWS::S3Files::FileSystem", {"KmsKeyId": KEY_ARN}, {"Bucket": "arn:aws:s3:::records"}),
        Example(
            "AWS::S3Tables::TableBucket",
            {"EncryptionConfiguration": {"SSEAlgorithm": "aws:kms", "KMSKeyArn": KEY_ARN}},
            {"EncryptionConfiguration": {"SSEAlgorithm": "AES256"}},
        ),
        Example(
            "AWS::S3Vectors::VectorBucket",
            {"EncryptionConfiguration": {"SseType": "aws:kms", "KmsKeyArn": KEY_ARN}},
            {"EncryptionConfiguration": {"SseType": "AES256"}},
        ),
        Example("AWS::SES::MailManagerArchive", {"KmsKeyArn": KEY_ARN}, {"ArchiveName": "letters"}),
        Example("AWS::SNS::Topic", {"KmsMasterKeyId": KEY_ARN}, {"KmsMasterKeyId": "alias/aws/sns"}),
        Example("AWS::SQS::Queue", {"KmsMasterKeyId": KEY_ARN}, {"SqsManagedSseEnabled": True}),
        Example("AWS::SageMaker::Domain", {"KmsKeyId": KEY_ARN}, {"AuthMode": "SSO"}),
        Example(
            "AWS::SageMaker::EndpointConfig",
            {
                "KmsKeyId": KEY_ARN,
                "ProductionVariants": [{"VariantName": "all", "ModelName": "risk", "InstanceType": "ml.m5.large"}],
            },
            {"ProductionVariants": [{"VariantName": "all", "ModelName": "risk", "InstanceType": "ml.m5.large"}]},
        ),
        Example(
            "AWS::SageMaker::FeatureGroup",
            {"OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": "s3://features", "KmsKeyId": KEY_ARN}}},
            {"OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": "s3://features"}}},
        ),
        Example("AWS::SageMaker::NotebookInstance", {"KmsKeyId": KEY_ARN}, {"InstanceType": "ml.t3.medium"}),
        Example(
            "AWS::SecretsManager::Secret",
            {"KmsKeyId": KEY_ARN},
            {"KmsKeyId": KEY_ARN, "ReplicaRegions": [{"Region": "us-west-2"}]},
        ),
        Example(
            "AWS::StepFunctions::Activity",
            {"EncryptionConfiguration": {"Type": "CUSTOMER_MANAGED_KMS_KEY", "KmsKeyId": KEY_ARN}},
            {"EncryptionConfiguration": {"Type": "AWS_OWNED_KEY"}},
        ),
        Example(
            "AWS::StepFunctions::StateMachine",
            {"EncryptionConfiguration": {"Type": "CUSTOMER_MANAGED_KMS_KEY", "KmsKeyId": KEY_ARN}},
            {"EncryptionConfiguration": {"Type": "AWS_OWNED_KEY"}},
        ),
        Example(
            "AWS::StorageGateway::NFSFileShare", {"KMSEncrypted": True, "KMSKey": KEY_ARN}, {"KMSEncrypted": False}
        ),
        Example(
            "AWS::StorageGateway::SMBFileShare", {"KMSEncrypted": True, "KMSKey": KEY_ARN}, {"KMSEncrypted": False}
        ),
        Example("AWS::Timestream::Database", {"KmsKeyId": KEY_ARN}, {"DatabaseName": "vitals"}),
        Example(
            "AWS::Cognito::UserPool",
            {"KeyConfiguration": {"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": KEY_ARN}},
            {"KeyConfiguration": {"KeyType": "AWS_OWNED_KEY"}},
        ),
        Example(
            "AWS::VoiceID::Domain",
            {"ServerSideEncryptionConfiguration": {"KmsKeyId": KEY_ARN}},
            {"ServerSideEncryptionConfiguration": {"KmsKeyId": "alias/aws/voiceid"}},
        ),
        Example(
            "AWS::Wisdom::Assistant",
            {"ServerSideEncryptionConfiguration": {"KmsKeyId": KEY_ARN}},
            {"Type": "AGENT"},
        ),
        Example(
            "AWS::Wisdom::KnowledgeBase",
            {"ServerSideEncryptionConfiguration": {"KmsKeyId": KEY_ARN}},
            {"KnowledgeBaseType": "CUSTOM"},
        ),
        Example(
            "AWS::WorkSpaces::Workspace",
            {"UserVolumeEncryptionEnabled": True, "VolumeEncryptionKey": KEY_ARN},
            {"UserVolumeEncryptionEnabled": True, "VolumeEncryptionKey": "alias/aws/workspaces"},
        ),
    ],
    "VolumeEncrypted": [
        Example("AWS::AutoScaling::LaunchConfiguration", _volume(Encrypted=True), _volume(Encrypted=False)),
        Example("AWS::EC2::Instance", _volume(Encrypted=True), _volume(Encrypted=False)),
        Example(
            "AWS::EC2::LaunchTemplate",
            {"LaunchTemplateData": _volume(Encrypted=True)},
            {"LaunchTemplateData": _volume(Encrypted=False)},
        ),
        Example("AWS::EC2::SpotFleet", _fleet(Encrypted=True), _fleet(Encrypted=False)),
        Example("AWS::EC2::Volume", {"Encrypted": True}, {"Encrypted": False}),
        Example("AWS::ECS::Service", _task_volume(Encrypted=True), _task_volume(Encrypted=False)),
        Example(
            "AWS::Batch::ComputeEnvironment",
            Never("what a launch template says is judged there"),
            {"Type": "MANAGED", "ComputeResources": {"Type": "EC2", "MaxvCpus": 4, "Subnets": ["subnet-1"]}},
        ),
        Example(
            "AWS::EKS::Nodegroup",
            Never("what a launch template says is judged there"),
            {"ClusterName": "records", "NodeRole": "arn:aws:iam::111122223333:role/nodes", "Subnets": ["subnet-1"]},
        ),
    ],
    "VolumeEncryptedWithCustomerKey": [
        Example("AWS::EC2::Instance", _volume(Encrypted=True, KmsKeyId=KEY_ARN), _volume(Encrypted=True)),
        Example(
            "AWS::EC2::LaunchTemplate",
            {"LaunchTemplateData": _volume(Encrypted=True, KmsKeyId=KEY_ARN)},
            {"LaunchTemplateData": _volume(Encrypted=True, KmsKeyId="alias/aws/ebs")},
        ),
        Example(
            "AWS::EC2::Volume",
            {"Encrypted": True, "KmsKeyId": KEY_ARN},
            {"Encrypted": True, "KmsKeyId": "alias/aws/ebs"},
        ),
        Example("AWS::ECS::Service", _task_volume(Encrypted=True, KmsKeyId=KEY_ARN), _task_volume(Encrypted=True)),
        Example("Custom::EbsEncryption", {"KmsKeyId": KEY_ARN}, {"KmsKeyId": "alias/aws/ebs"}),
    ],
}
