from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.compliance.controls import read
from hipaa_constructs.guardrails.guardrails import Guardrails
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.policy_evaluator import applies, denied

ORGANIZATION = "o-a1b2c3d4e5"
NEEDED: dict[str, Any] = {
    "organization_id": ORGANIZATION,
    "target_ids": ["ou-ab12-11111111"],
    "regions": ["us-east-1", "us-west-2"],
}
EVERY_OPTION: dict[str, Any] = {
    **NEEDED,
    "phi_target_ids": ["ou-ab12-22222222"],
    "deployment_role_names": ["cdk-*-cfn-exec-role-*", "Clinic-Foundation*"],
    "emergency_role_names": ["BreakGlass"],
    "trusted_account_ids": ["222222222222"],
    "bootstrap_role_names": ["Platform*"],
    "stack_names": ["Clinic-*"],
    "additional_services": ["imagebuilder"],
    "backup_vault_name": "phi",
    "backup_role_name": "backup",
}
MANAGEMENT = cdk.Environment(account="999999999999", region="us-east-1")
ROLE = "arn:aws:iam::111122223333:role/{}"
DEVELOPER = {"aws:PrincipalArn": ROLE.format("Developer")}
DEPLOYER = {"aws:PrincipalArn": ROLE.format("cdk-hnb659fds-cfn-exec-role-111122223333-us-east-1")}
PLATFORM = {"aws:PrincipalArn": ROLE.format("PlatformTeam")}
CDK_DEPLOY = {"aws:PrincipalArn": ROLE.format("cdk-hnb659fds-deploy-role-111122223333-us-east-1")}
CONTROL_TOWER = {"aws:PrincipalArn": ROLE.format("AWSControlTowerExecution")}
STACK_SETS = {"aws:PrincipalArn": ROLE.format("stacksets-exec-0123456789abcdef0123456789abcdef")}
EMERGENCY = {"aws:PrincipalArn": ROLE.format("BreakGlass")}
ROOT = {"aws:PrincipalArn": "arn:aws:iam::111122223333:root"}
HOME = {"aws:RequestedRegion": "us-east-1"}
AWAY = {"aws:RequestedRegion": "eu-west-1"}


def synthesized(**arguments: Any) -> Mapping[str, dict[str, Any]]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Organization", env=MANAGEMENT)
    Guardrails(stack, "Guardrails", **arguments)
    return template_of(stack)["Resources"]  # type: ignore[no-any-return]


