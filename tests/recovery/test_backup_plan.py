from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_docdb as docdb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.recovery import backup_selections
from hipaa_constructs.recovery.backup_plan import BackupPlan
from hipaa_constructs.recovery.backup_rule import BackupRule
from hipaa_constructs.recovery.recovery_vault import RecoveryVault
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.testing import assert_finding, assert_no_findings, findings, template_of
from tests.database.support import imported_vpc
from tests.left_behind import names_in
from tests.recovery.support import (
    OTHER_ACCOUNT,
    US_EAST,
    US_WEST,
    flat,
    listed,
    new_app,
    of_type,
    only,
    templates,
)

PLAN = "AWS::Backup::BackupPlan"
SELECTION = "AWS::Backup::BackupSelection"
POLICY = "AWS::IAM::ManagedPolicy"


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    """A plan as the newcomer makes it, and a bucket that it covers."""
    stack = cdk.Stack(new_app(), "Clinic", env=US_EAST)
    plan = BackupPlan.daily_weekly_monthly_7_year(stack, "Backups")
    EncryptedBucket(stack, "Records", backup_plan=plan)
    return template_of(stack)


def copying_app(recovery: cdk.Environment) -> cdk.App:
    app = new_app()
    vault = RecoveryVault(cdk.Stack(app, "Recovery", env=recovery), "Vault")
    plan = BackupPlan.daily_7_year(cdk.Stack(app, "Clinic", env=US_EAST), "Backups", copy_to=vault)
    plan.protect_tagged()
    return app


@pytest.fixture(scope="module")
def copied() -> tuple[dict[str, Any], dict[str, Any]]:
    clinic, recovery = templates(copying_app(US_WEST))
    return clinic, recovery


@pytest.fixture(scope="module")
def shared() -> tuple[dict[str, Any], dict[str, Any]]:
    """Copies to another account."""
    clinic, recovery = templates(copying_app(OTHER_ACCOUNT))
    return clinic, recovery


