"""The landing zone where AWS has less than elsewhere: it passes the gate, and CloudFormation has every type."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from hipaa_constructs.cloudformation.partitions import partition_of
from hipaa_constructs.compliance.availability import is_absent
from hipaa_constructs.compliance.controls import read
from hipaa_constructs.testing import Finding, findings
from tests.landing_zone.test_landing_zone import EVERYTHING, build

pytest.importorskip("cfnlint")

from cfnlint.config import ConfigMixIn
from cfnlint.runner import Runner

PAIRS = {
    "us-gov-west-1": "us-gov-east-1",
    "cn-north-1": "cn-northwest-1",
    "eu-central-1": "eu-west-1",
    "ap-southeast-4": "ap-southeast-2",
    "ca-west-1": "ca-central-1",
    "mx-central-1": "us-west-2",
}
FEWER = [region for region in PAIRS if region != "eu-central-1"]
Templates = Mapping[str, dict[str, Any]]


def everything_in(region: str) -> dict[str, Any]:
    """Ask for all that is optional and that the Region has."""
    edge = {"certificate_arn": f"arn:{partition_of(region)}:acm:{region}:111122223333:certificate/1111"}
    if not is_absent("AWS::Shield::Protection", region):
        edge["shield_contacts"] = EVERYTHING["edge"]["shield_contacts"]
    audit_manager = not is_absent("AWS::AuditManager::Assessment", region)
    return {**EVERYTHING, "edge": edge, "compliance": EVERYTHING["compliance"] if audit_manager else {}}


class Zones:
    """Landing zones by primary Region, each synthesized once, when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found: dict[str, Sequence[Finding]] = {}

    def folder(self, primary: str) -> Path:
        folder = self._folder / primary
        if primary not in self._found:
            config = {"primary_region": primary, "recovery_region": PAIRS[primary], **everything_in(primary)}
            self._found[primary] = findings(build(folder, **config), all_packs=True)
        return folder

    def findings(self, primary: str) -> Sequence[Finding]:
        self.folder(primary)
        return self._found[primary]

    def templates(self, primary: str) -> Templates:
        return {
            file.name.removesuffix(".template.json").removeprefix("Clinic-"): json.loads(file.read_text())
            for file in self.folder(primary).glob("*.template.json")
        }

    def by_region(self, primary: str) -> Mapping[str, Sequence[Path]]:
        """Return the templates' files by the Region that each is deployed to."""
        manifest = json.loads((self.folder(primary) / "manifest.json").read_text())
        found: dict[str, list[Path]] = defaultdict(list)
        for artifact in manifest["artifacts"].values():
            if artifact["type"] == "aws:cloudformation:stack":
                region = artifact["environment"].rpartition("/")[2]
                found[region].append(self.folder(primary) / artifact["properties"]["templateFile"])
        return found

    def notes(self, primary: str) -> Sequence[Finding]:
        """Return what synthesis says is left out."""
        manifest = json.loads((self.folder(primary) / "manifest.json").read_text())
        return [
            str(entry["data"])
            for artifact in manifest["artifacts"].values()
            for entries in _metadata(self.folder(primary), artifact).values()
            for entry in entries
            if entry["type"] == "aws:cdk:info"
        ]


def _metadata(folder: Path, artifact: Mapping[str, Any]) -> Mapping[str, Any]:
    if "metadata" in artifact:
        return artifact["metadata"]  # type: ignore[no-any-return]
    file = artifact.get("additionalMetadataFile")
    return json.loads((folder / file).read_text()) if file else {}


@pytest.fixture(scope="module")
def zones(tmp_path_factory: pytest.TempPathFactory) -> Zones:
    return Zones(tmp_path_factory.mktemp("regions"))


def types_of(template: Mapping[str, Any]) -> set[str]:
    return {resource["Type"] for resource in template["Resources"].values()}


