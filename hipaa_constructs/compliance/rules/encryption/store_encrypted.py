"""Stores whose encryption at rest is optional have it on.

Compliant: the property that turns encryption on says so, or its absence means so. Non-compliant: encryption is off,
by the property or by AWS's default. Not applicable: Memcached nodes, which keep nothing on disk, and delivery
streams that read from a Kinesis stream and are encrypted as that is. Stores that AWS always encrypts (S3, DynamoDB,
log groups and others) and those with rules of their own (databases, volumes) are not inspected here.

Some stand between the two: SNS stores messages on disks that it encrypts
(docs.aws.amazon.com/sns/latest/dg/sns-data-encryption.html) and S3 encrypts whatever a build puts there
(docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html), each by what is no key of KMS. Of these the
rule asks what StoreEncryptedWithCustomerKey asks: a warning, and nothing where there is no PHI; of topics by which AWS
tells of operation alone it is said once a template.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Ternary,
    as_text,
    is_one_of,
    is_present,
    is_true,
    negate,
    placed,
)
from hipaa_constructs.compliance.facts.aws_senders import with_senders
from hipaa_constructs.compliance.facts.encryption import (
    LET_SENDERS_USE_KEY,
    UNDER_KEY,
    UNDER_KEY_CDK,
    asks_for_own_key,
    cache_encrypted,
)
from hipaa_constructs.compliance.facts.operations import serves_operation_alone
from hipaa_constructs.compliance.facts.said_once import say_once
from hipaa_constructs.compliance.fix import CUSTOMER_KEY, Fix, fixes_of_types
from hipaa_constructs.compliance.rule import (
    NOT_APPLICABLE,
    PASSED,
    Rule,
    Verdict,
    failed,
    judge,
    shown,
    unknown,
    worst,
)

_GROUP, _QUEUE, _TOPIC = "AWS::ElastiCache::ReplicationGroup", "AWS::SQS::Queue", "AWS::SNS::Topic"

# Type: properties that must be true, with what their absence means.
_ON: Mapping[str, Mapping[str, bool]] = {
    "AWS::AppSync::ApiCache": {"AtRestEncryptionEnabled": False},
    "AWS::DAX::Cluster": {"SSESpecification.SSEEnabled": False},
    "AWS::EFS::FileSystem": {"Encrypted": False},
    _GROUP: {"AtRestEncryptionEnabled": False},
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
    _TOPIC: ("KmsMasterKeyId", ""),
}
_SO: Mapping[str, str] = {_TOPIC: "SNS's own encryption of its disks, and no key, protects messages"}
# Type: what to set. The key comes along where it can be named, or else the store would be under a key of AWS's.
_TO_SET: Mapping[str, Mapping[str, Any]] = {
    **{kind: dict.fromkeys(paths, True) for kind, paths in _ON.items()},
    **UNDER_KEY,
    "AWS::CodeBuild::Project": {
        "Artifacts.EncryptionDisabled": False,
        "SecondaryArtifacts[].EncryptionDisabled": False,
        "?LogsConfig.S3Logs.EncryptionDisabled": False,
    },
    "AWS::CodeBuild::ReportGroup": {
        "ExportConfig.S3Destination.EncryptionDisabled": False,
        "ExportConfig.S3Destination.EncryptionKey": CUSTOMER_KEY,
    },
    "AWS::DRS::ReplicationConfigurationTemplate": {"EbsEncryption": "CUSTOM", "EbsEncryptionKeyArn": CUSTOMER_KEY},
}
_CDK: Mapping[str, str] = {
    "AWS::CodeBuild::Project": "codebuild.Project(artifacts=codebuild.Artifacts.s3(bucket=<a bucket>, "
    "encryption=True), logging=codebuild.LoggingOptions(s3=codebuild.S3LoggingOptions(bucket=<a bucket>, "
    "encrypted=True)))",
    "AWS::CodeBuild::ReportGroup": "codebuild.ReportGroup(export_bucket=<a bucket with a customer key>)",
}
# What takes it at creation alone, and holds data that is nowhere else; a cache of DAX or AppSync fills itself anew.
_ANEW: Mapping[str, str] = {
    # docs.aws.amazon.com/efs/latest/ug/encryption-at-rest.html
    "AWS::EFS::FileSystem": "CloudFormation replaces a file system that exists by an empty one for this and deletes "
    "it: deploy UpdateReplacePolicy: Retain first, and copy the files with AWS DataSync or restore a backup.",
    # docs.aws.amazon.com/AmazonElastiCache/latest/dg/at-rest-encryption.html
    _GROUP: "CloudFormation replaces a group that exists by an empty one for this and deletes it: deploy "
    "UpdateReplacePolicy: Retain first where it is more than a cache, and name a snapshot of it in SnapshotName.",
}


def check(resource: Resource) -> Verdict:
    if resource.type == _QUEUE:
        return _queue(resource)
    if resource.type == "AWS::ElastiCache::CacheCluster":
        return _cache_node(resource)
    if resource.type == "AWS::KinesisFirehose::DeliveryStream":
        direct = is_one_of(resource.get("DeliveryStreamType", "DirectPut"), "DirectPut")
        if direct is Ternary.UNKNOWN:
            return unknown("DeliveryStreamType is known only at deployment.")
        if direct is Ternary.NO:
            return NOT_APPLICABLE
    if resource.type == _GROUP:
        return judge(
            cache_encrypted(resource), "AtRestEncryptionEnabled is not true, so data is not encrypted at rest."
        )
    if resource.type in _ON:
        return worst(
            judge(is_true(resource.get(path, default)), f"{path} is not true, so data is not encrypted at rest.")
            for path, default in _ON[resource.type].items()
        )
    if resource.type in _NOT_OFF:
        return asks_for_own_key(resource, worst(_not_off(resource, path) for path in _NOT_OFF[resource.type]))
    if resource.type == _TOPIC:
        if serves_operation_alone(resource):
            return say_once(resource, _topic_of_operation, (_TOPIC,))
        return asks_for_own_key(resource, _there(resource))
    return _there(resource)


def _topic_of_operation(topic: Resource) -> Verdict:
    return asks_for_own_key(topic, _there(topic)) if serves_operation_alone(topic) else NOT_APPLICABLE


def _there(resource: Resource) -> Verdict:
    path, off = _THERE[resource.type]
    value = resource.get(path)
    if value is UNKNOWN:
        return unknown(f"{path} is known only at deployment.")
    is_off = value is None or is_one_of(value, off) is Ternary.YES
    so = _SO.get(resource.type, "data is not encrypted at rest")
    return judge(not is_off, f"{path} is {shown(value)}, so {so}.")


def _not_off(resource: Resource, path: str) -> Verdict:
    return worst(
        (
            PASSED,
            *(
                judge(
                    negate(is_true(value)),
                    f"{place} is true, so only what its bucket does by itself encrypts what is written.",
                    unknown_message=f"{place} is known only at deployment.",
                )
                for place, value in placed(resource.properties, path)
            ),
        )
    )


def _queue(resource: Resource) -> Verdict:
    named = is_present(resource.get("KmsMasterKeyId"))
    if named is not Ternary.NO:
        return judge(named, "", unknown_message="KmsMasterKeyId is not known.")
    # Absent means SSE-SQS, with keys that SQS owns.
    managed = is_true(resource.get("SqsManagedSseEnabled", True))
    return judge(managed, "SqsManagedSseEnabled is false and no key is named, so messages are not encrypted at rest.")


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
    resource_types=tuple(sorted({*_ON, *_NOT_OFF, *_THERE, "AWS::ElastiCache::CacheCluster", _QUEUE})),
    controls=("164.312(a)(2)(iv)",),
    fix="Turn encryption at rest on, under a customer key where the service takes one.",
    fixes=(
        with_senders(Fix((_TOPIC,), UNDER_KEY[_TOPIC], cdk=(UNDER_KEY_CDK[_TOPIC],), constructs=("AlertTopic",))),
        with_senders(Fix((_QUEUE,), UNDER_KEY[_QUEUE], cdk=(UNDER_KEY_CDK[_QUEUE],), constructs=("EncryptedQueue",))),
        *(
            replace(fix, beside=_ANEW.get(fix.resource_types[0], fix.beside))
            for fix in fixes_of_types(
                {kind: to_set for kind, to_set in _TO_SET.items() if kind not in LET_SENDERS_USE_KEY},
                cdk={**UNDER_KEY_CDK, **_CDK},
            )
        ),
        Fix(
            ("AWS::ElastiCache::CacheCluster",),
            beside="Write an AWS::ElastiCache::ReplicationGroup with AtRestEncryptionEnabled: true and KmsKeyId, or an "
            "AWS::ElastiCache::ServerlessCache with KmsKeyId, in its place.",
        ),
    ),
    check=check,
)
