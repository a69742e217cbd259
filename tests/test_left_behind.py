"""The model of what stacks leave behind, tried on small templates whose end is plain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.left_behind import Account, NameTakenError, Template, fixed_and_kept

PIECE = {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}
LAST = {"Type": "AWS::SNS::Topic"}


def vault(policy: str | None, name: Any = "clinic") -> dict[str, Any]:
    policies = {"DeletionPolicy": policy} if policy else {}
    return {"Type": "AWS::Backup::BackupVault", "Properties": {"BackupVaultName": name}, **policies}


def template(**resources: Mapping[str, Any]) -> Template:
    return Template("Clinic", {"Resources": resources})


def after_failure(body: Template, **options: Any) -> Account:
    account = Account()
    account.create(body, until=len(body.order) - 1).roll_back(**options)
    return account


def after_deletion(body: Template) -> Account:
    account = Account()
    account.create(body).delete()
    return account


@pytest.mark.parametrize(
    ("policy", "name", "failed", "deleted"),
    [
        (None, "clinic", False, False),
        ("Delete", "clinic", False, False),
        ("RetainExceptOnCreate", "clinic", False, True),
        ("Retain", "clinic", True, True),
        ("Retain", {"Fn::Sub": "clinic-${AWS::StackName}-${AWS::Region}"}, True, True),
        ("Retain", {"Fn::Join": ["-", ["clinic", PIECE]]}, False, False),
        ("Retain", {"Fn::Sub": "clinic-${AWS::StackId}"}, False, False),
        ("Retain", {"Ref": "Parameter"}, True, True),
        ("Retain", {"Fn::ImportValue": "Name"}, True, True),
    ],
)
def test_a_name_is_taken_if_its_owner_stays(policy: str | None, name: Any, failed: bool, deleted: bool) -> None:
    body = template(Vault=vault(policy, name), Last=LAST)
    assert bool(after_failure(body).in_the_way(body)) is failed
    assert bool(after_deletion(body).in_the_way(body)) is deleted
    assert bool(fixed_and_kept(body, after_failed_creation=True)) is failed
    assert bool(fixed_and_kept(body, after_failed_creation=False)) is deleted


def test_a_second_creation_is_refused_by_name() -> None:
    body = template(Vault=vault("Retain"), Last=LAST)
    with pytest.raises(NameTakenError, match=r"Clinic\.Vault: .*'clinic'.* belongs to Clinic\.Vault"):
        after_failure(body).create(body)


def test_made_up_names_are_never_taken() -> None:
    body = template(
        Bucket={"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"},
        Logs={
            "Type": "AWS::Logs::LogGroup",
            "DeletionPolicy": "Retain",
            "Properties": {"LogGroupName": {"Fn::Sub": "/logs/${Bucket}"}},
        },
    )
    assert after_deletion(body).in_the_way(body) == set()


def test_each_region_has_its_vaults_and_all_share_the_buckets() -> None:
    bucket = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": {"BucketName": "clinic"}}
    here, there = (
        Template("Clinic", {"Resources": {"Vault": vault("Retain"), "Bucket": bucket}}, place=region)
        for region in ("us-east-1", "us-west-2")
    )
    assert after_deletion(here).in_the_way(there) == {"Bucket"}


@pytest.mark.parametrize(("plans", "found"), [(("one", "two"), set()), (("one", "one"), {"Test"})])
def test_what_is_named_within_something_else_may_be_called_alike(plans: tuple[str, str], found: set[str]) -> None:
    kind = "AWS::Backup::RestoreTestingSelection"
    first, second = (
        template(
            Test={
                "Type": kind,
                "DeletionPolicy": "Retain",
                "Properties": {"RestoreTestingPlanName": plan, "RestoreTestingSelectionName": "databases"},
            }
        )
        for plan in plans
    )
    assert after_deletion(first).in_the_way(second) == found


def test_an_account_has_one_of_some_settings() -> None:
    kind = "AWS::EC2::VPCBlockPublicAccessOptions"
    setting = {"Type": kind, "Properties": {"InternetGatewayBlockMode": "block-ingress"}}
    kept = template(Block={**setting, "DeletionPolicy": "Retain"}, Last=LAST)
    assert after_failure(kept).in_the_way(kept) == {"Block"}
    undone = template(Block={**setting, "DeletionPolicy": "RetainExceptOnCreate"}, Last=LAST)
    assert after_failure(undone).in_the_way(undone) == set()


def test_a_bucket_takes_its_policy_with_it() -> None:
    body = template(
        Bucket={"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "clinic"}},
        Policy={
            "Type": "AWS::S3::BucketPolicy",
            "DeletionPolicy": "Retain",
            "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": {}},
        },
        Last=LAST,
    )
    assert after_failure(body).in_the_way(body) == set()


def test_a_rollback_stops_where_deletion_is_refused_and_leaves_what_that_needs() -> None:
    body = template(
        Vault=vault("RetainExceptOnCreate"),
        Database={
            "Type": "AWS::RDS::DBInstance",
            "DeletionPolicy": "Snapshot",
            "DependsOn": "Vault",
            "Properties": {"DeletionProtection": True},
        },
        Last=LAST,
    )
    account = Account()
    assert account.create(body, until=2).roll_back() == ["Database"]
    assert account.in_the_way(body) == {"Vault"}


def test_a_bucket_with_files_stays() -> None:
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "clinic"}}
    body = template(Bucket={**bucket, "DeletionPolicy": "RetainExceptOnCreate"}, Last=LAST)
    assert after_failure(body).in_the_way(body) == set()
    assert after_failure(body, filled=["Bucket"]).in_the_way(body) == {"Bucket"}


@pytest.mark.parametrize(("policy", "keyless"), [("RetainExceptOnCreate", ["Default"]), ("Retain", [])])
def test_what_needs_a_key_that_is_gone_is_found(policy: str, keyless: list[str]) -> None:
    body = template(
        Key={"Type": "AWS::KMS::Key", "DeletionPolicy": policy, "Properties": {"KeyPolicy": {}}},
        Default={"Type": "Custom::EbsEncryption", "Properties": {"KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}},
        Last=LAST,
    )
    stack = Account().create(body, until=2)
    stack.roll_back()
    assert stack.keyless() == keyless


def test_a_kept_store_without_its_key_is_found() -> None:
    body = template(
        Key={"Type": "AWS::KMS::Key", "DeletionPolicy": "RetainExceptOnCreate", "Properties": {"KeyPolicy": {}}},
        Logs={
            "Type": "AWS::Logs::LogGroup",
            "DeletionPolicy": "Retain",
            "Properties": {"KmsKeyId": {"Fn::GetAtt": "Key.Arn"}},
        },
        Last=LAST,
    )
    stack = Account().create(body, until=2)
    stack.roll_back()
    assert stack.keyless() == ["Logs"]


def test_resources_are_made_after_what_they_need() -> None:
    body = template(
        First={"Type": "AWS::SNS::Topic", "DependsOn": ["Second"], "Properties": {"TopicName": {"Ref": "Third"}}},
        Second=LAST,
        Third={"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::Sub": "${Fourth.TopicName}"}}},
        Fourth=LAST,
    )
    assert list(body.order) == ["Second", "Fourth", "Third", "First"]
