from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from hipaa_constructs.compliance.classification import METADATA_KEY
from tests.compliance.rules.support import outcome, verdict

GOVERNED = {"classification": "NO_PHI", "reason": "It holds opening hours.", "approved_by": "Dana Cole"}
NO_PHI_ITSELF = {"Metadata": {METADATA_KEY: GOVERNED}}


@pytest.mark.parametrize(
    ("kind", "metadata", "expected"),
    [
        ("AWS::HealthLake::FHIRDatastore", NO_PHI_ITSELF, "failed"),
        ("AWS::HealthImaging::Datastore", NO_PHI_ITSELF, "failed"),
        ("AWS::Omics::SequenceStore", NO_PHI_ITSELF, "failed"),
        ("AWS::HealthLake::FHIRDatastore", {}, "not_applicable"),
        ("AWS::S3::Bucket", NO_PHI_ITSELF, "passed"),
        ("AWS::SQS::Queue", NO_PHI_ITSELF, "passed"),
    ],
)
def test_what_is_made_for_health_data_is_phi(kind: str, metadata: Mapping[str, Any], expected: str) -> None:
    assert outcome("health_data_classified", {"Subject": {"Type": kind, **metadata}}) == expected


def replicated(**source: Any) -> dict[str, Any]:
    rules = [{"Destination": {"Bucket": {"Fn::GetAtt": ["Subject", "Arn"]}}, "Status": "Enabled"}]
    properties = {"ReplicationConfiguration": {"Role": "r", "Rules": rules}}
    return {"Source": {"Type": "AWS::S3::Bucket", "Properties": properties, **source}}


def delivered(**source: Any) -> dict[str, Any]:
    to = {"ExtendedS3DestinationConfiguration": {"BucketARN": {"Fn::GetAtt": ["Subject", "Arn"]}, "RoleARN": "r"}}
    return {"Source": {"Type": "AWS::KinesisFirehose::DeliveryStream", "Properties": to, **source}}


@pytest.mark.parametrize("filled", [replicated, delivered])
def test_what_receives_from_phi_is_phi(filled: Any) -> None:
    subject = {"Subject": {"Type": "AWS::S3::Bucket", **NO_PHI_ITSELF}}
    said = verdict("health_data_classified", {**subject, **filled()})
    assert said is not None
    assert said.message == "It is classified as NO_PHI, and receives from Source, which counts as PHI."
    assert outcome("health_data_classified", {**subject, **filled(**NO_PHI_ITSELF)}) == "passed"


