"""What rules about encryption at rest share: whose key it is, and which volumes a resource defines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Fields,
    Reference,
    Resolved,
    Ternary,
    Text,
    is_mapping,
    is_one_of,
    is_present,
    is_true,
    spread,
)
from hipaa_constructs.compliance.classification import DataClassification, classification_of
from hipaa_constructs.compliance.fix import CUSTOMER_KEY, Fix, fixes_of_types
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Verdict, failed, judge, unknown, weaker, worst

_KEY_TYPES = ("AWS::KMS::Key", "AWS::KMS::ReplicaKey", "AWS::KMS::Alias")
_OF_AWS = re.compile(r"(.*[:/])?aws/[\w-]+|aws_(owned|managed)\w*", re.IGNORECASE)


def customer_key(value: Resolved | None) -> Ternary:
    """Whether a property names a customer key.

    A key that is named by its id or ARN counts as the customer's: the keys that AWS manages go by their aliases,
    ``alias/aws/…``.
    """
    if is_present(value) is Ternary.NO:
        return Ternary.NO
    if isinstance(value, Reference):
        return Ternary.YES if value.resource.type in _KEY_TYPES else Ternary.UNKNOWN
    if isinstance(value, Text):
        if any(reference.resource.type in _KEY_TYPES for reference in value.references):
            return Ternary.YES
        if not re.search(r"key/|alias/", value):
            return Ternary.UNKNOWN
    if not isinstance(value, str) or "{{resolve:" in value:
        return Ternary.UNKNOWN
    return Ternary.of(_OF_AWS.fullmatch(value) is None)


def judge_keys(keys: Iterable[tuple[str, Resolved | None]]) -> Verdict:
    """Judge that each of the named properties holds a customer key."""
    return worst(_judge_key(path, value) for path, value in keys)


def _judge_key(path: str, value: Resolved | None) -> Verdict:
    if is_present(value) is Ternary.NO:
        return failed(f"{path} names no key, so an AWS key encrypts it.")
    return judge(
        customer_key(value),
        f"{path} is {value}, an AWS key.",
        unknown_message=f"{path} is known only at deployment.",
    )


def asks_for_own_key(resource: Resource, verdict: Verdict) -> Verdict:
    """Return a verdict that asks for a key where AWS encrypts by one of its own.

    It weighs no more than a warning, as where a key of AWS's is named, and what holds no PHI needs none.
    """
    return NOT_APPLICABLE if classification_of(resource) is DataClassification.NO_PHI else weaker(verdict)


def cache_encrypted(group: Resource) -> Ternary:
    """Whether a replication group is encrypted at rest: Valkey is by itself, and Redis OSS is not.

    docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
    """
    written = group.get("AtRestEncryptionEnabled")
    if is_present(written) is not Ternary.NO:
        return is_true(written)
    return is_one_of(group.get("Engine", "redis"), "valkey", any_case=True)


# Who sends to a queue or a topic uses its key; EventBridge states no source there:
# docs.aws.amazon.com/sns/latest/dg/sns-key-management.html,
# docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html.
LET_SENDERS_USE_KEY: Mapping[str, str] = {
    kind: f"The key's KeyPolicy lets services that send there use it, or what they tell is lost: it allows {services} "
    "kms:Decrypt and kms:GenerateDataKey*, by the Condition {StringEquals: {aws:SourceAccount: ${AWS::AccountId}}}, "
    "and events.amazonaws.com for rules of EventBridge and what they could not deliver, without that Condition. "
    f"Roles of the app that {calls} may do the same with the key."
    for kind, services, calls in (
        (
            "AWS::SNS::Topic",
            "cloudwatch.amazonaws.com for alarms and s3.amazonaws.com for notices of buckets",
            "publish",
        ),
        ("AWS::SQS::Queue", "sns.amazonaws.com for topics and s3.amazonaws.com for notices of buckets", "send or read"),
    )
}


# Stores whose encryption is optional, or AWS's own: what to set so that a customer key encrypts them, by type.
UNDER_KEY: Mapping[str, Mapping[str, Any]] = {
    "AWS::EFS::FileSystem": {"Encrypted": True, "KmsKeyId": CUSTOMER_KEY},
    "AWS::ElastiCache::ReplicationGroup": {"AtRestEncryptionEnabled": True, "KmsKeyId": CUSTOMER_KEY},
    "AWS::Elasticsearch::Domain": {"EncryptionAtRestOptions": {"Enabled": True, "KmsKeyId": CUSTOMER_KEY}},
    "AWS::Kinesis::Stream": {"StreamEncryption": {"EncryptionType": "KMS", "KeyId": CUSTOMER_KEY}},
    "AWS::KinesisFirehose::DeliveryStream": {
        "DeliveryStreamEncryptionConfigurationInput": {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": CUSTOMER_KEY}
    },
    "AWS::OpenSearchService::Domain": {"EncryptionAtRestOptions": {"Enabled": True, "KmsKeyId": CUSTOMER_KEY}},
    "AWS::Redshift::Cluster": {"Encrypted": True, "KmsKeyId": CUSTOMER_KEY},
    "AWS::SNS::Topic": {"KmsMasterKeyId": CUSTOMER_KEY},
    "AWS::SQS::Queue": {"KmsMasterKeyId": CUSTOMER_KEY},
    "AWS::WorkSpaces::Workspace": {
        "RootVolumeEncryptionEnabled": True,
        "UserVolumeEncryptionEnabled": True,
        "VolumeEncryptionKey": CUSTOMER_KEY,
    },
}
# The calls of their L2.
UNDER_KEY_CDK: Mapping[str, str] = {
    "AWS::EFS::FileSystem": "efs.FileSystem(encrypted=True, kms_key=<a key>)",
    "AWS::Elasticsearch::Domain": "elasticsearch.Domain(encryption_at_rest="
    "elasticsearch.EncryptionAtRestOptions(enabled=True, kms_key=<a key>))",
    "AWS::Kinesis::Stream": "kinesis.Stream(encryption=kinesis.StreamEncryption.KMS, encryption_key=<a key>)",
    "AWS::KinesisFirehose::DeliveryStream": "kinesisfirehose.DeliveryStream(encryption="
    "kinesisfirehose.StreamEncryption.customer_managed_key(<a key>))",
    "AWS::OpenSearchService::Domain": "opensearchservice.Domain(encryption_at_rest="
    "opensearchservice.EncryptionAtRestOptions(enabled=True, kms_key=<a key>))",
    "AWS::SNS::Topic": "sns.Topic(master_key=<a key>)",
    "AWS::SQS::Queue": "sqs.Queue(encryption=sqs.QueueEncryption.KMS, encryption_master_key=<a key>)",
}


# Where each type lists the volumes that it makes; None for the type that is a volume itself.
VOLUMES: Mapping[str, str | None] = {
    "AWS::AutoScaling::LaunchConfiguration": "BlockDeviceMappings[]",
    "AWS::EC2::Instance": "BlockDeviceMappings[]",
    "AWS::EC2::LaunchTemplate": "LaunchTemplateData.BlockDeviceMappings[]",
    "AWS::EC2::SpotFleet": "SpotFleetRequestConfigData.LaunchSpecifications[].BlockDeviceMappings[]",
    "AWS::EC2::Volume": None,
    "AWS::ECS::Service": "VolumeConfigurations[]",
}
# Which of these cannot name a key.
KEYLESS = ("AWS::AutoScaling::LaunchConfiguration", "AWS::EC2::SpotFleet")
_DEVICE = (
    "ec2.BlockDevice(device_name=<its name>, volume=ec2.BlockDeviceVolume.ebs(<GiB>, encrypted=True, kms_key=<a key>))"
)
_CDK: Mapping[str, str] = {
    "AWS::AutoScaling::LaunchConfiguration": "autoscaling.AutoScalingGroup(block_devices=[autoscaling.BlockDevice("
    "device_name=<its name>, volume=autoscaling.BlockDeviceVolume.ebs(<GiB>, encrypted=True))])",
    "AWS::EC2::Instance": f"ec2.Instance(block_devices=[{_DEVICE}])",
    "AWS::EC2::LaunchTemplate": f"ec2.LaunchTemplate(block_devices=[{_DEVICE}])",
    "AWS::EC2::Volume": "ec2.Volume(encrypted=True, encryption_key=<a key>)",
    "AWS::ECS::Service": "ecs.ServiceManagedVolume(managed_ebs_volume="
    "ecs.ServiceManagedEBSVolumeConfiguration(encrypted=True, kms_key_id=<a key>))",
}


def fixes_of_volumes() -> tuple[Fix, ...]:
    """Return how each type comes to have its volumes encrypted, with a customer key where it can name one."""

    def to_set(kind: str) -> Mapping[str, Any]:
        path, keyed = VOLUMES[kind], {"Encrypted": True, "KmsKeyId": CUSTOMER_KEY}
        settings = "ManagedEBSVolume" if kind == "AWS::ECS::Service" else "Ebs"
        under = "" if path is None else f"?{path}.{settings}."
        return {f"{under}{name}": value for name, value in keyed.items() if name == "Encrypted" or kind not in KEYLESS}

    return fixes_of_types({kind: to_set(kind) for kind in VOLUMES}, cdk=_CDK)


def volumes(resource: Resource) -> Iterator[tuple[str, object]]:
    """Yield the EBS volumes that a resource makes, each with how to call it; ``UNKNOWN`` where one is unknown."""
    path = VOLUMES[resource.type]
    if path is None:
        yield "The volume", resource.properties
        return
    for entry in spread(resource.properties, path):
        if not is_mapping(entry):
            yield "A volume", UNKNOWN
            continue
        settings = entry.get("Ebs", entry.get("ManagedEBSVolume"))
        # A mapping without either names an instance-store disk or takes a device away.
        if settings is not None:
            yield f"The volume {entry.get('DeviceName', entry.get('Name'))}", settings


def judge_volumes(resource: Resource, check: Callable[[str, Fields], Verdict]) -> Verdict:
    """Judge each volume that a resource makes with ``check(name, settings)``."""
    return worst(
        check(name, settings)
        if is_mapping(settings)
        else unknown("The volume's settings are known only at deployment.")
        for name, settings in volumes(resource)
    )