def lint(files: Sequence[Path], region: str) -> list[str]:
    config = ConfigMixIn(templates=[str(file) for file in files], regions=[region])
    return [str(match) for match in Runner(config).run()]


@pytest.mark.parametrize("primary", PAIRS)
def test_it_passes_the_gate(zones: Zones, primary: str) -> None:
    assert zones.findings(primary) == []


@pytest.mark.parametrize("primary", PAIRS)
def test_each_region_has_every_type_and_class(zones: Zones, primary: str) -> None:
    by_region = zones.by_region(primary)
    assert {primary, PAIRS[primary]} <= set(by_region)
    assert {region: lint(files, region) for region, files in by_region.items()} == {region: [] for region in by_region}


def test_a_type_that_is_not_there_would_be_seen(tmp_path: Path) -> None:
    file = tmp_path / "macie.template.json"
    file.write_text(json.dumps({"Resources": {"Session": {"Type": "AWS::Macie::Session"}}}))
    (said,) = lint([file], "mx-central-1")
    assert "E3006" in said


@pytest.mark.parametrize("primary", PAIRS)
def test_every_type_is_in_the_table(zones: Zones, primary: str) -> None:
    types = {kind for template in zones.templates(primary).values() for kind in types_of(template)}
    assert {kind for kind in types if not kind.startswith("Custom::")} <= set(read("regions.json")["types"])


@pytest.mark.parametrize("primary", ["us-gov-west-1", "cn-north-1"])
def test_nothing_names_another_partition(zones: Zones, primary: str) -> None:
    named = {
        partition
        for template in zones.templates(primary).values()
        for partition in re.findall(r"\barn:(aws[a-z-]*):", json.dumps(template))
    }
    assert named == {partition_of(primary)}


@pytest.mark.parametrize("primary", FEWER)
def test_what_is_left_out_is_said(zones: Zones, primary: str) -> None:
    said = " ".join(zones.notes(primary))
    templates = zones.templates(primary)
    for stack, kind in (
        ("Foundation", "AWS::Backup::RestoreTestingPlan"),
        ("Foundation", "AWS::Backup::Framework"),
        ("Foundation", "AWS::Config::RemediationConfiguration"),
        ("Detection", "AWS::Macie::Session"),
    ):
        assert (kind in types_of(templates[stack])) is not (kind in said), kind
        assert (kind in said) is is_absent(kind, primary), kind


def test_where_all_is_there_nothing_is_said(zones: Zones) -> None:
    assert zones.notes("eu-central-1") == []


def test_the_conformance_pack_has_only_rules_of_the_region(zones: Zones) -> None:
    counts = {}
    for primary in PAIRS:
        resources = zones.templates(primary)["Foundation"]["Resources"].values()
        (pack,) = [one["Properties"] for one in resources if one["Type"] == "AWS::Config::ConformancePack"]
        identifiers = re.findall(r'SourceIdentifier: "(\w+)"', pack["TemplateBody"])
        assert not [name for name in identifiers if is_absent(name, primary, kind="config_rules")]
        counts[primary] = len(identifiers)
    assert counts["eu-central-1"] == 130
    assert all(60 < counts[primary] < 130 for primary in FEWER)


def test_policies_of_the_organization_are_made_where_it_changes_them(zones: Zones) -> None:
    assert "Guardrails" in zones.templates("us-gov-west-1")
    assert "AISERVICES_OPT_OUT_POLICY" not in json.dumps(zones.templates("us-gov-west-1")["Guardrails"])
    assert "AISERVICES_OPT_OUT_POLICY" in json.dumps(zones.templates("eu-central-1")["Guardrails"])


def test_govcloud_changes_policies_in_its_west(tmp_path: Path) -> None:
    build(
        tmp_path,
        primary_region="us-gov-east-1",
        recovery_region="us-gov-west-1",
        guardrails=EVERYTHING["guardrails"],
    ).synth()
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["artifacts"]["Clinic-Guardrails"]["environment"] == "aws://999988887777/us-gov-west-1"
