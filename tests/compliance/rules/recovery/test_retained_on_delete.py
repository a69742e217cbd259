from __future__ import annotations

import copy
import json
from importlib.resources import files
from typing import Any

import pytest

from hipaa_constructs import compliance
from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import findings
from hipaa_constructs.compliance.facts.deletion import NAMED
from tests.compliance.rules.support import GIVEN, judged, one, rule, to_do, verdict

NO_PHI = [{"Key": "hipaa:data-classification", "Value": "NO_PHI"}]


def _kept(kind: str, deletion: Any, replacement: Any, **properties: Any) -> dict[str, Any]:
    policies = {"DeletionPolicy": deletion, "UpdateReplacePolicy": replacement}
    written = {name: policy for name, policy in policies.items() if policy is not None}
    return {"Subject": {"Type": kind, "Properties": properties, **written}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_kept("AWS::S3::Bucket", "Retain", "Retain"), "passed"),
        (_kept("AWS::S3::Bucket", "RetainExceptOnCreate", "Retain"), "passed"),
        (_kept("AWS::S3::Bucket", "Delete", "Retain"), "failed"),
        (_kept("AWS::S3::Bucket", "Retain", "Delete"), "failed"),
        (_kept("AWS::S3::Bucket", "Retain", None), "failed"),
        (_kept("AWS::S3::Bucket", None, None), "failed"),
        (_kept("AWS::S3::Bucket", "Snapshot", "Retain"), "failed"),
        (_kept("AWS::S3::Bucket", GIVEN, "Retain"), "unknown"),
        (_kept("AWS::RDS::DBInstance", "Snapshot", "Snapshot"), "passed"),
        (_kept("AWS::RDS::DBInstance", None, "Snapshot"), "passed"),
        (_kept("AWS::RDS::DBInstance", None, None), "failed"),
        (_kept("AWS::RDS::DBInstance", "Delete", "Delete", DBClusterIdentifier="c"), "not_applicable"),
        (_kept("AWS::ElastiCache::ReplicationGroup", "Snapshot", "Snapshot"), "passed"),
        (_kept("AWS::ElastiCache::ReplicationGroup", "Snapshot", "Delete"), "failed"),
        (_kept("AWS::KMS::Key", "Delete", "Delete"), "failed"),
        (_kept("AWS::Logs::LogGroup", "Retain", "Retain"), "passed"),
        (_kept("AWS::Kinesis::Stream", "RetainExceptOnCreate", "Retain"), "passed"),
        (_kept("AWS::Kinesis::Stream", "Retain", None), "failed"),
        (_kept("AWS::Cognito::UserPool", None, None), "failed"),
        (_kept("AWS::HealthImaging::Datastore", "Retain", None), "failed"),
        (_kept("AWS::S3::Bucket", None, None, Tags=NO_PHI), "not_inspected"),
        (_kept("AWS::Lambda::Function", None, None), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("retained_on_delete", resources) == expected


EMPTIED = {"Empty": {"Type": "Custom::S3AutoDeleteObjects", "Properties": {"BucketName": {"Ref": "Subject"}}}}
TRAIL = {
    "Trail": {
        "Type": "AWS::CloudTrail::Trail",
        "Properties": {"CloudWatchLogsLogGroupArn": {"Fn::GetAtt": ["Subject", "Arn"]}},
    }
}
FLOW_LOG = {"Flow": {"Type": "AWS::EC2::FlowLog", "Properties": {"LogGroupName": {"Ref": "Subject"}}}}


@pytest.mark.parametrize(
    ("resources", "severity"),
    [
        (one("AWS::S3::Bucket"), "warning"),
        (one("AWS::S3::Bucket") | EMPTIED, None),
        (one("AWS::ElastiCache::ReplicationGroup"), "warning"),
        (one("AWS::DynamoDB::Table"), None),
        (one("AWS::Logs::LogGroup"), "warning"),
        (one("AWS::Logs::LogGroup") | TRAIL, None),
        (one("AWS::Kinesis::Stream"), "warning"),
        (one("AWS::Logs::LogGroup") | FLOW_LOG, "warning"),
        (one("AWS::SecretsManager::Secret"), "warning"),
        (one("AWS::SecretsManager::Secret", GenerateSecretString={"PasswordLength": 32}), "warning"),
        (one("AWS::Connect::Instance"), "warning"),
        (one("AWS::MSK::Cluster"), "warning"),
        (one("AWS::Omics::SequenceStore"), "warning"),
        (one("AWS::CustomerProfiles::Domain"), None),
        (one("AWS::DocDBElastic::Cluster"), None),
        (one("AWS::MemoryDB::Cluster"), None),
    ],
)
def test_what_deletion_spares_weighs_less(resources: dict[str, Any], severity: str | None) -> None:
    found = verdict("retained_on_delete", resources)
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", severity)


FIXED = {"DBInstanceIdentifier": "clinic"}
TABLE = "AWS::DynamoDB::Table"


@pytest.mark.parametrize(
    ("resources", "severity", "says"),
    [
        (_kept("AWS::RDS::DBInstance", "Snapshot", None), None, "so a replacement deletes it."),
        (
            _kept("AWS::RDS::DBInstance", "Snapshot", None, DeletionProtection=True),
            "warning",
            "DeletionProtection alone",
        ),
        (
            _kept("AWS::RDS::DBInstance", "Snapshot", None, DeletionProtection=GIVEN),
            None,
            "so a replacement deletes it.",
        ),
        (_kept("AWS::RDS::DBInstance", "Retain", None, **FIXED), "warning", "a change of DBInstanceIdentifier deletes"),
        (_kept("AWS::RDS::DBInstance", None, None, **FIXED), "warning", "a change of DBInstanceIdentifier deletes"),
        (_kept("AWS::RDS::DBInstance", "Delete", None, **FIXED), None, "DeletionPolicy is Delete."),
        (_kept("AWS::RDS::DBInstance", "Delete", "Delete", DeletionProtection=True), "warning", "alone refuses"),
        (
            _kept(TABLE, None, None, DeletionProtectionEnabled=True),
            "warning",
            "DeletionProtectionEnabled alone refuses",
        ),
        (_kept(TABLE, None, None, TableName="visits"), None, "so the resource is deleted."),
        (_kept(TABLE, "Retain", None, TableName="visits"), "warning", "a change of TableName deletes"),
        (_kept(TABLE, "Retain", None, TableName={"Ref": "AWS::NoValue"}), None, "so a replacement deletes it."),
        (
            _kept("AWS::Cognito::UserPool", "Retain", None, UserPoolName="patients"),
            None,
            "so a replacement deletes it.",
        ),
        (
            _kept("AWS::Cognito::UserPool", None, None, DeletionProtection="ACTIVE"),
            "warning",
            "DeletionProtection alone",
        ),
        (_kept("AWS::S3::Bucket", "Retain", None, BucketName="scans") | EMPTIED, "warning", "a change of BucketName"),
    ],
)
def test_what_is_protected_or_has_a_name_of_its_own_weighs_less(
    resources: dict[str, Any], severity: str | None, says: str
) -> None:
    found = verdict("retained_on_delete", resources)
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", severity)
    assert says in found.message


def test_a_change_of_each_name_replaces() -> None:
    replaced = json.loads((files(compliance) / "catalogue" / "replacements.json").read_text())["types"]
    assert {kind: name for kind, name in NAMED.items() if name not in replaced[kind]["always"]} == {}


KEPT_QUEUE = {"Other": {"Type": "AWS::SQS::Queue", "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}}
FUNCTION = {
    "Function": {
        "Type": "AWS::Lambda::Function",
        "Properties": {"DeadLetterConfig": {"TargetArn": {"Fn::GetAtt": ["Subject", "Arn"]}}},
    }
}
CUSTOM = {"Custom": {"Type": "Custom::Setting", "Properties": {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}}}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_kept("AWS::SQS::Queue", "Retain", "Retain"), "passed"),
        (_kept("AWS::SQS::Queue", "Retain", None), "failed"),
        (_kept("AWS::SQS::Queue", "Retain", GIVEN), "unknown"),
        (_kept("AWS::SQS::Queue", None, None), "not_applicable"),
        (_kept("AWS::SQS::Queue", None, None) | KEPT_QUEUE, "failed"),
        (_kept("AWS::SQS::Queue", None, None) | KEPT_QUEUE | FUNCTION, "failed"),
        (_kept("AWS::SQS::Queue", None, None) | KEPT_QUEUE | FUNCTION | CUSTOM, "not_applicable"),
    ],
)
def test_queues_are_kept_where_an_app_keeps_any(resources: dict[str, Any], expected: str) -> None:
    found = verdict("retained_on_delete", resources)
    assert found is not None
    assert (found.outcome, found.severity) == (expected, "warning" if expected == "failed" else None)


