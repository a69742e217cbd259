"""What accounts have that are no workloads: the stack set, its code, and the management account's share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.landing_zone import names, parse_zone
from hipaa_constructs.landing_zone.config import OrganizationZoneConfig
from hipaa_constructs.testing import findings, normalize
from tests.custom_resources import given_up_late, gone_too_soon
from tests.landing_zone.organization.zone import ACCOUNTS, RECORDS, SITE, build, given, of_type, templates
from tests.real_account import faults
from tests.told import without_runbook

UNIT = "ou-ab12-22222222"
BASELINE = {"organizational_units": [UNIT]}
MEMBERS = "Members"
Templates = Mapping[str, dict[str, Any]]


def made_of(outdir: Path) -> Templates:
    """Return the stacks by what follows the configuration's name, and what the stack set deploys as ``Members``."""
    return {
        MEMBERS if name.startswith("ClinicBaselineStackSet") else name.removeprefix("Clinic-"): template
        for name, template in templates(outdir).items()
    }


@pytest.fixture(scope="module")
def outdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("baseline")
    app = build(directory, only="management,security,deployment", baseline=BASELINE)
    assert findings(app, all_packs=True) == []
    return directory


@pytest.fixture(scope="module")
def made(outdir: Path) -> Templates:
    return made_of(outdir)


@pytest.mark.parametrize(
    "stack",
    ["Baseline", "BaselineCode-us-east-1", "ManagementBaseline-us-east-1", "ManagementBaseline-us-west-2", MEMBERS],
)
def test_snapshot(stack: str, made: Templates, snapshot: SnapshotAssertion) -> None:
    assert normalize(made[stack]) == snapshot


def test_stacks_are_where_they_belong(outdir: Path) -> None:
    artifacts = json.loads((outdir / "manifest.json").read_text())["artifacts"]
    places = {
        name: one["environment"].removeprefix("aws://")
        for name, one in artifacts.items()
        if one["type"] == "aws:cloudformation:stack" and "Baseline" in name
    }
    deployment, management = ACCOUNTS["deployment"], ACCOUNTS["management"]
    assert places == {
        "Clinic-Baseline": f"{deployment}/us-east-1",
        "Clinic-BaselineCode-us-east-1": f"{deployment}/us-east-1",
        "Clinic-BaselineCode-us-west-2": f"{deployment}/us-west-2",
        "Clinic-ManagementBaseline-us-east-1": f"{management}/us-east-1",
        "Clinic-ManagementBaseline-us-west-2": f"{management}/us-west-2",
    }


@pytest.mark.parametrize("stack", ["Baseline", "BaselineCode-us-east-1", "ManagementBaseline-us-west-2", MEMBERS])
def test_a_real_account_takes_it(stack: str, made: Templates) -> None:
    assert faults(made[stack]) == []
    assert gone_too_soon(made[stack]) == []
    assert given_up_late(made[stack]) == []
    assert without_runbook(made[stack]) == []


def test_cfn_lint_finds_nothing_in_what_members_get(made: Templates) -> None:
    api = pytest.importorskip("cfnlint.api")
    for stack in (MEMBERS, "Baseline"):
        config = api.ManualArgs(regions=["us-east-1", "us-west-2"])
        assert [str(match) for match in api.lint(json.dumps(made[stack]), config=config)] == []


def test_members_are_accounts_of_the_units_and_no_workloads(made: Templates) -> None:
    (stack_set,) = of_type(made["Baseline"], "AWS::CloudFormation::StackSet")
    (group,) = stack_set["Properties"]["StackInstancesGroup"]
    assert group["DeploymentTargets"] == {
        "OrganizationalUnitIds": [UNIT],
        "AccountFilterType": "DIFFERENCE",
        "Accounts": [RECORDS["account"], SITE["account"]],
    }
    assert stack_set["Properties"]["CallAs"] == "DELEGATED_ADMIN"
    assert stack_set["Properties"]["StackSetName"] == "Clinic-Baseline"


