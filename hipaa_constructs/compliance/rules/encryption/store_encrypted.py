"""Stores whose encryption at rest can be off have it on.

Compliant: the property that turns encryption on says so, or its absence means so. Non-compliant: encryption is off,
by the property or by AWS's default. Not applicable: Memcached nodes, which keep nothing on disk, and delivery
streams that read from a Kinesis stream and are encrypted as that is. Stores that AWS always encrypts (S3, DynamoDB,
log groups and others) and those with rules of their own (databases, volumes) are not inspected here.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, as_bool, as_text, spread
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, judge, shown, unknown, worst

# Type: properties that must be true, with what their absence means.
_ON: Mapping[str, Mapping[str, bool]] = {
    "AWS::AppSync::ApiCache": {"AtRestEncryptionEnabled": False},
    "AWS::DAX::Cluster": {"SSESpecification.SSEEnabled": False},
    "AWS::EFS::FileSystem": {"Encrypted": False},
    "AWS::ElastiCache::ReplicationGroup": {"AtRestEncryptionEnabled": False},
    "AWS::Elasticsearch::Domain": {"EncryptionAtRestOptions.Enabled": False},
    "AWS::OpenSearchService::Domain": {"EncryptionAtRestOptions.Enabled": False},
    # True for every cluster that is created since January 2025, says the property's own reference.
    "AWS::Redshift::Cluster": {"Encrypted": True},
    "AWS::WorkSpaces::Workspace": {"RootVolumeEncryptionEnabled": False, "UserVolumeEncryptionEnabled": False},
}
# Type: properties that must not be true.
_NOT_OFF: Mapping[str, tuple[str, ...]] = {
    "AWS::CodeBuild::Project": (
        "Artifacts.EncryptionDisabled",
        "SecondaryArtifacts[].EncryptionDisabled",
        "LogsConfig.S3Logs.EncryptionDisabled",
    ),
    "AWS::CodeBuild::ReportGroup": ("ExportConfig.S3Destination.EncryptionDisabled",),
}
# Type: a property that must be there, and the value that would turn it off.
_THERE: Mapping[str, tuple[str, str]] = {
    "AWS::DRS::ReplicationConfigurationTemplate": ("EbsEncryption", "NONE"),
    "AWS::Kinesis::Stream": ("StreamEncryption.EncryptionType", "NONE"),
    "AWS::KinesisFirehose::DeliveryStream": ("DeliveryStreamEncryptionConfigurationInput.KeyType", ""),
    "AWS::SNS::Topic": ("KmsMasterKeyId", ""),
}


def check(resource: Resource) -> Verdict:
    if resource.type == "AWS::SQS::Queue":
        return _queue(resource)
    if resource.type == "AWS::ElastiCache::CacheCluster":
        return _cache_node(resource)
    if resource.type == "AWS::KinesisFirehose::DeliveryStream":
        source = as_text(resource.get("DeliveryStreamType", "DirectPut"))
        if source != "DirectPut":
            return unknown("DeliveryStreamType is known only at deployment.") if source is UNKNOWN else NOT_APPLICABLE
    if resource.type in _ON:
        return worst(
            judge(as_bool(resource.get(path, default)), f"{path} is not true, so that data lies in clear.")
            for path, default in _ON[resource.type].items()
        )
    if resource.type in _NOT_OFF:
        return worst(_not_off(resource, path) for path in _NOT_OFF[resource.type])
    path, off = _THERE[resource.type]
    value = resource.get(path)
    if value is UNKNOWN:
        return unknown(f"{path} is known only at deployment.")
    return failed(f"{path} is {shown(value)}, so that data lies in clear.") if value in (None, off) else PASSED


def _not_off(resource: Resource, path: str) -> Verdict:
    off = [as_bool(value) for value in spread(resource.properties, path)]
    if any(value is True for value in off):
        return failed(f"{path} is true, so that data lies in clear.")
    return unknown(f"{path} is known only at deployment.") if any(value is UNKNOWN for value in off) else PASSED


def _queue(resource: Resource) -> Verdict:
    if resource.get("KmsMasterKeyId", "") != "":
        return PASSED if resource.get("KmsMasterKeyId") is not UNKNOWN else unknown("KmsMasterKeyId is not known.")
    # Absent means SSE-SQS, an encryption with keys of SQS's own.
    managed = as_bool(resource.get("SqsManagedSseEnabled", True))
    return judge(managed, "SqsManagedSseEnabled is false and no KMS key is named, so that messages lie in clear.")


def _cache_node(resource: Resource) -> Verdict:
    engine = as_text(resource.get("Engine"))
    if engine is UNKNOWN:
        return unknown("Engine is known only at deployment.")
    if str(engine).lower() == "memcached":
        return NOT_APPLICABLE
    return failed(f"A single {engine} node cannot be encrypted at rest.")


RULE = Rule(
    name="StoreEncrypted",
    severity="error",
    resource_types=tuple(sorted({*_ON, *_NOT_OFF, *_THERE, "AWS::ElastiCache::CacheCluster", "AWS::SQS::Queue"})),
    controls=("164.312(a)(2)(iv)",),
    fix="Turn encryption at rest on and name a customer key, such as KmsRotatedKey(...).key: encrypted=True, "
    "encryption_key=…, encryption_at_rest=…; for Redis or Valkey, a replication group or a serverless cache.",
    check=check,
)