def _follows(source: Any) -> dict[str, Any]:
    replica = _kept("AWS::RDS::DBInstance", None, None)
    replica["Subject"]["Properties"] = {"SourceDBInstanceIdentifier": source}
    return replica | {"Source": {"Type": "AWS::RDS::DBInstance"}}


@pytest.mark.parametrize(("source", "expected"), [({"Ref": "Source"}, "not_applicable"), ("elsewhere", "failed")])
def test_a_read_replica_keeps_no_data_of_its_own(source: Any, expected: str) -> None:
    assert judged("retained_on_delete", _follows(source)) == expected


def test_what_is_built_again_may_go() -> None:
    site = _kept("AWS::S3::Bucket", None, None)
    site["Subject"]["Properties"] = {"WebsiteConfiguration": {"IndexDocument": "index.html"}}
    assert judged("retained_on_delete", site) == "not_applicable"


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_kept("AWS::SecretsManager::Secret", "Retain", "Retain"), "passed"),
        (_kept("AWS::SecretsManager::Secret", GIVEN, "Retain"), "unknown"),
        (_kept("AWS::SecretsManager::Secret", None, None, Tags=NO_PHI), "not_inspected"),
        (_kept("AWS::CustomerProfiles::Domain", "Delete", "Delete"), "failed"),
        (_kept("AWS::MemoryDB::Cluster", None, None, FinalSnapshotName="last"), "not_applicable"),
        (_kept("AWS::MemoryDB::Cluster", None, None, FinalSnapshotName=GIVEN), "unknown"),
        (_kept("AWS::MemoryDB::Cluster", None, None), "failed"),
    ],
)
def test_other_services_hold_data_too(resources: dict[str, Any], expected: str) -> None:
    assert judged("retained_on_delete", resources) == expected


