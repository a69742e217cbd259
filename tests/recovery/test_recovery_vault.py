from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.recovery.recovery_vault import RecoveryVault
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.recovery.support import US_EAST, US_WEST, denied, flat, new_app, of_type, only

ADMIN = {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/Admin"}
DEPLOYING = {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/cdk-hnb659fds-cfn-exec-role-111122223333-us-east-1"}
FOR_A_CALLER = {**ADMIN, "aws:CalledVia": ["cloudformation.amazonaws.com"]}


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = cdk.Stack(new_app(), "Clinic", env=US_EAST)
    RecoveryVault(stack, "Vault")
    return template_of(stack)


@pytest.fixture(scope="module")
def policy(template: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = only(template, "AWS::Backup::BackupVault")["AccessPolicy"]
    return found


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


def test_has_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    RecoveryVault(stack, "Vault")
    assert_no_findings(app, all_packs=True)


def test_is_under_its_own_rotating_key_and_stays(template: dict[str, Any]) -> None:
    (vault,) = of_type(template, "AWS::Backup::BackupVault").values()
    key = vault["Properties"]["EncryptionKeyArn"]["Fn::GetAtt"][0]
    assert template["Resources"][key]["Properties"]["EnableKeyRotation"] is True
    for resource in (vault, template["Resources"][key]):
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_tells_of_what_goes_wrong(template: dict[str, Any]) -> None:
    notices = only(template, "AWS::Backup::BackupVault")["Notifications"]
    (topic,) = of_type(template, "AWS::SNS::Topic")
    assert notices == {
        "BackupVaultEvents": [
            "CONTINUOUS_BACKUP_INTERRUPTED",
            "COPY_JOB_FAILED",
            "RECOVERY_POINT_MODIFIED",
            "S3_BACKUP_OBJECT_FAILED",
            "S3_RESTORE_OBJECT_FAILED",
        ],
        "SNSTopicArn": {"Ref": topic},
    }


def test_lock_is_in_governance_mode_from_35_days_to_seven_years(template: dict[str, Any]) -> None:
    lock = only(template, "AWS::Backup::BackupVault")["LockConfiguration"]
    assert lock == {"MinRetentionDays": 35, "MaxRetentionDays": 2557}


@pytest.mark.parametrize("action", ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"])
@pytest.mark.parametrize("caller", [ADMIN, DEPLOYING, FOR_A_CALLER, {}])
def test_nobody_deletes_or_shortens_recovery_points(
    policy: dict[str, Any], action: str, caller: dict[str, Any]
) -> None:
    assert denied(policy, action, caller)


@pytest.mark.parametrize(
    "action",
    [
        "backup:DeleteBackupVault",
        "backup:DeleteBackupVaultAccessPolicy",
        "backup:DeleteBackupVaultLockConfiguration",
        "backup:PutBackupVaultAccessPolicy",
        "backup:PutBackupVaultLockConfiguration",
    ],
)
def test_protection_changes_through_cloudformation_alone(policy: dict[str, Any], action: str) -> None:
    assert denied(policy, action, ADMIN)
    assert denied(policy, action, {**ADMIN, "aws:CalledVia": ["athena.amazonaws.com"]})
    assert denied(policy, action, {"aws:PrincipalArn": DEPLOYING["aws:PrincipalArn"].replace("1111", "9999")})
    assert not denied(policy, action, DEPLOYING)
    assert not denied(policy, action, FOR_A_CALLER)


def test_policy_has_the_form_that_config_looks_for(policy: dict[str, Any]) -> None:
    wanted = {
        "backup:DeleteRecoveryPoint",
        "backup:UpdateRecoveryPointLifecycle",
        "backup:PutBackupVaultAccessPolicy",
    }
    assert any(
        wanted <= set(statement["Action"]) and statement["Principal"] == "*" and statement["Resource"] == "*"
        for statement in policy["Statement"]
    )


def test_notices_go_to_an_encrypted_topic_that_aws_backup_may_publish_to(template: dict[str, Any]) -> None:
    notices = only(template, "AWS::Backup::BackupVault")["Notifications"]
    topic = template["Resources"][notices["SNSTopicArn"]["Ref"]]["Properties"]
    assert "KmsMasterKeyId" in topic
    assert "COPY_JOB_FAILED" in notices["BackupVaultEvents"]
    # The names of failed backup jobs are deprecated and never sent.
    assert "BACKUP_JOB_FAILED" not in notices["BackupVaultEvents"]
    statements = only(template, "AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    (allowed,) = (one for one in statements if one["Effect"] == "Allow")
    assert allowed["Principal"] == {"Service": "backup.amazonaws.com"}
    assert list(allowed["Condition"]["StringEquals"]) == ["aws:SourceAccount"]


def test_the_topic_lets_aws_backup_in_before_the_vault_sends(template: dict[str, Any]) -> None:
    (vault,) = (one for one in template["Resources"].values() if one["Type"] == "AWS::Backup::BackupVault")
    (policy,) = (name for name, one in template["Resources"].items() if one["Type"] == "AWS::SNS::TopicPolicy")
    assert policy in vault["DependsOn"]


def test_has_a_name_of_its_own_in_each_stack() -> None:
    app = new_app()
    names = [
        RecoveryVault(cdk.Stack(app, f"{'Clinic' * 10}{number}", env=US_EAST), "Vault").vault_name
        for number in range(2)
    ]
    assert len(set(names)) == 2
    assert all(len(name) <= 50 for name in names)


def test_a_second_deployment_gives_it_another_name(app: cdk.App) -> None:
    stacks = [cdk.Stack(cdk.Stage(app, stage), "Clinic" * 10, env=US_EAST) for stage in ("Blue", "Green")]
    first = RecoveryVault(stacks[0], "Vault", deployment="").vault_name
    second = RecoveryVault(stacks[1], "Vault", deployment="20261122").vault_name
    assert second.endswith("-20261122")
    assert first != second
    assert max(len(first), len(second)) <= 50


def test_the_name_is_what_it_is_without_a_deployment(stack: cdk.Stack) -> None:
    names = [RecoveryVault(stack, "Vault").vault_name]
    vault = only(template_of(stack), "AWS::Backup::BackupVault")
    assert names == [vault["BackupVaultName"]] == ["Clinic-Vault-3EA9982F"]


def test_compliance_lock(stack: cdk.Stack) -> None:
    RecoveryVault(stack, "Vault", compliance_lock_after=cdk.Duration.days(3))
    lock = only(template_of(stack), "AWS::Backup::BackupVault")["LockConfiguration"]
    assert lock == {"MinRetentionDays": 35, "MaxRetentionDays": 2557, "ChangeableForDays": 3}


def test_retentions(stack: cdk.Stack) -> None:
    vault = RecoveryVault(stack, "Vault", min_retention=cdk.Duration.days(7), max_retention=cdk.Duration.days(3653))
    lock = only(template_of(stack), "AWS::Backup::BackupVault")["LockConfiguration"]
    assert lock == {"MinRetentionDays": 7, "MaxRetentionDays": 3653}
    assert (vault.retention_days[0], vault.retention_days[-1]) == (7, 3653)


def test_key_and_topic_of_the_caller(stack: cdk.Stack) -> None:
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:111122223333:key/1234")
    topic = AlertTopic(stack, "Topic", emails=["it@example.org"])
    vault = RecoveryVault(stack, "Vault", encryption_key=key, topic=topic)
    properties = only(template_of(stack), "AWS::Backup::BackupVault")
    assert properties["EncryptionKeyArn"] == "arn:aws:kms:us-east-1:111122223333:key/1234"
    assert vault.encryption_key is key
    assert vault.topic is topic


def test_accepts_copies_of_an_account_once(stack: cdk.Stack) -> None:
    vault = RecoveryVault(stack, "Vault")
    vault.accept_copies_from("444455556666")
    vault.accept_copies_from("444455556666")
    statements = flat(only(template_of(stack), "AWS::Backup::BackupVault")["AccessPolicy"])["Statement"]
    assert [statement for statement in statements if statement["Effect"] == "Allow"] == [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:<AWS::Partition>:iam::444455556666:root"},
            "Action": "backup:CopyIntoBackupVault",
            "Resource": "*",
        }
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"compliance_lock_after": cdk.Duration.days(2)}, "compliance_lock_after: got '2 days'; allowed are 3"),
        ({"min_retention": cdk.Duration.days(0)}, "min_retention: got '0 days'"),
        ({"max_retention": cdk.Duration.days(40_000)}, "max_retention: got '40000 days'"),
        (
            {"min_retention": cdk.Duration.days(90), "max_retention": cdk.Duration.days(35)},
            "min_retention: got '90 days'; it may not exceed max_retention, which is 35 days",
        ),
        ({"topic": "arn:aws:sns:us-east-1:111122223333:alerts"}, r"RecoveryVault\(topic=…\)"),
        ({"deployment": "Blue"}, "deployment: got 'Blue'; allowed are up to 8 lower-case letters and digits"),
        ({"deployment": "20261122b"}, "deployment: got '20261122b'"),
        ({"deployment": cdk.Aws.STACK_NAME}, "deployment: got .*known at synth"),
        ({"retention": cdk.Duration.days(1)}, None),
    ],
)
def test_refuses(stack: cdk.Stack, arguments: dict[str, object], message: str | None) -> None:
    with pytest.raises(ValueError if message else TypeError, match=message):
        RecoveryVault(stack, "Vault", **arguments)  # type: ignore[arg-type]
    assert stack.node.children == []


def test_refuses_a_topic_elsewhere(app: cdk.App, stack: cdk.Stack) -> None:
    topic = AlertTopic(cdk.Stack(app, "Elsewhere", env=US_WEST), "Topic")
    with pytest.raises(ValueError, match="topic: got 'one in Region us-west-2'; AWS Backup publishes"):
        RecoveryVault(stack, "Vault", topic=topic)
    assert stack.node.children == []
