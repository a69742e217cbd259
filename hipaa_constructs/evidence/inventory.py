"""What keeps data: what it is for, its classification, whose key encrypts it, and what else keeps it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import Reference, Text, as_items, spread
from hipaa_constructs.compliance.classification import METADATA_KEY, classification_of, classified
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.compliance.facts.databases import in_cluster
from hipaa_constructs.compliance.facts.log_buckets import logs_in
from hipaa_constructs.compliance.facts.operations import tells_of_operation
from hipaa_constructs.compliance.rule import Outcome, Rule
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.inventory_copies import kept_of, sources_of
from hipaa_constructs.evidence.labels import shorten_path
from hipaa_constructs.evidence.model import Encryption, StoreEvidence, StoreRole

# By these rules the inventory judges; together they name the types that can keep PHI.
KEY_RULES = (
    "BucketEncryptedWithCustomerKey",
    "DatabaseEncryptedWithCustomerKey",
    "SearchCollectionEncryptedWithCustomerKey",
    "StoreEncryptedWithCustomerKey",
    "VolumeEncryptedWithCustomerKey",
)
ENCRYPTION_RULES = ("DatabaseEncrypted", "StoreEncrypted", "VolumeEncrypted")
BACKUP_RULE = "StoreBackedUp"
# Inspected by those rules for their settings, for where they write, or for disks that live and die with them.
_NO_STORES = frozenset(
    {
        "AWS::AppFlow::ConnectorProfile",
        "AWS::AppFlow::Flow",
        "AWS::CloudTrail::Trail",
        "AWS::CodeBuild::Project",
        "AWS::Connect::InstanceStorageConfig",
        "AWS::DMS::ReplicationConfig",
        "AWS::EC2::LaunchTemplate",
        "AWS::EC2::SpotFleet",
        "AWS::ECS::Service",
        "AWS::GuardDuty::PublishingDestination",
        "AWS::Lambda::Function",
        "AWS::SageMaker::EndpointConfig",
        "AWS::StepFunctions::Activity",
        "AWS::StorageGateway::NFSFileShare",
        "AWS::StorageGateway::SMBFileShare",
        "Custom::EbsEncryption",
    }
)
_KEYS = ("AWS::KMS::Key", "AWS::KMS::ReplicaKey", "AWS::KMS::Alias")
_KEY_PROPERTY = re.compile(r"(?i)kms|key")
_NAMED_KEY = re.compile(r"arn:[\w-]+:kms:.+|alias/.+")
_VAULTS = ("AWS::Backup::BackupVault", "AWS::Backup::LogicallyAirGappedBackupVault")
# Where AWS Backup says what it did: jobs and names, none of the data.
_REPORTS = ("AWS::Backup::ReportPlan", "ReportDeliveryChannel.S3BucketName")
# Who keeps what could not be delivered, and where it says in which queue or topic.
_UNDELIVERED = (
    ("AWS::Events::EventBus", "DeadLetterConfig.Arn"),
    ("AWS::Lambda::Function", "DeadLetterConfig.TargetArn"),
    ("AWS::SNS::Subscription", "RedrivePolicy.deadLetterTargetArn"),
    ("AWS::SQS::Queue", "RedrivePolicy.deadLetterTargetArn"),
)


def stores_of(app: App, names: Names) -> Sequence[StoreEvidence]:
    """Return every store of the app, in the templates' order; a cluster's members count as the cluster."""
    rules = {rule.name: rule for rule in all_rules()}
    types = {kind for name in (*KEY_RULES, BACKUP_RULE) for kind in rules[name].resource_types} - _NO_STORES
    return [
        _store(resource, names, rules)
        for template in app.templates
        for resource in template.resources.values()
        if resource.type in types and not in_cluster(resource)
    ]


def _store(resource: Resource, names: Names, rules: Mapping[str, Rule]) -> StoreEvidence:
    kept, holder = kept_of(resource), _holder(resource)
    return StoreEvidence(
        resource=names.of(resource),
        region=resource.template.region or "",
        role=_role(resource),
        classification=classification_of(resource),
        classified_by=_classified_by(resource),
        encryption=_encryption(holder, rules) if holder is not None else "unknown",
        key=_key(holder, names) if holder is not None else "",
        backup=kept.backup,
        plans=tuple(kept.plans),
        copies=tuple(kept.copies),
        retention=tuple(kept.retention),
    )


def _holder(resource: Resource) -> Resource | None:
    """Return what keeps the data: Firehose leaves what it reads from a data stream there; None if that is elsewhere.

    Source: docs.aws.amazon.com/firehose/latest/dev/encryption.html.
    """
    source = resource.get("KinesisStreamSourceConfiguration.KinesisStreamARN")
    if resource.type != "AWS::KinesisFirehose::DeliveryStream" or source is None:
        return resource
    return resource.template.target(source, "AWS::Kinesis::Stream")


def _role(resource: Resource) -> StoreRole:
    if resource.type in _VAULTS or sources_of(resource):
        return "copy"
    app = resource.template.app
    if resource.type == "AWS::Logs::LogGroup" or (resource.type == "AWS::S3::Bucket" and logs_in(resource)):
        return "log"
    if resource.type == "AWS::S3::Bucket" and app.referring(resource, *_REPORTS):
        return "log"
    if resource.type == "AWS::SNS::Topic" and tells_of_operation(resource):
        return "notice"
    messages = resource.type in ("AWS::SNS::Topic", "AWS::SQS::Queue")
    if messages and (any(app.referring(resource, *one) for one in _UNDELIVERED) or _told_by_aws(resource)):
        return "notice"
    return "data"


def _told_by_aws(resource: Resource) -> bool:
    """Whether rules of EventBridge send what AWS's own services tell, and nothing else."""
    told = resource.template.app.told(resource, "evidence: targets of events", ("AWS::Events::Rule",), _targets)
    patterns = [as_items(rule.get("EventPattern.source")) for rule, _ in told]
    return bool(patterns) and all(
        bool(sources) and all(isinstance(one, str) and one.startswith("aws.") for one in sources)
        for sources in patterns
    )