def test_members_have_what_a_workload_has_of_settings(made: Templates) -> None:
    kinds = {one["Type"] for one in made[MEMBERS]["Resources"].values()}
    assert {
        "Custom::ConfigRole",
        "Custom::DefaultVpcRemoval",
        "Custom::EbsEncryption",
        "Custom::PasswordPolicy",
        "Custom::S3PublicAccessBlock",
        "AWS::CloudFormation::LambdaHook",
        "AWS::Config::ConfigurationRecorder",
        "AWS::Config::DeliveryChannel",
        "AWS::EC2::SnapshotBlockPublicAccess",
        "AWS::EC2::VPCBlockPublicAccessOptions",
    } <= kinds
    # The security account runs Inspector for all.
    assert "Custom::Inspector" not in kinds
    (blocked,) = of_type(made[MEMBERS], "AWS::EC2::VPCBlockPublicAccessOptions")
    assert blocked["Properties"]["InternetGatewayBlockMode"] == "block-bidirectional"


def test_aws_config_records_into_the_log_archive_and_iam_at_home_alone(made: Templates) -> None:
    (channel,) = of_type(made[MEMBERS], "AWS::Config::DeliveryChannel")
    assert channel["Properties"]["S3BucketName"] == "clinic-config-100000000002-us-east-1"
    assert "S3KmsKeyArn" not in channel["Properties"]
    (recorder,) = of_type(made[MEMBERS], "AWS::Config::ConfigurationRecorder")
    group = recorder["Properties"]["RecordingGroup"]
    assert group == {"AllSupported": True, "IncludeGlobalResourceTypes": {"Fn::If": ["IsHome", True, False]}}
    assert made[MEMBERS]["Conditions"] == {"IsHome": {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}}
    (role,) = (name for name, one in made[MEMBERS]["Resources"].items() if one["Type"] == "Custom::ConfigRole")
    assert role in recorder["DependsOn"]
    assert role in channel["DependsOn"]


def test_a_new_account_has_executions_enough(made: Templates) -> None:
    functions = of_type(made[MEMBERS], "AWS::Lambda::Function")
    assert len(functions) == 3
    assert not any("ReservedConcurrentExecutions" in one["Properties"] for one in functions)


def test_code_comes_from_the_bucket_of_each_region(made: Templates) -> None:
    for function in of_type(made[MEMBERS], "AWS::Lambda::Function"):
        code = function["Properties"]["Code"]
        assert code["S3Bucket"] == {"Fn::Sub": "clinic-baseline-100000000007-${AWS::Region}"}
        for region in ("us-east-1", "us-west-2"):
            (copies,) = of_type(made[f"BaselineCode-{region}"], "Custom::AssetCopies")
            assert code["S3Key"] in {file["Key"] for file in copies["Properties"]["Files"]}
            buckets = of_type(made[f"BaselineCode-{region}"], "AWS::S3::Bucket")
            assert f"clinic-baseline-100000000007-{region}" in {one["Properties"].get("BucketName") for one in buckets}


def test_alerts_reach_the_security_account_in_each_region(made: Templates) -> None:
    for rule in of_type(made[MEMBERS], "AWS::Events::Rule"):
        (target,) = rule["Properties"]["Targets"]
        assert target["Arn"]["Fn::Join"][1] == [
            "arn:aws:events:",
            {"Ref": "AWS::Region"},
            ":100000000003:event-bus/clinic-alerts",
        ]
    for stack in ("Security", "Security-us-west-2"):
        (bus,) = of_type(made[stack], "AWS::Events::EventBus")
        assert bus["Properties"]["Name"] == "clinic-alerts"


def test_the_hook_warns_and_never_judges_its_own_stacks(made: Templates) -> None:
    hooks = [one["Properties"] for one in of_type(made[MEMBERS], "AWS::CloudFormation::LambdaHook")]
    assert {one["FailureMode"] for one in hooks} == {"WARN"}
    (filters,) = (one["StackFilters"] for one in hooks if "StackFilters" in one)
    assert filters["StackNames"]["Exclude"] == [{"Ref": "AWS::StackName"}, "CDKToolkit", "Clinic-Baseline"]