ARN = {"Fn::GetAtt": ["Subject", "Arn"]}
PIPED = {"RoleArn": "r", "Source": {"Fn::GetAtt": ["Intake", "Arn"]}, "Target": ARN}
ROUTED = {"EventBusName": {"Ref": "Bus"}, "EventPattern": {"source": ["clinic"]}, "Targets": [{"Arn": ARN, "Id": "T"}]}
BUS = {"Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "clinic"}}}
FILLED: dict[str, tuple[str, dict[str, Any]]] = {
    "backup plan": (
        "AWS::Backup::BackupVault",
        {
            "Filler": (
                "AWS::Backup::BackupPlan",
                {"BackupPlan": {"BackupPlanRule": [{"TargetBackupVault": {"Ref": "Subject"}}]}},
            )
        },
    ),
    "data migration": (
        "AWS::S3::Bucket",
        {
            "Filler": (
                "AWS::DMS::Endpoint",
                {"EndpointType": "target", "S3Settings": {"BucketName": {"Ref": "Subject"}}},
            )
        },
    ),
    "data sync": (
        "AWS::S3::Bucket",
        {
            "Place": ("AWS::DataSync::LocationS3", {"S3BucketArn": ARN}),
            "Filler": ("AWS::DataSync::Task", {"DestinationLocationArn": {"Ref": "Place"}}),
        },
    ),
    "stream of a table": (
        "AWS::Kinesis::Stream",
        {"Filler": ("AWS::DynamoDB::Table", {"KinesisStreamSpecification": {"StreamArn": ARN}})},
    ),
    "file system": (
        "AWS::EFS::FileSystem",
        {
            "Filler": (
                "AWS::EFS::FileSystem",
                {"ReplicationConfiguration": {"Destinations": [{"FileSystemId": {"Ref": "Subject"}}]}},
            )
        },
    ),
    "dead letters": (
        "AWS::SQS::Queue",
        {"Filler": ("AWS::SQS::Queue", {"RedrivePolicy": {"deadLetterTargetArn": ARN}})},
    ),
    "mail": (
        "AWS::S3::Bucket",
        {
            "Filler": (
                "AWS::SES::ReceiptRule",
                {"Rule": {"Actions": [{"S3Action": {"BucketName": {"Ref": "Subject"}}}]}},
            )
        },
    ),
    "pipe": ("AWS::SQS::Queue", {"Filler": ("AWS::Pipes::Pipe", PIPED)}),
    "bus": (
        "AWS::SQS::Queue",
        {"Filler": ("AWS::Events::Rule", ROUTED), "Bus": ("AWS::Events::EventBus", {"Name": "clinic"})},
    ),
    "search": (
        "AWS::OpenSearchService::Domain",
        {
            "Filler": (
                "AWS::KinesisFirehose::DeliveryStream",
                {"AmazonopensearchserviceDestinationConfiguration": {"DomainARN": ARN}},
            )
        },
    ),
}


@pytest.mark.parametrize("name", FILLED)
def test_whole_records_come_by_many_ways(name: str) -> None:
    kind, others = FILLED[name]
    fillers = {each: {"Type": type_, "Properties": given} for each, (type_, given) in others.items()}
    subject = {"Subject": {"Type": kind, **NO_PHI_ITSELF}}
    assert outcome("health_data_classified", {**subject, **fillers}) == "failed"
    spared = {each: {**written, **NO_PHI_ITSELF} for each, written in fillers.items()}
    assert outcome("health_data_classified", {**subject, **spared}) == "passed"


@pytest.mark.parametrize(
    ("kind", "properties", "others"),
    [
        ("AWS::Pipes::Pipe", {**PIPED, "TargetParameters": {"InputTemplate": "{}"}}, {}),
        ("AWS::Events::Rule", {**ROUTED, "EventBusName": "default"}, {}),
        ("AWS::Events::Rule", {**ROUTED, "Targets": [{"Arn": ARN, "Id": "T", "Input": "{}"}]}, BUS),
        ("AWS::DMS::Endpoint", {"EndpointType": "source", "S3Settings": {"BucketName": {"Ref": "Subject"}}}, {}),
        (
            "AWS::S3::Bucket",
            {"NotificationConfiguration": {"QueueConfigurations": [{"Event": "s3:ObjectCreated:*", "Queue": ARN}]}},
            {},
        ),
    ],
    ids=["pipe that rewrites", "AWS's own bus", "target that rewrites", "source of a migration", "notification"],
)
def test_what_only_tells_of_it_is_no_record(kind: str, properties: dict[str, Any], others: dict[str, Any]) -> None:
    store = "AWS::S3::Bucket" if kind == "AWS::DMS::Endpoint" else "AWS::SQS::Queue"
    template = {
        "Subject": {"Type": store, **NO_PHI_ITSELF},
        "Filler": {"Type": kind, "Properties": properties},
        **others,
    }
    assert outcome("health_data_classified", template) == "passed"


@pytest.mark.parametrize(("metadata", "expected"), [({}, "failed"), (NO_PHI_ITSELF, "passed")])
def test_a_subscription_passes_on_what_its_topic_holds(metadata: Mapping[str, Any], expected: str) -> None:
    subscription = {"TopicArn": {"Ref": "Topic"}, "Protocol": "sqs", "Endpoint": ARN}
    template = {
        "Subject": {"Type": "AWS::SQS::Queue", **NO_PHI_ITSELF},
        "Topic": {"Type": "AWS::SNS::Topic", **metadata},
        # CDK puts it below the queue, and so under the queue's classification.
        "Subscription": {"Type": "AWS::SNS::Subscription", "Properties": subscription, **NO_PHI_ITSELF},
    }
    assert outcome("health_data_classified", template) == expected


@pytest.mark.parametrize(("metadata", "expected"), [({}, "failed"), (NO_PHI_ITSELF, "passed")])
def test_a_read_replica_holds_what_its_source_holds(metadata: Mapping[str, Any], expected: str) -> None:
    replica = {"SourceDBInstanceIdentifier": {"Ref": "Primary"}}
    template = {
        "Subject": {"Type": "AWS::RDS::DBInstance", "Properties": replica, **NO_PHI_ITSELF},
        "Primary": {"Type": "AWS::RDS::DBInstance", **metadata},
    }
    assert outcome("health_data_classified", template) == expected


def _role(service: str, **role: Any) -> dict[str, Any]:
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}
    return {"Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}, **role}}


def _written(action: Any, resource: Any, effect: str = "Allow") -> dict[str, Any]:
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    held = {"PolicyDocument": {"Statement": [statement]}, "PolicyName": "p", "Roles": [{"Ref": "Role"}]}
    return {"Policy": {"Type": "AWS::IAM::Policy", "Properties": held}}


OBJECTS = {"Fn::Join": ["", [{"Fn::GetAtt": ["Subject", "Arn"]}, "/*"]]}
FOLDER = {"Fn::Sub": "${Subject.Arn}/exports/*"}
NAMED = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "opening-hours"}, **NO_PHI_ITSELF}