def _targets(rule: Resource) -> Iterator[tuple[Resource, None]]:
    for value in spread(rule.properties, "Targets[].Arn"):
        target = rule.template.target(value, "AWS::SNS::Topic", "AWS::SQS::Queue")
        if target is not None:
            yield target, None


def _classified_by(resource: Resource) -> str:
    said = classified(resource)
    if said is None:
        return "taken for PHI, since nobody classified it"
    if said.counts_as(resource.template.app.today) is not said.value:
        return f"taken for PHI, since what classified it ended on {said.expires}"
    own = "its metadata" if METADATA_KEY in resource.metadata else "its tag"
    by = f"by {shorten_path(said.path) if said.path else own}"
    why = said.reason.strip().rstrip(".")
    return f"{by}: {why} ({said.approved_by.strip() or 'nobody approved it'})" if why else by


def _outcome(rule: Rule, resource: Resource) -> Outcome:
    if resource.type not in rule.resource_types:
        return Outcome.NOT_APPLICABLE
    try:
        return rule.check(resource).outcome
    except Exception:
        # A rule that trips over a template has not told anything; the engine reports it as a finding.
        return Outcome.UNKNOWN


def _encryption(resource: Resource, rules: Mapping[str, Rule]) -> Encryption:
    clear = {_outcome(rules[name], resource) for name in ENCRYPTION_RULES}
    if Outcome.FAILED in clear:
        return "none"
    own = {_outcome(rules[name], resource) for name in KEY_RULES}
    if Outcome.UNKNOWN in clear | own:
        return "unknown"
    return "customer_key" if Outcome.PASSED in own and Outcome.FAILED not in own else "aws_key"


def _key(resource: Resource, names: Names) -> str:
    """Return the first key that the resource's properties name."""
    for value in _key_values(resource.properties):
        references = [value] if isinstance(value, Reference) else list(getattr(value, "references", ()))
        for reference in references:
            if reference.resource.type in _KEYS:
                return str(names.of(reference.resource))
        if isinstance(value, str) and not isinstance(value, Text) and _NAMED_KEY.fullmatch(value):
            return value
    return ""


def _key_values(value: Any, *, named: bool = False) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _key_values(item, named=bool(_KEY_PROPERTY.search(str(key))))
    elif isinstance(value, list):
        for item in value:
            yield from _key_values(item, named=named)
    elif named:
        yield value
