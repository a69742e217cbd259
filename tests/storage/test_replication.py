from __future__ import annotations

import re
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.storage.plans import RecordingPlan
from tests.storage.policies import literal

ACCOUNT = "111122223333"
YEAR = s3.ObjectLockRetention.governance(cdk.Duration.days(365))


def new_app() -> cdk.App:
    return cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)


def in_region(app: cdk.App, name: str, region: str | None, account: str | None = ACCOUNT) -> cdk.Stack:
    return cdk.Stack(app, name, env=cdk.Environment(account=account, region=region))


@pytest.fixture
def recovery(app: cdk.App) -> cdk.Stack:
    return in_region(app, "Recovery", "us-west-2")


@pytest.fixture(scope="module")
def templates() -> dict[str, dict[str, Any]]:
    """Two replicated buckets, one of them locked and under a backup plan too."""
    app = new_app()
    recovery, clinic = in_region(app, "Recovery", "us-west-2"), in_region(app, "Clinic", "us-east-1")
    plain = EncryptedBucket.replica(recovery, "Records")
    locked = EncryptedBucket.replica(recovery, "Images", object_lock_default_retention=YEAR)
    EncryptedBucket(clinic, "Records", replication_destination=plain)
    EncryptedBucket(
        clinic,
        "Images",
        replication_destination=locked,
        object_lock_default_retention=YEAR,
        backup_plan=RecordingPlan(),
    )
    assert_no_findings(app, all_packs=True)
    return {stack.stack_name: template_of(stack) for stack in (clinic, recovery)}


def of_type(template: dict[str, Any], kind: str, prefix: str) -> dict[str, Any]:
    (found,) = (
        resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind and name.startswith(prefix)
    )
    properties: dict[str, Any] = literal(found)
    return properties


def statements(template: dict[str, Any], prefix: str) -> dict[str, dict[str, Any]]:
    document = of_type(template, "AWS::IAM::ManagedPolicy", prefix)["PolicyDocument"]
    return {statement["Sid"]: statement for statement in document["Statement"]}


def test_snapshot(templates: dict[str, dict[str, Any]], snapshot: SnapshotAssertion) -> None:
    assert templates == snapshot


def test_nothing_crosses_regions_through_a_custom_resource(templates: dict[str, dict[str, Any]]) -> None:
    types = {r["Type"] for t in templates.values() for r in t["Resources"].values()}
    assert not {kind for kind in types if kind.startswith(("Custom::", "AWS::CloudFormation", "AWS::Lambda"))}
    assert all("Outputs" not in template for template in templates.values())


def test_roles_have_no_fixed_name(templates: dict[str, dict[str, Any]]) -> None:
    roles = [r for r in templates["Clinic"]["Resources"].values() if r["Type"] == "AWS::IAM::Role"]
    assert len(roles) == 2
    assert not any("RoleName" in role["Properties"] or "Policies" in role["Properties"] for role in roles)


def test_replicates_every_object_and_delete_marker(templates: dict[str, dict[str, Any]]) -> None:
    (rule,) = of_type(templates["Clinic"], "AWS::S3::Bucket", "Records")["ReplicationConfiguration"]["Rules"]
    assert rule["Status"] == "Enabled"
    assert rule["Filter"] == {"Prefix": ""}
    assert rule["DeleteMarkerReplication"] == {"Status": "Enabled"}
    assert rule["SourceSelectionCriteria"] == {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
    assert rule["Destination"]["Metrics"] == {"Status": "Enabled"}


def test_names_the_replica_and_its_key_as_the_other_stack_does(templates: dict[str, dict[str, Any]]) -> None:
    (rule,) = of_type(templates["Clinic"], "AWS::S3::Bucket", "Records")["ReplicationConfiguration"]["Rules"]
    name = of_type(templates["Recovery"], "AWS::S3::Bucket", "Records")["BucketName"]
    alias = of_type(templates["Recovery"], "AWS::KMS::Alias", "Records")["AliasName"]
    assert rule["Destination"]["Bucket"] == f"arn:<AWS::Partition>:s3:::{name}"
    assert rule["Destination"]["EncryptionConfiguration"] == {
        "ReplicaKmsKeyID": f"arn:<AWS::Partition>:kms:us-west-2:{ACCOUNT}:{alias}"
    }


def test_role_reads_the_source_and_writes_the_replica_only(templates: dict[str, dict[str, Any]]) -> None:
    granted = statements(templates["Clinic"], "Records")
    name = of_type(templates["Recovery"], "AWS::S3::Bucket", "Records")["BucketName"]
    source = granted["ReadConfiguration"]["Resource"]
    assert granted["ReadConfiguration"]["Action"] == ["s3:GetReplicationConfiguration", "s3:ListBucket"]
    assert granted["ReadSource"]["Resource"] == f"{source}/*"
    assert granted["ReadSource"]["Action"] == [
        "s3:GetObjectVersionAcl",
        "s3:GetObjectVersionForReplication",
        "s3:GetObjectVersionTagging",
    ]
    assert granted["WriteReplica"]["Resource"] == f"arn:<AWS::Partition>:s3:::{name}/*"
    assert granted["WriteReplica"]["Action"] == ["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"]


def test_role_decrypts_the_source_through_s3_only(templates: dict[str, dict[str, Any]]) -> None:
    granted = statements(templates["Clinic"], "Records")
    source = granted["ReadConfiguration"]["Resource"]
    assert granted["DecryptSource"]["Action"] == "kms:Decrypt"
    assert granted["DecryptSource"]["Condition"] == {
        "StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"},
        "StringLike": {"kms:EncryptionContext:aws:s3:arn": [source, f"{source}/*"]},
    }


