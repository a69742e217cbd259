"""Which accounts are built, and what each workload's account has less than one that stands alone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from hipaa_constructs.landing_zone import LandingZone, OrganizationZone, parse_zone
from hipaa_constructs.landing_zone import build as build_zone
from hipaa_constructs.landing_zone.config import OrganizationZoneConfig
from hipaa_constructs.landing_zone.organization.builder import BUILT
from hipaa_constructs.landing_zone.organization_section import ROLES
from hipaa_constructs.landing_zone.selection import select
from hipaa_constructs.testing import findings
from tests.landing_zone.organization.test_identity import CENTER
from tests.landing_zone.organization.zone import ACCOUNTS, RECORDS, SITE, build, given, of_type, templates
from tests.real_account import faults

SHARED = ("Data", "Foundation", "Identity", "Network", "Recovery")


@pytest.fixture(scope="module")
def outdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("organization")
    assert findings(build(directory), all_packs=True) == []
    return directory


def config_of(**changed: Any) -> OrganizationZoneConfig:
    config = parse_zone(given(**changed), source="test")
    assert isinstance(config, OrganizationZoneConfig)
    return config


def test_every_role_and_workload_has_its_stacks(outdir: Path) -> None:
    found = templates(outdir)
    workloads = {f"Clinic-{name}-{stack}" for name in ("Records", "Site") for stack in SHARED}
    assert workloads < found.keys()
    of_roles = {name.removeprefix("Clinic-").partition("-")[0] for name in found.keys() - workloads}
    assert of_roles == {
        "Backup",
        "Delegation",
        "LogArchive",
        "LogArchiveCopies",
        "Management",
        "OrganizationTrail",
        "Security",
        "SecurityCopies",
        "ServiceLogs",
    }
    assert all(faults(template) == [] for template in found.values())


def test_roles_that_are_built_are_roles() -> None:
    assert set(BUILT) <= set(ROLES)


def test_each_account_is_deployed_to_itself(outdir: Path) -> None:
    stacks = {
        name: one["environment"]
        for name, one in json.loads((outdir / "manifest.json").read_text())["artifacts"].items()
        if one["type"] == "aws:cloudformation:stack"
    }
    for workload, here, there in ((RECORDS, "us-east-1", "us-west-2"), (SITE, "us-west-2", "us-east-1")):
        prefix = f"Clinic-{workload['name']}"
        assert stacks[f"{prefix}-Data"] == f"aws://{workload['account']}/{here}"
        assert stacks[f"{prefix}-Recovery"] == f"aws://{workload['account']}/{there}"


def test_workloads_wait_for_the_archive(outdir: Path) -> None:
    artifacts = json.loads((outdir / "manifest.json").read_text())["artifacts"]
    waits = set(artifacts["Clinic-Records-Network"]["dependencies"])
    assert {"Clinic-LogArchive", "Clinic-ServiceLogs-us-east-1"} <= waits


def test_what_is_appointed_waits_for_the_appointment(tmp_path: Path) -> None:
    build(tmp_path, baseline={"organizational_units": ["ou-ab12-22222222"]}, identity=CENTER).synth()
    artifacts = json.loads((tmp_path / "manifest.json").read_text())["artifacts"]
    for stack in ("Security", "Security-us-west-2", "Identity", "Baseline", "BaselineCode-us-east-1"):
        assert "Clinic-Delegation" in artifacts[f"Clinic-{stack}"]["dependencies"], stack
    # The deployment account's backups are audited once AWS Config records there, which the stack set brings.
    deployed = {"repository": "clinic/platform", "by": "github"}
    build(tmp_path / "deployed", baseline={"organizational_units": ["ou-ab12-22222222"]}, deployment=deployed).synth()
    both = json.loads((tmp_path / "deployed" / "manifest.json").read_text())["artifacts"]
    assert "Clinic-Deployment" in both
    assert "Clinic-Deployment" not in both["Clinic-Baseline"]["dependencies"]
    # Its accounts deliver to the one and send to the other from the first hour.
    assert {"Clinic-LogArchive", "Clinic-Security-us-west-2"} <= {*artifacts["Clinic-Baseline"]["dependencies"]}


def test_a_stack_set_of_the_management_account_waits_for_whom_it_tells(tmp_path: Path) -> None:
    accounts = {role: account for role, account in ACCOUNTS.items() if role != "deployment"}
    build(tmp_path, accounts=accounts, baseline={"organizational_units": ["ou-ab12-22222222"]}).synth()
    artifacts = json.loads((tmp_path / "manifest.json").read_text())["artifacts"]
    assert {"Clinic-LogArchive", "Clinic-Security"} <= {*artifacts["Clinic-Baseline"]["dependencies"]}


def test_nothing_to_build_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="organization names neither accounts nor workloads"):
        build(tmp_path, accounts={}, workloads=[])


@pytest.mark.parametrize("role", ["identity", "network", "deployment"])
def test_a_role_whose_section_is_missing_is_refused(tmp_path: Path, role: str) -> None:
    said = rf"only: got '{role}', which is {role}, where nothing is made without organization\.{role}"
    with pytest.raises(ValueError, match=said):
        build(tmp_path, only=role)


def test_accounts_for_which_nothing_is_made_are_refused(tmp_path: Path) -> None:
    said = r"accounts names identity and network, .* without organization\.identity, and without organization\.network$"
    with pytest.raises(ValueError, match=said):
        build(tmp_path, accounts={"identity": ACCOUNTS["identity"], "network": ACCOUNTS["network"]}, workloads=[])


def test_what_a_construct_refuses_names_the_workload(tmp_path: Path) -> None:
    workload = {**RECORDS, "network": {"cidr": "10.16.0.0/28"}}
    with pytest.raises(ValueError, match=r"the workload Records: cidr: got '10\.16\.0\.0/28'"):
        build(tmp_path, workloads=[workload])


def test_no_account_refers_to_another_s_stack(outdir: Path) -> None:
    for name, template in templates(outdir).items():
        prefix = re.match(r"Clinic-(Records|Site)?", name)
        assert prefix is not None
        for stack in re.findall(r'"StackName": "([^"]+)"', json.dumps(template)):
            assert stack.startswith(prefix[0]), (name, stack)


def test_a_workload_leaves_trail_and_detection_to_the_organization(outdir: Path) -> None:
    kinds = {
        one["Type"]
        for name, template in templates(outdir).items()
        if "-Records-" in name
        for one in template["Resources"].values()
    }
    assert not kinds & {"AWS::CloudTrail::Trail", "AWS::Logs::MetricFilter", "AWS::GuardDuty::Detector"}
    assert {"AWS::Config::ConfigurationRecorder", "AWS::Backup::BackupPlan", "AWS::RDS::DBInstance"} <= kinds


@pytest.mark.parametrize(("name", "stack"), [("Records", "Foundation"), ("Site", "Recovery")])
def test_trusted_advisor_s_events_stay_with_the_account(outdir: Path, name: str, stack: str) -> None:
    """They come in us-east-1 of each account, where one workload runs and another has its copies."""
    telling = [
        found.removeprefix(f"Clinic-{name}-")
        for found, template in templates(outdir).items()
        if f"-{name}-" in found
        for rule in of_type(template, "AWS::Events::Rule")
        if rule["Properties"].get("EventPattern", {}).get("source") == ["aws.trustedadvisor"]
    ]
    assert telling == [stack]


def test_a_workload_s_logs_go_to_the_archive(outdir: Path) -> None:
    found = templates(outdir)
    (channel,) = of_type(found["Clinic-Site-Foundation"], "AWS::Config::DeliveryChannel")
    assert channel["Properties"]["S3BucketName"] == "clinic-config-100000000002-us-east-1"
    assert "S3KmsKeyArn" not in channel["Properties"]
    flows = [one["Properties"] for one in of_type(found["Clinic-Site-Network"], "AWS::EC2::FlowLog")]
    assert {one["LogDestinationType"] for one in flows} == {"cloud-watch-logs", "s3"}
    (archived,) = (one["LogDestination"] for one in flows if one["LogDestinationType"] == "s3")
    assert archived["Fn::Join"][1][-1] == ":s3:::clinic-traffic-100000000002-us-west-2"


def test_a_classification_is_the_account_s(outdir: Path) -> None:
    found = templates(outdir)
    for name, expected in (("Records", "PHI"), ("Site", "NO_PHI")):
        (database,) = of_type(found[f"Clinic-{name}-Data"], "AWS::RDS::DBInstance")
        assert {"Key": "hipaa:data-classification", "Value": expected} in database["Properties"]["Tags"]


def test_what_no_role_does_each_workload_does_itself(tmp_path: Path) -> None:
    assert findings(build(tmp_path, accounts={}, workloads=[RECORDS]), all_packs=True) == []
    found = templates(tmp_path)
    assert found.keys() == {f"Clinic-Records-{stack}" for stack in (*SHARED, "Detection", "RecoveryDetection")}
    assert len(of_type(found["Clinic-Records-Foundation"], "AWS::CloudTrail::Trail")) == 2
    (channel,) = of_type(found["Clinic-Records-Foundation"], "AWS::Config::DeliveryChannel")
    assert "S3KmsKeyArn" in channel["Properties"]


@pytest.mark.parametrize("owner", ["control_tower", "accelerator"])
def test_an_owner_s_trail_and_recorder_are_not_made_twice(tmp_path: Path, owner: str) -> None:
    assert (
        findings(build(tmp_path, owner=owner, accounts={"security": ACCOUNTS["security"]}, workloads=[RECORDS])) == []
    )
    foundation = templates(tmp_path)["Clinic-Records-Foundation"]
    for kind in ("AWS::CloudTrail::Trail", "AWS::Config::ConfigurationRecorder", "AWS::Config::DeliveryChannel"):
        assert not of_type(foundation, kind)


@pytest.mark.parametrize(
    ("only", "roles", "workloads"),
    [
        (None, list(ACCOUNTS), ["Records", "Site"]),
        ("log_archive", ["log_archive"], []),
        ("Records", [], ["Records"]),
        ("staging", [], ["Site"]),
        ("production, security", ["security"], ["Records"]),
        ("workloads", [], ["Records", "Site"]),
        ("Site,staging", [], ["Site"]),
    ],
)
def test_only_builds_what_it_names(only: str | None, roles: list[str], workloads: list[str]) -> None:
    selection = select(config_of().organization, only)
    assert list(selection.roles) == roles
    assert [one.name for one in selection.workloads] == workloads


def test_only_what_is_asked_for_is_synthesized(tmp_path: Path, outdir: Path) -> None:
    build(tmp_path, only="Records").synth()
    found, every = templates(tmp_path), templates(outdir)
    assert found.keys() == {f"Clinic-Records-{stack}" for stack in SHARED}
    # What an account is does not depend on what is built beside it.
    assert {name: every[name] for name in found} == found


@pytest.mark.parametrize("only", ["Recrods", "", " , ", "log_archive,Billing"])
def test_unknown_names_are_refused_with_the_list(only: str) -> None:
    with pytest.raises(ValueError, match=r"^only: got") as refused:
        select(config_of().organization, only)
    assert "log_archive" in str(refused.value)
    assert "production, staging, Records, Site" in str(refused.value)
    assert ("Did you mean Records?" in str(refused.value)) is (only == "Recrods")


def test_the_app_builds_what_the_configuration_describes() -> None:
    app = cdk.App(context={"only": "Site"})
    zone = build_zone(app, config_of())
    assert isinstance(zone, OrganizationZone)
    assert list(zone.workloads) == ["Site"]
    assert zone.roles == {}
    one = parse_zone({"account": "111122223333"}, source="test")
    assert isinstance(build_zone(cdk.App(), one), LandingZone)


@pytest.mark.parametrize(("only", "said"), [("Site", "describes one"), (3, "names between commas")])
def test_one_account_has_nothing_to_choose(only: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        build_zone(cdk.App(context={"only": only}), parse_zone({"account": "111122223333"}, source="test"))
