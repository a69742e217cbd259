from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do, verdict


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
        ("AWS::ElastiCache::ReplicationGroup", {"Engine": "Valkey"}, "passed"),
        ("AWS::ElastiCache::ReplicationGroup", {"Engine": "valkey", "AtRestEncryptionEnabled": False}, "failed"),
        ("AWS::ElastiCache::ReplicationGroup", {"Engine": "redis"}, "failed"),
        ("AWS::ElastiCache::ReplicationGroup", {"Engine": GIVEN}, "unknown"),
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


TOPIC = one("AWS::SNS::Topic")
ALARM = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmActions": [{"Ref": "Subject"}]}}


def test_a_topic_without_a_key_is_on_disks_that_sns_encrypts() -> None:
    found = verdict("store_encrypted", TOPIC)
    assert found is not None
    assert (found.outcome.value, found.severity) == ("failed", "warning")
    assert found.message == (
        "KmsMasterKeyId is absent, so SNS's own encryption of its disks, and no key, protects messages."
    )


def test_what_has_no_phi_needs_no_key_beside_that() -> None:
    tags = [{"Key": "hipaa:data-classification", "Value": "NO_PHI"}]
    assert judged("store_encrypted", one("AWS::SNS::Topic", Tags=tags)) == "not_applicable"
    assert judged("store_encrypted", one("AWS::Kinesis::Stream", Tags=tags)) == "failed"


def test_topics_of_alarms_alone_are_a_warning_said_once() -> None:
    second = {"Type": "AWS::SNS::Topic", "Properties": {}}
    alarm = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"OKActions": [{"Ref": "Second"}]}}
    found = verdict("store_encrypted", {**TOPIC, "Alarm": ALARM, "Second": second, "Other": alarm})
    assert found is not None
    assert (found.outcome.value, found.severity) == ("failed", "warning")
    assert found.message.endswith("The same is so of Second.")


def test_what_a_build_writes_unencrypted_is_encrypted_by_its_bucket() -> None:
    found = verdict("store_encrypted", one("AWS::CodeBuild::Project", Artifacts={"EncryptionDisabled": True}))
    assert found is not None
    assert found.severity == "warning"
    assert "only what its bucket does by itself" in found.message


REFUSED = {"Type": "CODEPIPELINE", "EncryptionDisabled": True}
IN_S3 = {"Type": "S3", "EncryptionDisabled": True}
LOGS = {"S3Logs": {"Status": "ENABLED", "EncryptionDisabled": True}}


@pytest.mark.parametrize(
    ("project", "message", "sets"),
    [
        (
            {"Artifacts": REFUSED},
            "Artifacts.EncryptionDisabled is true, which CodeBuild refuses of artifacts that are not of Type S3.",
            "Leave EncryptionDisabled out of Artifacts, which CodeBuild takes of Type S3 alone.",
        ),
        (
            {"Artifacts": IN_S3},
            "Artifacts.EncryptionDisabled is true, so only what its bucket does by itself encrypts what is written.",
            "Set Artifacts.EncryptionDisabled: false.",
        ),
        (
            {"Artifacts": {"Type": "NO_ARTIFACTS"}, "LogsConfig": LOGS},
            "LogsConfig.S3Logs.EncryptionDisabled is true, so only what its bucket does by itself encrypts what is "
            "written.",
            "Set LogsConfig.S3Logs.EncryptionDisabled: false.",
        ),
        (
            {"Artifacts": {"Type": "S3"}, "SecondaryArtifacts": [IN_S3]},
            "SecondaryArtifacts.EncryptionDisabled is true, so only what its bucket does by itself encrypts what is "
            "written.",
            "Set Artifacts.EncryptionDisabled: false and SecondaryArtifacts[].EncryptionDisabled: false.",
        ),
    ],
)
def test_what_a_build_writes(project: dict[str, Any], message: str, sets: str) -> None:
    resources = one("AWS::CodeBuild::Project", **project)
    found = verdict("store_encrypted", resources)
    assert found is not None
    assert (found.outcome.value, found.severity, found.message) == ("failed", "warning", message)
    assert to_do("store_encrypted", resources).startswith(sets)


@pytest.mark.parametrize(
    ("kind", "anew"),
    [
        ("AWS::EFS::FileSystem", True),
        ("AWS::ElastiCache::ReplicationGroup", True),
        ("AWS::OpenSearchService::Domain", False),
        ("AWS::Kinesis::Stream", False),
    ],
)
def test_the_fix_says_what_is_replaced_and_so_deleted(kind: str, anew: bool) -> None:
    assert ("UpdateReplacePolicy: Retain first" in to_do("store_encrypted", one(kind))) is anew


def test_aws_config_tells_an_encrypted_topic_by_eventbridge_alone() -> None:
    channel = {"Type": "AWS::Config::DeliveryChannel", "Properties": {"SnsTopicARN": {"Ref": "Subject"}}}
    topic = one("AWS::SNS::Topic", TopicName="records")
    for in_cdk in (False, True):
        said = to_do("store_encrypted", {**topic, "Channel": channel}, in_cdk=in_cdk)
        assert "AWS Config publishes to no encrypted topic: Channel leaves SnsTopicARN out" in said
        assert "AWS Config" not in to_do("store_encrypted", topic, in_cdk=in_cdk)