def test_the_login_of_a_database_is_set_anew() -> None:
    secret = one("AWS::SecretsManager::Secret", GenerateSecretString={"PasswordLength": 32})
    attachment = {"SecretId": {"Ref": "Subject"}, "TargetId": "records", "TargetType": "AWS::RDS::DBInstance"}
    attached = {"Attachment": {"Type": "AWS::SecretsManager::SecretTargetAttachment", "Properties": attachment}}
    assert judged("retained_on_delete", secret | attached) == "not_applicable"


@pytest.mark.parametrize(
    ("deletion", "replacement", "expected"),
    [("Retain", None, "passed"), ("Retain", "Delete", "passed"), (None, "Retain", "failed"), (None, None, "failed")],
)
def test_a_key_is_never_replaced(deletion: Any, replacement: Any, expected: str) -> None:
    assert judged("retained_on_delete", _kept("AWS::KMS::Key", deletion, replacement)) == expected


def test_what_protects_a_database_in_one_environment_is_not_said_of_another() -> None:
    database = _kept(
        "AWS::RDS::DBInstance",
        None,
        None,
        DBInstanceIdentifier={"Fn::Sub": "${Stage}-visits"},
        DeletionProtection={"Fn::If": ["Live", True, False]},
    )
    app = App()
    stages = {"Type": "String", "Default": "live", "AllowedValues": ["trial", "live"]}
    conditions = {"Live": {"Fn::Equals": [{"Ref": "Stage"}, "live"]}}
    app.add("t.json", {"Parameters": {"Stage": stages}, "Conditions": conditions, "Resources": database})
    (found,) = findings(app, [rule("retained_on_delete")])
    assert found.severity == "warning"
    assert "alone refuses to delete the resource until somebody turns it off (when Stage is live)." in found.message
    assert "a change of DBInstanceIdentifier deletes the resource (when Stage is trial)." in found.message


def _emptier(name: str, *actions: str, resource: Any = None, role: bool = True, token: Any = None) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource or {"Fn::Sub": "${Subject.Arn}/*"}}
    policies = [{"PolicyName": "own", "PolicyDocument": {"Statement": [statement]}}]
    arn = {"Fn::GetAtt": ["Role", "Arn"]} if role else "arn:aws:iam::111122223333:role/Clinic"
    given = {"ServiceToken": token or {"Fn::GetAtt": ["Function", "Arn"]}, "BucketName": {"Ref": "Subject"}}
    return {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"Policies": policies}},
        "Function": {"Type": "AWS::Lambda::Function", "Properties": {"Role": arn}},
        name: {"Type": "AWS::CloudFormation::CustomResource", "Properties": given},
    }


