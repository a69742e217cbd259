"""What constructs do with what their Region lacks: leave it out and say so, or refuse; without a Region, neither."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_shield as shield
from constructs import Construct

from hipaa_constructs.database.ssl_rds import SslRds
from hipaa_constructs.detection.account_baseline import AccountBaseline
from hipaa_constructs.detection.audit_assessment import AuditAssessment
from hipaa_constructs.detection.continuous_compliance import ContinuousCompliance
from hipaa_constructs.detection.data_discovery import DataDiscovery
from hipaa_constructs.detection.threat_detection import ThreatDetection
from hipaa_constructs.detection.vulnerability_scanning import VulnerabilityScanning
from hipaa_constructs.edge.ddos_protection import DdosProtection
from hipaa_constructs.edge.firewall_manager_policies import FirewallManagerPolicies
from hipaa_constructs.guardrails.guardrails import Guardrails
from hipaa_constructs.network.private_vpc import PrivateVpc
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.recovery.backup_plan import BackupPlan
from hipaa_constructs.recovery.recovery_vault import RecoveryVault
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.database.support import ENGINES, SelectingPlan, imported_vpc
from tests.storage.plans import RecordingPlan

ACCOUNT = "111122223333"
CONTACT = shield.CfnProactiveEngagement.EmergencyContactProperty(
    email_address="oncall@clinic.example", phone_number="+12065550100"
)


def in_region(region: str | None, *, account: str | None = ACCOUNT, app: cdk.App | None = None) -> cdk.Stack:
    """Make a stack; without a Region it is deployed wherever the profile points."""
    app = app or cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    name = f"In{region or 'Any'}{account or ''}".replace("-", "")
    return cdk.Stack(app, name, env=cdk.Environment(account=account, region=region) if region else None)


def types(stack: cdk.Stack) -> set[str]:
    return {resource["Type"] for resource in template_of(stack)["Resources"].values()}


def says(stack: cdk.Stack, text: str) -> bool:
    notes = [
        entry.data for node in stack.node.find_all() for entry in node.node.metadata if entry.type == "aws:cdk:info"
    ]
    return any(re.search(text, str(note)) for note in notes)


def topic(scope: Construct) -> AlertTopic:
    return AlertTopic(scope, "Alerts", emails=["security@clinic.example"])


@pytest.mark.parametrize(
    ("region", "tested", "audited"),
    [
        ("us-east-1", True, True),
        ("us-gov-west-1", False, True),
        ("cn-north-1", False, False),
        ("ca-west-1", True, False),
        ("me-south-1", True, True),
        (None, True, True),
    ],
)
def test_backup_plan(region: str | None, tested: bool, audited: bool) -> None:
    stack = in_region(region)
    plan = BackupPlan.daily_7_year(stack, "Backups", topic=topic(stack))
    made = types(stack)
    assert ("AWS::Backup::RestoreTestingPlan" in made) is ("AWS::Backup::RestoreTestingSelection" in made) is tested
    assert ("AWS::Backup::Framework" in made) is ("AWS::Backup::ReportPlan" in made) is audited
    assert (plan.audit is not None) is audited
    assert says(stack, "RestoreTestingPlan.*by hand every quarter.*cfn-lint") is not tested
    assert says(stack, "Backup::Framework") is not audited
    assert {"AWS::Backup::BackupPlan", "AWS::Backup::BackupVault"} <= made


@pytest.mark.parametrize("region", ["cn-north-1", "ca-west-1"])
def test_without_an_audit_the_plan_comes_between_roles_and_selections(region: str) -> None:
    stack = in_region(region)
    BackupPlan.daily_7_year(stack, "Backups", topic=topic(stack)).protect_tagged()
    resources = template_of(stack)["Resources"]
    ((plan, made),) = [(name, one) for name, one in resources.items() if one["Type"] == "AWS::Backup::BackupPlan"]
    roles = {name for name, one in resources.items() if one["Type"] == "AWS::IAM::Role"}
    assert len(roles) == 2
    assert roles <= set(made["DependsOn"])
    selections = [one for one in resources.values() if one["Type"].endswith("Selection")]
    assert len(selections) == (1 if region == "cn-north-1" else 7)
    for selection in selections:
        assert plan in selection.get("DependsOn", []) or plan in json.dumps(selection["Properties"])


@pytest.mark.parametrize("region", ["us-gov-east-1", "cn-northwest-1", "il-central-1", "ap-southeast-7"])
def test_backup_plan_has_no_findings_where_parts_are_left_out(region: str, app: cdk.App) -> None:
    stack = in_region(region, app=app)
    BackupPlan.daily_7_year(stack, "Backups", topic=topic(stack))
    assert_no_findings(app, all_packs=True)


@pytest.mark.parametrize(
    ("here", "there", "account", "said"),
    [
        ("us-gov-west-1", "us-east-1", ACCOUNT, "copies within a partition"),
        ("us-east-1", "cn-north-1", ACCOUNT, "copies within a partition"),
        ("cn-north-1", "cn-northwest-1", "999988887777", "cn-north-1 has no copies to other accounts"),
    ],
)
def test_backups_are_copied_where_aws_backup_can(here: str, there: str, account: str, said: str, app: cdk.App) -> None:
    target = RecoveryVault(in_region(there, account=account, app=app), "Vault")
    with pytest.raises(ValueError, match=said):
        BackupPlan.daily_7_year(in_region(here, app=app), "Backups", copy_to=target)


def test_backups_are_copied_within_china(app: cdk.App) -> None:
    target = RecoveryVault(in_region("cn-northwest-1", app=app), "Vault")
    stack = in_region("cn-north-1", app=app)
    BackupPlan.daily_7_year(stack, "Backups", copy_to=target)
    assert ":backup:cn-northwest-1:" in json.dumps(template_of(stack))


Define = Callable[[cdk.Stack], object]


def _assessment(stack: cdk.Stack) -> object:
    return AuditAssessment(
        stack,
        "Assessment",
        framework_id="11111111-2222-3333-4444-555555555555",
        assessment_reports=EncryptedBucket(stack, "Reports", backup_plan=RecordingPlan()),
        owner=iam.Role.from_role_name(stack, "Owner", "auditor"),
        already_a_customer=True,
    )


def _firewall_manager(stack: cdk.Stack) -> object:
    return FirewallManagerPolicies(
        stack,
        "Policies",
        log_destination_arn="arn:aws:s3:::aws-waf-logs-clinic",
        allowed_rules=ec2.SecurityGroup.from_security_group_id(stack, "Allowed", "sg-1"),
        shield_advanced=True,
    )


@pytest.mark.parametrize(
    ("define", "region", "said"),
    [
        (lambda stack: DataDiscovery(stack, "It", topic=topic(stack)), "us-gov-west-1", "Macie does not exist there"),
        (
            lambda stack: DataDiscovery(stack, "It", topic=topic(stack), custom_identifiers={"Mrn": "MRN-[0-9]{8}"}),
            "eu-south-1",
            "Leave out custom_identifiers",
        ),
        (lambda stack: VulnerabilityScanning(stack, "It", topic=topic(stack)), "ap-southeast-6", "Inspector does not"),
        (
            lambda stack: DdosProtection(
                stack, "It", resource_arns={"Portal": "arn:aws:x"}, emergency_contacts=[CONTACT]
            ),
            "cn-north-1",
            "Shield Advanced does not exist there",
        ),
        (_firewall_manager, "us-gov-west-1", "Leave out shield_advanced"),
        (_assessment, "ca-west-1", "Audit Manager does not exist there"),
        (
            lambda stack: Guardrails(
                stack,
                "It",
                organization_id="o-a1b2c3d4e5",
                target_ids=["ou-ab12-11111111"],
                regions=["us-gov-west-1"],
                backup_vault_name="phi",
                backup_role_name="backup",
            ),
            "us-gov-west-1",
            "A backup policy does not exist there",
        ),
    ],
)
def test_what_would_be_nothing_is_refused(define: Define, region: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"scope: got 'a stack in {region}'") as refused:
        define(in_region(region))
    assert said in str(refused.value)
    assert "as of 20" in str(refused.value)
    define(in_region("us-east-1"))
    define(in_region(None))


@pytest.mark.parametrize(
    ("region", "absent"), [("cn-north-1", "RUNTIME_MONITORING"), ("ap-east-2", "RDS_LOGIN_EVENTS"), (None, None)]
)
def test_threat_detection_has_the_protections_of_its_region(region: str | None, absent: str | None) -> None:
    stack = in_region(region)
    ThreatDetection(stack, "Threats", topic=topic(stack), backup_plan=RecordingPlan())
    resources = template_of(stack)["Resources"].values()
    (detector,) = [one["Properties"] for one in resources if one["Type"] == "AWS::GuardDuty::Detector"]
    names = {feature["Name"] for feature in detector["Features"]}
    assert len(names) == (5 if absent else 6)
    assert absent not in names
    assert says(stack, "GuardDuty watches the rest") is bool(absent)


@pytest.mark.parametrize(
    ("region", "inspector", "snapshots"),
    [("us-east-1", True, True), ("ap-southeast-6", False, True), ("ap-east-2", True, False), (None, True, True)],
)
def test_account_baseline(region: str | None, inspector: bool, snapshots: bool) -> None:
    stack = in_region(region)
    AccountBaseline(stack, "Baseline")
    made = types(stack)
    assert ("Custom::Inspector" in made) is inspector
    assert ("inspector2:Enable" in json.dumps(template_of(stack))) is inspector
    assert ("AWS::EC2::SnapshotBlockPublicAccess" in made) is snapshots
    assert says(stack, "inspector2") is not inspector
    assert says(stack, "enable-snapshot-block-public-access") is not snapshots


def _compliance(region: str | None) -> cdk.Stack:
    stack = in_region(region)
    ContinuousCompliance(
        stack,
        "Compliance",
        baseline=AccountBaseline(stack, "Baseline"),
        topic=topic(stack),
        backup_plan=RecordingPlan(),
    )
    return stack


@pytest.mark.parametrize(
    ("region", "repairs"),
    # Eight without a trail; GovCloud has none of AWS's three runbooks, Melbourne and Spain lack rules.
    [(None, 8), ("us-east-1", 8), ("us-gov-west-1", 5), ("ap-southeast-4", 7), ("eu-south-2", 6), ("mx-central-1", 0)],
)
def test_repairs_are_those_that_the_region_can_make(region: str | None, repairs: int) -> None:
    stack = _compliance(region)
    made = template_of(stack)["Resources"].values()
    assert sum(one["Type"] == "AWS::Config::RemediationConfiguration" for one in made) == repairs
    assert sum(one["Type"] == "AWS::Config::ConfigRule" for one in made) == repairs
    assert says(stack, "by hand") is (repairs < 8)


def test_the_pack_says_which_rules_it_lacks() -> None:
    stack = _compliance("us-gov-west-1")
    text = json.dumps(template_of(stack))
    assert "ROOT_ACCOUNT_MFA_ENABLED" not in text
    assert "IAM_USER_MFA_ENABLED" in text
    assert says(stack, "ROOT_ACCOUNT_MFA_ENABLED.*managing-rules-by-region-availability")


@pytest.mark.parametrize(("region", "there"), [("mx-central-1", False), ("ca-west-1", True), (None, True)])
def test_private_vpc_has_the_endpoints_of_its_region(region: str | None, there: bool) -> None:
    vpc = PrivateVpc(in_region(region), "Vpc")
    assert ("ec2messages" in vpc.interface_endpoints) is there
    assert "ssmmessages" in vpc.interface_endpoints


def test_private_vpc_refuses_an_endpoint_that_is_not_there() -> None:
    messages = ec2.InterfaceVpcEndpointAwsService.EC2_MESSAGES
    with pytest.raises(ValueError, match="mx-central-1 has no such endpoint"):
        PrivateVpc(in_region("mx-central-1"), "Vpc", interface_endpoints=[messages])
    vpc = PrivateVpc(in_region("mx-central-1"), "Vpc")
    with pytest.raises(ValueError, match="mx-central-1 has no such endpoint"):
        vpc.add_interface_endpoint(messages)


@pytest.mark.parametrize(
    ("engine", "region", "expected"),
    [
        ("aurora-mysql", None, "db.r6g.large"),
        ("aurora-mysql", "il-central-1", "db.r7g.large"),
        ("sqlserver-se", "eu-central-2", "db.m5.large"),
        ("sqlserver-ee", "eu-central-2", "db.m5.xlarge"),
        ("oracle-ee", "ca-west-1", "db.m6i.large"),
        ("oracle-se2-cdb", "ca-west-1", "db.r6i.large"),
        ("oracle-se2", "us-east-1", "db.m5.large"),
        ("db2-se", "il-central-1", "db.t3.large"),
        ("postgres", "mx-central-1", "db.m6g.large"),
    ],
)
def test_a_database_has_a_class_of_its_region(engine: str, region: str | None, expected: str) -> None:
    stack = in_region(region)
    SslRds(stack, "Db", engine=ENGINES[engine], vpc=imported_vpc(stack), backup_plan=SelectingPlan())
    classes = {
        resource["Properties"]["DBInstanceClass"]
        for resource in template_of(stack)["Resources"].values()
        if resource["Type"] == "AWS::RDS::DBInstance"
    }
    assert classes == {expected}


def test_a_database_without_any_class_of_its_region_asks_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "hipaa_constructs.database.requirements.database_classes_absent", lambda *_: frozenset({"db.m6g.large"})
    )
    stack = in_region("mx-central-1")
    arguments: dict[str, Any] = {
        "engine": ENGINES["postgres"],
        "vpc": imported_vpc(stack),
        "backup_plan": SelectingPlan(),
    }
    with pytest.raises(ValueError, match="instance_type: got None; mx-central-1 has none"):
        SslRds(stack, "Db", **arguments)
    SslRds(stack, "Db", **arguments, instance_type=ec2.InstanceType("m7g.large"))


@pytest.mark.parametrize(
    ("region", "principal"),
    [
        ("us-gov-west-1", "logs.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "logs.cn-north-1.amazonaws.com.cn"),
        ("us-east-1", "logs.us-east-1.amazonaws.com"),
    ],
)
def test_a_key_knows_cloudwatch_logs_by_its_name_there(region: str, principal: str) -> None:
    stack = in_region(region)
    KmsRotatedKey(stack, "Key").grant_cloudwatch_logs()
    assert f'"{principal}"' in json.dumps(template_of(stack))


@pytest.mark.parametrize(("region", "expected"), [("us-gov-west-1", False), ("us-east-1", True), (None, True)])
def test_guardrails_opt_out_where_the_organization_can(region: str | None, expected: bool) -> None:
    stack = in_region(region)
    Guardrails(
        stack,
        "Guardrails",
        organization_id="o-a1b2c3d4e5",
        target_ids=["ou-ab12-11111111"],
        regions=[region or "us-east-1"],
    )
    assert ("AISERVICES_OPT_OUT_POLICY" in json.dumps(template_of(stack))) is expected
    assert says(stack, "AISERVICES_OPT_OUT_POLICY") is not expected