def of_kind(resources: Mapping[str, dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [entry["Properties"] for entry in resources.values() if entry["Properties"]["Type"] == kind]


@pytest.fixture(scope="module")
def resources() -> Mapping[str, dict[str, Any]]:
    return synthesized(**EVERY_OPTION)


@pytest.fixture(scope="module")
def statements(resources: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Statements of all authorization policies by Sid."""
    return {
        statement["Sid"]: statement
        for kind in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
        for policy in of_kind(resources, kind)
        for statement in policy["Content"]["Statement"]
    }


def test_snapshot(resources: Mapping[str, dict[str, Any]], snapshot: SnapshotAssertion) -> None:
    assert resources == snapshot


def test_has_no_findings(app: cdk.App) -> None:
    Guardrails(cdk.Stack(app, "Organization", env=MANAGEMENT), "Guardrails", **EVERY_OPTION)
    assert_no_findings(app, all_packs=True)


# Sid: a call that it denies, and the same or a like call that it lets through; each with action, resource, context.
Call = tuple[str, str, Mapping[str, Any]]
TRAIL = "arn:aws:cloudtrail:us-east-1:111122223333:trail/audit"
VOLUME = "arn:aws:ec2:us-east-1:111122223333:volume/*"
CALLS: list[tuple[str, Call, Call]] = [
    ("OnlyEligibleServices", ("lightsail:CreateInstances", "*", {}), ("s3:PutObject", "*", {})),
    ("NoRootUser", ("iam:CreateUser", "*", ROOT), ("iam:CreateUser", "*", DEVELOPER)),
    ("NoRootUser", ("s3:GetObject", "*", ROOT), ("s3:DeleteBucketPolicy", "*", {**ROOT, "aws:AssumedRoot": "true"})),
    ("StayInOrganization", ("organizations:LeaveOrganization", "*", {}), ("organizations:ListRoots", "*", {})),
    (
        "ProtectExemptRoles",
        ("iam:UpdateAssumeRolePolicy", EMERGENCY["aws:PrincipalArn"], DEVELOPER),
        ("iam:UpdateAssumeRolePolicy", EMERGENCY["aws:PrincipalArn"], DEPLOYER),
    ),
    (
        "ProtectExemptRoles",
        ("iam:CreateRole", DEPLOYER["aws:PrincipalArn"], EMERGENCY),
        ("iam:CreateRole", ROLE.format("Application"), DEVELOPER),
    ),
    # A Region that is bootstrapped later gets roles of its own.
    (
        "ProtectExemptRoles",
        ("iam:CreateRole", CDK_DEPLOY["aws:PrincipalArn"], DEVELOPER),
        ("iam:CreateRole", ROLE.format("cdk-hnb659fds-cfn-exec-role-111122223333-us-west-2"), PLATFORM),
    ),
    (
        "ProtectExemptRoles",
        ("iam:AttachRolePolicy", PLATFORM["aws:PrincipalArn"], DEVELOPER),
        ("iam:CreateRole", DEPLOYER["aws:PrincipalArn"], STACK_SETS),
    ),
    (
        "ProtectExemptRoles",
        ("iam:CreateRole", CONTROL_TOWER["aws:PrincipalArn"], DEVELOPER),
        ("iam:PutRolePolicy", ROLE.format("Clinic-Foundation-Repair"), CONTROL_TOWER),
    ),
    (
        "PassNoExemptRole",
        ("iam:PassRole", DEPLOYER["aws:PrincipalArn"], DEVELOPER),
        ("iam:PassRole", DEPLOYER["aws:PrincipalArn"], CDK_DEPLOY),
    ),
    (
        "PassNoExemptRole",
        ("iam:PassRole", ROLE.format("Clinic-Foundation-Repair"), PLATFORM),
        ("iam:PassRole", ROLE.format("Application"), DEVELOPER),
    ),
    *(
        ("ProtectExemptWork", (action, arn, DEVELOPER), (action, arn, DEPLOYER))
        for actions, arn in (
            (
                (
                    "iam:CreatePolicyVersion",
                    "iam:SetDefaultPolicyVersion",
                    "iam:DeletePolicy",
                    "iam:DeletePolicyVersion",
                ),
                "arn:aws:iam::111122223333:policy/Clinic-Foundation-RepairPolicy1",
            ),
            (
                (
                    "lambda:AddPermission",
                    "lambda:CreateFunctionUrlConfig",
                    "lambda:InvokeFunction",
                    "lambda:UpdateFunctionCode",
                    "lambda:UpdateFunctionConfiguration",
                ),
                "arn:aws:lambda:us-east-1:111122223333:function:Clinic-Foundation-Baseline",
            ),
            (
                ("ssm:UpdateDocument", "ssm:UpdateDocumentDefaultVersion", "ssm:DeleteDocument"),
                "arn:aws:ssm:us-east-1:111122223333:document/Clinic-Foundation-Repair",
            ),
        )
        for action in actions
    ),
    (
        "ProtectExemptWork",
        ("lambda:UpdateFunctionCode", "arn:aws:lambda:us-east-1:111122223333:function:Clinic-Foundation-X", EMERGENCY),
        ("lambda:UpdateFunctionCode", "arn:aws:lambda:us-east-1:111122223333:function:Application", DEVELOPER),
    ),
    # CloudFormation acts by the role of the stack.
    (
        "ProtectStacks",
        ("cloudformation:DeleteStack", "arn:aws:cloudformation:us-east-1:111122223333:stack/Clinic-Audit/1", DEVELOPER),
        (
            "cloudformation:UpdateStack",
            "arn:aws:cloudformation:us-east-1:111122223333:stack/Clinic-Audit/1",
            CDK_DEPLOY,
        ),
    ),
    (
        "ProtectStacks",
        ("cloudformation:ExecuteChangeSet", "arn:aws:cloudformation:us-east-1:1:stack/Clinic-Audit/1", PLATFORM),
        ("cloudformation:DeleteStack", "arn:aws:cloudformation:us-east-1:1:stack/Application/1", DEVELOPER),
    ),
    ("KeepTrails", ("cloudtrail:StopLogging", TRAIL, EMERGENCY), ("cloudtrail:UpdateTrail", TRAIL, DEPLOYER)),
    (
        "KeepConfig",
        ("config:PutDeliveryChannel", "*", PLATFORM),
        ("config:PutConfigurationRecorder", "*", CONTROL_TOWER),
    ),
    ("KeepTrails", ("cloudtrail:UpdateTrail", TRAIL, PLATFORM), ("cloudtrail:UpdateTrail", TRAIL, STACK_SETS)),
    ("KeepConfig", ("config:StopConfigurationRecorder", "*", DEVELOPER), ("config:PutConfigRule", "*", DEVELOPER)),
    ("KeepThreatDetection", ("guardduty:DeleteDetector", "*", DEVELOPER), ("guardduty:GetDetector", "*", DEVELOPER)),
    ("KeepDataDiscovery", ("macie2:DisableMacie", "*", DEVELOPER), ("macie2:EnableMacie", "*", DEVELOPER)),
    (
        "KeepSecurityHub",
        ("securityhub:DisableSecurityHub", "*", EMERGENCY),
        ("securityhub:GetFindings", "*", EMERGENCY),
    ),
    (
        "KeepAnalyzers",
        ("access-analyzer:DeleteAnalyzer", "*", DEVELOPER),
        ("access-analyzer:DeleteAnalyzer", "*", DEPLOYER),
    ),
    ("KeepFlowLogs", ("ec2:DeleteFlowLogs", "*", DEVELOPER), ("ec2:CreateFlowLogs", "*", DEVELOPER)),
    (
        "KeepEncryption",
        ("ec2:DisableEbsEncryptionByDefault", "*", DEVELOPER),
        ("ec2:EnableEbsEncryptionByDefault", "*", DEVELOPER),
    ),
    (
        "KeepPublicAccessBlocked",
        ("s3:PutAccountPublicAccessBlock", "*", DEVELOPER),
        ("s3:PutBucketPublicAccessBlock", "*", DEVELOPER),
    ),
    (
        "EncryptVolumes",
        ("ec2:CreateVolume", VOLUME, {"ec2:Encrypted": "false"}),
        ("ec2:CreateVolume", VOLUME, {"ec2:Encrypted": "true"}),
    ),
    (
        "EncryptDatabases",
        ("rds:CreateDBInstance", "*", {"rds:StorageEncrypted": "false", "rds:DatabaseEngine": "postgres"}),
        ("rds:CreateDBInstance", "*", {"rds:StorageEncrypted": "false", "rds:DatabaseEngine": "aurora-mysql"}),
    ),
    (
        "EncryptClusters",
        ("rds:CreateDBCluster", "*", {"rds:StorageEncrypted": "false"}),
        ("rds:CreateDBCluster", "*", {"rds:StorageEncrypted": "true"}),
    ),
    (
        "EncryptClusters",
        ("rds:RestoreDBClusterFromS3", "*", {"rds:StorageEncrypted": "false"}),
        ("rds:RestoreDBClusterFromS3", "*", {"rds:StorageEncrypted": "true"}),
    ),
    (
        "EncryptFiles",
        ("elasticfilesystem:CreateFileSystem", "*", {"elasticfilesystem:Encrypted": "false"}),
        ("elasticfilesystem:CreateFileSystem", "*", {"elasticfilesystem:Encrypted": "true"}),
    ),
    (
        "EncryptCaches",
        ("elasticache:CreateReplicationGroup", "*", {"elasticache:AtRestEncryptionEnabled": "false"}),
        ("elasticache:CreateReplicationGroup", "*", {"elasticache:AtRestEncryptionEnabled": "true"}),
    ),
    (
        "EncryptCacheTraffic",
        ("elasticache:CreateReplicationGroup", "*", {"elasticache:TransitEncryptionEnabled": "false"}),
        ("elasticache:CreateReplicationGroup", "*", {"elasticache:TransitEncryptionEnabled": "true"}),
    ),
    (
        "NoCallerHeldKeys",
        ("s3:PutObject", "*", {"s3:x-amz-server-side-encryption-customer-algorithm": "AES256"}),
        ("s3:PutObject", "*", {}),
    ),
    (
        "NoPublicAcls",
        ("s3:PutBucketAcl", "*", {"s3:x-amz-acl": "public-read"}),
        ("s3:PutBucketAcl", "*", {"s3:x-amz-acl": "private"}),
    ),
    (
        "NoPublicSnapshots",
        ("ec2:ModifySnapshotAttribute", "*", {"ec2:Add/group": "all"}),
        ("ec2:ModifySnapshotAttribute", "*", {"ec2:Add/userId": "111122223333"}),
    ),
    (
        "NoSharedDatabaseSnapshots",
        ("rds:ModifyDBSnapshotAttribute", "*", DEVELOPER),
        ("rds:ModifyDBSnapshotAttribute", "*", EMERGENCY),
    ),
    (
        "NoPublicDatabases",
        ("rds:RestoreDBInstanceFromDBSnapshot", "*", {"rds:PubliclyAccessible": "true"}),
        ("rds:RestoreDBInstanceFromDBSnapshot", "*", {"rds:PubliclyAccessible": "false"}),
    ),
    (
        "NoPublicDatabases",
        ("rds:CreateDBInstanceReadReplica", "*", {"rds:PubliclyAccessible": "true"}),
        ("rds:CreateDBInstanceReadReplica", "*", {"rds:PubliclyAccessible": "false"}),
    ),
    (
        "NoPublicFunctions",
        ("lambda:CreateFunctionUrlConfig", "*", {"lambda:FunctionUrlAuthType": "NONE"}),
        ("lambda:CreateFunctionUrlConfig", "*", {"lambda:FunctionUrlAuthType": "AWS_IAM"}),
    ),
    (
        "OnlyAllowedRegions",
        ("ec2:RunInstances", "*", {**DEVELOPER, **AWAY}),
        ("ec2:RunInstances", "*", {**DEVELOPER, **HOME}),
    ),
    (
        "OnlyAllowedRegions",
        ("rds:CopyDBSnapshot", "*", {**DEPLOYER, **AWAY}),
        ("rds:CopyDBSnapshot", "*", {**EMERGENCY, **AWAY}),
    ),
    (
        "OnlyAllowedRegions",
        ("config:PutConfigurationRecorder", "*", {**PLATFORM, **AWAY}),
        ("config:PutConfigurationRecorder", "*", {**CONTROL_TOWER, **AWAY}),
    ),
    (
        "OnlyAllowedRegions",
        ("s3:CreateBucket", "*", {**DEVELOPER, **AWAY}),
        ("iam:CreateRole", "*", {**DEVELOPER, **AWAY}),
    ),
    (
        "OnlyOwnOrganization",
        ("s3:GetObject", "*", {"aws:PrincipalOrgID": "o-stranger00", "aws:PrincipalAccount": "333333333333"}),
        ("s3:GetObject", "*", {"aws:PrincipalOrgID": ORGANIZATION, "aws:PrincipalAccount": "111122223333"}),
    ),
    (
        "OnlyOwnOrganization",
        ("dynamodb:GetItem", "*", {"aws:PrincipalAccount": "333333333333"}),
        ("dynamodb:GetItem", "*", {"aws:PrincipalAccount": "222222222222"}),
    ),
    (
        "OnlyOwnOrganization",
        ("sts:AssumeRole", "*", {"aws:PrincipalAccount": "333333333333"}),
        ("sts:AssumeRole", "*", {"aws:PrincipalIsAWSService": "true"}),
    ),
    # Federated people belong to no organization until they have assumed a role.
    (
        "OnlyOwnOrganization",
        ("s3:GetObject", "*", {}),
        ("sts:AssumeRoleWithSAML", "*", {}),
    ),
    (
        "ServicesForOwnOrganization",
        (
            "s3:PutObject",
            "*",
            {"aws:PrincipalIsAWSService": "true", "aws:SourceAccount": "333333333333"},
        ),
        (
            "s3:PutObject",
            "*",
            {
                "aws:PrincipalIsAWSService": "true",
                "aws:SourceAccount": "111122223333",
                "aws:SourceOrgID": ORGANIZATION,
            },
        ),
    ),
    (
        "ServicesForOwnOrganization",
        ("logs:PutLogEvents", "*", {"aws:PrincipalIsAWSService": "true", "aws:SourceAccount": "333333333333"}),
        ("s3:PutObject", "*", {"aws:PrincipalIsAWSService": "true", "aws:SourceArn": "arn:aws:s3:::photographs"}),
    ),
    (
        "OnlyTls",
        ("s3:GetObject", "*", {"aws:SecureTransport": "false"}),
        ("s3:GetObject", "*", {"aws:SecureTransport": "true"}),
    ),
    (
        "OnlyTls",
        ("dynamodb:GetItem", "*", {"aws:SecureTransport": "false"}),
        ("dynamodb:GetItem", "*", {"aws:SecureTransport": "true"}),
    ),
    ("OnlyTls12", ("s3:GetObject", "*", {"s3:TlsVersion": "1.1"}), ("s3:GetObject", "*", {"s3:TlsVersion": "1.3"})),
]


@pytest.mark.parametrize(("sid", "bad", "good"), CALLS)
def test_statement(statements: dict[str, dict[str, Any]], sid: str, bad: Call, good: Call) -> None:
    statement = statements[sid]
    assert statement["Effect"] == "Deny"
    assert applies(statement, bad[0], bad[1], context=bad[2])
    assert not applies(statement, good[0], good[1], context=good[2])


def test_every_statement_is_tried(statements: dict[str, dict[str, Any]]) -> None:
    assert set(statements) == {sid for sid, _, _ in CALLS}


def test_everyday_work_is_not_denied(resources: Mapping[str, dict[str, Any]]) -> None:
    documents = [policy["Content"] for policy in of_kind(resources, "SERVICE_CONTROL_POLICY")]
    context = {**DEVELOPER, **HOME}
    for action in ("s3:PutObject", "ec2:DescribeInstances", "lambda:UpdateFunctionCode", "rds:DescribeDBInstances"):
        assert not denied(documents, action, context=context), action
    # A function of its own, with a role of its own.
    assert not denied(documents, "iam:PassRole", ROLE.format("Application"), context=context)
    assert not denied(documents, "iam:CreatePolicyVersion", "arn:aws:iam::111122223333:policy/App", context=context)


def test_sizes_and_counts_are_within_the_older_quotas(resources: Mapping[str, dict[str, Any]]) -> None:
    bans = of_kind(resources, "SERVICE_CONTROL_POLICY")
    assert len(bans) <= 4
    for kind, limit in {
        "SERVICE_CONTROL_POLICY": 5120,
        "RESOURCE_CONTROL_POLICY": 5120,
        "TAG_POLICY": 10_000,
        "BACKUP_POLICY": 10_000,
        "AISERVICES_OPT_OUT_POLICY": 2500,
    }.items():
        for policy in of_kind(resources, kind):
            assert len(json.dumps(policy["Content"], separators=(",", ":"))) <= limit


def test_policies_are_made_one_after_another(resources: Mapping[str, dict[str, Any]]) -> None:
    names = list(resources)
    assert [resources[name].get("DependsOn") for name in names] == [None, *([name] for name in names[:-1])]


def test_eligible_services_bind_phi_targets_alone(resources: Mapping[str, dict[str, Any]]) -> None:
    targets = {
        policy["Name"].rpartition("-")[2]: policy["TargetIds"]
        for policy in of_kind(resources, "SERVICE_CONTROL_POLICY")
    }
    assert targets == {
        "Bans1": ["ou-ab12-11111111"],
        "Bans2": ["ou-ab12-11111111"],
        "Bans3": ["ou-ab12-11111111"],
        "EligibleServices": ["ou-ab12-22222222"],
    }


def test_additional_services(statements: dict[str, dict[str, Any]]) -> None:
    assert not applies(statements["OnlyEligibleServices"], "imagebuilder:CreateImage")


@pytest.mark.parametrize("prefix", read("iam_prefixes.json")["parts"])
def test_parts_of_eligible_services_are_let_through(statements: dict[str, dict[str, Any]], prefix: str) -> None:
    assert not applies(statements["OnlyEligibleServices"], f"{prefix}:DoSomething")


def test_parts_name_services_of_the_list() -> None:
    catalogue = read("iam_prefixes.json")
    listed = {service["service"] for service in read("services.json")["services"]}
    assert set(catalogue["parts"].values()) <= listed
    assert not set(catalogue["parts"]) & {*catalogue["prefixes"], *catalogue["tools"]}


RESOURCE_CONTROLS = read("resource_control_services.json")


@pytest.mark.parametrize("service", RESOURCE_CONTROLS["stores"])
def test_what_customers_store_is_kept_to_the_organization(statements: dict[str, dict[str, Any]], service: str) -> None:
    assert service in RESOURCE_CONTROLS["services"]
    stranger = {"aws:PrincipalOrgID": "o-stranger00", "aws:PrincipalAccount": "333333333333"}
    assert applies(statements["OnlyOwnOrganization"], f"{service}:Anything", context=stranger)
    assert applies(statements["OnlyTls"], f"{service}:Anything", context={"aws:SecureTransport": "false"})


def test_nobody_is_kept_from_signing_in(statements: dict[str, dict[str, Any]]) -> None:
    assert set(RESOURCE_CONTROLS["signed_in"]) <= set(RESOURCE_CONTROLS["services"])
    for action in ("cognito-idp:InitiateAuth", "cognito-identity:GetId", "signin:CreateOAuth2Token"):
        assert not applies(statements["OnlyOwnOrganization"], action, context={})


def test_without_options() -> None:
    resources = synthesized(**NEEDED)
    bans = of_kind(resources, "SERVICE_CONTROL_POLICY")
    assert all(policy["TargetIds"] == ["ou-ab12-11111111"] for policy in bans)
    assert not of_kind(resources, "BACKUP_POLICY")
    documents = [policy["Content"] for policy in bans]
    assert denied(documents, "imagebuilder:CreateImage", context=HOME)
    stack = "arn:aws:cloudformation:us-east-1:111122223333:stack/Clinic/1"
    assert not denied(documents, "cloudformation:DeleteStack", stack, context={**DEVELOPER, **HOME})
    assert denied(documents, "ec2:RunInstances", context={**EMERGENCY, **AWAY})


def test_tag_policy(resources: Mapping[str, dict[str, Any]]) -> None:
    (policy,) = of_kind(resources, "TAG_POLICY")
    rule = policy["Content"]["tags"]["hipaa:data-classification"]
    assert rule["tag_value"] == {"@@assign": ["PHI", "PII", "NO_PHI"]}
    assert "rds:ALL_SUPPORTED" in rule["enforced_for"]["@@assign"]


def test_backup_policy(resources: Mapping[str, dict[str, Any]]) -> None:
    (policy,) = of_kind(resources, "BACKUP_POLICY")
    plans = policy["Content"]["plans"]
    assert {name: plan["regions"]["@@assign"] for name, plan in plans.items()} == {
        "phi-us-east-1": ["us-east-1"],
        "phi-us-west-2": ["us-west-2"],
    }
    plan = plans["phi-us-east-1"]
    monthly = plan["rules"]["Monthly"]
    vault = "arn:aws:backup:us-west-2:$account:backup-vault:phi"
    assert int(monthly["lifecycle"]["delete_after_days"]["@@assign"]) >= 2555
    assert monthly["copy_actions"][vault]["target_backup_vault_arn"] == {"@@assign": vault}
    assert plan["rules"]["Continuous"]["enable_continuous_backup"] == {"@@assign": "true"}
    assert "copy_actions" not in plan["rules"]["Continuous"]
    assert {rule["start_backup_window_minutes"]["@@assign"] for rule in plan["rules"].values()} == {"60"}
    assert plan["selections"]["tags"]["Phi"] == {
        "iam_role_arn": {"@@assign": "arn:aws:iam::$account:role/backup"},
        "tag_key": {"@@assign": "hipaa:data-classification"},
        "tag_value": {"@@assign": ["PHI"]},
    }


def test_backup_policy_of_one_region_copies_nowhere() -> None:
    resources = synthesized(
        **{**NEEDED, "regions": ["us-gov-west-1"]}, backup_vault_name="phi", backup_role_name="backup"
    )
    (policy,) = of_kind(resources, "BACKUP_POLICY")
    assert "copy_actions" not in json.dumps(policy)
    assert "arn:aws-us-gov:iam::$account:role/backup" in json.dumps(policy)


def test_what_accounts_cannot_change_is_declared(resources: Mapping[str, dict[str, Any]]) -> None:
    (instances,) = of_kind(resources, "DECLARATIVE_POLICY_EC2")
    assert instances["Content"]["ec2_attributes"] == {
        "serial_console_access": {"status": {"@@assign": "disabled"}},
        "image_block_public_access": {"state": {"@@assign": "block_new_sharing"}},
        "instance_metadata_defaults": {"http_tokens": {"@@assign": "required"}},
    }
    (buckets,) = of_kind(resources, "S3_POLICY")
    assert buckets["Content"] == {"s3_attributes": {"public_access_block_configuration": {"@@assign": "all"}}}


@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-north-1"])
def test_nothing_is_declared_where_no_page_says_that_it_can_be(region: str) -> None:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Organization", env=cdk.Environment(account="999999999999", region=region))
    Guardrails(stack, "Guardrails", **{**NEEDED, "regions": [region]})
    resources = template_of(stack)["Resources"]
    assert of_kind(resources, "TAG_POLICY")
    assert not of_kind(resources, "DECLARATIVE_POLICY_EC2")
    assert not of_kind(resources, "S3_POLICY")


def test_ai_services_are_opted_out_for_good(resources: Mapping[str, dict[str, Any]]) -> None:
    (policy,) = of_kind(resources, "AISERVICES_OPT_OUT_POLICY")
    choice = policy["Content"]["services"]["default"]["opt_out_policy"]
    assert choice == {"@@operators_allowed_for_child_policies": ["@@none"], "@@assign": "optOut"}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"organization_id": "a1b2c3d4e5"}, "organization_id: got 'a1b2c3d4e5'; .*'o-a1b2c3d4e5'"),
        ({"target_ids": []}, r"target_ids: got \[\]"),
        ({"target_ids": "r-ab12"}, r"Guardrails\(target_ids=…\): got 'r-ab12'"),
        ({"target_ids": ["ou-ab12"]}, "target_ids: got 'ou-ab12'; it takes ids like"),
        ({"target_ids": ["999999999999"]}, "target_ids: got '999999999999'; .* management account"),
        ({"phi_target_ids": ["11112222333"]}, "phi_target_ids: got '11112222333'"),
        ({"regions": []}, r"regions: got \[\]"),
        ({"regions": ["Virginia"]}, "regions: got 'Virginia'"),
        ({"regions": ["us-east-1", "us-east-1"]}, "regions: got 'us-east-1'; each Region stands once"),
        ({"deployment_role_names": []}, "deployment_role_names: got .*somebody must be able"),
        ({"deployment_role_names": ["*"]}, r"deployment_role_names: got '\*'; it must not exempt every role"),
        ({"emergency_role_names": ["arn:aws:iam::1:role/X"]}, "emergency_role_names: got 'arn:.*Write the name alone"),
        ({"bootstrap_role_names": ["*"]}, r"bootstrap_role_names: got '\*'; it must not exempt every role"),
        ({"stack_names": ["*"]}, r"stack_names: got '\*'; it must not take in every stack"),
        ({"stack_names": ["arn:aws:cloudformation:…"]}, "stack_names: got 'arn:.*Write the name alone"),
        ({"trusted_account_ids": ["42"]}, "trusted_account_ids: got '42'"),
        ({"additional_services": ["scheduler:*"]}, r"additional_services: got 'scheduler:\*'"),
        ({"additional_services": [f"service-{n}" for n in range(200)]}, "OnlyEligibleServices: got '.* characters'"),
        (
            {"emergency_role_names": [f"Emergency{n}" for n in range(200)]},
            "got '.* characters'; Organizations takes 5120",
        ),
        (
            {"deployment_role_names": [f"DeployRole{n}" for n in range(30)]},
            "got '. service control policies'; a target takes 4",
        ),
        ({"trusted_account_ids": [f"{n:012}" for n in range(400)]}, "ResourceControl: got '.* characters'"),
        ({"backup_vault_name": "phi"}, "backup_role_name: got None; .*Pass both"),
        ({"backup_role_name": "backup"}, "backup_vault_name: got None"),
        ({"backup_vault_name": "a vault", "backup_role_name": "backup"}, "backup_vault_name: got 'a vault'"),
        ({"backup_vault_name": "phi", "backup_role_name": "a role"}, "backup_role_name: got 'a role'"),
    ],
)
def test_refuses(app: cdk.App, changed: dict[str, Any], message: str) -> None:
    stack = cdk.Stack(app, "Organization", env=MANAGEMENT)
    with pytest.raises(ValueError, match=message):
        Guardrails(stack, "Guardrails", **{**NEEDED, **changed})
    assert not stack.node.children
