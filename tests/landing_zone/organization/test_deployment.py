"""The deployment account: what it deploys in which order, and that names are the same whoever deploys."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.delivery.bootstrap_roles import Target
from hipaa_constructs.landing_zone import parse_zone
from hipaa_constructs.landing_zone.config import OrganizationZoneConfig
from hipaa_constructs.landing_zone.organization.builder import BUILT
from hipaa_constructs.landing_zone.selection import select
from hipaa_constructs.landing_zone.waves import waves
from hipaa_constructs.testing import findings, normalize
from tests.landing_zone.organization.zone import ACCOUNTS, RECORDS, SITE, build, given, of_type, templates
from tests.left_behind import Template, fixed_and_kept
from tests.real_account import faults

CONNECTION = "arn:aws:codeconnections:us-east-1:100000000007:connection/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
PIPELINE = {
    "repository": "clinic/platform",
    "connection_arn": CONNECTION,
    "unattended": ["staging"],
    "configuration": "organization.yaml",
}
GITHUB = {"repository": "clinic/platform", "by": "github"}


@pytest.fixture(scope="module")
def outdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("deployment")
    assert findings(build(directory, only="deployment", deployment=PIPELINE), all_packs=True) == []
    return directory


@pytest.fixture(scope="module")
def pipeline(outdir: Path) -> dict[str, Any]:
    return templates(outdir)["Clinic-Deployment"]


@pytest.fixture(scope="module")
def workflow(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    directory = tmp_path_factory.mktemp("workflow")
    assert findings(build(directory, only="deployment", deployment=GITHUB), all_packs=True) == []
    return templates(directory)["Clinic-Deployment"]


def config_of(**changed: Any) -> OrganizationZoneConfig:
    config = parse_zone(given(**changed), source="test")
    assert isinstance(config, OrganizationZoneConfig)
    return config


def test_snapshot_of_the_pipeline(pipeline: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert normalize(pipeline) == snapshot


def test_snapshot_of_a_workflow_s_roles(workflow: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert normalize(workflow) == snapshot


def test_it_is_one_stack_in_its_account(outdir: Path) -> None:
    artifacts = json.loads((outdir / "manifest.json").read_text())["artifacts"]
    stacks = {name: one["environment"] for name, one in artifacts.items() if one["type"] == "aws:cloudformation:stack"}
    assert stacks == {"Clinic-Deployment": f"aws://{ACCOUNTS['deployment']}/us-east-1"}


def test_a_real_account_takes_it(pipeline: dict[str, Any], workflow: dict[str, Any]) -> None:
    assert faults(pipeline) == faults(workflow) == []


def test_each_wave_is_the_app_with_what_it_deploys(pipeline: dict[str, Any]) -> None:
    (made,) = of_type(pipeline, "AWS::CodePipeline::Pipeline")
    names = [stage["Name"] for stage in made["Properties"]["Stages"]]
    assert names == ["Source", "Build", "UpdatePipeline", "roles", "staging", "production"]
    approved = {
        stage["Name"]
        for stage in made["Properties"]["Stages"]
        if any(one["ActionTypeId"]["Category"] == "Approval" for one in stage["Actions"])
    }
    assert approved == {"roles", "production"}
    text = json.dumps(pipeline)
    for name in ("staging", "production"):
        assert f"cdk synth --quiet '**' -c landing-zone=organization.yaml -c only={name} --output" in text


def test_whatever_a_wave_is_called_the_selection_knows() -> None:
    config = config_of(deployment=PIPELINE)
    for wave in waves(config.organization):
        chosen = select(config.organization, wave.only)
        accounts = {config.organization.accounts.by_role()[role] for role in chosen.roles}
        accounts |= {one.account for one in chosen.workloads}
        assert accounts == {one.account for one in wave.targets}


def test_every_account_that_is_built_is_in_one_wave() -> None:
    config = config_of(deployment=PIPELINE)
    roles = config.organization.accounts.by_role()
    built = {roles[role] for role in BUILT if role != "deployment"} | {RECORDS["account"], SITE["account"]}
    reached = [account for wave in waves(config.organization) for account in {one.account for one in wave.targets}]
    assert sorted(reached) == sorted(built)


def test_an_environment_in_two_regions_reaches_one_first() -> None:
    config = config_of(
        workloads=[RECORDS, {**SITE, "environment": "production"}, {"name": "More", "account": "200000000003"}]
    )
    found = [wave for wave in waves(config.organization) if wave.name != "roles"]
    assert [(wave.name, wave.only) for wave in found] == [
        ("production-us-east-1", "Records,More"),
        ("production-us-west-2", "Site"),
    ]
    assert found[1].targets == (Target(SITE["account"], "us-east-1"), Target(SITE["account"], "us-west-2"))
    assert all(wave.approval for wave in found)


def test_accounts_are_the_same_whoever_deploys_them(tmp_path: Path) -> None:
    build(tmp_path / "by-hand", only="log_archive,Records").synth()
    expected = templates(tmp_path / "by-hand")
    for number, wave in enumerate(
        waves(config_of(workloads=[RECORDS], deployment={**PIPELINE, "unattended": []}).organization)
    ):
        folder = tmp_path / str(number)
        build(folder, only=wave.only, workloads=[RECORDS], deployment={**PIPELINE, "unattended": []}).synth()
        made: Mapping[str, Any] = templates(folder)
        assert made
        for name, template in made.items():
            assert template == expected.get(name, template)
        expected = {name: template for name, template in expected.items() if name not in made}
    assert expected == {}


def test_what_a_workflow_knows_by_name_differs_in_a_second_deployment(tmp_path: Path) -> None:
    build(tmp_path / "1", only="deployment", deployment=GITHUB).synth()
    build(tmp_path / "2", only="deployment", deployment=GITHUB, shared={"deployment": "two"}).synth()

    def named(folder: str) -> set[str]:
        template = templates(tmp_path / folder)["Clinic-Deployment"]
        return {
            str(one["Properties"][key])
            for one in template["Resources"].values()
            for key in ("RoleName", "BucketName")
            if key in one["Properties"]
        }

    assert named("1")
    assert not named("1") & named("2")


def test_what_the_pipeline_leaves_is_found_by_no_name(outdir: Path) -> None:
    for template in Template.all_of(outdir):
        assert {
            template.resources[name]["Type"] for name in fixed_and_kept(template, after_failed_creation=False)
        } == set()


def test_govcloud(tmp_path: Path) -> None:
    connection = CONNECTION.replace("arn:aws:", "arn:aws-us-gov:").replace("us-east-1", "us-gov-west-1")
    deployment = {**PIPELINE, "connection_arn": connection, "unattended": []}
    there = {"home_region": "us-gov-west-1", "regions": ["us-gov-east-1"], "workloads": [RECORDS]}
    assert findings(build(tmp_path, only="deployment", deployment=deployment, **there), all_packs=True) == []
    text = json.dumps(templates(tmp_path))
    assert "arn:aws-us-gov:iam::200000000001:role/cdk-hnb659fds-deploy-role-200000000001-us-gov-west-1" in text
    assert "arn:aws:iam" not in text


@pytest.mark.parametrize(
    ("deployment", "accounts", "said"),
    [
        ({"repository": "clinic/platform"}, ACCOUNTS, "connection_arn is not given"),
        ({**GITHUB, "connection_arn": CONNECTION}, ACCOUNTS, "connection_arn is given"),
        ({**GITHUB, "gitlab_url": "https://gitlab.com"}, ACCOUNTS, "gitlab_url is given"),
        ({**GITHUB, "unattended": ["production"]}, ACCOUNTS, "unattended names production"),
        ({**GITHUB, "unattended": ["test"]}, ACCOUNTS, "'test', which is no workload's environment"),
        (GITHUB, {"log_archive": ACCOUNTS["log_archive"]}, "organization.accounts.deployment is not"),
        (PIPELINE, {**ACCOUNTS, "deployment": "100000000099"}, "is in the account 100000000007"),
        ({**GITHUB, "repository": "clinic"}, ACCOUNTS, "repository"),
        ({**GITHUB, "branches": "main"}, ACCOUNTS, "branches"),
    ],
)
def test_a_wrong_configuration_is_refused(deployment: dict[str, Any], accounts: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        config_of(deployment=deployment, accounts=accounts)