def test_role_encrypts_the_replica_under_one_key(templates: dict[str, dict[str, Any]]) -> None:
    statement = statements(templates["Clinic"], "Records")["EncryptReplica"]
    alias = of_type(templates["Recovery"], "AWS::KMS::Alias", "Records")["AliasName"]
    assert statement["Action"] == ["kms:Encrypt", "kms:GenerateDataKey"]
    assert statement["Resource"] == f"arn:<AWS::Partition>:kms:us-west-2:{ACCOUNT}:key/*"
    assert statement["Condition"]["ForAnyValue:StringEquals"] == {"kms:ResourceAliases": alias}
    assert statement["Condition"]["StringEquals"] == {"kms:ViaService": "s3.us-west-2.amazonaws.com"}


def test_role_reads_locks_of_a_locked_bucket(templates: dict[str, dict[str, Any]]) -> None:
    actions = statements(templates["Clinic"], "Images")["ReadSource"]["Action"]
    assert {"s3:GetObjectLegalHold", "s3:GetObjectRetention"} <= set(actions)


def test_replica_is_as_locked_down_as_its_source(templates: dict[str, dict[str, Any]]) -> None:
    here, there = (of_type(templates[name], "AWS::S3::Bucket", "Images") for name in ("Clinic", "Recovery"))
    own = {"BucketName", "ReplicationConfiguration", "NotificationConfiguration"}
    assert here.keys() - own == there.keys() - own
    for name in ("ObjectLockConfiguration", "PublicAccessBlockConfiguration", "LifecycleConfiguration"):
        assert here[name] == there[name]


def test_source_waits_for_the_replica(stack: cdk.Stack, recovery: cdk.Stack) -> None:
    EncryptedBucket(stack, "Records", replication_destination=EncryptedBucket.replica(recovery, "Records"))
    assert stack.dependencies == [recovery]


def test_a_bucket_with_its_own_plan_can_be_the_destination(app: cdk.App, stack: cdk.Stack, recovery: cdk.Stack) -> None:
    there = EncryptedBucket(recovery, "Records", backup_plan=RecordingPlan())
    EncryptedBucket(stack, "Records", replication_destination=there)
    assert_no_findings(app, all_packs=True)


def test_a_source_of_unknown_region_is_taken_at_its_word(app: cdk.App, recovery: cdk.Stack) -> None:
    anywhere = cdk.Stack(app, "Anywhere")
    EncryptedBucket(anywhere, "Records", replication_destination=EncryptedBucket.replica(recovery, "Records"))
    decrypt = statements(template_of(anywhere), "Records")["DecryptSource"]
    assert decrypt["Condition"]["StringEquals"] == {"kms:ViaService": "s3.<AWS::Region>.amazonaws.com"}


def test_replica_takes_key_lock_rules_and_name(stack: cdk.Stack, recovery: cdk.Stack) -> None:
    key = KmsRotatedKey(recovery, "Key")
    replica = EncryptedBucket.replica(
        recovery,
        "Records",
        encryption_key=key.key,
        object_lock_default_retention=YEAR,
        lifecycle_rules=[s3.LifecycleRule(id="Old", expiration=cdk.Duration.days(4000))],
        bucket_name="clinic-records-copy",
    )
    EncryptedBucket(stack, "Records", replication_destination=replica)
    properties = of_type(template_of(recovery), "AWS::S3::Bucket", "Records")
    assert replica.encryption_key is key.key
    assert properties["BucketName"] == "clinic-records-copy"
    assert properties["ObjectLockEnabled"] is True
    assert [rule["Id"] for rule in properties["LifecycleConfiguration"]["Rules"]] == ["KeepVersions", "Old"]


