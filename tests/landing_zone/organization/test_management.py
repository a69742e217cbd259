"""The management account: the trail of all accounts, what watches over itself, units and policies."""

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
from tests.landing_zone.organization import zone
from tests.landing_zone.organization.zone import ACCOUNTS, ID, build, given, of_type
from tests.left_behind import Account, Template
from tests.real_account import faults

STACKS = ("Management", "Management-us-west-2", "Organization", "OrganizationTrail")
POLICIES = {"target_ids": ["ou-ab12-11111111"], "emergency_roles": ["BreakGlass"]}
ROOT = "r-ab12"
Templates = Mapping[str, dict[str, Any]]


def templates(outdir: Path) -> Templates:
    """Return the stacks of the role but those that delegate, which have tests of their own."""
    return {name: one for name, one in zone.templates(outdir).items() if not name.startswith("Clinic-Delegation")}


@pytest.fixture(scope="module")
def outdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("management")
    app = build(directory, only="management", policies=POLICIES, root_id=ROOT)
    assert findings(app, all_packs=True) == []
    return directory


@pytest.fixture(scope="module")
def made(outdir: Path) -> Templates:
    return {name.removeprefix("Clinic-"): template for name, template in templates(outdir).items()}


@pytest.fixture(scope="module")
def trails(made: Templates) -> Mapping[str, Mapping[str, Any]]:
    """The trails by name."""
    found = of_type(made["OrganizationTrail"], "AWS::CloudTrail::Trail")
    return {one["Properties"]["TrailName"]: one["Properties"] for one in found}


@pytest.mark.parametrize("stack", STACKS)
def test_snapshot(stack: str, made: Templates, snapshot: SnapshotAssertion) -> None:
    assert normalize(made[stack]) == snapshot


def test_its_stacks_are_in_its_account(outdir: Path) -> None:
    artifacts = json.loads((outdir / "manifest.json").read_text())["artifacts"]
    places = {name: one["environment"] for name, one in artifacts.items() if one["type"] == "aws:cloudformation:stack"}
    home = dict.fromkeys(STACKS, "us-east-1")
    assert {name: place for name, place in places.items() if not name.startswith("Clinic-Delegation")} == {
        f"Clinic-{name}": f"aws://{ACCOUNTS['management']}/{region}"
        for name, region in {**home, "Management-us-west-2": "us-west-2"}.items()
    }


def test_a_real_account_takes_it(made: Templates) -> None:
    assert {name: faults(template) for name, template in made.items()} == {name: [] for name in STACKS}


def test_two_trails_record_all_accounts_and_regions(trails: Mapping[str, Mapping[str, Any]]) -> None:
    assert set(trails) == {"clinic-organization", "clinic-organization-DataEvents"}
    for trail in trails.values():
        assert trail["IsOrganizationTrail"] is True
        assert trail["IsMultiRegionTrail"] is True
        assert trail["IsLogging"] is True
        assert trail["EnableLogFileValidation"] is True


def test_trails_write_where_the_log_archive_lets_them(trails: Mapping[str, Mapping[str, Any]], tmp_path: Path) -> None:
    config = parse_zone(given(), source="test")
    assert isinstance(config, OrganizationZoneConfig)
    for trail in trails.values():
        assert trail["S3BucketName"] == names.trail_bucket(config) == "clinic-trail-100000000002-us-east-1"
        assert trail["KMSKeyId"] == "arn:aws:kms:us-east-1:100000000002:alias/clinic-organization-trail"
    # What the archive's policies name are these trails.
    build(tmp_path, only="log_archive").synth()
    archive = templates(tmp_path)["Clinic-LogArchive"]
    (policy,) = (
        one["Properties"]["PolicyDocument"]["Statement"]
        for name, one in archive["Resources"].items()
        if name.startswith("TrailPolicy")
    )
    (admitted,) = (
        one["Condition"]["StringEquals"]["aws:SourceArn"] for one in policy if one.get("Sid") == "TrailWrite"
    )
    account = ACCOUNTS["management"]
    assert admitted == [f"arn:aws:cloudtrail:us-east-1:{account}:trail/{name}" for name in trails]


def test_management_events_go_to_a_log_group_and_data_events_do_not(trails: Mapping[str, Mapping[str, Any]]) -> None:
    management, data = trails["clinic-organization"], trails["clinic-organization-DataEvents"]
    assert "CloudWatchLogsLogGroupArn" in management
    assert "CloudWatchLogsLogGroupArn" not in data
    (selector,) = data["EventSelectors"]
    assert selector["IncludeManagementEvents"] is False
    assert {one["Type"] for one in selector["DataResources"]} == {
        "AWS::DynamoDB::Table",
        "AWS::Lambda::Function",
        "AWS::S3::Object",
    }


