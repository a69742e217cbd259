"""Two synths, made once: a clinic with every kind of outcome, and one without findings."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

from hipaa_constructs import (
    DataClassification,
    EncryptedBucket,
    KmsRotatedKey,
    acknowledge,
    classify,
    enforce_hipaa,
)
from hipaa_constructs.compliance import gate_record
from hipaa_constructs.evidence.collect import collect
from hipaa_constructs.evidence.model import Evidence

TODAY = datetime.date(2026, 11, 22)
ENVIRONMENT = cdk.Environment(account="111122223333", region="us-east-1")
REASON = "The bucket holds thumbnails that are rebuilt from the originals."
# Ids that a spreadsheet, a browser or an XML reader would take for more than text.
MARKUP, CONTROL = "<script>alert(1)<script>", "Bell\x07"


def new_app(folder: Path) -> cdk.App:
    return cdk.App(
        outdir=str(folder),
        builtin_cloud_formation_validation=False,
        analytics_reporting=False,
        # The last two as the CDK CLI sets them.
        context={
            "hipaa-constructs:today": TODAY.isoformat(),
            "aws:cdk:enable-path-metadata": True,
            "aws:cdk:enable-asset-metadata": True,
        },
    )


def seal(folder: Path) -> None:
    """Record a cdk.out as it stands, as if the gate had judged these files."""
    record = gate_record.read(folder)
    assert record is not None
    gate_record.write(folder, dataclasses.replace(record, files=gate_record.digests(folder)))


def rewrite_record(folder: Path, change: Callable[[Any], object]) -> None:
    """Edit the gate's record as one does who knows that it holds its own digest."""
    data = json.loads((folder / gate_record.FILE).read_text())
    change(data)
    del data["sha256"]
    digest = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
    (folder / gate_record.FILE).write_text(json.dumps({**data, "sha256": digest}))


def synthesize(app: cdk.App) -> None:
    """Synthesize in spite of findings; the report is written all the same."""
    with contextlib.suppress(RuntimeError):
        app.synth()
    assert (Path(app.outdir) / "validation-report.json").is_file()


@pytest.fixture(scope="session")
def clinic_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clinic") / "cdk.out"
    reviewed = folder.parent / "hipaa-acknowledgements.toml"
    reviewed.write_text(
        f"""
        [[acknowledgement]]
        rule = "HIPAA.Security-DynamoDBAutoScalingEnabled"
        path = "Clinic/Table/Resource"
        reason = "The table's load is even, by the metrics of the last year."
        approved_by = "Dana Cole, security official"
        expires = 2027-06-30
        ticket = "SEC-9"

        [[acknowledgement]]
        rule = "HIPAA.Constructs-BucketVersioned"
        path = "Clinic/Renamed"
        reason = "{REASON}"
        approved_by = "Dana Cole, security official"
        expires = 2027-06-30
        """
    )
    app = new_app(folder)
    clinic = cdk.Stack(app, "Clinic", env=ENVIRONMENT)
    records = s3.Bucket(clinic, "Records")
    for rule in ("HIPAA.Security-S3BucketVersioningEnabled", "HIPAA.Constructs-BucketVersioned"):
        acknowledge(records, rule, reason=REASON, approved_by="Dana Cole", expires="2027-06-30", ticket="=1+1")
    acknowledge(
        records,
        "HIPAA.Security-S3BucketReplicationEnabled",
        reason=REASON,
        approved_by="Dana Cole",
        expires="2026-12-01",
    )
    # An id without its pack: cdk-nag passes over the finding and reports nothing.
    cdk.Validations.of(records).acknowledge(
        cdk.Acknowledgment(id="HIPAA.Security-S3BucketLoggingEnabled", reason=REASON)
    )
    # Above stacks CDK keeps no metadata.
    cdk.Validations.of(app).acknowledge(
        cdk.Acknowledgment(id="HIPAA.Security::HIPAA.Security-S3BucketSSLRequestsOnly", reason=REASON)
    )
    cdk.CfnResource(clinic, "Raw", type="AWS::S3::Bucket")
    dynamodb.Table(clinic, "Table", partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING))
    # cdk-nag cannot judge a range that only deployment knows.
    group = ec2.CfnSecurityGroup(clinic, "Group", group_description="g")
    ranges = cdk.CfnParameter(clinic, "Ranges", default="10.0.0.0/8")
    ec2.CfnSecurityGroupIngress(
        clinic,
        "Ingress",
        ip_protocol="tcp",
        group_id=group.attr_group_id,
        cidr_ip=cdk.Fn.join("", [ranges.value_as_string]),
        from_port=cdk.Token.as_number(cdk.Fn.import_value("port")),
        to_port=22,
    )
    for name in (MARKUP, CONTROL):
        sqs.Queue(clinic, name)
    nested = cdk.NestedStack(clinic, "Nested")
    s3.Bucket(nested, "Scans")
    inner = cdk.Stack(cdk.Stage(app, "Prod"), "Inner")
    sqs.Queue(inner, "Queue", encryption=sqs.QueueEncryption.KMS_MANAGED)
    status = cdk.Stack(app, "Status")
    classify(status, DataClassification.NO_PHI)
    sqs.Queue(status, "Notices", encryption=sqs.QueueEncryption.SQS_MANAGED)
    enforce_hipaa(app, acknowledgements_file=str(reviewed))
    synthesize(app)
    return folder


@pytest.fixture(scope="session")
def clean_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clean") / "cdk.out"
    app = new_app(folder)
    recovery = cdk.Stack(app, "Recovery", env=cdk.Environment(account="111122223333", region="us-west-2"))
    replica = EncryptedBucket.replica(recovery, "Replica")
    clinic = cdk.Stack(app, "Clinic", env=ENVIRONMENT)
    key = KmsRotatedKey(clinic, "Key")
    EncryptedBucket(clinic, "Records", encryption_key=key.key, replication_destination=replica)
    enforce_hipaa(app)
    synthesize(app)
    return folder


@pytest.fixture(scope="session")
def plain_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a log group, and nothing that any plugin reports."""
    folder = tmp_path_factory.mktemp("plain") / "cdk.out"
    app = new_app(folder)
    clinic = cdk.Stack(app, "Clinic")
    key = KmsRotatedKey(clinic, "Key")
    key.grant_cloudwatch_logs()
    logs.LogGroup(clinic, "Log", encryption_key=key.key, retention=logs.RetentionDays.SEVEN_YEARS)
    enforce_hipaa(app)
    synthesize(app)
    return folder


@pytest.fixture(scope="session")
def clinic(clinic_folder: Path) -> Evidence:
    return collect(clinic_folder, today=TODAY, acknowledgements=clinic_folder.parent / "hipaa-acknowledgements.toml")


@pytest.fixture(scope="session")
def clean(clean_folder: Path) -> Evidence:
    return collect(clean_folder, today=TODAY)


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[Path], Path]:
    """Return a function that copies a cdk.out, to be damaged."""

    def copy(folder: Path) -> Path:
        return Path(shutil.copytree(folder, tmp_path / "cdk.out"))

    return copy
