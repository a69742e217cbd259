"""What a service refuses to delete, and what CloudFormation does not replace by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, is_present, is_true
from hipaa_constructs.compliance.facts.databases import in_cluster
from hipaa_constructs.compliance.facts.settings import Setting, Table, one_of
from hipaa_constructs.compliance.rule import Outcome

# What turns a store's protection from deletion on, by type.
PROTECTED: Final[Table] = {
    "AWS::Cognito::UserPool": Setting("DeletionProtection", one_of("ACTIVE"), default="INACTIVE", value="ACTIVE"),
    "AWS::DSQL::Cluster": Setting("DeletionProtectionEnabled", is_true, default=False),
    "AWS::DocDB::DBCluster": Setting("DeletionProtection", is_true, default=False),
    "AWS::DynamoDB::GlobalTable": Setting("Replicas[].DeletionProtectionEnabled", is_true, default=False),
    "AWS::DynamoDB::Table": Setting("DeletionProtectionEnabled", is_true, default=False),
    "AWS::Neptune::DBCluster": Setting("DeletionProtection", is_true, default=False),
    "AWS::NeptuneGraph::Graph": Setting("DeletionProtection", is_true),
    "AWS::RDS::DBCluster": Setting("DeletionProtection", is_true, default=False),
    "AWS::RDS::DBInstance": Setting("DeletionProtection", is_true, default=False, unless=in_cluster),
    "AWS::RDS::GlobalCluster": Setting("DeletionProtection", is_true, default=False),
}
# Type: the name that its author may give, and that no two of an account, a cluster or a service have. CloudFormation
# makes the new one before it deletes the old one, so that it refuses any replacement but that by a change of this name:
# docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html.
NAMED: Final[Mapping[str, str]] = {
    "AWS::AmazonMQ::Broker": "BrokerName",
    "AWS::AppFlow::Flow": "FlowName",
    "AWS::AutoScaling::AutoScalingGroup": "AutoScalingGroupName",
    "AWS::AutoScaling::LaunchConfiguration": "LaunchConfigurationName",
    "AWS::Backup::BackupVault": "BackupVaultName",
    "AWS::Backup::LogicallyAirGappedBackupVault": "BackupVaultName",
    "AWS::Batch::ComputeEnvironment": "ComputeEnvironmentName",
    "AWS::BedrockAgentCore::Memory": "Name",
    "AWS::Comprehend::DocumentClassifier": "DocumentClassifierName",
    "AWS::Comprehend::EntityRecognizer": "RecognizerName",
    "AWS::DAX::Cluster": "ClusterName",
    "AWS::DocDB::DBCluster": "DBClusterIdentifier",
    "AWS::DocDB::GlobalCluster": "GlobalClusterIdentifier",
    "AWS::DocDBElastic::Cluster": "ClusterName",
    "AWS::DynamoDB::GlobalTable": "TableName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::ECR::Repository": "RepositoryName",
    "AWS::EKS::Cluster": "Name",
    "AWS::EKS::FargateProfile": "FargateProfileName",
    "AWS::EKS::Nodegroup": "NodegroupName",
    "AWS::EMR::SecurityConfiguration": "Name",
    "AWS::ElastiCache::ReplicationGroup": "ReplicationGroupId",
    "AWS::ElastiCache::ServerlessCache": "ServerlessCacheName",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "Name",
    "AWS::Elasticsearch::Domain": "DomainName",
    "AWS::KafkaConnect::Connector": "ConnectorName",
    "AWS::Kinesis::Stream": "Name",
    "AWS::KinesisVideo::Stream": "Name",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::MSK::Cluster": "ClusterName",
    "AWS::MSK::ServerlessCluster": "ClusterName",
    "AWS::MWAA::Environment": "Name",
    "AWS::MemoryDB::Cluster": "ClusterName",
    "AWS::MemoryDB::MultiRegionCluster": "MultiRegionClusterNameSuffix",
    "AWS::Neptune::DBCluster": "DBClusterIdentifier",
    "AWS::Neptune::DBInstance": "DBInstanceIdentifier",
    "AWS::Neptune::GlobalCluster": "GlobalClusterIdentifier",
    "AWS::NeptuneGraph::Graph": "GraphName",
    "AWS::Omics::AnnotationStore": "Name",
    "AWS::Omics::VariantStore": "Name",
    "AWS::OpenSearchServerless::Collection": "Name",
    "AWS::OpenSearchService::Domain": "DomainName",
    "AWS::Personalize::DatasetGroup": "Name",
    "AWS::RDS::DBCluster": "DBClusterIdentifier",
    "AWS::RDS::DBInstance": "DBInstanceIdentifier",
    "AWS::RDS::DBProxy": "DBProxyName",
    "AWS::RDS::GlobalCluster": "GlobalClusterIdentifier",
    "AWS::Redshift::Cluster": "ClusterIdentifier",
    "AWS::RedshiftServerless::Namespace": "NamespaceName",
    "AWS::Rekognition::Collection": "CollectionId",
    "AWS::S3::Bucket": "BucketName",
    "AWS::S3::MultiRegionAccessPoint": "Name",
    "AWS::S3Vectors::VectorBucket": "VectorBucketName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SSM::Document": "Name",
    "AWS::SageMaker::DataQualityJobDefinition": "JobDefinitionName",
    "AWS::SageMaker::EndpointConfig": "EndpointConfigName",
    "AWS::SageMaker::FeatureGroup": "FeatureGroupName",
    "AWS::SageMaker::Model": "ModelName",
    "AWS::SageMaker::ModelBiasJobDefinition": "JobDefinitionName",
    "AWS::SageMaker::ModelExplainabilityJobDefinition": "JobDefinitionName",
    "AWS::SageMaker::ModelQualityJobDefinition": "JobDefinitionName",
    "AWS::SageMaker::NotebookInstance": "NotebookInstanceName",
    "AWS::SageMaker::ProcessingJob": "ProcessingJobName",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::StepFunctions::Activity": "Name",
    "AWS::Timestream::InfluxDBInstance": "Name",
    "AWS::VpcLattice::Listener": "Name",
    "AWS::VpcLattice::TargetGroup": "Name",
}


def protection_of(resource: Resource) -> str:
    """Return the property by which a service certainly refuses to delete a resource; empty where none does."""
    setting = PROTECTED.get(resource.type)
    protected = setting is not None and setting.judge(resource).outcome is Outcome.PASSED
    return setting.path.rpartition(".")[2] if setting is not None and protected else ""


def fixed_name(resource: Resource) -> str:
    """Return the property that certainly gives a resource a name of its author's; empty where there is none."""
    path = NAMED.get(resource.type, "")
    return path if path and is_present(resource.get(path)) is Ternary.YES else ""