@pytest.mark.parametrize(
    ("service", "called"),
    [
        ("healthlake.amazonaws.com", "AWS HealthLake"),
        ("medical-imaging.amazonaws.com", "AWS HealthImaging"),
        ("omics.amazonaws.com", "AWS HealthOmics"),
        ("comprehendmedical.amazonaws.com", "Amazon Comprehend Medical"),
    ],
)
def test_what_services_for_health_data_write_to_is_phi(service: str, called: str) -> None:
    said = verdict("health_data_classified", {"Subject": NAMED, **_role(service), **_written("s3:PutObject", OBJECTS)})
    assert said is not None
    assert said.message == f"It is classified as NO_PHI, and {called} writes to it by Role."


@pytest.mark.parametrize(
    ("service", "policy", "expected"),
    [
        ("healthlake.amazonaws.com", _written(["s3:ListBucket", "s3:Put*"], FOLDER), "failed"),
        ("healthlake.amazonaws.com", _written("s3:*", [ARN, OBJECTS]), "failed"),
        ("healthlake.amazonaws.com", _written("s3:PutObject", "arn:aws:s3:::opening-hours/exports/*"), "failed"),
        # It reads what is imported; and others may write.
        ("healthlake.amazonaws.com", _written("s3:GetObject", OBJECTS), "passed"),
        ("healthlake.amazonaws.com", _written("s3:PutObject", OBJECTS, "Deny"), "passed"),
        ("healthlake.amazonaws.com", _written("s3:PutObject", "arn:aws:s3:::opening-hours-2/*"), "passed"),
        ("healthlake.amazonaws.com", _written("s3:PutObject", "*"), "passed"),
        ("lambda.amazonaws.com", _written("s3:PutObject", OBJECTS), "passed"),
        ("transcribe.amazonaws.com", _written("s3:PutObject", OBJECTS), "passed"),
    ],
)
def test_roles_of_services(service: str, policy: dict[str, Any], expected: str) -> None:
    assert outcome("health_data_classified", {"Subject": NAMED, **_role(service), **policy}) == expected


def test_a_role_that_is_classified_itself_fills_with_the_same() -> None:
    written = _written("s3:PutObject", OBJECTS)
    role = _role("omics.amazonaws.com", **NO_PHI_ITSELF)
    assert outcome("health_data_classified", {"Subject": NAMED, **role, **written}) == "passed"


def test_a_policy_of_the_role_itself_counts() -> None:
    statement = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": OBJECTS}
    role = _role("omics.amazonaws.com")
    role["Role"]["Properties"]["Policies"] = [{"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}}]
    assert outcome("health_data_classified", {"Subject": NAMED, **role}) == "failed"