def test_the_log_group_is_kept_seven_years_under_a_key_of_the_account(made: Templates) -> None:
    resources = made["OrganizationTrail"]["Resources"]
    (group,) = (one for name, one in resources.items() if name.startswith("TrailLogGroup"))
    assert group["Properties"]["RetentionInDays"] == 2557
    assert set(group["Properties"]["KmsKeyId"]) == {"Fn::GetAtt"}


def test_people_are_told_of_activity_in_all_accounts(made: Templates) -> None:
    template = made["OrganizationTrail"]
    assert len(of_type(template, "AWS::Logs::MetricFilter")) == 15
    # And one on crowds of messages that were not told.
    assert len(of_type(template, "AWS::CloudWatch::Alarm")) == 16
    assert len(of_type(template, "AWS::CloudWatch::Dashboard")) == 1
    (subscription,) = of_type(template, "AWS::SNS::Subscription")
    assert subscription["Properties"]["Endpoint"] == "security@clinic.example"


def test_the_account_that_records_all_watches_itself(made: Templates) -> None:
    kinds = {one["Type"] for one in made["Management"]["Resources"].values()}
    assert {
        "AWS::AccessAnalyzer::Analyzer",
        "AWS::Config::ConfigurationRecorder",
        "AWS::GuardDuty::Detector",
        "AWS::SecurityHub::Hub",
        "Custom::EbsEncryption",
        "Custom::PasswordPolicy",
        "Custom::S3PublicAccessBlock",
    } <= kinds
    (channel,) = of_type(made["Management"], "AWS::Config::DeliveryChannel")
    assert channel["Properties"]["S3BucketName"] == "clinic-config-100000000002-us-east-1"


@pytest.mark.parametrize("delegated", [False, True])
def test_macie_is_made_unless_its_delegation_turns_it_on(tmp_path: Path, delegated: bool) -> None:
    accounts = {key: one for key, one in ACCOUNTS.items() if delegated or key != "security"}
    assert findings(build(tmp_path, only="management", accounts=accounts), all_packs=True) == []
    assert len(of_type(templates(tmp_path)["Clinic-Management"], "AWS::Macie::Session")) == (not delegated)


def test_threats_are_looked_for_in_every_region(made: Templates) -> None:
    for stack in ("Management", "Management-us-west-2"):
        assert len(of_type(made[stack], "AWS::GuardDuty::Detector")) == 1
    (findings,) = (
        one
        for name, one in made["Management-us-west-2"]["Resources"].items()
        if name.startswith("ThreatsFindings") and one["Type"] == "AWS::S3::Bucket"
    )
    assert "ReplicationConfiguration" in findings["Properties"]


def test_what_exists_in_the_account_is_not_made(tmp_path: Path) -> None:
    app = build(tmp_path, only="management", shared={"detection": {"services": "existing"}})
    assert findings(app, all_packs=True) == []
    kinds = {one["Type"] for template in templates(tmp_path).values() for one in template["Resources"].values()}
    assert not kinds & {
        "AWS::AccessAnalyzer::Analyzer",
        "AWS::Config::ConfigurationRecorder",
        "AWS::GuardDuty::Detector",
        "AWS::Macie::Session",
        "AWS::SecurityHub::Hub",
    }


def test_each_environment_has_a_unit(made: Templates) -> None:
    units = of_type(made["Organization"], "AWS::Organizations::OrganizationalUnit")
    assert [one["Properties"]["Name"] for one in units] == ["clinic-production", "clinic-staging"]
    assert {one["Properties"]["ParentId"] for one in units} == {ROOT}
    # Organizations takes one change at a time.
    assert units[1]["DependsOn"] == [
        next(name for name, one in made["Organization"]["Resources"].items() if one is units[0])
    ]
    assert len(made["Organization"]["Outputs"]) == 2


def test_policies_bind_what_the_configuration_names(made: Templates) -> None:
    policies = [one["Properties"] for one in of_type(made["Organization"], "AWS::Organizations::Policy")]
    assert {tuple(one["TargetIds"]) for one in policies} == {("ou-ab12-11111111",)}
    assert {one["Type"] for one in policies} == {
        "AISERVICES_OPT_OUT_POLICY",
        "DECLARATIVE_POLICY_EC2",
        "RESOURCE_CONTROL_POLICY",
        "S3_POLICY",
        "SERVICE_CONTROL_POLICY",
        "TAG_POLICY",
    }
    text = json.dumps(policies)
    assert all(
        name in text for name in ("role/BreakGlass", f'"aws:PrincipalOrgID": "{ID}"', "stack/Clinic-*", "us-west-2")
    )