def named(region: str = "us-west-2", account: str = ACCOUNT, **arguments: Any) -> str:
    app = new_app()
    there = in_region(app, "Recovery" * 8, region, account)
    replica = EncryptedBucket.replica(there, "Records", **arguments)
    EncryptedBucket(in_region(app, "Clinic", "us-east-1", account), "Records", replication_destination=replica)
    name: str = of_type(template_of(there), "AWS::S3::Bucket", "Records")["BucketName"]
    return name


def test_a_second_deployment_gives_the_replica_another_name() -> None:
    plain, second, third = named(), named(deployment="2"), named(deployment="s3alias")
    assert plain == named(deployment="")
    assert len({plain, second, third, named(region="us-east-2", deployment="2")}) == 4
    # Bucket names are shared by all accounts.
    assert second != named(account="444455556666", deployment="2")
    assert re.fullmatch(r"recovery[a-z]+-2-[0-9a-f]{12}", second)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", name) for name in (plain, second, third))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"deployment": "Blue"}, "deployment: got 'Blue'; allowed are up to 8"),
        ({"deployment": "2", "bucket_name": "clinic-copy"}, "deployment: got '2'; .*bucket_name gives one"),
        ({"deployment": 2}, r"replica\(deployment=…\)"),
    ],
)
def test_refuses_a_deployment(recovery: cdk.Stack, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EncryptedBucket.replica(recovery, "Records", **arguments)
    assert not recovery.node.children


def test_refuses_a_deployment_in_an_unknown_region(app: cdk.App) -> None:
    anywhere = cdk.Stack(app, "Anywhere")
    with pytest.raises(ValueError, match="deployment: got '2'; the bucket's stack has to state account and Region"):
        EncryptedBucket.replica(anywhere, "Records", deployment="2")
    assert not anywhere.node.children


def test_a_replica_of_nothing_fails_synthesis(app: cdk.App, recovery: cdk.Stack) -> None:
    EncryptedBucket.replica(recovery, "Records")
    with pytest.raises(RuntimeError, match="Recovery/Records is a replica of nothing"):
        app.synth()


@pytest.mark.parametrize(
    ("region", "account", "message"),
    [
        ("us-east-1", ACCOUNT, "got 'a bucket in 111122223333/us-east-1'; .*another Region"),
        (None, ACCOUNT, "unknown account or Region"),
        ("us-west-2", None, "unknown account or Region"),
        ("us-west-2", "444455556666", "got 'a bucket in 444455556666/us-west-2'; .*the same account"),
    ],
    ids=["same-region", "no-region", "no-account", "other-account"],
)
def test_refuses_a_replica_there(
    app: cdk.App, stack: cdk.Stack, region: str | None, account: str | None, message: str
) -> None:
    replica = EncryptedBucket.replica(in_region(app, "There", region, account), "Records")
    refuses(stack, replica, f"replication_destination: .*{message}")


def test_refuses_a_replica_in_its_own_stack(stack: cdk.Stack) -> None:
    replica = EncryptedBucket.replica(stack, "Copy")
    with pytest.raises(ValueError, match="another Region"):
        EncryptedBucket(stack, "Records", replication_destination=replica)
    assert stack.node.try_find_child("Records") is None


def test_refuses_a_replica_under_a_key_from_elsewhere(stack: cdk.Stack, recovery: cdk.Stack) -> None:
    replica = EncryptedBucket.replica(recovery, "Records", encryption_key=kms.Key(recovery, "Key"))
    refuses(stack, replica, "a key from elsewhere.*Give the replica no encryption_key")


def test_refuses_an_unlocked_replica_of_a_locked_bucket(stack: cdk.Stack, recovery: cdk.Stack) -> None:
    replica = EncryptedBucket.replica(recovery, "Records")
    refuses(stack, replica, "a bucket without Object Lock", object_lock_default_retention=YEAR)


def test_refuses_a_replica_whose_stack_needs_this_one(stack: cdk.Stack, recovery: cdk.Stack) -> None:
    recovery.add_stack_dependency(stack)
    refuses(stack, EncryptedBucket.replica(recovery, "Records"), "a bucket in stack Recovery")


def refuses(stack: cdk.Stack, replica: EncryptedBucket, message: str, **options: Any) -> None:
    with pytest.raises(ValueError, match=message):
        EncryptedBucket(stack, "Records", replication_destination=replica, **options)
    assert not stack.node.children
    assert not replica.receives_replicas
