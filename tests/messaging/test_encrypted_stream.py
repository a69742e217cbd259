from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.compute.private_function import PrivateFunction
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.inventory import stores_of
from hipaa_constructs.evidence.reach import reach_of
from hipaa_constructs.messaging.encrypted_queue import EncryptedQueue
from hipaa_constructs.messaging.encrypted_stream import EncryptedStream
from hipaa_constructs.network.private_vpc import PrivateVpc
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.recovery.backup_plan import BackupPlan
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.dependencies import dependencies, in_circles
from tests.edge.support import only, resources
from tests.storage.plans import RecordingPlan

STREAM, DELIVERY = "AWS::Kinesis::Stream", "AWS::KinesisFirehose::DeliveryStream"


def role_in(stack: cdk.Stack, name: str = "Role") -> LeastPrivilegeRole:
    return LeastPrivilegeRole(stack, name, assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    """A stream that delivers; the bucket is another stack's, so that this one is about the stream."""
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    env = cdk.Environment(account="111122223333", region="us-east-1")
    bucket = EncryptedBucket(cdk.Stack(app, "Lake", env=env), "Claims", backup_plan=RecordingPlan())
    stack = cdk.Stack(app, "Clinic", env=env)
    EncryptedStream(stack, "Claims", deliver_to=bucket, data_output_prefix="claims/")
    return template_of(stack)


def statements_of(template: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        one for policy in resources(template, "AWS::IAM::ManagedPolicy")
        for one in policy["Properties"]["PolicyDocument"]["Statement"]
    ]  # fmt: skip


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", None])
def test_has_no_findings(region: str | None, app: cdk.App) -> None:
    env = cdk.Environment(account="111122223333", region=region) if region else None
    stack = cdk.Stack(app, "Clinic", env=env)
    key = KmsRotatedKey(stack, "Key").key
    plan = BackupPlan.daily_7_year(stack, "Backups", encryption_key=key)
    bucket = EncryptedBucket(stack, "Lake", encryption_key=key, backup_plan=plan)
    stream = EncryptedStream(stack, "Claims", encryption_key=key, deliver_to=bucket)
    EncryptedStream(stack, "Remittances", encryption_key=key, deliver_to=bucket, data_output_prefix="remittances/")
    stream.grant_write(role_in(stack, "Producer"))
    stream.grant_read(role_in(stack, "Consumer"))
    assert_no_findings(app, all_packs=True)
    written = json.loads((Path(app.outdir) / "Clinic.template.json").read_text())
    assert in_circles(dependencies(written)) == []


def test_has_no_findings_with_a_bucket_of_another_stack(app: cdk.App) -> None:
    env = cdk.Environment(account="111122223333", region="us-east-1")
    lake = cdk.Stack(app, "Lake", env=env)
    bucket = EncryptedBucket(lake, "Claims", backup_plan=BackupPlan.daily_7_year(lake, "Backups"))
    EncryptedStream(cdk.Stack(app, "Clinic", env=env), "Claims", deliver_to=bucket)
    assert_no_findings(app, all_packs=True)


def test_encryption_with_one_rotated_key(template: dict[str, Any]) -> None:
    encryption = only(template, STREAM)["StreamEncryption"]
    (key,) = {encryption["KeyId"]["Fn::GetAtt"][0], only(template, "AWS::Logs::LogGroup")["KmsKeyId"]["Fn::GetAtt"][0]}
    assert encryption["EncryptionType"] == "KMS"
    assert template["Resources"][key]["Properties"]["EnableKeyRotation"] is True


def test_encryption_of_what_is_delivered_under_the_buckets_key(template: dict[str, Any]) -> None:
    delivered = only(template, DELIVERY)["ExtendedS3DestinationConfiguration"]
    assert "Lake" in json.dumps(delivered["EncryptionConfiguration"]["KMSEncryptionConfig"]["AWSKMSKeyARN"])


def test_access_control_the_stream_has_no_policy(template: dict[str, Any]) -> None:
    assert not resources(template, "AWS::Kinesis::ResourcePolicy")


def test_access_control_the_role_of_the_delivery(template: dict[str, Any]) -> None:
    allowed: dict[str, list[dict[str, Any]]] = {}
    for one in statements_of(template):
        for action in one["Action"] if isinstance(one["Action"], list) else [one["Action"]]:
            allowed.setdefault(action.partition(":")[0], []).append(one)
    assert set(allowed) == {"kinesis", "kms", "logs", "s3"}
    objects = [text for one in allowed["s3"] for text in [json.dumps(one["Resource"])] if "PutObject" in str(one)]
    assert len(objects) == 3
    assert all('"/claims/*"' in text and '"/failed/*"' in text for text in objects)
    assert all("Delete" not in str(one) for one in statements_of(template))
    (log,) = allowed["logs"]
    assert log["Action"] == "logs:PutLogEvents"
    assert ":log-stream:" in json.dumps(log["Resource"])


def test_integrity_stream_key_and_log_stay(template: dict[str, Any]) -> None:
    for kind in (STREAM, "AWS::KMS::Key", "AWS::Logs::LogGroup", "AWS::Logs::LogStream"):
        (made,) = resources(template, kind)
        assert made["DeletionPolicy"].startswith("Retain")
        assert made["UpdateReplacePolicy"] == "Retain"


def test_integrity_what_cannot_be_delivered_is_kept_and_logged(template: dict[str, Any]) -> None:
    delivered = only(template, DELIVERY)["ExtendedS3DestinationConfiguration"]
    assert delivered["ErrorOutputPrefix"].startswith("failed/!{firehose:error-output-type}/")
    assert delivered["CloudWatchLoggingOptions"]["Enabled"] is True
    assert only(template, "AWS::Logs::LogGroup")["RetentionInDays"] == 2557


def test_the_delivery_waits_for_what_its_role_may_do(template: dict[str, Any]) -> None:
    (delivery,) = resources(template, DELIVERY)
    policies = [name for name, one in template["Resources"].items() if one["Type"] == "AWS::IAM::ManagedPolicy"]
    assert set(policies) <= set(delivery["DependsOn"])
    assert delivery["Properties"]["DeliveryStreamType"] == "KinesisStreamAsSource"
    assert delivery["Properties"]["ExtendedS3DestinationConfiguration"]["Prefix"] == "claims/"


def test_by_default_is_on_demand_and_keeps_seven_days(stack: cdk.Stack) -> None:
    stream = EncryptedStream(stack, "Claims")
    template = template_of(stack)
    properties = only(template, STREAM)
    assert properties["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}
    assert "ShardCount" not in properties
    assert properties["RetentionPeriodHours"] == 7 * 24
    assert stream.delivery_stream is None
    assert not resources(template, DELIVERY)


def test_shard_count(stack: cdk.Stack) -> None:
    EncryptedStream(stack, "Claims", shard_count=3)
    properties = only(template_of(stack), STREAM)
    assert properties["ShardCount"] == 3
    assert properties["StreamModeDetails"] == {"StreamMode": "PROVISIONED"}


@pytest.mark.parametrize("hours", [24, 8760])
def test_retention_period(hours: int, stack: cdk.Stack) -> None:
    EncryptedStream(stack, "Claims", retention_period=cdk.Duration.hours(hours))
    assert only(template_of(stack), STREAM)["RetentionPeriodHours"] == hours


def test_data_output_prefix_with_expressions(stack: cdk.Stack) -> None:
    bucket = EncryptedBucket(stack, "Lake", backup_plan=RecordingPlan())
    prefix = "claims/!{timestamp:yyyy/MM/dd}/"
    EncryptedStream(stack, "Claims", deliver_to=bucket, data_output_prefix=prefix)
    template = template_of(stack)
    assert only(template, DELIVERY)["ExtendedS3DestinationConfiguration"]["Prefix"] == prefix
    assert '"/claims/*"' in json.dumps(statements_of(template))


def test_grants_bring_the_key_along_and_no_more(stack: cdk.Stack) -> None:
    stream = EncryptedStream(stack, "Claims")
    stream.grant_write(role_in(stack, "Producer")).assert_success()
    stream.grant_read(role_in(stack, "Consumer")).assert_success()
    by_role = {
        policy["Properties"]["Roles"][0]["Ref"][:8]: {
            action
            for one in policy["Properties"]["PolicyDocument"]["Statement"]
            for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
        }
        for policy in resources(template_of(stack), "AWS::IAM::ManagedPolicy")
    }
    assert {"kinesis:PutRecord", "kinesis:PutRecords", "kms:GenerateDataKey"} <= by_role["Producer"]
    assert not by_role["Producer"] & {"kinesis:GetRecords", "kms:Decrypt"}
    assert {"kinesis:GetRecords", "kms:Decrypt"} <= by_role["Consumer"]
    assert not by_role["Consumer"] & {"kinesis:PutRecord", "kms:GenerateDataKey"}
    assert not any("*" in action for actions in by_role.values() for action in actions)


def test_what_cdk_connects_it_with_passes_the_gate(app: cdk.App, stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    stream = EncryptedStream(stack, "Claims", encryption_key=key)
    function = PrivateFunction(
        stack,
        "Adjudicate",
        code=lambda_.Code.from_inline("def handle(event, context): pass"),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_14,
        vpc=PrivateVpc(stack, "Vpc", encryption_key=key).vpc,
        encryption_key=key,
    )
    function.function.add_event_source(
        sources.KinesisEventSource(
            stream.stream,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            on_failure=sources.SqsDlq(EncryptedQueue(stack, "Failed", encryption_key=key).queue),
        )
    )
    assert_no_findings(app, all_packs=True)


def test_the_evidence_lists_both_and_tells_who_reads_and_writes(app: cdk.App, stack: cdk.Stack) -> None:
    bucket = EncryptedBucket(stack, "Lake", backup_plan=RecordingPlan())
    stream = EncryptedStream(stack, "Claims", deliver_to=bucket)
    stream.grant_write(role_in(stack, "Producer"))
    app.synth()
    read = assembly.load([Path(app.outdir)])
    found = {one.resource.type: one for one in stores_of(read, Names(read))}
    assert (found[STREAM].encryption, found[STREAM].key) == ("customer_key", "Clinic/Claims/Key/Resource/Resource")
    assert found[STREAM].backup == "not_applicable"
    assert "records: 7 days" in found[STREAM].retention
    # Firehose leaves in the stream what it has not delivered yet.
    assert (found[DELIVERY].encryption, found[DELIVERY].key) == (found[STREAM].encryption, found[STREAM].key)
    reach = reach_of(read)
    made = {one.type: one for one in read.templates[0].resources.values() if one.type in (STREAM, "AWS::S3::Bucket")}
    assert {party.name: set(map(str, verbs)) for party, verbs in reach.of(made[STREAM]).items()} == {
        "Clinic/Producer": {"write"},
        "Clinic/Claims/Delivery/Role": {"read"},
    }


def test_takes_a_key_and_can_be_reached(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    bucket = EncryptedBucket(stack, "Lake", encryption_key=key, backup_plan=RecordingPlan())
    stream = EncryptedStream(stack, "Claims", encryption_key=key, deliver_to=bucket)
    assert stream.encryption_key is key
    assert stream.stream.node.path == "Clinic/Claims/Resource"
    assert stream.delivery_stream is not None
    assert stream.delivery_stream.node.path == "Clinic/Claims/Delivery/Resource"


def test_a_key_of_elsewhere_is_told_nothing(stack: cdk.Stack) -> None:
    arn = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    EncryptedStream(stack, "Claims", encryption_key=kms.Key.from_key_arn(stack, "Key", arn))
    assert only(template_of(stack), STREAM)["StreamEncryption"]["KeyId"] == arn


def test_tokens_pass(stack: cdk.Stack) -> None:
    hours = cdk.Duration.hours(cdk.Token.as_number({"Ref": "Hours"}))
    shards = cdk.Token.as_number({"Ref": "Shards"})
    EncryptedStream(stack, "Claims", retention_period=hours, shard_count=shards)
    assert only(template_of(stack), STREAM)["ShardCount"] == {"Ref": "Shards"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"retention_period": cdk.Duration.days(cdk.Token.as_number({"Ref": "Days"}))},
            "retention_period: got 'a token of days'; what only deployment knows is given in hours",
        ),
        ({"retention_period": cdk.Duration.hours(23)}, "retention_period: got '23 hours'; allowed are 24 to 8760"),
        ({"retention_period": cdk.Duration.days(366)}, "retention_period: got '8784 hours'; allowed are 24 to 8760"),
        ({"retention_period": cdk.Duration.minutes(1471)}, "retention_period: got '24.5167 hours'; allowed are"),
        ({"retention_period": 24}, r"EncryptedStream\(retention_period=…\): got 24; it takes"),
        ({"shard_count": 0}, "shard_count: got 0; allowed are 1 to 100000 shards"),
        ({"data_output_prefix": ""}, "data_output_prefix: got ''; it begins with a folder"),
        ({"data_output_prefix": "!{timestamp:yyyy}/"}, "data_output_prefix: got '!{timestamp:yyyy}/'; it begins"),
        ({"data_output_prefix": "failed/claims/"}, "data_output_prefix: got 'failed/claims/'; it begins"),
        ({"data_output_prefix": "x" * 1025}, "at most 1024 characters"),
        ({"data_output_prefix": cdk.Token.as_string({"Ref": "X"})}, "data_output_prefix: .* is known at synth"),
        ({"deliver_to": "bucket"}, r"EncryptedStream\(deliver_to=…\): got 'bucket'; it takes KeepsObjects"),
        ({"encryption_key": "alias/x"}, r"EncryptedStream\(encryption_key=…\): got 'alias/x'"),
    ],
)
def test_refuses(arguments: dict[str, Any], message: str, stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=message):
        EncryptedStream(stack, "Claims", **arguments)
    assert not stack.node.children
