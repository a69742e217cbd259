from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("AWS::AppSync::ApiCache", {"AtRestEncryptionEnabled": True}, "passed"),
        ("AWS::AppSync::ApiCache", {"AtRestEncryptionEnabled": "true"}, "passed"),
        ("AWS::AppSync::ApiCache", {"AtRestEncryptionEnabled": False}, "failed"),
        ("AWS::AppSync::ApiCache", {}, "failed"),
        ("AWS::AppSync::ApiCache", {"AtRestEncryptionEnabled": GIVEN}, "unknown"),
        ("AWS::EFS::FileSystem", {"Encrypted": True}, "passed"),
        ("AWS::EFS::FileSystem", {"Encrypted": "true"}, "passed"),
        ("AWS::EFS::FileSystem", {"Encrypted": False}, "failed"),
        ("AWS::EFS::FileSystem", {}, "failed"),
        ("AWS::EFS::FileSystem", {"Encrypted": GIVEN}, "unknown"),
        ("AWS::ElastiCache::ReplicationGroup", {"AtRestEncryptionEnabled": True}, "passed"),
        ("AWS::ElastiCache::ReplicationGroup", {"AtRestEncryptionEnabled": "true"}, "passed"),
        ("AWS::ElastiCache::ReplicationGroup", {"AtRestEncryptionEnabled": False}, "failed"),
        ("AWS::ElastiCache::ReplicationGroup", {}, "failed"),
        ("AWS::ElastiCache::ReplicationGroup", {"AtRestEncryptionEnabled": GIVEN}, "unknown"),
        ("AWS::Elasticsearch::Domain", {"EncryptionAtRestOptions": {"Enabled": True}}, "passed"),
        ("AWS::Elasticsearch::Domain", {"EncryptionAtRestOptions": {"Enabled": "false"}}, "failed"),
        ("AWS::Elasticsearch::Domain", {}, "failed"),
        ("AWS::OpenSearchService::Domain", {"EncryptionAtRestOptions": {"Enabled": True}}, "passed"),
        ("AWS::OpenSearchService::Domain", {"EncryptionAtRestOptions": {"Enabled": "false"}}, "failed"),
        ("AWS::OpenSearchService::Domain", {}, "failed"),
        ("AWS::DAX::Cluster", {"SSESpecification": {"SSEEnabled": True}}, "passed"),
        ("AWS::DAX::Cluster", {}, "failed"),
        ("AWS::Redshift::Cluster", {}, "passed"),
        ("AWS::Redshift::Cluster", {"Encrypted": False}, "failed"),
        (
            "AWS::WorkSpaces::Workspace",
            {"RootVolumeEncryptionEnabled": True, "UserVolumeEncryptionEnabled": True},
            "passed",
        ),
        ("AWS::WorkSpaces::Workspace", {"RootVolumeEncryptionEnabled": True}, "failed"),
        ("AWS::CodeBuild::Project", {"Artifacts": {"Type": "S3"}}, "passed"),
        ("AWS::CodeBuild::Project", {"Artifacts": {"EncryptionDisabled": True}}, "failed"),
        ("AWS::CodeBuild::Project", {"SecondaryArtifacts": [{"EncryptionDisabled": "true"}]}, "failed"),
        ("AWS::CodeBuild::Project", {"Artifacts": {"EncryptionDisabled": GIVEN}}, "unknown"),
        ("AWS::CodeBuild::ReportGroup", {"ExportConfig": {"S3Destination": {"EncryptionDisabled": True}}}, "failed"),
        ("AWS::DRS::ReplicationConfigurationTemplate", {"EbsEncryption": "DEFAULT"}, "passed"),
        ("AWS::DRS::ReplicationConfigurationTemplate", {"EbsEncryption": "NONE"}, "failed"),
        (
            "AWS::Kinesis::Stream",
            {"StreamEncryption": {"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"}},
            "passed",
        ),
        ("AWS::Kinesis::Stream", {}, "failed"),
        ("AWS::Kinesis::Stream", {"StreamEncryption": GIVEN}, "unknown"),
        (
            "AWS::KinesisFirehose::DeliveryStream",
            {"DeliveryStreamEncryptionConfigurationInput": {"KeyType": "AWS_OWNED_CMK"}},
            "passed",
        ),
        ("AWS::KinesisFirehose::DeliveryStream", {}, "failed"),
        ("AWS::KinesisFirehose::DeliveryStream", {"DeliveryStreamType": "KinesisStreamAsSource"}, "not_applicable"),
        ("AWS::KinesisFirehose::DeliveryStream", {"DeliveryStreamType": GIVEN}, "unknown"),
        ("AWS::SNS::Topic", {"KmsMasterKeyId": "alias/aws/sns"}, "passed"),
        ("AWS::SNS::Topic", {}, "failed"),
        ("AWS::SNS::Topic", {"KmsMasterKeyId": ""}, "failed"),
        ("AWS::SNS::Topic", {"KmsMasterKeyId": GIVEN}, "unknown"),
        ("AWS::SQS::Queue", {}, "passed"),
        ("AWS::SQS::Queue", {"SqsManagedSseEnabled": False}, "failed"),
        ("AWS::SQS::Queue", {"SqsManagedSseEnabled": False, "KmsMasterKeyId": "alias/own"}, "passed"),
        ("AWS::SQS::Queue", {"KmsMasterKeyId": GIVEN}, "unknown"),
        ("AWS::SQS::Queue", {"SqsManagedSseEnabled": GIVEN}, "unknown"),
        ("AWS::ElastiCache::CacheCluster", {"Engine": "redis"}, "failed"),
        ("AWS::ElastiCache::CacheCluster", {"Engine": "memcached"}, "not_applicable"),
        ("AWS::ElastiCache::CacheCluster", {"Engine": GIVEN}, "unknown"),
        ("AWS::DynamoDB::Table", {}, "not_inspected"),
        ("AWS::S3::Bucket", {}, "not_inspected"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("store_encrypted", one(kind, **properties)) == expected