def rules_of(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {rule["RuleName"]: rule for rule in only(template, PLAN)["BackupPlan"]["BackupPlanRule"]}


def allowed_to(template: dict[str, Any], role: str) -> dict[str, set[str]]:
    """Each action that a role may do, with the resources it may do it on."""
    attached = next(found for name, found in of_type(template, "AWS::IAM::Role").items() if role in name)
    assert "Policies" not in attached["Properties"]
    allowed: dict[str, set[str]] = {}
    for reference in attached["Properties"]["ManagedPolicyArns"]:
        document = template["Resources"][reference["Ref"]]["Properties"]["PolicyDocument"]
        for statement in flat(document)["Statement"]:
            for action in listed(statement["Action"]):
                allowed.setdefault(action, set()).update(listed(statement["Resource"]))
    return allowed


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


def findings_but_no_copy(app: cdk.App) -> list[str]:
    """What the gate says beside that a plan without ``copy_to`` does not outlive its Region."""
    return [one for one in map(str, findings(app, all_packs=True)) if "BackupCopiedElsewhere" not in one]


def test_without_copies_has_no_other_findings(app: cdk.App, stack: cdk.Stack) -> None:
    BackupPlan.daily_7_year(stack, "Backups").protect_tagged()
    assert findings_but_no_copy(app) == []


@pytest.mark.parametrize("recovery", [US_WEST, OTHER_ACCOUNT])
def test_copying_has_no_findings(recovery: cdk.Environment) -> None:
    assert_no_findings(copying_app(recovery), all_packs=True)


def test_has_no_other_findings_where_account_and_region_are_unknown(app: cdk.App) -> None:
    BackupPlan(cdk.Stack(app, "Anywhere"), "Backups").protect_tagged()
    assert findings_but_no_copy(app) == []


# The rules


def test_default_rules(template: dict[str, Any]) -> None:
    rules = rules_of(template)
    assert {name: rule["Lifecycle"] for name, rule in rules.items()} == {
        "Continuous": {"DeleteAfterDays": 35},
        "Daily": {"DeleteAfterDays": 35},
        "Weekly": {"DeleteAfterDays": 90},
        "Monthly": {
            "DeleteAfterDays": 2557,
            "MoveToColdStorageAfterDays": 90,
            "OptInToArchiveForSupportedResources": True,
        },
    }
    assert [name for name, rule in rules.items() if rule["EnableContinuousBackup"]] == ["Continuous"]


def test_daily_7_year(copied: tuple[dict[str, Any], dict[str, Any]]) -> None:
    lifecycles = {name: rule["Lifecycle"] for name, rule in rules_of(copied[0]).items()}
    assert lifecycles == {"Continuous": {"DeleteAfterDays": 35}, "Daily": {"DeleteAfterDays": 2557}}


def test_rules_begin_within_an_hour_and_apart(
    template: dict[str, Any], copied: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    for rules in (rules_of(template), rules_of(copied[0])):
        assert {rule["StartWindowMinutes"] for rule in rules.values()} == {60}
        hours = {name: int(rule["ScheduleExpression"].split()[1]) for name, rule in rules.items()}
        assert min(abs(hours[name] - hours["Continuous"]) for name in rules if name != "Continuous") > 1


def snapshots(hour: str, *, kept: int = 35, start_window: cdk.Duration | None = None) -> BackupRule:
    return BackupRule(
        "Snapshots",
        schedule=events.Schedule.cron(hour=hour, minute="0"),
        delete_after=cdk.Duration.days(kept),
        start_window=start_window,
    )


@pytest.mark.parametrize(
    "rule",
    [
        snapshots("3"),
        snapshots("*"),
        snapshots("2", start_window=cdk.Duration.minutes(61)),
        snapshots("20", start_window=cdk.Duration.hours(8)),
    ],
)
def test_refuses_a_rule_that_would_end_point_in_time_recovery(stack: cdk.Stack, rule: BackupRule) -> None:
    with pytest.raises(ValueError, match="rules: got 'Snapshots'; it may not begin while 'Continuous' may"):
        BackupPlan(stack, "Backups", rules=[BackupRule.continuous(), rule])
    assert not stack.node.children


@pytest.mark.parametrize(
    "rule",
    [
        snapshots("2", kept=90),
        snapshots("4", kept=90),
        snapshots("5-23/2", kept=90, start_window=cdk.Duration.hours(2)),
        # Kept shorter, it gives way to the continuous rule.
        snapshots("*", kept=7),
    ],
)
def test_takes_rules_that_leave_room_for_the_continuous_one(stack: cdk.Stack, rule: BackupRule) -> None:
    BackupPlan(stack, "Backups", rules=[BackupRule.continuous(), rule])
    assert set(rules_of(template_of(stack))) == {"Continuous", "Snapshots"}


def test_refuses_a_second_continuous_rule(stack: cdk.Stack) -> None:
    second = BackupRule(
        "Again",
        schedule=events.Schedule.cron(hour="12", minute="0"),
        delete_after=cdk.Duration.days(7),
        enable_continuous_backup=True,
    )
    with pytest.raises(ValueError, match=r"rules: got \['Continuous', 'Again'\]; a plan runs one rule of continuous"):
        BackupPlan(stack, "Backups", rules=[BackupRule.continuous(), second])


def test_lock_lets_in_just_the_retentions_of_the_rules(stack: cdk.Stack) -> None:
    rule = BackupRule("Hourly", schedule=events.Schedule.cron(minute="0"), delete_after=cdk.Duration.days(400))
    BackupPlan(stack, "Backups", rules=[rule, BackupRule.weekly()])
    template = template_of(stack)
    lock = only(template, "AWS::Backup::BackupVault")["LockConfiguration"]
    assert lock == {"MinRetentionDays": 90, "MaxRetentionDays": 400}
    controls = {
        control["ControlName"]: control for control in only(template, "AWS::Backup::Framework")["FrameworkControls"]
    }
    assert controls["BACKUP_RECOVERY_POINT_MINIMUM_RETENTION_CHECK"]["ControlInputParameters"] == [
        {"ParameterName": "requiredRetentionDays", "ParameterValue": "90"}
    ]


# The roles


def test_making_and_restoring_are_two_roles(template: dict[str, Any]) -> None:
    making, restoring = allowed_to(template, "BackupsRole"), allowed_to(template, "BackupsRestoreRole")
    assert not {action for action in making if "Restore" in action or action == "s3:PutObject"}
    assert not {action for action in restoring if action.startswith(("backup:", "rds:Modify", "rds:Create"))} - {
        "rds:CreateDBInstance"
    }


def test_roles_trust_aws_backup_alone(template: dict[str, Any]) -> None:
    for role in of_type(template, "AWS::IAM::Role").values():
        (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": "backup.amazonaws.com"}


def test_databases_are_deleted_only_after_a_restore_test(template: dict[str, Any]) -> None:
    place = "arn:<AWS::Partition>:rds:us-east-1:111122223333"
    restoring = allowed_to(template, "BackupsRestoreRole")
    assert restoring["rds:DeleteDBInstance"] == {
        f"{place}:cluster:awsbackup-restore-test-*",
        f"{place}:db:awsbackup-restore-test-*",
    }
    making = allowed_to(template, "BackupsRole")
    assert not {action for action in making if action in ("rds:DeleteDBInstance", "rds:DeleteDBCluster")}
    assert making["rds:DeleteDBSnapshot"] == {f"{place}:snapshot:awsbackup:*"}


def test_roles_are_held_to_account_and_region(template: dict[str, Any]) -> None:
    for role in ("BackupsRole", "BackupsRestoreRole"):
        for action, resources in allowed_to(template, role).items():
            for resource in resources:
                if resource == "*":
                    service, verb = action.split(":")
                    assert verb.startswith(("Describe", "List", "Get")), action
                    assert service in ("cloudwatch", "ec2", "events", "redshift-serverless", "s3", "tag"), action
                else:
                    # Bucket ARNs name neither account nor Region; the vault's is a reference.
                    assert ":us-east-1:" in resource or resource.startswith(
                        ("arn:<AWS::Partition>:s3:::", "<BackupsVault")
                    ), (action, resource)


def test_buckets_are_held_to_the_account_by_a_condition(template: dict[str, Any]) -> None:
    for policy in of_type(template, POLICY).values():
        for statement in flat(policy["Properties"]["PolicyDocument"])["Statement"]:
            if any("s3:::" in resource for resource in listed(statement["Resource"])):
                assert statement["Condition"] == {"StringEquals": {"aws:ResourceAccount": "111122223333"}}


def test_keys_are_used_through_services_and_granted_to_aws_alone(template: dict[str, Any]) -> None:
    for policy in of_type(template, POLICY).values():
        for statement in flat(policy["Properties"]["PolicyDocument"])["Statement"]:
            actions = set(listed(statement["Action"]))
            if "kms:CreateGrant" in actions:
                assert statement["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}
            elif any(action.startswith("kms:") for action in actions) and actions != {"kms:DescribeKey"}:
                assert "kms:ViaService" in statement["Condition"]["StringEquals"]


def test_each_policy_fits(shared: tuple[dict[str, Any], dict[str, Any]]) -> None:
    for policy in of_type(shared[0], POLICY).values():
        document = flat(policy["Properties"]["PolicyDocument"])
        assert len(json.dumps(document, separators=(",", ":"))) <= 6_144


def test_what_is_granted_later_is_not_acknowledged(app: cdk.App, stack: cdk.Stack) -> None:
    plan = BackupPlan(stack, "Backups")
    plan.role.add_to_policy(iam.PolicyStatement(actions=["ec2:DescribeVolumes"], resources=["*"]))
    with pytest.raises(
        AssertionError, match=r"\nClinic/Backups/Role/Policy1/Resource\n(.*\n)*.* AwsSolutions-IAM5\[Resource::\*\]"
    ):
        assert_no_findings(app, all_packs=True)


# Selections


def test_a_store_is_selected(template: dict[str, Any]) -> None:
    (bucket,) = (name for name in of_type(template, "AWS::S3::Bucket") if name.startswith("Records"))
    selection = only(template, SELECTION)["BackupSelection"]
    assert {"Fn::GetAtt": [bucket, "Arn"]} in selection["Resources"]
    assert "BackupsRole" in selection["IamRoleArn"]["Fn::GetAtt"][0]


def test_a_store_is_selected_in_its_own_stack_once(app: cdk.App, stack: cdk.Stack) -> None:
    plan = BackupPlan(stack, "Backups")
    other = cdk.Stack(app, "Data", env=US_EAST)
    for arn in ("arn:aws:rds:us-east-1:111122223333:db:a", "arn:aws:rds:us-east-1:111122223333:db:b") * 2:
        plan.protect(other, arn)
    clinic, data = templates(app)
    selection = only(data, SELECTION)["BackupSelection"]
    assert selection["Resources"] == [
        "arn:aws:rds:us-east-1:111122223333:db:a",
        "arn:aws:rds:us-east-1:111122223333:db:b",
    ]
    assert only(clinic, SELECTION)["BackupSelection"]["SelectionName"] != selection["SelectionName"]
    assert not any(name.startswith("Custom::") for name in data["Resources"])


def test_two_plans_select_in_one_stack(app: cdk.App, stack: cdk.Stack) -> None:
    data = cdk.Stack(app, "Data", env=US_EAST)
    for name in ("First", "Second"):
        BackupPlan(stack, name).protect(data, "arn:aws:s3:::records")
    assert len(of_type(template_of(data), SELECTION)) == 2


def test_cdk_nag_sees_the_selection_of_a_store(app: cdk.App, stack: cdk.Stack) -> None:
    data = cdk.Stack(app, "Data", env=US_EAST)
    volume = ec2.CfnVolume(data, "Volume", availability_zone="us-east-1a", size=1, encrypted=True)
    plan = BackupPlan(stack, "Backups")
    plan.protect(volume, f"arn:aws:ec2:us-east-1:111122223333:volume/{volume.ref}")
    found = findings(app, all_packs=True)
    assert not [one for one in found if "EC2EBSInBackupPlan" in str((one.rule_id, one.also))]


def test_cdk_nag_sees_a_store_that_is_not_selected(app: cdk.App, stack: cdk.Stack) -> None:
    ec2.CfnVolume(stack, "Volume", availability_zone="us-east-1a", size=1, encrypted=True)
    BackupPlan(stack, "Backups")
    assert_finding(app, "HIPAA.Security-EC2EBSInBackupPlan", "Clinic/Volume")


def test_a_full_selection_is_followed_by_another(
    app: cdk.App, stack: cdk.Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert backup_selections._MOST_ARNS == 500
    monkeypatch.setattr(backup_selections, "_MOST_ARNS", 3)
    plan = BackupPlan(stack, "Backups")
    data = cdk.Stack(app, "Data", env=US_EAST)
    arns = [f"arn:aws:dynamodb:us-east-1:111122223333:table/t{number}" for number in range(7)]
    for arn in arns:
        plan.protect(data, arn)
    selections = [found["Properties"]["BackupSelection"] for found in of_type(template_of(data), SELECTION).values()]
    assert [selection["Resources"] for selection in selections] == [arns[:3], arns[3:6], arns[6:]]
    assert len({selection["SelectionName"] for selection in selections}) == 3


def after(template: dict[str, Any], name: str) -> set[str]:
    """What CloudFormation makes before a resource: all that it waits for or refers to, and what these do."""
    found: set[str] = set()
    todo = [name]
    while todo:
        resource = template["Resources"].get(todo.pop(), {})
        text = json.dumps(resource.get("Properties", {}))
        named = {*resource.get("DependsOn", ()), *re.findall(r'"(?:Ref|Fn::GetAtt)": \[?"([^"]+)"', text)}
        todo += named - found
        found |= named
    return found


def test_selections_wait_until_the_roles_have_spread(
    template: dict[str, Any], copied: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    for made in (template, copied[0]):
        (reports,) = (name for name in of_type(made, "AWS::S3::Bucket") if "Reports" in name)
        (key,) = (name for name in of_type(made, "AWS::KMS::Key") if "Reports" in name)
        roles = set(of_type(made, "AWS::IAM::Role"))
        assert len(roles) == 2
        selections = [*of_type(made, SELECTION), *of_type(made, "AWS::Backup::RestoreTestingSelection")]
        assert len(selections) >= 7
        for selection in selections:
            assert {reports, key} <= after(made, selection)
        assert roles <= after(made, key)
        assert not {*selections, key} & after(made, key)


def test_selects_what_is_classified_as_phi(copied: tuple[dict[str, Any], dict[str, Any]]) -> None:
    (tagged,) = (
        found["Properties"]["BackupSelection"]
        for name, found in of_type(copied[0], SELECTION).items()
        if "Tagged" in name
    )
    assert tagged["Conditions"] == {
        "StringEquals": [{"ConditionKey": "aws:ResourceTag/hipaa:data-classification", "ConditionValue": "PHI"}]
    }
    # Only what the role can back up: anything else that has the tag would be a failing job every day.
    services = {arn.split(":")[2 + arn.count("AWS::Partition") * 2] for arn in flat(tagged["Resources"])}
    assert services == {"s3", "rds", "dynamodb", "elasticfilesystem", "ec2"}


def test_selects_by_another_tag_once(stack: cdk.Stack) -> None:
    plan = BackupPlan(stack, "Backups")
    plan.protect_tagged("backup", "daily")
    plan.protect_tagged("backup", "daily")
    plan.protect_tagged("backup", "hourly")
    tagged = [
        found["Properties"]["BackupSelection"]["Conditions"]["StringEquals"][0]["ConditionValue"]
        for name, found in of_type(template_of(stack), SELECTION).items()
        if "Tagged" in name
    ]
    assert sorted(tagged) == ["daily", "hourly"]


@pytest.mark.parametrize(
    ("select", "message"),
    [
        (lambda plan: plan.protect_tagged("aws:created", "x"), "key: got 'aws:created'"),
        (lambda plan: plan.protect_tagged("", "x"), "key: got ''; allowed are 1 to 128 characters"),
        (lambda plan: plan.protect_tagged("key", ""), "value: got ''; allowed are 1 to 256 characters"),
        (lambda plan: [plan.protect_tagged("k", f"{n}") for n in range(11)], "AWS Backup takes 10 selections by tag"),
        (lambda plan: plan.protect(plan, 3), r"BackupPlan.protect\(resource_arn=…\)"),
    ],
)
def test_refuses_a_selection(stack: cdk.Stack, select: Callable[[BackupPlan], object], message: str) -> None:
    plan = BackupPlan(stack, "Backups")
    with pytest.raises(ValueError, match=message):
        select(plan)


def test_refuses_more_selections_than_a_plan_takes(app: cdk.App, stack: cdk.Stack) -> None:
    plan = BackupPlan(stack, "Backups")
    stacks = [cdk.Stack(app, f"Data{number}", env=US_EAST) for number in range(100)]
    for data in stacks[:-1]:
        plan.protect(data, "arn:aws:s3:::records")
    with pytest.raises(ValueError, match="AWS Backup takes 100 selections in a plan"):
        plan.protect(stacks[-1], "arn:aws:s3:::records")
    assert stacks[-1].node.children == []


@pytest.mark.parametrize(("place", "what"), [(US_WEST, "Region us-west-2"), (OTHER_ACCOUNT, "Region us-west-2")])
def test_refuses_a_store_elsewhere(app: cdk.App, stack: cdk.Stack, place: cdk.Environment, what: str) -> None:
    plan = BackupPlan(stack, "Backups")
    elsewhere = cdk.Stack(app, "Elsewhere", env=place)
    with pytest.raises(ValueError, match=f"store: got 'one in {what}'"):
        plan.protect(elsewhere, "arn:aws:s3:::records")
    assert elsewhere.node.children == []


# Copies


def test_snapshots_are_copied_and_continuous_backups_are_not(
    copied: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    clinic, recovery = copied
    rules = rules_of(clinic)
    assert "CopyActions" not in rules["Continuous"]
    (copy,) = flat(rules["Daily"]["CopyActions"])
    name = only(recovery, "AWS::Backup::BackupVault")["BackupVaultName"]
    assert copy == {
        "DestinationBackupVaultArn": f"arn:<AWS::Partition>:backup:us-west-2:111122223333:backup-vault:{name}",
        "Lifecycle": {"DeleteAfterDays": 2557},
    }


def test_no_token_crosses_regions(
    copied: tuple[dict[str, Any], dict[str, Any]], shared: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    for template in (*copied, *shared):
        assert not [found["Type"] for found in template["Resources"].values() if found["Type"].startswith("Custom::")]
        assert "AWS::Lambda::Function" not in {found["Type"] for found in template["Resources"].values()}


def test_the_role_may_copy_into_that_vault_under_its_key_alone(
    copied: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    clinic, recovery = copied
    vault = only(recovery, "AWS::Backup::BackupVault")["BackupVaultName"]
    assert allowed_to(clinic, "BackupsRole")["backup:CopyIntoBackupVault"] == {
        f"arn:<AWS::Partition>:backup:us-west-2:111122223333:backup-vault:{vault}"
    }
    aliases = {found["Properties"]["AliasName"] for found in of_type(recovery, "AWS::KMS::Alias").values()}
    abroad = [
        statement
        for policy in of_type(clinic, POLICY).values()
        for statement in flat(policy["Properties"]["PolicyDocument"])["Statement"]
        if any(":kms:us-west-2:" in resource for resource in listed(statement["Resource"]))
    ]
    assert abroad
    for statement in abroad:
        (alias,) = statement["Condition"]["ForAnyValue:StringEquals"]["kms:ResourceAliases"]
        assert alias in aliases


def test_nothing_is_shared_within_the_account(copied: tuple[dict[str, Any], dict[str, Any]]) -> None:
    clinic, recovery = copied
    assert not [action for action in allowed_to(clinic, "BackupsRole") if "Attribute" in action]
    policy = only(recovery, "AWS::Backup::BackupVault")["AccessPolicy"]
    assert {statement["Effect"] for statement in policy["Statement"]} == {"Deny"}


def test_another_account_receives_copies(shared: tuple[dict[str, Any], dict[str, Any]]) -> None:
    clinic, recovery = shared
    policy = flat(only(recovery, "AWS::Backup::BackupVault")["AccessPolicy"])
    (accepted,) = (statement for statement in policy["Statement"] if statement["Effect"] == "Allow")
    assert accepted["Principal"] == {"AWS": "arn:<AWS::Partition>:iam::111122223333:root"}
    key = only(clinic, "AWS::Backup::BackupVault")["EncryptionKeyArn"]["Fn::GetAtt"][0]
    statements = flat(clinic["Resources"][key]["Properties"]["KeyPolicy"])["Statement"]
    other = [
        statement
        for statement in statements
        if statement["Principal"] == {"AWS": "arn:<AWS::Partition>:iam::444455556666:root"}
    ]
    assert {action for statement in other for action in listed(statement["Action"])} >= {
        "kms:Decrypt",
        "kms:CreateGrant",
    }
    assert "rds:ModifyDBSnapshotAttribute" in allowed_to(clinic, "BackupsRole")
    controls = only(clinic, "AWS::Backup::Framework")["FrameworkControls"]
    assert {
        parameter["ParameterValue"]
        for control in controls
        if "CROSS" in control["ControlName"]
        for parameter in control["ControlInputParameters"]
    } == {"us-west-2", "444455556666"}


def test_the_target_is_deployed_first() -> None:
    app = copying_app(US_WEST)
    clinic = app.node.find_child("Clinic")
    assert isinstance(clinic, cdk.Stack)
    assert [stack.node.id for stack in clinic.dependencies] == ["Recovery"]


def test_copies_into_a_vault_under_a_known_key(app: cdk.App, stack: cdk.Stack) -> None:
    recovery = cdk.Stack(app, "Recovery", env=US_WEST)
    arn = "arn:aws:kms:us-west-2:111122223333:key/1234"
    vault = RecoveryVault(recovery, "Vault", encryption_key=kms.Key.from_key_arn(recovery, "Key", arn))
    BackupPlan(stack, "Backups", copy_to=vault)
    assert arn in allowed_to(templates(app)[0], "BackupsRole")["kms:GenerateDataKey"]


# Restore tests, audit, notices


def test_restores_are_tried_every_quarter(template: dict[str, Any]) -> None:
    plan = only(template, "AWS::Backup::RestoreTestingPlan")
    assert plan["ScheduleExpression"] == "cron(0 7 1 1,4,7,10 ? *)"
    (vault,) = of_type(template, "AWS::Backup::BackupVault")
    assert plan["RecoveryPointSelection"]["IncludeVaults"] == [{"Fn::GetAtt": [vault, "BackupVaultArn"]}]
    selections = {
        found["Properties"]["ProtectedResourceType"]: found["Properties"]
        for found in of_type(template, "AWS::Backup::RestoreTestingSelection").values()
    }
    assert set(selections) == {"Aurora", "DynamoDB", "EBS", "EFS", "RDS", "S3"}
    for selection in selections.values():
        assert "BackupsRestoreRole" in selection["IamRoleArn"]["Fn::GetAtt"][0]
        assert selection["ProtectedResourceArns"] == ["*"]
    assert selections["RDS"]["RestoreMetadataOverrides"] == {"publiclyAccessible": "false"}
    key = only(template, "AWS::Backup::BackupVault")["EncryptionKeyArn"]
    assert selections["EBS"]["RestoreMetadataOverrides"] == {"kmsKeyId": key}
    assert selections["S3"]["RestoreMetadataOverrides"] == {"encryptionType": "SSE-KMS", "kmsKey": key}


def test_restored_databases_go_to_the_given_subnets(stack: cdk.Stack) -> None:
    group = rds.SubnetGroup.from_subnet_group_name(stack, "Group", "restores")
    BackupPlan(stack, "Backups", restore_subnet_group=group)
    overrides = {
        found["Properties"]["ProtectedResourceType"]: found["Properties"].get("RestoreMetadataOverrides", {})
        for found in of_type(template_of(stack), "AWS::Backup::RestoreTestingSelection").values()
    }
    named = {kind for kind, override in overrides.items() if override.get("dbSubnetGroupName") == "restores"}
    assert named == {"Aurora", "RDS"}
    assert overrides["RDS"]["publiclyAccessible"] == "false"


def test_framework_targets_72_hours_for_phi(template: dict[str, Any]) -> None:
    controls = {
        control["ControlName"]: control for control in only(template, "AWS::Backup::Framework")["FrameworkControls"]
    }
    restore = controls["RESTORE_TIME_FOR_RESOURCES_MEET_TARGET"]
    assert restore["ControlInputParameters"] == [{"ParameterName": "maxRestoreTime", "ParameterValue": str(72 * 60)}]
    assert restore["ControlScope"] == {"Tags": [{"Key": "hipaa:data-classification", "Value": "PHI"}]}
    assert {
        "BACKUP_RESOURCES_PROTECTED_BY_BACKUP_PLAN",
        "BACKUP_RESOURCES_PROTECTED_BY_BACKUP_VAULT_LOCK",
        "BACKUP_RECOVERY_POINT_ENCRYPTED",
        "BACKUP_RECOVERY_POINT_MANUAL_DELETION_DISABLED",
    } <= set(controls)
    assert not [name for name in controls if "CROSS" in name]


def test_reports_go_to_a_bucket_that_only_their_role_may_write_to(template: dict[str, Any]) -> None:
    reports = of_type(template, "AWS::Backup::ReportPlan").values()
    assert {report["Properties"]["ReportSetting"]["ReportTemplate"] for report in reports} == {
        "BACKUP_JOB_REPORT",
        "RESTORE_JOB_REPORT",
        "RESOURCE_COMPLIANCE_REPORT",
    }
    (name,) = {report["Properties"]["ReportDeliveryChannel"]["S3BucketName"]["Ref"] for report in reports}
    (framework,) = of_type(template, "AWS::Backup::Framework")
    policy_name, policy = next(
        (found_name, found)
        for found_name, found in of_type(template, "AWS::S3::BucketPolicy").items()
        if found["Properties"]["Bucket"] == {"Ref": name}
    )
    allowed = [
        statement
        for statement in flat(policy["Properties"]["PolicyDocument"])["Statement"]
        if statement["Effect"] == "Allow"
    ]
    (statement,) = allowed
    assert statement["Principal"] == {
        "AWS": "arn:<AWS::Partition>:iam::111122223333:role/aws-service-role/"
        "reports.backup.amazonaws.com/AWSServiceRoleForBackupReports"
    }
    assert statement["Action"] == "s3:PutObject"
    # Neither policy can name the service-linked role before the framework has brought it about.
    assert framework in policy["DependsOn"]
    key = template["Resources"][name]["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]
    key_name = key["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]["Fn::GetAtt"][0]
    assert framework in template["Resources"][key_name]["DependsOn"]
    assert all(policy_name in report["DependsOn"] for report in reports)


def test_failures_are_told(template: dict[str, Any]) -> None:
    rule = next(
        found["Properties"] for name, found in of_type(template, "AWS::Events::Rule").items() if "Failures" in name
    )
    assert rule["EventPattern"]["source"] == ["aws.backup"]
    assert rule["EventPattern"]["detail-type"] == [
        "Backup Job State Change",
        "Copy Job State Change",
        "Recovery Point State Change",
        "Restore Job State Change",
    ]
    bad = ["ABORTED", "EXPIRED", "FAILED", "PARTIAL", "STOPPED"]
    assert rule["EventPattern"]["detail"] == {"$or": [{"state": bad}, {"status": bad}]}
    (topic,) = of_type(template, "AWS::SNS::Topic")
    assert rule["Targets"][0]["Arn"] == {"Ref": topic}
    assert {
        statement["Principal"]["Service"]
        for statement in only(template, "AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    } == {"backup.amazonaws.com", "events.amazonaws.com"}


def test_names_fit_and_differ_between_stacks() -> None:
    app = new_app()
    for number in range(2):
        BackupPlan(cdk.Stack(app, f"{'Clinic' * 15}{number}", env=US_EAST), "Backups")
    limits = {
        ("AWS::Backup::RestoreTestingPlan", "RestoreTestingPlanName"): r"[a-zA-Z0-9_]{1,50}",
        ("AWS::Backup::Framework", "FrameworkName"): r"[a-zA-Z][_a-zA-Z0-9]{0,255}",
        ("AWS::Backup::ReportPlan", "ReportPlanName"): r"[a-zA-Z][_a-zA-Z0-9]{0,255}",
    }
    made = templates(app)
    for (resource_type, name), pattern in limits.items():
        names = [found["Properties"][name] for template in made for found in of_type(template, resource_type).values()]
        assert len(names) == len(set(names)) >= 2
        assert all(re.fullmatch(pattern, found) for found in names), names
    plans = [only(template, PLAN)["BackupPlan"]["BackupPlanName"] for template in made]
    assert len(set(plans)) == 2
    assert all(re.fullmatch(r"[a-zA-Z0-9_.-]{1,50}", plan) for plan in plans)
    vaults = [name for template in made for (name,) in names_in(template, "AWS::Backup::BackupVault")]
    assert len(set(vaults)) == 4
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{2,50}", vault) for vault in vaults)


def test_the_vault_has_another_name_in_each_deployment(stack: cdk.Stack) -> None:
    plan = BackupPlan(stack, "Backups")
    cdk.CfnOutput(stack, "Name", value=plan.recovery_vault.vault_name)
    template = template_of(stack)
    (first,), (second,) = names_in(template, "AWS::Backup::BackupVault")
    assert first != second
    (logical_id,) = of_type(template, "AWS::Backup::BackupVault")
    assert template["Outputs"]["Name"]["Value"] == {"Fn::GetAtt": [logical_id, "BackupVaultName"]}


# The other options


def test_compliance_lock(stack: cdk.Stack) -> None:
    BackupPlan(stack, "Backups", compliance_lock_after=cdk.Duration.days(14))
    assert only(template_of(stack), "AWS::Backup::BackupVault")["LockConfiguration"]["ChangeableForDays"] == 14


def test_key_and_topic_of_the_caller(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    topic = AlertTopic(stack, "Topic", emails=["it@example.org"])
    plan = BackupPlan.daily_7_year(stack, "Backups", encryption_key=key, topic=topic)
    assert plan.topic is topic
    assert plan.encryption_key is key
    template = template_of(stack)
    assert len(of_type(template, "AWS::SNS::Topic")) == 1
    assert only(template, "AWS::Backup::BackupVault")["EncryptionKeyArn"]["Fn::GetAtt"][0].startswith("Key")


def test_exposes_what_it_made(stack: cdk.Stack) -> None:
    plan = BackupPlan(stack, "Backups")
    assert only(template_of(stack), PLAN)["BackupPlan"]["BackupPlanName"] == plan.plan_name
    assert plan.vault is plan.recovery_vault.vault
    assert stack.resolve(plan.plan.backup_plan_id)["Fn::GetAtt"][0].startswith("Backups")
    assert plan.restore_role.role_arn != plan.role.role_arn
    assert plan.audit.bucket.bucket.bucket_arn
    assert plan.audit.framework.framework_name


# Refusals


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rules": []}, "rules: got '0 rules'; a plan takes 1 to 10"),
        ({"rules": [BackupRule.daily()] * 11}, "rules: got '11 rules'"),
        ({"rules": [BackupRule.daily(), BackupRule.daily()]}, "rules: got 'Daily'; each name can be used once"),
        ({"rules": ["daily"]}, r"BackupPlan\(rules=…\)"),
        ({"compliance_lock_after": cdk.Duration.hours(48)}, "compliance_lock_after: got '2 days'"),
        ({"copy_to": "arn:aws:backup:us-west-2:111122223333:backup-vault:v"}, r"BackupPlan\(copy_to=…\)"),
    ],
)
def test_refuses(stack: cdk.Stack, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BackupPlan(stack, "Backups", **arguments)  # type: ignore[arg-type]
    assert stack.node.children == []


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        (US_EAST, "copy_to: got \"?'?a vault in us-east-1, the plan's own Region"),
        (cdk.Environment(account="111122223333"), "copy_to: got 'a vault of an unknown Region'"),
        (cdk.Environment(region="us-west-2"), "unknown whether it is in the same account"),
    ],
)
def test_refuses_a_target(app: cdk.App, stack: cdk.Stack, environment: cdk.Environment, message: str) -> None:
    vault = RecoveryVault(cdk.Stack(app, "Recovery", env=environment), "Vault")
    with pytest.raises(ValueError, match=message):
        BackupPlan(stack, "Backups", copy_to=vault)
    assert stack.node.children == []


@pytest.mark.parametrize(
    ("retention", "rules", "message"),
    [
        (
            {"max_retention": cdk.Duration.days(365)},
            None,
            "lets in 35 to 365 days'; rule 'Monthly' keeps its copies 2557",
        ),
        ({"min_retention": cdk.Duration.days(90)}, None, "rule 'Daily' keeps its copies 35 days, so each would fail"),
        ({}, [BackupRule.continuous()], "snapshots are copied, continuous backups are not"),
    ],
)
def test_refuses_copies_that_would_fail(
    app: cdk.App, stack: cdk.Stack, retention: dict[str, cdk.Duration], rules: list[BackupRule] | None, message: str
) -> None:
    vault = RecoveryVault(cdk.Stack(app, "Recovery", env=US_WEST), "Vault", **retention)
    with pytest.raises(ValueError, match=message):
        BackupPlan(stack, "Backups", rules=rules, copy_to=vault)
    assert stack.node.children == []


def test_refuses_the_vault_of_another_plan(app: cdk.App, stack: cdk.Stack) -> None:
    there = BackupPlan(cdk.Stack(app, "Elsewhere", env=US_WEST), "Backups")
    with pytest.raises(ValueError, match=r"copy_to: got 'the vault of another BackupPlan'.* Make a RecoveryVault"):
        BackupPlan(stack, "Backups", copy_to=there.recovery_vault)
    assert stack.node.children == []


def test_refuses_a_target_whose_key_cannot_be_named(app: cdk.App, stack: cdk.Stack) -> None:
    recovery = cdk.Stack(app, "Recovery", env=US_WEST)
    vault = RecoveryVault(recovery, "Vault", encryption_key=kms.Key(recovery, "Key"))
    with pytest.raises(ValueError, match="copy_to: got 'a vault under a key that is known in its own Region only'"):
        BackupPlan(stack, "Backups", copy_to=vault)
    assert stack.node.children == []


def test_refuses_a_topic_elsewhere(app: cdk.App, stack: cdk.Stack) -> None:
    topic = AlertTopic(cdk.Stack(app, "Elsewhere", env=US_WEST), "Topic")
    with pytest.raises(ValueError, match="topic: got 'one in Region us-west-2'"):
        BackupPlan(stack, "Backups", topic=topic)
    assert stack.node.children == []


def test_document_databases_are_tried_once_one_is_covered(stack: cdk.Stack) -> None:
    group = rds.SubnetGroup.from_subnet_group_name(stack, "Group", "restores")
    plan = BackupPlan(stack, "Backups", restore_subnet_group=group)
    vpc = imported_vpc(stack)
    for name in ("Charts", "Letters"):
        cluster = docdb.DatabaseCluster(
            stack,
            name,
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            master_user=docdb.Login(username="clinic"),
            instance_type=ec2.InstanceType("r6g.large"),
        )
        plan.protect(cluster, f"arn:aws:rds:us-east-1:111122223333:cluster:{name.lower()}")
    found = of_type(template_of(stack), "AWS::Backup::RestoreTestingSelection")
    tried = {one["Properties"]["ProtectedResourceType"]: one for one in found.values()}
    assert set(tried) >= {"Aurora", "DocumentDB", "RDS"}
    assert tried["DocumentDB"]["Properties"]["RestoreMetadataOverrides"] == {"dbSubnetGroupName": "restores"}
    assert tried["DocumentDB"]["DependsOn"] == tried["RDS"]["DependsOn"]
