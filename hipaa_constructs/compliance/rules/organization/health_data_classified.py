"""What is made for health data, or receives PHI from another store, is not classified as holding none.

Compliant: what is classified as less than PHI is neither. Non-compliant: it is a store of AWS HealthLake, AWS
HealthImaging or AWS HealthOmics, which keep records, images and genomes of patients; or whole records come to it from
what may itself hold PHI: by replication, a delivery stream, a pipe, a task of DMS or DataSync, a subscription, a stream
of a table, a rule of the app's own event bus, a dead-letter queue, a backup plan, or as a read replica; or it is a
bucket to which a job of one of these services, or of Comprehend Medical, may write by its role. What tells that
something happened, such as a notification of a bucket or an event of AWS's own, is no record. Not applicable: what is
PHI, or unclassified, which is PHI.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, as_mapping, is_one_of, spread
from hipaa_constructs.compliance.classification import DataClassification, classification_of
from hipaa_constructs.compliance.facts.health_services import written_by
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed

# What each keeps, by its own guide: docs.aws.amazon.com/healthlake, /healthimaging and /omics.
_HEALTH_DATA = {
    "AWS::HealthImaging::Datastore": "medical images",
    "AWS::HealthLake::FHIRDatastore": "health records",
    "AWS::Omics::AnnotationStore": "annotations of genomes",
    "AWS::Omics::SequenceStore": "genomes",
    "AWS::Omics::VariantStore": "variants of genomes",
}
_BUS = "AWS::Events::EventBus"
_QUEUE = "AWS::SQS::Queue"
_TOPIC = "AWS::SNS::Topic"
_DELIVERY = "AWS::KinesisFirehose::DeliveryStream"
_STREAM = "AWS::Kinesis::Stream"
# What can be filled, as far as another resource names it.
_STORES = (
    "AWS::Backup::BackupVault",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::EFS::FileSystem",
    _BUS,
    _STREAM,
    _DELIVERY,
    "AWS::Logs::LogGroup",
    "AWS::Elasticsearch::Domain",
    "AWS::OpenSearchService::Domain",
    "AWS::S3::Bucket",
    _TOPIC,
    _QUEUE,
)
_BACKED_UP = (
    "AmazonOpenSearchServerlessDestinationConfiguration",
    "AmazonopensearchserviceDestinationConfiguration",
    "ElasticsearchDestinationConfiguration",
    "HttpEndpointDestinationConfiguration",
    "IcebergDestinationConfiguration",
    "RedshiftDestinationConfiguration",
    "SnowflakeDestinationConfiguration",
    "SplunkDestinationConfiguration",
)
_ACTIONS = "TopicRulePayload.Actions[]"
# Who fills a store with whole records, and where it names the store.
_FILLED_BY = {
    "AWS::Backup::BackupPlan": (
        "BackupPlan.BackupPlanRule[].TargetBackupVault",
        "BackupPlan.BackupPlanRule[].CopyActions[].DestinationBackupVaultArn",
    ),
    "AWS::Connect::InstanceStorageConfig": (
        "S3Config.BucketName",
        "KinesisStreamConfig.StreamArn",
        "KinesisFirehoseConfig.FirehoseArn",
    ),
    "AWS::DMS::Endpoint": ("S3Settings.BucketName", "KinesisSettings.StreamArn"),
    "AWS::DataSync::Task": ("DestinationLocationArn",),
    "AWS::DynamoDB::GlobalTable": ("Replicas[].KinesisStreamSpecification.StreamArn",),
    "AWS::DynamoDB::Table": ("KinesisStreamSpecification.StreamArn",),
    "AWS::EFS::FileSystem": ("ReplicationConfiguration.Destinations[].FileSystemId",),
    "AWS::Events::Rule": ("Targets[]",),
    "AWS::IoT::TopicRule": (
        f"{_ACTIONS}.DynamoDB.TableName",
        f"{_ACTIONS}.DynamoDBv2.PutItem.TableName",
        f"{_ACTIONS}.Firehose.DeliveryStreamName",
        f"{_ACTIONS}.Kinesis.StreamName",
        f"{_ACTIONS}.S3.BucketName",
        f"{_ACTIONS}.Sqs.QueueUrl",
    ),
    _DELIVERY: (
        "AmazonopensearchserviceDestinationConfiguration.DomainARN",
        "ElasticsearchDestinationConfiguration.DomainARN",
        "ExtendedS3DestinationConfiguration.BucketARN",
        "ExtendedS3DestinationConfiguration.S3BackupConfiguration.BucketARN",
        "S3DestinationConfiguration.BucketARN",
        *(f"{destination}.S3Configuration.BucketARN" for destination in _BACKED_UP),
    ),
    "AWS::Lambda::Function": ("DeadLetterConfig.TargetArn",),
    "AWS::Logs::SubscriptionFilter": ("DestinationArn",),
    "AWS::Pipes::Pipe": ("Target",),
    "AWS::S3::Bucket": ("ReplicationConfiguration.Rules[].Destination.Bucket",),
    "AWS::SES::ReceiptRule": ("Rule.Actions[].S3Action.BucketName",),
    "AWS::SNS::Subscription": ("Endpoint", "RedrivePolicy.deadLetterTargetArn"),
    _TOPIC: ("Subscription[].Endpoint",),
    _QUEUE: ("RedrivePolicy.deadLetterTargetArn",),
}
# Where what passes records on names the store that they come from, and what kind that is. What stands between them may
# stand, and so be classified, with the other end.
_PASSED_ON_FROM = {
    "AWS::Logs::SubscriptionFilter": ("LogGroupName", "AWS::Logs::LogGroup"),
    "AWS::SNS::Subscription": ("TopicArn", _TOPIC),
}
# What is filled by itself, and where it names what with.
_CLUSTER, _INSTANCE = "AWS::RDS::DBCluster", "AWS::RDS::DBInstance"
_FILLED_FROM = {
    "AWS::DocDB::DBCluster": ("SourceDBClusterIdentifier",),
    _DELIVERY: ("KinesisStreamSourceConfiguration.KinesisStreamARN",),
    "AWS::Neptune::DBCluster": ("SourceDBClusterIdentifier",),
    _CLUSTER: ("ReplicationSourceIdentifier", "SourceDBClusterIdentifier"),
    _INSTANCE: ("SourceDBClusterIdentifier", "SourceDBInstanceIdentifier"),
}
_FROM = ("AWS::DocDB::DBCluster", "AWS::Neptune::DBCluster", _CLUSTER, _INSTANCE, _STREAM)
# What DataSync calls a store, and where that names it.
_LOCATIONS = {"AWS::DataSync::LocationEFS": "EfsFilesystemArn", "AWS::DataSync::LocationS3": "S3BucketArn"}
# A target that gets something else than the event.
_REWRITTEN = ("Input", "InputPath", "InputTransformer")


def check(resource: Resource) -> Verdict:
    classification = classification_of(resource)
    if classification is DataClassification.PHI:
        return NOT_APPLICABLE
    kept = _HEALTH_DATA.get(resource.type)
    if kept:
        return failed(f"It is classified as {classification}, and its service keeps {kept}.", at="Type")
    source = next(_sources(resource), None)
    if source is not None:
        name = source.construct_path or source.logical_id
        return failed(
            f"It is classified as {classification}, and receives from {name}, which counts as PHI.", at="Type"
        )
    writer = next(_health_services(resource), None)
    if writer is not None:
        role, service = writer
        name = role.construct_path or role.logical_id
        return failed(f"It is classified as {classification}, and {service} writes to it by {name}.", at="Type")
    return PASSED


def _health_services(store: Resource) -> Iterator[tuple[Resource, str]]:
    """Yield the roles by which services for health data write to a store, each with the service."""
    if store.type == "AWS::S3::Bucket":
        for role, service in store.template.app.told(
            store, "written by health services", ("AWS::IAM::Role",), written_by
        ):
            if classification_of(role) is DataClassification.PHI:
                yield role, service


def _sources(store: Resource) -> Iterator[Resource]:
    """Yield what counts as PHI and fills a store."""
    for path in _FILLED_FROM.get(store.type, ()):
        source = store.template.target(store.get(path), *_FROM)
        if source is not None and classification_of(source) is DataClassification.PHI:
            yield source
    if store.type in _STORES:
        for _, source in store.template.app.told(store, "filled stores", tuple(_FILLED_BY), _fills):
            if classification_of(source) is DataClassification.PHI:
                yield source


def _fills(filler: Resource) -> Iterator[tuple[Resource, Resource]]:
    """Yield each store that is filled, with what the records come from."""
    if not _passes_records(filler):
        return
    source, template = filler, filler.template
    if filler.type in _PASSED_ON_FROM:
        path, kind = _PASSED_ON_FROM[filler.type]
        source = template.target(filler.get(path), kind) or filler
    for path in _FILLED_BY[filler.type]:
        for named in spread(filler.properties, path):
            value = _unless_rewritten(named) if filler.type == "AWS::Events::Rule" else named
            location = template.target(value, *_LOCATIONS)
            store = (
                location.template.target(location.get(_LOCATIONS[location.type]), *_STORES)
                if location is not None
                else template.target(value, *_STORES)
            )
            if store is not None:
                yield store, source


def _unless_rewritten(target: Any) -> Any:
    """Return which store a rule's target is, if it gets the event as it is."""
    written = as_mapping(target)
    return None if any(name in written for name in _REWRITTEN) else written.get("Arn")


def _passes_records(filler: Resource) -> bool:
    """Whether what it passes on are whole records, as far as that shows."""
    if filler.type == "AWS::DMS::Endpoint":
        return is_one_of(filler.get("EndpointType"), "target") is Ternary.YES
    if filler.type == "AWS::Pipes::Pipe":
        return filler.get("TargetParameters.InputTemplate") is None
    if filler.type == "AWS::Events::Rule":
        # What AWS itself puts on its bus tells that something happened, and no more.
        bus = filler.template.target(filler.get("EventBusName"), _BUS)
        return bus is not None and classification_of(bus) is DataClassification.PHI
    return True


RULE = Rule(
    name="HealthDataClassified",
    severity="error",
    resource_types=("*",),
    controls=("164.308(a)(1)(ii)(B)",),
    fix="Take the classification away, so that it counts as PHI; or classify what fills it, if that holds none either.",
    fixes=(Fix(beside="Leave the classification out, or classify what fills it."),),
    check=check,
)
