from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Match, Template
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.audit.trail_bucket import TrailBucket
from hipaa_constructs.detection.config_bucket import ConfigBucket
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.recovery.backup_plan import BackupPlan
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.storage.plans import RecordingPlan
from tests.storage.policies import denied_by, literal

SSE = "s3:x-amz-server-side-encryption"
KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id"
SSE_C = "s3:x-amz-server-side-encryption-customer-algorithm"
TLS = {"aws:SecureTransport": True, "s3:TlsVersion": 1.2}


def bucket_of(template: dict[str, Any], prefix: str = "Records") -> dict[str, Any]:
    (found,) = (
        resource
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::S3::Bucket" and name.startswith(prefix)
    )
    return found


def policy_of(template: dict[str, Any], prefix: str = "Records") -> dict[str, Any]:
    (found,) = (
        resource
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::S3::BucketPolicy" and name.startswith(prefix)
    )
    return found


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-east-1"))
    EncryptedBucket(stack, "Records", backup_plan=RecordingPlan())
    return template_of(stack)


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


def test_has_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    EncryptedBucket(stack, "Records", backup_plan=BackupPlan.daily_7_year(stack, "Backups"))
    assert_no_findings(app, all_packs=True)


def test_encrypts_with_its_own_rotated_key_and_a_bucket_key(template: dict[str, Any]) -> None:
    (rule,) = bucket_of(template)["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    key = rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]["Fn::GetAtt"][0]
    assert rule["BucketKeyEnabled"] is True
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert template["Resources"][key]["Properties"]["EnableKeyRotation"] is True


def test_blocks_public_access_in_all_four_ways(template: dict[str, Any]) -> None:
    assert bucket_of(template)["Properties"]["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }


def test_is_versioned_without_acls(template: dict[str, Any]) -> None:
    properties = bucket_of(template)["Properties"]
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert properties["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_bucket_policy_and_key_stay_when_the_stack_goes(template: dict[str, Any]) -> None:
    kept = {
        (resource["Type"], resource["DeletionPolicy"])
        for resource in template["Resources"].values()
        if resource.get("UpdateReplacePolicy") == "Retain"
    }
    assert kept == {
        ("AWS::S3::Bucket", "RetainExceptOnCreate"),
        ("AWS::KMS::Key", "RetainExceptOnCreate"),
        # It goes with its bucket; one with files in it stops a rollback, and stays protected.
        ("AWS::S3::BucketPolicy", "Retain"),
    }


def test_logs_access_into_the_bucket_of_the_stack(template: dict[str, Any]) -> None:
    logging = bucket_of(template)["Properties"]["LoggingConfiguration"]
    target = template["Resources"][logging["DestinationBucketName"]["Ref"]]
    assert target == bucket_of(template, "AccessLogBucket")
    assert logging["LogFilePrefix"] == "Clinic/Records/"


def test_keeps_versions_seven_years_and_removes_unfinished_uploads(template: dict[str, Any]) -> None:
    (rule,) = bucket_of(template)["Properties"]["LifecycleConfiguration"]["Rules"]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 2557}
    assert rule["NoncurrentVersionTransitions"] == [
        {"StorageClass": "STANDARD_IA", "TransitionInDays": 30},
        {"StorageClass": "GLACIER_IR", "TransitionInDays": 90},
    ]
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert "ExpirationInDays" not in rule


@pytest.mark.parametrize(
    ("headers", "denied"),
    [
        ({}, set()),
        ({SSE: "aws:kms", KEY_ID: "<own>"}, set()),
        ({SSE: "aws:kms:dsse", KEY_ID: "<own>"}, set()),
        ({SSE: "aws:kms", KEY_ID: "arn:aws:kms:us-east-1:111122223333:key/other"}, {"DenyOtherKey"}),
        ({SSE: "aws:kms"}, {"DenyUnnamedKey"}),
        ({SSE: "AES256"}, {"DenyOtherAlgorithm"}),
        ({SSE_C: "AES256"}, {"DenyCustomerProvidedKey"}),
        ({"aws:SecureTransport": False}, {"aws:SecureTransport"}),
        ({"s3:TlsVersion": 1.1}, {"s3:TlsVersion"}),
    ],
    ids=["none", "own", "dsse", "wrong", "unnamed", "sse-s3", "sse-c", "http", "tls-1.1"],
)
def test_denies_writes_under_other_keys_and_without_tls(
    template: dict[str, Any], headers: dict[str, Any], denied: set[str]
) -> None:
    encryption = bucket_of(template)["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]
    own = literal(encryption["ServerSideEncryptionByDefault"]["KMSMasterKeyID"])
    properties = literal(policy_of(template)["Properties"])
    context = {key: own if value == "<own>" else value for key, value in {**TLS, **headers}.items()}
    target = f"{properties['Bucket'].replace('>', '.Arn>')}/patients/1"
    assert denied_by(properties["PolicyDocument"], "s3:PutObject", target, context) == denied


def test_denies_every_action_without_tls(template: dict[str, Any]) -> None:
    properties = literal(policy_of(template)["Properties"])
    arn = properties["Bucket"].replace(">", ".Arn>")
    for action, target in (("s3:GetObject", f"{arn}/x"), ("s3:ListBucket", arn)):
        context = {"aws:SecureTransport": False, "s3:TlsVersion": 1.2}
        assert denied_by(properties["PolicyDocument"], action, target, context) == {"aws:SecureTransport"}
        assert not denied_by(properties["PolicyDocument"], action, target, TLS)


def test_asks_the_plan_for_protection_in_its_own_name(stack: cdk.Stack) -> None:
    plan = RecordingPlan()
    records = EncryptedBucket(stack, "Records", backup_plan=plan)
    assert plan.protected == [(records, records.bucket.bucket_arn)]


def test_sends_events_to_aws_backup_without_a_function(template: dict[str, Any]) -> None:
    notifications = bucket_of(template)["Properties"]["NotificationConfiguration"]
    assert notifications == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    assert not [r for r in template["Resources"].values() if r["Type"].startswith(("Custom::", "AWS::Lambda"))]


def test_acknowledgement_of_no_replica_names_the_plan(stack: cdk.Stack) -> None:
    records = EncryptedBucket(stack, "Records", backup_plan=RecordingPlan())
    resource = records.bucket.node.default_child
    assert resource is not None
    (note,) = [entry.data for entry in resource.node.metadata if entry.type == "hipaa-constructs:acknowledgement"]
    assert {rule_id.rpartition("::")[2] for rule_id in note["rule_ids"]} == {
        f"{pack}-S3BucketReplicationEnabled" for pack in ("HIPAA.Security", "NIST.800.53.R5", "PCI.DSS.321")
    }
    assert "daily-7-year" in note["reason"]


def test_takes_a_key(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key")
    records = EncryptedBucket(stack, "Records", encryption_key=key.key, backup_plan=RecordingPlan())
    assert records.encryption_key is key.key
    Template.from_stack(stack).resource_count_is("AWS::KMS::Key", 1)


def test_takes_an_imported_key(stack: cdk.Stack) -> None:
    arn = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    EncryptedBucket(stack, "Records", encryption_key=kms.Key.from_key_arn(stack, "K", arn), backup_plan=RecordingPlan())
    denial = next(
        s
        for s in policy_of(template_of(stack))["Properties"]["PolicyDocument"]["Statement"]
        if s.get("Sid") == "DenyOtherKey"
    )
    assert denial["Condition"]["StringNotEquals"] == {KEY_ID: arn}


def test_takes_a_name(stack: cdk.Stack) -> None:
    EncryptedBucket(stack, "Records", bucket_name="clinic-records-2", backup_plan=RecordingPlan())
    Template.from_stack(stack).has_resource_properties("AWS::S3::Bucket", {"BucketName": "clinic-records-2"})


def test_has_no_physical_name_by_default(template: dict[str, Any]) -> None:
    assert "BucketName" not in bucket_of(template)["Properties"]


def test_locks_objects(stack: cdk.Stack) -> None:
    lock = s3.ObjectLockRetention.compliance(cdk.Duration.days(3650))
    records = EncryptedBucket(stack, "Records", object_lock_default_retention=lock, backup_plan=RecordingPlan())
    properties = bucket_of(template_of(stack))["Properties"]
    assert records.locked
    assert properties["ObjectLockEnabled"] is True
    assert properties["ObjectLockConfiguration"]["Rule"]["DefaultRetention"] == {
        "Mode": "COMPLIANCE",
        "Days": 3650,
    }
    kept = properties["LifecycleConfiguration"]["Rules"][0]["NoncurrentVersionExpiration"]["NoncurrentDays"]
    assert kept == 3650


def test_adds_lifecycle_rules(stack: cdk.Stack) -> None:
    rule = s3.LifecycleRule(id="Archive", expiration=cdk.Duration.days(400))
    EncryptedBucket(stack, "Records", lifecycle_rules=[rule], backup_plan=RecordingPlan())
    rules = bucket_of(template_of(stack))["Properties"]["LifecycleConfiguration"]["Rules"]
    assert [r["Id"] for r in rules] == ["KeepVersions", "Archive"]


READ = ["s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionTagging"]
LIST = ["s3:ListBucket", "s3:ListBucketVersions"]
PUT = ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject", "s3:PutObjectTagging"]
SEAL = ["kms:Decrypt", "kms:GenerateDataKey"]


@pytest.mark.parametrize(
    ("method", "actions"),
    [
        ("grant_read", [*LIST, *READ, "kms:Decrypt"]),
        ("grant_put", [*PUT, *SEAL]),
        ("grant_delete", ["s3:DeleteObject"]),
        ("grant_write", [*PUT, *SEAL, "s3:DeleteObject"]),
        ("grant_read_write", [*LIST, *READ, "kms:Decrypt", *PUT, *SEAL, "s3:DeleteObject"]),
    ],
)
def test_grants_only_what_it_says(stack: cdk.Stack, method: str, actions: list[str]) -> None:
    records = EncryptedBucket(stack, "Records", backup_plan=RecordingPlan())
    role = LeastPrivilegeRole(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    grant: iam.Grant = getattr(records, method)(role)
    grant.assert_success()
    granted = [
        action
        for resource in template_of(stack)["Resources"].values()
        if resource["Type"] == "AWS::IAM::ManagedPolicy"
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    ]
    assert granted == actions


def test_grants_within_a_prefix(stack: cdk.Stack) -> None:
    records = EncryptedBucket(stack, "Records", backup_plan=RecordingPlan())
    role = LeastPrivilegeRole(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    records.grant_read(role, objects_key_pattern="lab/*")
    template = Template.from_stack(stack)
    arn = {"Fn::GetAtt": [Match.string_like_regexp("Records"), "Arn"]}
    template.has_resource_properties(
        "AWS::IAM::ManagedPolicy",
        {
            "PolicyDocument": {
                "Statement": Match.array_with(
                    [
                        Match.object_like({"Condition": {"StringLike": {"s3:prefix": "lab/*"}}, "Resource": arn}),
                        Match.object_like({"Resource": {"Fn::Join": ["", [arn, "/lab/*"]]}}),
                    ]
                )
            }
        },
    )


def test_grants_to_another_account_by_bucket_and_key_policy(stack: cdk.Stack) -> None:
    records = EncryptedBucket(stack, "Records", backup_plan=RecordingPlan())
    records.grant_read(iam.AccountPrincipal("444455556666")).assert_success()
    template = template_of(stack)
    documents = [policy_of(template)["Properties"]["PolicyDocument"]] + [
        resource["Properties"]["KeyPolicy"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::KMS::Key"
    ]
    for document in documents:
        assert any("444455556666" in str(s["Principal"]) for s in document["Statement"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "backup_plan: got None; a bucket of PHI needs a backup plan, a replica"),
        ({"backup_plan": "daily"}, r"EncryptedBucket\(backup_plan=…\): got 'daily'; it takes ProtectsData"),
        ({"encryption_key": "alias/x"}, r"EncryptedBucket\(encryption_key=…\)"),
        ({"bucket_name": "Clinic_Records"}, "bucket_name: got 'Clinic_Records'; allowed are 3 to 63"),
        ({"bucket_name": "a.b.c"}, "bucket_name: got 'a.b.c'"),
        ({"bucket_name": "xn--records"}, "bucket_name: got 'xn--records'"),
        ({"lifecycle_rules": [{"expiration": 3}]}, r"EncryptedBucket\(lifecycle_rules=…\)"),
        (
            {
                "lifecycle_rules": [
                    s3.LifecycleRule(expiration=cdk.Duration.days(9)),
                    s3.LifecycleRule(noncurrent_version_expiration=cdk.Duration.days(90)),
                ]
            },
            r"lifecycle_rules\[1\].noncurrent_version_expiration: got '90 days'; .* 2557 days or more",
        ),
        (
            {
                "lifecycle_rules": [s3.LifecycleRule(expiration=cdk.Duration.days(99))],
                "object_lock_default_retention": s3.ObjectLockRetention.governance(cdk.Duration.days(100)),
            },
            r"lifecycle_rules\[0\].expiration: got '99 days'; .*object_lock_default_retention .* 100 days",
        ),
    ],
)
def test_refuses(stack: cdk.Stack, arguments: dict[str, Any], message: str) -> None:
    complete = {"backup_plan": RecordingPlan(), **arguments} if arguments else {}
    with pytest.raises(ValueError, match=message):
        EncryptedBucket(stack, "Records", **complete)
    assert not stack.node.children


def test_refuses_a_key_by_alias(stack: cdk.Stack) -> None:
    alias = kms.Alias.from_alias_name(stack, "Alias", "alias/clinic")
    with pytest.raises(ValueError, match=r"encryption_key: .*a key, not an alias"):
        EncryptedBucket(stack, "Records", encryption_key=alias, backup_plan=RecordingPlan())
    assert [child.node.id for child in stack.node.children] == ["Alias"]


def test_accepts_a_name_that_is_a_token(stack: cdk.Stack) -> None:
    name = cdk.CfnParameter(stack, "Name").value_as_string
    EncryptedBucket(stack, "Records", bucket_name=name, backup_plan=RecordingPlan())
    Template.from_stack(stack).has_resource_properties("AWS::S3::Bucket", {"BucketName": {"Ref": "Name"}})


def read_by_macie(template: dict[str, Any]) -> list[bool]:
    keys = [found["Properties"] for found in template["Resources"].values() if found["Type"] == "AWS::KMS::Key"]
    return [any(one.get("Sid") == "MacieOfThisAccount" for one in key["KeyPolicy"]["Statement"]) for key in keys]


def test_macie_can_look_into_data(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    for name in ("Records", "Scans"):
        EncryptedBucket(stack, name, encryption_key=key, backup_plan=RecordingPlan())
    EncryptedBucket(stack, "Letters", backup_plan=RecordingPlan())
    assert read_by_macie(template_of(stack)) == [True, True]


@pytest.mark.parametrize("kind", [TrailBucket, ConfigBucket])
def test_macie_has_no_business_with_logs(stack: cdk.Stack, kind: type[EncryptedBucket]) -> None:
    kind(stack, "Logs", backup_plan=RecordingPlan())
    assert read_by_macie(template_of(stack)) == [False]
