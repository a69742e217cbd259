"""The management account's delegation: who becomes administrator of what, where, and beside whoever owns accounts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.landing_zone.organization.builder import BUILT
from hipaa_constructs.testing import findings, normalize
from tests.landing_zone.organization.zone import ACCOUNTS, build, of_type, templates
from tests.left_behind import Template, fixed_and_kept
from tests.real_account import faults

Templates = Mapping[str, dict[str, Any]]
TYPES = ("AWS::SecurityHub::DelegatedAdmin", "AWS::Detective::OrganizationAdmin")


@pytest.fixture(scope="module")
def outdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("delegation")
    assert findings(build(directory, only="management"), all_packs=True) == []
    return directory


@pytest.fixture(scope="module")
def made(outdir: Path) -> Templates:
    return delegation(outdir)


def delegation(outdir: Path) -> Templates:
    """Return the templates of delegation alone; the management account may have others."""
    return {
        name.removeprefix("Clinic-"): one
        for name, one in templates(outdir).items()
        if name.startswith("Clinic-Delegation")
    }


def administrators(template: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return who is made administrator, by account, of which service in which Region."""
    found: dict[str, set[str]] = {}
    for one in template["Resources"].values():
        asked = one["Properties"] if one["Type"].startswith("Custom::") else {}
        if "AccountId" in asked:
            what = asked.get("ServicePrincipal", f"{asked['Setting']} {asked.get('Region')}")
            found.setdefault(asked["AccountId"], set()).add(what)
    return found


def test_snapshot(made: Templates, snapshot: SnapshotAssertion) -> None:
    assert {name: normalize(template) for name, template in made.items()} == snapshot


def test_the_management_account_is_built_by_it() -> None:
    assert "delegation" in BUILT["management"]


def test_nothing_breaks_in_an_account(made: Templates) -> None:
    assert made.keys() == {"Delegation", "Delegation-us-east-1", "Delegation-us-west-2"}
    assert [fault for template in made.values() for fault in faults(template)] == []


def test_it_is_deployed_to_the_management_account_home_first(outdir: Path) -> None:
    artifacts = json.loads((outdir / "manifest.json").read_text())["artifacts"]
    assert artifacts["Clinic-Delegation"]["environment"] == f"aws://{ACCOUNTS['management']}/us-east-1"
    for region in ("us-east-1", "us-west-2"):
        regional = artifacts[f"Clinic-Delegation-{region}"]
        assert regional["environment"] == f"aws://{ACCOUNTS['management']}/{region}"
        # Organizations has to trust Security Hub first.
        assert "Clinic-Delegation" in regional["dependencies"]


def test_every_role_gets_its_services(made: Templates) -> None:
    found = administrators(made["Delegation"])
    assert found.keys() == {ACCOUNTS[role] for role in ("security", "identity", "backup", "network", "deployment")}
    assert found[ACCOUNTS["identity"]] == {"sso.amazonaws.com"}
    assert found[ACCOUNTS["backup"]] == {"backup.amazonaws.com"}
    assert found[ACCOUNTS["network"]] == {"IpamAdministrator us-east-1"}
    assert found[ACCOUNTS["deployment"]] == {"member.org.stacksets.cloudformation.amazonaws.com"}
    assert "GuardDutyAdministrator us-west-2" in found[ACCOUNTS["security"]]


@pytest.mark.parametrize("kind", TYPES)
def test_security_hub_and_detective_have_types_in_each_region(made: Templates, kind: str) -> None:
    for region in ("us-east-1", "us-west-2"):
        (one,) = of_type(made[f"Delegation-{region}"], kind)
        assert "DependsOn" not in one
        assert list(one["Properties"].values()) == [ACCOUNTS["security"]]
        # A deletion would take the administrator away; a failed creation leaves none behind.
        assert (one["DeletionPolicy"], one["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_without_a_security_account_a_region_has_nothing(tmp_path: Path) -> None:
    accounts = {"management": ACCOUNTS["management"], "backup": ACCOUNTS["backup"]}
    assert findings(build(tmp_path, only="management", accounts=accounts), all_packs=True) == []
    found = delegation(tmp_path)
    assert found.keys() == {"Delegation"}
    assert administrators(found["Delegation"]) == {ACCOUNTS["backup"]: {"backup.amazonaws.com"}}


def test_without_a_management_account_nobody_is_made_administrator(tmp_path: Path) -> None:
    accounts = {role: account for role, account in ACCOUNTS.items() if role != "management"}
    build(tmp_path, accounts=accounts, workloads=[]).synth()
    assert delegation(tmp_path) == {}


@pytest.mark.parametrize("owner", ["control_tower", "accelerator"])
def test_an_owner_changes_nothing_since_what_is_there_is_found(tmp_path: Path, made: Templates, owner: str) -> None:
    assert findings(build(tmp_path, only="management", owner=owner), all_packs=True) == []
    assert delegation(tmp_path) == made


@pytest.mark.parametrize(
    ("home", "further", "detective"),
    [("us-gov-west-1", "us-gov-east-1", True), ("cn-north-1", "cn-northwest-1", False)],
)
def test_other_partitions(tmp_path: Path, home: str, further: str, detective: bool) -> None:
    config = {"home_region": home, "regions": [further], "workloads": []}
    assert findings(build(tmp_path, only="management", **config)) == []
    found = delegation(tmp_path)
    for region in (home, further):
        template = found[f"Delegation-{region}"]
        assert of_type(template, TYPES[0])
        assert bool(of_type(template, TYPES[1])) is detective
    settings = {one["Type"] for one in found["Delegation"]["Resources"].values()}
    assert not settings & {"Custom::MacieAdministrator", "Custom::RootAccess"}


def test_nothing_has_a_name_that_a_second_deployment_would_take(outdir: Path) -> None:
    named = [one for one in Template.all_of(outdir) if "Delegation" in one.name]
    assert [fixed_and_kept(one, after_failed_creation=True) for one in named] == [set()] * 3


def test_executions_are_not_reserved_where_there_are_few(tmp_path: Path) -> None:
    build(tmp_path, only="management", shared={"reserve_concurrency": False}).synth()
    (function,) = of_type(delegation(tmp_path)["Delegation"], "AWS::Lambda::Function")
    assert "ReservedConcurrentExecutions" not in function["Properties"]
