from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.compliance import engine
from hipaa_constructs.compliance.loading import assembly
from hipaa_constructs.landing_zone import LandingZone, parse_config
from hipaa_constructs.testing import findings, normalize

ROOT = Path(__file__).parent.parent.parent
FLAGS = {
    key: value for key, value in json.loads((ROOT / "cdk.json").read_text())["context"].items() if key.startswith("@")
}
STACKS = ("Recovery", "Network", "Foundation", "Data", "Detection", "Identity")


def build(outdir: Path, **config: Any) -> cdk.App:
    app = cdk.App(
        outdir=str(outdir), context=FLAGS, builtin_cloud_formation_validation=False, analytics_reporting=False
    )
    given = {"account": "111122223333", "alerts": {"emails": ["security@clinic.example"]}, **config}
    LandingZone(app, parse_config(given, source="test"))
    return app


@pytest.fixture(scope="module")
def outdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The landing zone, synthesized once with every pack."""
    directory = tmp_path_factory.mktemp("landing-zone")
    assert findings(build(directory), all_packs=True) == []
    return directory


@pytest.fixture(scope="module")
def templates(outdir: Path) -> Mapping[str, dict[str, Any]]:
    return {stack: json.loads((outdir / f"Clinic-{stack}.template.json").read_text()) for stack in STACKS}


@pytest.mark.parametrize("stack", STACKS)
def test_snapshot(stack: str, templates: Mapping[str, dict[str, Any]], snapshot: SnapshotAssertion) -> None:
    assert normalize(templates[stack]) == snapshot


def test_own_rules_have_nothing_to_say_afterwards_either(outdir: Path) -> None:
    assert engine.findings(assembly.load([outdir])) == []


def test_every_taggable_resource_says_that_it_may_hold_phi(outdir: Path) -> None:
    app = assembly.load([outdir])
    for kind in ("AWS::S3::Bucket", "AWS::RDS::DBInstance", "AWS::KMS::Key", "AWS::Logs::LogGroup", "AWS::SNS::Topic"):
        for resource in app.of_type(kind):
            tags = resource.tags()
            assert isinstance(tags, Mapping)
            assert tags.get("hipaa:data-classification") == "PHI", resource


def test_nothing_is_looked_up(outdir: Path) -> None:
    manifest = json.loads((outdir / "manifest.json").read_text())
    assert not manifest.get("missing")


def test_regions_do_not_need_helper_functions(templates: Mapping[str, dict[str, Any]]) -> None:
    custom = {
        resource["Type"]
        for template in templates.values()
        for resource in template["Resources"].values()
        if resource["Type"].startswith("Custom::")
    }
    assert not {kind for kind in custom if "CrossRegion" in kind}


def test_a_second_landing_zone_has_names_of_its_own(tmp_path: Path, templates: Mapping[str, dict[str, Any]]) -> None:
    build(tmp_path, name="Annex").synth()
    for stack in STACKS:
        other = json.loads((tmp_path / f"Annex-{stack}.template.json").read_text())
        assert not names(templates[stack]) & names(other)
    assert len(names(templates["Foundation"])) >= 5


def names(template: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Return the physical names that a template gives: a second resource of that name could not be made."""
    keys = ("BucketName", "TopicName", "AliasName", "RoleName", "BackupVaultName", "TrailName", "LogGroupName")
    keys += ("FrameworkName", "ReportPlanName", "RestoreTestingPlanName", "DBInstanceIdentifier", "ManagedPolicyName")
    return {
        (resource["Type"], json.dumps(resource["Properties"][key]))
        for resource in template["Resources"].values()
        for key in keys
        if isinstance(resource.get("Properties", {}).get(key), str)
    }


@pytest.mark.parametrize(
    "config",
    [
        {"network": {"zones": 2, "nat_gateways": 2, "load_balancer_subnets": True, "cidr": "10.20.0.0/20"}},
        {"backup": {"compliance_lock_days": 30}, "audit": {"retention_years": 10, "organization_id": "o-abcdefghij"}},
    ],
    ids=["network", "governance"],
)
def test_every_choice_passes_the_gate(tmp_path: Path, config: dict[str, Any]) -> None:
    assert findings(build(tmp_path, **config)) == []