def test_the_management_account_has_what_it_lacks(made: Templates) -> None:
    home = {one["Type"] for one in made["ManagementBaseline-us-east-1"]["Resources"].values()}
    there = {one["Type"] for one in made["ManagementBaseline-us-west-2"]["Resources"].values()}
    everywhere = {"Custom::DefaultVpcRemoval", "AWS::CloudFormation::LambdaHook", "AWS::Events::Rule"}
    settings = {"Custom::EbsEncryption", "AWS::Config::ConfigurationRecorder", "Custom::S3PublicAccessBlock"}
    assert everywhere <= home & there
    # At home the stack of the management account has these.
    assert not settings & home
    assert settings <= {one["Type"] for one in made["Management"]["Resources"].values()}
    assert settings <= there
    (recorder,) = of_type(made["ManagementBaseline-us-west-2"], "AWS::Config::ConfigurationRecorder")
    assert recorder["Properties"]["RecordingGroup"]["IncludeGlobalResourceTypes"] is False


def test_failed_operations_are_told(made: Templates) -> None:
    (rule,) = of_type(made["Baseline"], "AWS::Events::Rule")
    assert rule["Properties"]["EventPattern"] == {
        "source": ["aws.cloudformation"],
        "detail-type": ["CloudFormation StackSet Operation Status Change"],
        "detail": {"status-details": {"status": ["FAILED"]}},
    }


def test_what_somebody_sets_is_taken(tmp_path: Path) -> None:
    baseline = {
        **BASELINE,
        "excluded_accounts": ["400000000001", RECORDS["account"]],
        "outbound_internet": True,
        "hook": "FAIL",
        "failure_tolerance_percentage": 0,
        "max_concurrent_percentage": 50,
    }
    build(tmp_path, only="deployment", baseline=baseline).synth()
    made = made_of(tmp_path)
    (stack_set,) = of_type(made["Baseline"], "AWS::CloudFormation::StackSet")
    (group,) = stack_set["Properties"]["StackInstancesGroup"]
    assert group["DeploymentTargets"]["Accounts"] == [RECORDS["account"], SITE["account"], "400000000001"]
    preferences = stack_set["Properties"]["OperationPreferences"]
    assert (preferences["FailureTolerancePercentage"], preferences["MaxConcurrentPercentage"]) == (0, 50)
    (blocked,) = of_type(made[MEMBERS], "AWS::EC2::VPCBlockPublicAccessOptions")
    assert blocked["Properties"]["InternetGatewayBlockMode"] == "block-ingress"
    hooks = of_type(made[MEMBERS], "AWS::CloudFormation::LambdaHook")
    assert {one["Properties"]["FailureMode"] for one in hooks} == {"FAIL"}


def test_without_a_deployment_account_the_management_account_deploys_it(tmp_path: Path) -> None:
    accounts = {"management": ACCOUNTS["management"], "log_archive": ACCOUNTS["log_archive"]}
    app = build(tmp_path, only="management", accounts=accounts, baseline=BASELINE)
    assert findings(app, all_packs=True) == []
    made = made_of(tmp_path)
    (stack_set,) = of_type(made["Baseline"], "AWS::CloudFormation::StackSet")
    assert stack_set["Properties"]["CallAs"] == "SELF"
    kinds = {one["Type"] for one in made[MEMBERS]["Resources"].values()}
    # Nobody watches over all: each account has Inspector scan, and no bus is there.
    assert "Custom::Inspector" in kinds
    assert "AWS::Events::Rule" not in kinds
    buckets = of_type(made["BaselineCode-us-east-1"], "AWS::S3::Bucket")
    assert "clinic-baseline-100000000001-us-east-1" in {one["Properties"].get("BucketName") for one in buckets}


