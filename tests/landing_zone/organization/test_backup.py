"""The backup account: what takes copies, from whom, that nobody deletes one, and that workloads copy there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.landing_zone import names, parse_zone
from hipaa_constructs.landing_zone.config import OrganizationZoneConfig
from hipaa_constructs.testing import findings, normalize
from tests.landing_zone.organization.zone import ACCOUNTS, ID, RECORDS, build, given, of_type, templates
from tests.left_behind import Account, Template, fixed_and_kept
from tests.policy_evaluator import denied
from tests.real_account import faults
from tests.recovery import support

AIR_GAPPED = "AWS::Backup::LogicallyAirGappedBackupVault"
PLAN = "AWS::Backup::BackupPlan"
STACKS = ("Backup-us-east-1", "Backup-us-west-2")
VAULT = f"arn:aws:backup:us-east-1:{ACCOUNTS['backup']}:backup-vault:clinic-copies"
ADMINISTRATOR = f"arn:aws:iam::{ACCOUNTS['backup']}:role/Administrator"
DEPLOYER = f"arn:aws:iam::{ACCOUNTS['backup']}:role/cdk-hnb659fds-cfn-exec-role-{ACCOUNTS['backup']}-us-east-1"
GOV = {"home_region": "us-gov-west-1", "regions": ["us-gov-east-1"]}
CHINA = {"home_region": "cn-north-1", "regions": ["cn-northwest-1"]}
Templates = Mapping[str, dict[str, Any]]


@pytest.fixture(scope="module")
def outdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("backup")
    assert findings(build(directory, only="backup,Records"), all_packs=True) == []
    return directory


@pytest.fixture(scope="module")
def made(outdir: Path) -> Templates:
    return {name.removeprefix("Clinic-"): template for name, template in templates(outdir).items()}


@pytest.fixture(scope="module")
def gov(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    directory = tmp_path_factory.mktemp("gov")
    assert findings(build(directory, only="backup,Records", workloads=[RECORDS], **GOV), all_packs=True) == []
    return {name.removeprefix("Clinic-"): template for name, template in templates(directory).items()}


def one(template: Mapping[str, Any], kind: str) -> dict[str, Any]:
    (found,) = of_type(template, kind)
    properties: dict[str, Any] = found["Properties"]
    return properties


def text(value: Any) -> Any:
    """Write out what a policy refers to."""
    if isinstance(value, dict) and "Fn::Join" in value:
        return "".join(text(part) for part in value["Fn::Join"][1])
    if isinstance(value, dict) and "Fn::GetAtt" in value:
        return ".".join(value["Fn::GetAtt"])
    if isinstance(value, dict) and "Ref" in value:
        return {"AWS::Partition": "aws"}.get(value["Ref"], value["Ref"])
    if isinstance(value, dict):
        return {key: text(item) for key, item in value.items()}
    return [text(item) for item in value] if isinstance(value, list) else value


def by_sid(policy: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {statement["Sid"]: statement for statement in text(policy)["Statement"] if "Sid" in statement}


@pytest.mark.parametrize("stack", STACKS)
def test_snapshot(stack: str, made: Templates, snapshot: SnapshotAssertion) -> None:
    assert normalize(made[stack]) == snapshot


def test_a_real_account_takes_it(made: Templates) -> None:
    assert {stack: faults(made[stack]) for stack in STACKS} == {stack: [] for stack in STACKS}


def test_each_region_has_an_air_gapped_vault_by_the_name_that_others_know(outdir: Path, made: Templates) -> None:
    manifest = json.loads((outdir / "manifest.json").read_text())["artifacts"]
    for stack, region in zip(STACKS, ("us-east-1", "us-west-2"), strict=True):
        assert manifest[f"Clinic-{stack}"]["environment"] == f"aws://{ACCOUNTS['backup']}/{region}"
        vault = one(made[stack], AIR_GAPPED)
        assert vault["BackupVaultName"] == "clinic-copies"
        assert (vault["MinRetentionDays"], vault["MaxRetentionDays"]) == (35, 2557)
        assert "EncryptionKeyArn" not in vault
        assert not of_type(made[stack], "AWS::Backup::BackupVault")


def test_the_vault_stays_when_its_stack_goes(made: Templates) -> None:
    (vault,) = of_type(made[STACKS[0]], AIR_GAPPED)
    assert (vault["DeletionPolicy"], vault["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_accounts_of_the_organization_copy_into_it_and_nobody_else(made: Templates) -> None:
    policy = by_sid(one(made[STACKS[0]], AIR_GAPPED)["AccessPolicy"])
    assert [statement for statement in policy.values() if statement["Effect"] == "Allow"] == [
        {
            "Sid": "CopiesFromOrganization",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": "backup:CopyIntoBackupVault",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": ID}},
        }
    ]


@pytest.mark.parametrize("action", ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"])
def test_nobody_deletes_or_shortens_a_copy(made: Templates, gov: Templates, action: str) -> None:
    for template, kind in (
        (made[STACKS[0]], AIR_GAPPED),
        (gov["Backup-us-gov-west-1"], "AWS::Backup::BackupVault"),
    ):
        policy = text(one(template, kind)["AccessPolicy"])
        for who in (ADMINISTRATOR, DEPLOYER):
            assert denied([policy], action, VAULT, context={"aws:PrincipalArn": who}, principal=who)


@pytest.mark.parametrize("action", ["backup:DeleteBackupVault", "backup:PutBackupVaultAccessPolicy"])
def test_only_who_deploys_changes_the_vault(made: Templates, action: str) -> None:
    policy = one(made[STACKS[0]], AIR_GAPPED)["AccessPolicy"]
    for who, is_denied in ((ADMINISTRATOR, True), (DEPLOYER, False)):
        assert support.denied(policy, action, {"aws:PrincipalArn": who}) is is_denied


def test_only_who_deploys_takes_a_key_away(made: Templates) -> None:
    for stack in STACKS:
        for key in of_type(made[stack], "AWS::KMS::Key"):
            sealed = by_sid(key["Properties"]["KeyPolicy"])["KeepAsDeployed"]
            assert "kms:ScheduleKeyDeletion" in sealed["Action"]


def test_copies_are_tried_every_quarter_in_a_network_without_a_way_out(made: Templates) -> None:
    template = made[STACKS[0]]
    plan = one(template, "AWS::Backup::RestoreTestingPlan")
    (vault,) = (name for name, found in template["Resources"].items() if found["Type"] == AIR_GAPPED)
    assert plan["RecoveryPointSelection"]["IncludeVaults"] == [{"Fn::GetAtt": [vault, "BackupVaultArn"]}]
    tried = {
        found["Properties"]["ProtectedResourceType"]: found["Properties"].get("RestoreMetadataOverrides", {})
        for found in of_type(template, "AWS::Backup::RestoreTestingSelection")
    }
    assert tried.keys() == {"Aurora", "DynamoDB", "EBS", "EFS", "RDS", "S3"}
    (group,) = (name for name, found in template["Resources"].items() if found["Type"] == "AWS::RDS::DBSubnetGroup")
    assert tried["RDS"]["dbSubnetGroupName"] == tried["Aurora"]["dbSubnetGroupName"] == {"Ref": group}
    ways = ("InternetGateway", "NatGateway", "VPCEndpoint", "Route", "NetworkAclEntry")
    assert not [way for way in ways if of_type(template, f"AWS::EC2::{way}")]
    assert len(of_type(template, "Custom::VpcRestrictDefaultSG")) == 1


def test_the_tests_wait_until_their_role_is_known(made: Templates) -> None:
    resources = made[STACKS[0]]["Resources"]
    (role,) = (name for name, found in resources.items() if name.startswith("RestoreRole") and "Role" in found["Type"])
    (key,) = (name for name in resources if name.startswith("RestoresKey") and resources[name]["Type"].endswith(":Key"))
    assert role in resources[key]["DependsOn"]
    for selection in of_type(made[STACKS[0]], "AWS::Backup::RestoreTestingSelection"):
        assert key in selection["DependsOn"]


def test_it_is_audited_and_reported(made: Templates) -> None:
    framework = one(made[STACKS[0]], "AWS::Backup::Framework")
    assert {control["ControlName"] for control in framework["FrameworkControls"]} == {
        "BACKUP_RECOVERY_POINT_ENCRYPTED",
        "BACKUP_RECOVERY_POINT_MANUAL_DELETION_DISABLED",
        "BACKUP_RECOVERY_POINT_MINIMUM_RETENTION_CHECK",
    }
    reports = [found["Properties"] for found in of_type(made[STACKS[0]], "AWS::Backup::ReportPlan")]
    assert {found["ReportSetting"]["ReportTemplate"] for found in reports} == {
        "COPY_JOB_REPORT",
        "RESTORE_JOB_REPORT",
        "RESOURCE_COMPLIANCE_REPORT",
    }
    (name,) = {found["ReportDeliveryChannel"]["S3BucketName"]["Ref"] for found in reports}
    (policy,) = (
        found["Properties"]["PolicyDocument"]
        for found in of_type(made[STACKS[0]], "AWS::S3::BucketPolicy")
        if found["Properties"]["Bucket"] == {"Ref": name}
    )
    assert by_sid(policy)["DenyDeletion"]["Action"] == ["s3:DeleteObject", "s3:DeleteObjectVersion"]


def test_failures_are_told(made: Templates) -> None:
    rules = [found["Properties"] for found in of_type(made[STACKS[0]], "AWS::Events::Rule")]
    (told,) = (rule for rule in rules if rule["EventPattern"]["source"] == ["aws.backup"])
    assert {"Copy Job State Change", "Restore Job State Change"} <= set(told["EventPattern"]["detail-type"])
    assert one(made[STACKS[0]], AIR_GAPPED)["Notifications"]["BackupVaultEvents"] == [
        "COPY_JOB_FAILED",
        "RECOVERY_POINT_MODIFIED",
        "S3_RESTORE_OBJECT_FAILED",
    ]


def test_where_there_is_no_air_gapped_vault_an_ordinary_one_is_locked(gov: Templates) -> None:
    template = gov["Backup-us-gov-west-1"]
    assert not of_type(template, AIR_GAPPED)
    vault = one(template, "AWS::Backup::BackupVault")
    assert vault["BackupVaultName"] == "clinic-copies"
    assert vault["LockConfiguration"] == {"MinRetentionDays": 35, "MaxRetentionDays": 2557}
    assert "CopiesFromOrganization" in by_sid(vault["AccessPolicy"])
    key = template["Resources"][vault["EncryptionKeyArn"]["Fn::GetAtt"][0]]
    used = by_sid(key["Properties"]["KeyPolicy"])
    members = {"aws:PrincipalOrgID": ID, "kms:ViaService": "backup.us-gov-west-1.amazonaws.com"}
    assert used["CopiesFromOrganization"]["Condition"] == {"StringEquals": members}
    assert used["GrantsForCopiesFromOrganization"]["Condition"] == {
        "StringEquals": members,
        "Bool": {"kms:GrantIsForAWSResource": "true"},
    }
    # What GovCloud has none of.
    assert not of_type(template, "AWS::Backup::RestoreTestingPlan")
    assert not of_type(template, "AWS::EC2::VPC")


def test_the_ordinary_vault_s_lock_is_the_configuration_s(tmp_path: Path) -> None:
    build(tmp_path, only="backup", workloads=[], shared={"backup": {"compliance_lock_days": 30}}, **GOV).synth()
    vault = one(templates(tmp_path)["Clinic-Backup-us-gov-west-1"], "AWS::Backup::BackupVault")
    assert vault["LockConfiguration"]["ChangeableForDays"] == 30


def test_china_copies_to_no_account(tmp_path: Path) -> None:
    assert findings(build(tmp_path, only="backup,Records", workloads=[RECORDS], **CHINA)) == []
    found = templates(tmp_path)
    assert not [name for name in found if "Backup" in name]
    (plan,) = of_type(found["Clinic-Records-Foundation"], PLAN)
    assert ACCOUNTS["backup"] not in str(plan)


@pytest.mark.parametrize("owner", ["control_tower", "accelerator"])
def test_who_owns_the_accounts_changes_nothing(tmp_path: Path, made: Templates, owner: str) -> None:
    build(tmp_path, only="backup", owner=owner).synth()
    found = templates(tmp_path)
    assert {name: normalize(found[f"Clinic-{name}"]) for name in STACKS} == {
        name: normalize(made[name]) for name in STACKS
    }


# -- workloads ---------------------------------------------------------------------------------------------------


def test_a_workload_copies_every_snapshot_there_and_to_its_other_region(made: Templates) -> None:
    rules = one(made["Records-Foundation"], PLAN)["BackupPlan"]["BackupPlanRule"]
    copies = {rule["RuleName"]: rule.get("CopyActions", []) for rule in rules}
    assert copies["Continuous"] == []
    own, other = (action["DestinationBackupVaultArn"] for action in copies["Daily"])
    assert ":us-west-2:200000000001:backup-vault:" in text(own)
    assert other == VAULT
    assert {action["Lifecycle"]["DeleteAfterDays"] for action in copies["Daily"]} == {2557}


def test_the_keys_of_vault_and_database_let_the_backup_account_read_copies(made: Templates) -> None:
    root = f"arn:aws:iam::{ACCOUNTS['backup']}:root"
    (database,) = of_type(made["Records-Data"], "AWS::RDS::DBInstance")
    vault = one(made["Records-Foundation"], "AWS::Backup::BackupVault")
    for stack, reference in (
        ("Records-Data", database["Properties"]["KmsKeyId"]),
        ("Records-Foundation", vault["EncryptionKeyArn"]),
    ):
        key = made[stack]["Resources"][reference["Fn::GetAtt"][0]]
        opened = [
            statement
            for statement in text(key["Properties"]["KeyPolicy"])["Statement"]
            if statement["Principal"] == {"AWS": root}
        ]
        assert [statement["Action"] for statement in opened] == [
            ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            "kms:CreateGrant",
        ]
        assert opened[1]["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}


def test_a_workload_is_judged_by_whether_it_copies_there(made: Templates) -> None:
    controls = {
        control["ControlName"]: control.get("ControlInputParameters")
        for control in one(made["Records-Foundation"], "AWS::Backup::Framework")["FrameworkControls"]
    }
    assert controls["BACKUP_RESOURCES_PROTECTED_BY_CROSS_ACCOUNT"] == [
        {"ParameterName": "crossAccountList", "ParameterValue": ACCOUNTS["backup"]}
    ]


def test_a_workload_waits_for_the_vault_of_its_region(outdir: Path) -> None:
    waits = json.loads((outdir / "manifest.json").read_text())["artifacts"]["Clinic-Records-Foundation"]["dependencies"]
    assert {one for one in waits if "-Backup-" in one} == {"Clinic-Backup-us-east-1"}


def test_without_a_backup_account_copies_stay_in_the_workload_s(tmp_path: Path) -> None:
    build(tmp_path, only="Records", accounts={}).synth()
    (plan,) = of_type(templates(tmp_path)["Clinic-Records-Foundation"], PLAN)
    targets = [len(rule.get("CopyActions", [])) for rule in plan["Properties"]["BackupPlan"]["BackupPlanRule"]]
    assert sorted(targets) == [0, 1]


# -- names -------------------------------------------------------------------------------------------------------


def test_the_vault_has_the_name_by_which_plans_know_it() -> None:
    config = parse_zone(given(), source="test")
    assert isinstance(config, OrganizationZoneConfig)
    assert names.copies_vault_arn(config, "us-east-1") == VAULT


def test_the_longest_name_still_fits() -> None:
    config = parse_zone(given(shared={"name": "N" * 13, "deployment": "12345678"}), source="test")
    assert isinstance(config, OrganizationZoneConfig)
    assert len(names.copies_vault(config)) <= 50


def test_a_failed_creation_leaves_no_name_taken(tmp_path: Path) -> None:
    build(tmp_path, only="backup").synth()
    for template in Template.all_of(tmp_path):
        assert fixed_and_kept(template, after_failed_creation=True) == set()
        for until in range(len(template.order) + 1):
            account = Account()
            stack = account.create(template, until=until)
            stack.roll_back()
            assert stack.keyless() == []
            account.create(template)


def test_a_second_deployment_has_a_vault_of_its_own(tmp_path: Path) -> None:
    build(tmp_path, only="backup,Records", shared={"deployment": "b"}).synth()
    found = templates(tmp_path)
    assert one(found["Clinic-Backup-us-east-1"], AIR_GAPPED)["BackupVaultName"] == "clinic-b-copies"
    assert ":backup-vault:clinic-b-copies" in str(one(found["Clinic-Records-Foundation"], PLAN))


@pytest.mark.parametrize("vault", [VAULT, "clinic-copies"])
def test_the_organization_says_where_copies_go(vault: str) -> None:
    with pytest.raises(ValueError, match=r"backup\.copy_account_vault"):
        parse_zone(given(shared={"backup": {"copy_account_vault": vault}}), source="test")