def test_what_is_not_asked_for_is_not_made(tmp_path: Path) -> None:
    build(tmp_path, only="management").synth()
    made = {f"Clinic-{name}" for name in STACKS}
    assert templates(tmp_path).keys() == made - {"Clinic-Organization"}


@pytest.mark.parametrize("owner", ["control_tower", "accelerator"])
def test_an_owner_s_trail_is_not_made_twice_and_policies_go_beside_its_own(tmp_path: Path, owner: str) -> None:
    assert findings(build(tmp_path, only="management", owner=owner, policies=POLICIES), all_packs=True) == []
    assert templates(tmp_path).keys() == {"Clinic-Organization"}


def test_without_a_log_archive_there_is_no_trail(tmp_path: Path) -> None:
    accounts = {"management": ACCOUNTS["management"]}
    build(tmp_path, only="management", accounts=accounts, policies=POLICIES).synth()
    assert templates(tmp_path).keys() == {"Clinic-Organization"}


def test_the_trail_waits_for_the_archive(tmp_path: Path) -> None:
    build(tmp_path, only="management,log_archive").synth()
    artifacts = json.loads((tmp_path / "manifest.json").read_text())["artifacts"]
    assert "Clinic-LogArchive" in artifacts["Clinic-OrganizationTrail"]["dependencies"]


@pytest.mark.parametrize(
    ("home", "further", "partition", "policies"),
    [("us-gov-east-1", "us-gov-west-1", "aws-us-gov", "us-gov-west-1"), ("cn-north-1", "cn-northwest-1", "aws-cn", "")],
)
def test_other_partitions(tmp_path: Path, home: str, further: str, partition: str, policies: str) -> None:
    app = build(tmp_path, only="management", home_region=home, regions=[further], workloads=[], policies=POLICIES)
    assert findings(app) == []
    found = templates(tmp_path)
    (trail, _) = of_type(found["Clinic-OrganizationTrail"], "AWS::CloudTrail::Trail")
    assert trail["Properties"]["KMSKeyId"].startswith(f"arn:{partition}:kms:{home}:")
    kinds = {one["Properties"]["Type"] for one in of_type(found["Clinic-Organization"], "AWS::Organizations::Policy")}
    assert not kinds & {"DECLARATIVE_POLICY_EC2", "S3_POLICY"}
    artifacts = json.loads((tmp_path / "manifest.json").read_text())["artifacts"]
    assert artifacts["Clinic-Organization"]["environment"].endswith(policies or home)


def test_a_second_deployment_has_names_of_its_own(tmp_path: Path, made: Templates) -> None:
    shared = {"name": "Other", "detection": {"services": "existing"}}
    build(tmp_path, only="management", shared=shared, policies=POLICIES, root_id=ROOT).synth()
    second = {name.removeprefix("Other-"): template for name, template in templates(tmp_path).items()}

    def named(found: Templates) -> set[str]:
        return {
            str(value)
            for template in found.values()
            for one in template["Resources"].values()
            for key, value in one.get("Properties", {}).items()
            if key in ("AliasName", "BackupVaultName", "ConformancePackName", "Name", "TrailName")
            if isinstance(value, str)
        }

    assert len(named(made)) > 10
    assert not named(made) & named(second)


def test_a_failed_creation_leaves_no_name_taken(outdir: Path) -> None:
    for template in Template.all_of(outdir):
        account = Account()
        stack = account.create(template, until=len(template.order))
        stack.roll_back()
        account.create(template)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"root_id": "ou-ab12-11111111"}, "organization.root_id: got 'ou-ab12-11111111'"),
        ({"root_id": ROOT, "owner": "control_tower"}, "control_tower owns organizational units"),
        ({"root_id": ROOT, "accounts": {}}, "organization.root_id is given, and .* names no management account"),
        ({"policies": POLICIES, "accounts": {}}, "organization.policies is given, and .* names no management account"),
        ({"policies": {"target_ids": ["100000000001"]}}, "names the management account 100000000001"),
        ({"policies": {"target_ids": []}}, "organization.policies.target_ids: got"),
        ({"policies": {}}, "organization.policies.target_ids: missing"),
        ({"policies": {**POLICIES, "emergency_role": []}}, "Did you mean emergency_roles"),
    ],
)
def test_refuses(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_zone(given(**changed), source="test")