KEPT = _kept("AWS::S3::Bucket", "Retain", "Retain")
LOST = _kept("AWS::S3::Bucket", "Delete", "Delete")


@pytest.mark.parametrize(
    ("bucket", "others", "outcome", "severity", "named"),
    [
        (LOST, _emptier("BucketEmptier", "s3:DeleteObject*"), "failed", None, True),
        (LOST, _emptier("BucketEmptier", "s3:*", resource="*"), "failed", None, True),
        (LOST, _emptier("BucketEmptier", "s3:DeleteObject", role=False), "failed", "warning", True),
        (LOST, _emptier("BucketEmptier", "s3:GetObject"), "failed", "warning", False),
        (
            LOST,
            _emptier("BucketEmptier", "s3:DeleteObject", resource="arn:aws:s3:::other/*"),
            "failed",
            "warning",
            False,
        ),
        (LOST, _emptier("Settings", "s3:DeleteObject"), "failed", "warning", False),
        (LOST, {}, "failed", "warning", False),
        (KEPT, _emptier("CleanBucket", "s3:DeleteObject"), "failed", "warning", True),
        (KEPT, _emptier("BucketEmptier", "s3:DeleteObject", role=False), "failed", "warning", True),
        (
            KEPT,
            _emptier("BucketEmptier", "s3:DeleteObject", token="arn:aws:lambda:us-east-1:1:function:x"),
            "passed",
            None,
            False,
        ),
        (KEPT, _emptier("Settings", "s3:DeleteObject"), "passed", None, False),
        (KEPT, {}, "passed", None, False),
    ],
)
def test_what_empties_a_bucket_is_named(
    bucket: dict[str, Any], others: dict[str, Any], outcome: str, severity: str | None, named: bool
) -> None:
    found = verdict("retained_on_delete", bucket | others)
    assert found is not None
    assert (found.outcome.value, found.severity) == (outcome, severity)
    assert ("A custom resource has the bucket for Function, which may" in found.message) is named
    if named:
        assert "The custom resource that is given the bucket goes" in to_do("retained_on_delete", bucket | others)


def _tagged(bucket: dict[str, Any], value: Any) -> dict[str, Any]:
    bucket = copy.deepcopy(bucket)
    bucket["Subject"].setdefault("Properties", {})["Tags"] = [{"Key": "aws-cdk:auto-delete-objects", "Value": value}]
    return bucket


@pytest.mark.parametrize(
    ("bucket", "policy", "outcome", "severity"),
    [
        (_tagged(KEPT, "true"), "Delete", "failed", None),
        (_tagged(KEPT, "true"), None, "failed", None),
        # CDK's function passes over what has no such tag; of old, there was none.
        (_tagged(KEPT, "false"), "Delete", "failed", "warning"),
        (KEPT, "Delete", "failed", "warning"),
        (_tagged(KEPT, "true"), "Retain", "passed", None),
        (_tagged(LOST, "true"), "Delete", "failed", None),
        # It is not told to empty the bucket, so that CloudFormation cannot delete it.
        (_tagged(LOST, "true"), "Retain", "failed", "warning"),
    ],
)
def test_cdk_empties_what_is_kept(bucket: dict[str, Any], policy: Any, outcome: str, severity: str | None) -> None:
    custom = EMPTIED["Empty"] | ({"DeletionPolicy": policy} if policy else {})
    resources = bucket | {"Empty": custom}
    found = verdict("retained_on_delete", resources)
    assert found is not None
    assert (found.outcome.value, found.severity) == (outcome, severity)
    emptied = policy != "Retain"
    assert ("Empty, by which CDK empties the bucket, goes with the stack" in found.message) is emptied
    if emptied:
        told = to_do("retained_on_delete", resources)
        assert "The Custom::S3AutoDeleteObjects of the bucket goes, with the tag aws-cdk:auto-delete-objects" in told
        (fix,) = [one for one in rule("retained_on_delete").fixes if one.template and one.when]
        assert "Leave auto_delete_objects out first" in fix.in_cdk()


