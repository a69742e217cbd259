"""Copies into another account's vault that is known by its ARN, and the vaults that take them."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_rds as rds
from constructs import Construct

from hipaa_constructs import AlertTopic, BackupPlan, BackupRule, RecoveryVault, SslRds
from hipaa_constructs.recovery.air_gapped_vault import AirGappedVault
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.recovery.support import US_EAST, US_WEST, flat, listed, new_app, of_type, only
from tests.recovery.test_backup_plan import allowed_to, rules_of

VAULT = "arn:aws:backup:us-east-1:444455556666:backup-vault:copies"
ROOT = {"AWS": "arn:<AWS::Partition>:iam::444455556666:root"}


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = cdk.Stack(new_app(), "Clinic", env=US_EAST)
    BackupPlan(stack, "Backups", copy_to_account=VAULT)
    return template_of(stack)


def test_has_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    BackupPlan.daily_7_year(stack, "Backups", copy_to_account=VAULT).protect_tagged()
    assert_no_findings(app, all_packs=True)


def test_every_snapshot_is_copied_and_lives_there_as_long(template: dict[str, Any]) -> None:
    rules = rules_of(template)
    assert "CopyActions" not in rules.pop("Continuous")
    for rule in rules.values():
        (action,) = rule["CopyActions"]
        assert action["DestinationBackupVaultArn"] == VAULT
        assert action["Lifecycle"]["DeleteAfterDays"] == rule["Lifecycle"]["DeleteAfterDays"]


def test_the_role_copies_into_that_vault_alone(template: dict[str, Any]) -> None:
    allowed = allowed_to(template, "BackupsRole")
    assert allowed["backup:CopyIntoBackupVault"] == {VAULT}
    assert (
        "arn:<AWS::Partition>:rds:us-east-1:111122223333:snapshot:awsbackup:*"
        in allowed["rds:ModifyDBSnapshotAttribute"]
    )


def test_keys_of_the_other_account_are_used_through_aws_backup_alone(template: dict[str, Any]) -> None:
    statements = [
        statement
        for policy in of_type(template, "AWS::IAM::ManagedPolicy").values()
        for statement in flat(policy["Properties"]["PolicyDocument"])["Statement"]
        if any(":kms:us-east-1:444455556666:key/*" in arn for arn in listed(statement["Resource"]))
    ]
    assert len(statements) == 2
    for statement in statements:
        assert statement["Condition"]["StringEquals"] == {"kms:ViaService": ["backup.us-east-1.amazonaws.com"]}
    (granting,) = (one for one in statements if one["Action"] == "kms:CreateGrant")
    assert granting["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}


def opened(template: dict[str, Any], reference: dict[str, Any]) -> set[str]:
    key = template["Resources"][reference["Fn::GetAtt"][0]]
    return {
        action
        for statement in flat(key["Properties"]["KeyPolicy"])["Statement"]
        if statement["Principal"] == ROOT
        for action in listed(statement["Action"])
    }


def test_the_account_reads_what_is_under_the_vault_s_key(template: dict[str, Any]) -> None:
    key = only(template, "AWS::Backup::BackupVault")["EncryptionKeyArn"]
    assert {"kms:CreateGrant", "kms:Decrypt", "kms:ReEncrypt*"} <= opened(template, key)


def test_the_account_reads_what_is_under_a_database_s_key(stack: cdk.Stack) -> None:
    plan = BackupPlan(stack, "Backups", copy_to_account=VAULT)
    database = SslRds(
        stack,
        "Database",
        engine=rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_17_6),
        vpc=ec2.Vpc.from_vpc_attributes(
            stack,
            "Vpc",
            vpc_id="vpc-1",
            availability_zones=["us-east-1a", "us-east-1b"],
            isolated_subnet_ids=["subnet-1", "subnet-2"],
            vpc_cidr_block="10.0.0.0/16",
        ),
        backup_plan=plan,
    )
    assert database.instance is not None
    template = template_of(stack)
    assert "kms:CreateGrant" in opened(template, only(template, "AWS::RDS::DBInstance")["KmsKeyId"])


def test_a_database_of_cdk_s_own_keeps_its_key_s_policy(stack: cdk.Stack) -> None:
    made = rds.CfnDBInstance(stack, "Database")
    BackupPlan(stack, "Backups", copy_to_account=VAULT).protect(made, "arn:aws:rds:us-east-1:111122223333:db:one")
    assert len(of_type(template_of(stack), "AWS::Backup::BackupSelection")) == 1


def test_both_targets_get_a_copy(app: cdk.App, stack: cdk.Stack) -> None:
    there = RecoveryVault(cdk.Stack(app, "Recovery", env=US_WEST), "Vault")
    BackupPlan.daily_7_year(stack, "Backups", copy_to=there, copy_to_account=VAULT)
    template = template_of(stack)
    assert len(rules_of(template)["Daily"]["CopyActions"]) == 2
    controls = {one["ControlName"]: one for one in only(template, "AWS::Backup::Framework")["FrameworkControls"]}
    for name, value in (("REGION", "us-west-2"), ("ACCOUNT", "444455556666")):
        (parameter,) = controls[f"BACKUP_RESOURCES_PROTECTED_BY_CROSS_{name}"]["ControlInputParameters"]
        assert parameter["ParameterValue"] == value


def test_china_copies_to_no_account_and_synthesis_says_so(app: cdk.App) -> None:
    stack = cdk.Stack(app, "China", env=cdk.Environment(account="111122223333", region="cn-north-1"))
    BackupPlan(stack, "Backups", copy_to_account=VAULT.replace("aws:", "aws-cn:", 1).replace("us-east-1", "cn-north-1"))
    assert "CopyActions" not in rules_of(template_of(stack))["Daily"]
    said = [entry.data for entry in stack.node.find_child("Backups").node.metadata if "info" in entry.type]
    assert any("cross-account-copy" in str(one) for one in said)


def test_a_stack_may_leave_its_account_open(app: cdk.App) -> None:
    BackupPlan(cdk.Stack(app, "Anywhere"), "Backups", copy_to_account=VAULT)
    app.synth()


@pytest.mark.parametrize(
    ("vault", "said"),
    [
        ("copies", "it takes a vault's ARN"),
        ("arn:aws:s3:::copies", "it takes a vault's ARN"),
        ("arn:aws:backup:us-east-1:444455556666:recovery-point:copies", "it takes a vault's ARN"),
        pytest.param(cdk.Fn.import_value("vault"), "it takes a vault's ARN", id="token"),
        (VAULT.replace("us-east-1", "us-west-2"), "in the plan's own Region, us-east-1"),
        (VAULT.replace("444455556666", "111122223333"), "of another account than the plan's"),
    ],
)
def test_refuses(stack: cdk.Stack, vault: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"^copy_to_account: got .*{said}"):
        BackupPlan(stack, "Backups", copy_to_account=vault)


def test_refuses_a_plan_that_makes_nothing_to_copy(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=r"copy_to_account: .*continuous backups alone"):
        BackupPlan(stack, "Backups", rules=[BackupRule.continuous()], copy_to_account=VAULT)


# -- vaults ------------------------------------------------------------------------------------------------------


def air_gapped(scope: Construct, *, vault_name: str = "copies") -> AirGappedVault:
    return AirGappedVault(
        scope, "Vault", vault_name=vault_name, organization_id="o-a1b2c3d4e5", topic=AlertTopic(scope, "Alerts")
    )


def test_an_air_gapped_vault_has_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    air_gapped(stack)
    assert_no_findings(app, all_packs=True)


def test_an_air_gapped_vault_holds_what_plans_copy(stack: cdk.Stack) -> None:
    vault = air_gapped(stack)
    assert {35, 90, 2557} <= set(vault.retention_days)
    assert vault.vault_arn == vault.vault.attr_backup_vault_arn


@pytest.mark.parametrize(
    "name", ["c", "copies.of.all", "c" * 51, pytest.param(cdk.Fn.import_value("name"), id="token")]
)
def test_refuses_a_name_that_aws_backup_refuses(stack: cdk.Stack, name: str) -> None:
    with pytest.raises(ValueError, match=r"^vault_name: got"):
        air_gapped(stack, vault_name=name)
    with pytest.raises(ValueError, match=r"^vault_name: got"):
        RecoveryVault(stack, "Ordinary", vault_name=name)


def test_a_region_without_such_vaults_is_refused(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Gov", env=cdk.Environment(account="111122223333", region="us-gov-west-1"))
    with pytest.raises(ValueError, match="a logically air-gapped vault does not exist there"):
        air_gapped(stack)


def test_an_ordinary_vault_takes_an_organization_s_copies_under_its_key(app: cdk.App, stack: cdk.Stack) -> None:
    vault = RecoveryVault(stack, "Vault", vault_name="copies")
    vault.accept_copies_from_organization("o-a1b2c3d4e5")
    assert vault.vault_name == "copies"
    assert_no_findings(app, all_packs=True)
    template = template_of(stack)
    made = only(template, "AWS::Backup::BackupVault")
    assert made["BackupVaultName"] == "copies"
    allowed = [one for one in made["AccessPolicy"]["Statement"] if one["Effect"] == "Allow"]
    assert [(one["Action"], one["Condition"]) for one in allowed] == [
        ("backup:CopyIntoBackupVault", {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}})
    ]
    key = template["Resources"][made["EncryptionKeyArn"]["Fn::GetAtt"][0]]["Properties"]["KeyPolicy"]
    for statement in key["Statement"]:
        if statement["Principal"] == {"AWS": "*"}:
            assert statement["Condition"]["StringEquals"] == {
                "aws:PrincipalOrgID": "o-a1b2c3d4e5",
                "kms:ViaService": "backup.us-east-1.amazonaws.com",
            }
