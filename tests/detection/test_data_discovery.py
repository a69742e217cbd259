"""Macie where this account runs it: discovery is turned on, and its results are kept."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.detection.account_baseline import AccountBaseline
from hipaa_constructs.detection.data_discovery import DataDiscovery
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.testing import assert_no_findings, normalize, template_of
from tests.storage.plans import RecordingPlan
from tests.storage.policies import literal

HERE = cdk.Environment(account="111122223333", region="us-east-1")


def discovery(stack: cdk.Stack, **arguments: Any) -> DataDiscovery:
    topic = AlertTopic(stack, "Alerts", emails=["security@clinic.example"])
    return DataDiscovery(stack, "Data", topic=topic, baseline=AccountBaseline(stack, "Baseline"), **arguments)


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=HERE)
    discovery(stack, backup_plan=RecordingPlan())
    return template_of(stack)


def of_type(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {name: found for name, found in template["Resources"].items() if found["Type"] == kind}


def one(template: dict[str, Any], kind: str, name: str = "Data") -> dict[str, Any]:
    (found,) = (found for key, found in of_type(template, kind).items() if key.startswith(name))
    return found


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    own = {name: found for name, found in template["Resources"].items() if name.startswith("Data")}
    assert normalize({"Resources": own}) == snapshot


def test_has_no_findings_with_a_replica(app: cdk.App, stack: cdk.Stack) -> None:
    elsewhere = cdk.Stack(app, "Elsewhere", env=cdk.Environment(account="111122223333", region="us-west-2"))
    discovery(stack, replication_destination=EncryptedBucket.replica(elsewhere, "Results"))
    assert_no_findings(app, all_packs=True)


def test_results_go_to_a_bucket_of_their_own_before_discovery_begins(template: dict[str, Any]) -> None:
    (bucket,) = (name for name in of_type(template, "AWS::S3::Bucket") if name.startswith("Data"))
    (kept_id,) = of_type(template, "Custom::MacieResults")
    kept = one(template, "Custom::MacieResults")
    assert kept["Properties"]["BucketName"] == {"Ref": bucket}
    key = kept["Properties"]["KmsKeyArn"]["Fn::GetAtt"][0]
    assert template["Resources"][key]["Type"] == "AWS::KMS::Key"
    waits = {template["Resources"][name]["Type"] for name in kept["DependsOn"]}
    assert waits >= {"AWS::Macie::Session", "AWS::S3::BucketPolicy", "AWS::IAM::ManagedPolicy"}
    assert kept_id in one(template, "Custom::MacieDiscovery")["DependsOn"]


def macie(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in document["Statement"] if one["Principal"] == {"Service": "macie.amazonaws.com"}]


def test_macie_writes_for_this_account_and_region_alone(template: dict[str, Any]) -> None:
    place = "arn:<AWS::Partition>:macie2:us-east-1:111122223333"
    sources = [f"{place}:export-configuration:*", f"{place}:classification-job/*"]
    written = literal(one(template, "AWS::S3::BucketPolicy")["Properties"]["PolicyDocument"])
    assert {statement["Action"] for statement in macie(written)} == {"s3:GetBucketLocation", "s3:PutObject"}
    for statement in macie(written):
        assert statement["Condition"] == {
            "StringEquals": {"aws:SourceAccount": "111122223333"},
            "ArnLike": {"aws:SourceArn": sources},
        }
    used = literal(one(template, "AWS::KMS::Key")["Properties"]["KeyPolicy"])
    assert [statement["Condition"]["ArnLike"]["aws:SourceArn"] for statement in macie(used)] == sources
    for statement in macie(used):
        assert statement["Action"] == ["kms:Encrypt", "kms:GenerateDataKey"]
        assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}


def test_nobody_else_writes_and_nobody_deletes_results(template: dict[str, Any]) -> None:
    bucket = one(template, "AWS::S3::Bucket")
    # Macie cannot write where Object Lock has a default retention.
    assert "ObjectLockConfiguration" not in bucket["Properties"]
    assert bucket["DeletionPolicy"] == "RetainExceptOnCreate"
    assert not [rule for rule in bucket["Properties"]["LifecycleConfiguration"]["Rules"] if "ExpirationInDays" in rule]
    statements = one(template, "AWS::S3::BucketPolicy")["Properties"]["PolicyDocument"]["Statement"]
    denied = {statement["Sid"]: statement for statement in statements if statement.get("Sid", "").startswith("Deny")}
    assert denied["DenyDeletion"]["Action"] == ["s3:DeleteObject", "s3:DeleteObjectVersion"]
    assert "Condition" not in denied["DenyDeletion"]
    assert denied["DenyOtherWriters"]["Condition"] == {
        "StringNotEquals": {"aws:PrincipalServiceName": "macie.amazonaws.com"}
    }


def test_results_need_a_copy_somewhere(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match="backup_plan: got None"):
        discovery(stack)
    assert stack.node.try_find_child("Data") is None


def test_without_a_baseline_there_is_nothing_to_keep(stack: cdk.Stack) -> None:
    found = DataDiscovery(stack, "Data", topic=AlertTopic(stack, "Alerts"))
    assert found.results is None
    assert not of_type(template_of(stack), "AWS::S3::Bucket")