@pytest.mark.parametrize("owner", ["control_tower", "accelerator"])
def test_what_an_owner_has_is_left_out(owner: str, tmp_path: Path) -> None:
    app = build(tmp_path, only="management,deployment", owner=owner, baseline=BASELINE)
    assert findings(app, all_packs=True) == []
    made = made_of(tmp_path)
    for stack in (MEMBERS, "ManagementBaseline-us-east-1", "ManagementBaseline-us-west-2"):
        kinds = {one["Type"] for one in made[stack]["Resources"].values()}
        assert "AWS::Config::ConfigurationRecorder" not in kinds
        # The owner's account settings are not these, and there is no other stack in the management account.
        assert "Custom::EbsEncryption" in kinds


def test_without_a_log_archive_nothing_is_recorded(tmp_path: Path) -> None:
    accounts = {key: ACCOUNTS[key] for key in ("management", "deployment")}
    build(tmp_path, only="deployment", accounts=accounts, baseline=BASELINE).synth()
    assert not of_type(made_of(tmp_path)[MEMBERS], "AWS::Config::ConfigurationRecorder")


def test_govcloud_has_no_hooks(tmp_path: Path) -> None:
    regions = {"home_region": "us-gov-west-1", "regions": ["us-gov-east-1"]}
    workload = {**SITE, "regions": ["us-gov-west-1", "us-gov-east-1"]}
    app = build(tmp_path, only="management,security,deployment", baseline=BASELINE, workloads=[workload], **regions)
    assert findings(app, all_packs=True) == []
    made = made_of(tmp_path)
    assert not of_type(made[MEMBERS], "AWS::CloudFormation::LambdaHook")
    assert of_type(made[MEMBERS], "Custom::DefaultVpcRemoval")
    (rule, *_) = of_type(made[MEMBERS], "AWS::Events::Rule")
    assert rule["Properties"]["Targets"][0]["Arn"]["Fn::Join"][1][0] == "arn:aws-us-gov:events:"


def test_a_second_deployment_has_names_of_its_own(made: Templates, tmp_path: Path) -> None:
    build(tmp_path, only="deployment", shared={"name": "Clinic2", "deployment": "b"}, baseline=BASELINE).synth()
    second = templates(tmp_path)
    (stack_set,) = of_type(second["Clinic2-Baseline"], "AWS::CloudFormation::StackSet")
    assert stack_set["Properties"]["StackSetName"] == "Clinic2-Baseline-b"
    buckets = of_type(second["Clinic2-BaselineCode-us-east-1"], "AWS::S3::Bucket")
    assert "clinic2-b-baseline-100000000007-us-east-1" in {one["Properties"].get("BucketName") for one in buckets}


def test_without_the_key_nothing_is_made(tmp_path: Path) -> None:
    build(tmp_path, only="management,security,deployment").synth()
    assert not [name for name in templates(tmp_path) if "Baseline" in name]


def test_names_fit_however_long(tmp_path: Path) -> None:
    config = parse_zone(given(shared={"name": "NorthernHospitalGroups"}, baseline=BASELINE), source="test")
    assert isinstance(config, OrganizationZoneConfig)
    assert len(names.baseline_bucket(config, "deployment", "ap-southeast-99")) <= 63
    assert len(names.alert_bus(config)) <= 256


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"baseline": {"organizational_units": []}}, "organizational_units"),
        ({"baseline": {"organizational_units": ["r-ab12"]}}, "organizational_units"),
        ({"baseline": {}}, "organizational_units"),
        ({"baseline": {**BASELINE, "hook": "OFF"}}, "hook"),
        ({"baseline": {**BASELINE, "max_concurrent_percentage": 0}}, "max_concurrent_percentage"),
        ({"baseline": BASELINE, "accounts": {"security": ACCOUNTS["security"]}}, "names no management account"),
        ({"baseline": BASELINE, "regions": ["ap-east-2"], "workloads": []}, "ap-east-2 has no AWS::EC2::Snapshot"),
        (
            {"baseline": BASELINE, "home_region": "cn-north-1", "regions": ["cn-northwest-1"], "workloads": []},
            "organizations have no stack sets",
        ),
    ],
)
def test_refuses(changed: dict[str, Any], message: str) -> None:
    with pytest.raises((ValidationError, ValueError), match=message):
        parse_zone(given(**changed), source="test")