ROOT = {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
UNDER = {"KmsMasterKeyId": {"Ref": "Subject"}}
ALIAS = {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/letters", "TargetKeyId": {"Ref": "Subject"}}}
DECRYPTS = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": {"Fn::GetAtt": ["Subject", "Arn"]}}
READERS = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": [DECRYPTS]}}}


def _letting_in(*principals: Any) -> dict[str, Any]:
    statements = [{"Effect": "Allow", "Principal": one, "Action": "kms:*", "Resource": "*"} for one in principals]
    return {"KeyPolicy": {"Statement": statements}}


def _store(kind: str, *, kept: bool = False, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties, **({"DeletionPolicy": "Retain"} if kept else {})}


QUEUE = _store("AWS::SQS::Queue", **UNDER)
FLOWS = {"Type": "AWS::EC2::FlowLog", "Properties": {"LogGroupName": {"Ref": "Group"}}}
GROUP = _store("AWS::Logs::LogGroup", KmsKeyId={"Fn::GetAtt": ["Subject", "Arn"]})
PASSING = "weighs less, since it encrypts"


@pytest.mark.parametrize(
    ("stores", "policy", "severity"),
    [
        ({"Queue": QUEUE}, _letting_in(ROOT), "warning"),
        ({"Queue": QUEUE, "Readers": READERS, "Alias": ALIAS}, _letting_in(ROOT), "warning"),
        ({"Alias": ALIAS, "Queue": _store("AWS::SQS::Queue", KmsMasterKeyId={"Ref": "Alias"})}, {}, "warning"),
        ({"Alias": ALIAS, "Queue": _store("AWS::SQS::Queue", KmsMasterKeyId="alias/letters")}, {}, "warning"),
        ({"Topic": _store("AWS::SNS::Topic", **UNDER)}, _letting_in({"Service": "s3.amazonaws.com"}), "warning"),
        ({"Group": GROUP, "Flows": FLOWS}, _letting_in({"Service": "logs.us-east-1.amazonaws.com"}), "warning"),
        ({"Stream": _store("AWS::Kinesis::Stream", StreamEncryption={"KeyId": {"Ref": "Subject"}})}, {}, "warning"),
        # What stays needs its key, and so may what nobody sees.
        ({}, _letting_in(ROOT), None),
        ({"Queue": _store("AWS::SQS::Queue", kept=True, **UNDER)}, _letting_in(ROOT), None),
        (
            {"Queue": QUEUE, "Table": _store("AWS::DynamoDB::Table", SSESpecification={"Key": {"Ref": "Subject"}})},
            {},
            None,
        ),
        ({"Queue": QUEUE, "Code": _store("AWS::Lambda::Function", Environment={"K": {"Ref": "Subject"}})}, {}, None),
        ({"Alias": ALIAS, "Queue": QUEUE, "Files": _store("AWS::S3::Bucket", Key="alias/letters")}, {}, None),
        ({"Group": GROUP}, _letting_in({"Service": "logs.us-east-1.amazonaws.com"}), None),
        (
            {
                "S": _store(
                    "AWS::Kinesis::Stream", RetentionPeriodHours=720, StreamEncryption={"KeyId": {"Ref": "Subject"}}
                )
            },
            {},
            None,
        ),
        ({"Queue": QUEUE}, _letting_in(ROOT, {"Service": "cloudtrail.amazonaws.com"}), None),
        ({"Queue": QUEUE}, _letting_in(ROOT, {"AWS": "arn:aws:iam::111122223333:root"}), None),
        ({"Queue": QUEUE}, _letting_in("*"), None),
        ({"Queue": QUEUE}, {"KeyPolicy": GIVEN}, None),
    ],
)
def test_a_key_of_what_passes_weighs_less(stores: dict[str, Any], policy: dict[str, Any], severity: str | None) -> None:
    found = verdict("retained_on_delete", _kept("AWS::KMS::Key", None, None, **policy) | stores)
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", severity)
    assert (PASSING in found.message) is (severity == "warning")


def test_a_key_that_others_are_shown_may_be_for_more() -> None:
    app = App()
    resources = {**_kept("AWS::KMS::Key", None, None), "Queue": QUEUE}
    output = {"Key": {"Value": {"Ref": "Subject"}, "Export": {"Name": "key"}}}
    app.add("t.json", {"Resources": resources, "Outputs": output})
    (found,) = (one for one in findings(app, [rule("retained_on_delete")]) if one.resource_logical_id == "Subject")
    assert (found.severity, PASSING in found.message) == ("error", False)
