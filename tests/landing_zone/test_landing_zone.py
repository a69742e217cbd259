from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary
from hipaa_constructs.compliance import engine
from hipaa_constructs.compliance.acknowledgements.in_code import acknowledged_in_code
from hipaa_constructs.compliance.facts.backups import is_selected
from hipaa_constructs.landing_zone import LandingZone, parse_config
from hipaa_constructs.testing import findings, normalize
from tests import log_arns
from tests.custom_resources import functions_of, given_up_late, gone_too_soon
from tests.hook.requests import through_hook
from tests.real_account import faults
from tests.told import without_runbook

ROOT = Path(__file__).parent.parent.parent
FLAGS = {
    key: value for key, value in json.loads((ROOT / "cdk.json").read_text())["context"].items() if key.startswith("@")
}
STACKS = ("Recovery", "Network", "Foundation", "Data", "Identity", "Detection", "RecoveryDetection")
LEFT_OUT_OF_BACKUPS = {"AccessLogBucket", "RecoveryFindings"}
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/11111111-2222-3333-4444-555555555555"
EVERYTHING: dict[str, Any] = {
    "network": {
        "load_balancer_subnets": True,
        "site": {"cidrs": ["192.168.0.0/16"], "customer_gateway_ip": "52.94.76.1", "bgp_asn": 65010},
    },
    "compliance": {"audit_manager_framework_id": "11111111-2222-3333-4444-555555555555"},
    "costs": {"monthly_limit": 3000},
    "edge": {
        "certificate_arn": CERTIFICATE,
        "shield_contacts": [{"email": "oncall@clinic.example", "phone": "+15555550100"}],
    },
    "guardrails": {
        "management_account": "999988887777",
        "organization_id": "o-a1b2c3d4e5",
        "target_ids": ["ou-abcd-12345678"],
    },
}


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


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, dict[str, Any]]:
    """The templates of a landing zone where all that is optional was asked for."""
    directory = tmp_path_factory.mktemp("everything")
    assert findings(build(directory, **EVERYTHING), all_packs=True) == []
    return {
        path.name.removesuffix(".template.json").removeprefix("Clinic-"): json.loads(path.read_text())
        for path in directory.glob("*.template.json")
    }


@pytest.mark.parametrize("stack", ["Edge", "Guardrails"])
def test_snapshot_of_what_is_optional(
    stack: str, everything: Mapping[str, dict[str, Any]], snapshot: SnapshotAssertion
) -> None:
    assert normalize(everything[stack]) == snapshot


def test_what_is_optional_is_there_only_when_asked_for(
    templates: Mapping[str, dict[str, Any]], everything: Mapping[str, dict[str, Any]], outdir: Path
) -> None:
    assert set(everything) - set(STACKS) == {"Edge", "Guardrails"}
    assert not list(outdir.glob("*Edge*")) + list(outdir.glob("*Guardrails*"))
    for kind in ("AWS::Budgets::Budget", "AWS::CE::AnomalyMonitor", "AWS::CE::AnomalySubscription"):
        assert not of_type(templates["Foundation"], kind)
        assert len(of_type(everything["Foundation"], kind)) == 1
    assert not of_type(templates["Detection"], "AWS::AuditManager::Assessment")
    (assessment,) = of_type(everything["Detection"], "AWS::AuditManager::Assessment")
    assert assessment["Properties"]["FrameworkId"] == EVERYTHING["compliance"]["audit_manager_framework_id"]


def test_whatever_tells_people_names_a_runbook(everything: Mapping[str, dict[str, Any]]) -> None:
    assert {stack: without_runbook(template) for stack, template in everything.items()} == {
        stack: [] for stack in everything
    }


def test_the_load_balancer_faces_the_internet_where_the_network_does(
    everything: Mapping[str, dict[str, Any]], tmp_path: Path
) -> None:
    (balancer,) = of_type(everything["Edge"], "AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert balancer["Properties"]["Scheme"] == "internet-facing"
    assert len(of_type(everything["Edge"], "AWS::Shield::Protection")) == 1
    build(tmp_path, edge={"certificate_arn": CERTIFICATE}).synth()
    inside = json.loads((tmp_path / "Clinic-Edge.template.json").read_text())
    (balancer,) = of_type(inside, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert balancer["Properties"]["Scheme"] == "internal"
    assert not of_type(inside, "AWS::Shield::Protection")


def test_the_site_reaches_isolated_subnets_alone(
    templates: Mapping[str, dict[str, Any]], everything: Mapping[str, dict[str, Any]]
) -> None:
    assert not of_type(templates["Network"], "AWS::EC2::VPNConnection")
    assert len(of_type(everything["Network"], "AWS::EC2::VPNConnection")) == 1
    (gateway,) = [
        name for name, one in everything["Network"]["Resources"].items() if one["Type"] == "AWS::EC2::VPNGateway"
    ]
    routes = [one["Properties"] for one in of_type(everything["Network"], "AWS::EC2::Route")]
    to_site = [route["RouteTableId"]["Ref"] for route in routes if route.get("GatewayId") == {"Ref": gateway}]
    assert to_site
    assert all("Isolated" in table for table in to_site)


def test_guardrails_let_the_foundation_mend_what_it_finds(everything: Mapping[str, dict[str, Any]]) -> None:
    assert "Clinic-Foundation*" in json.dumps(everything["Guardrails"])


def test_guardrails_take_what_the_configuration_says(tmp_path: Path) -> None:
    more = {
        "additional_services": ["imagebuilder"],
        "bootstrap_roles": ["Platform*"],
        "deployment_roles": ["Pipeline"],
        "emergency_roles": ["BreakGlass"],
        "trusted_accounts": ["222222222222"],
    }
    assert findings(build(tmp_path, guardrails={**EVERYTHING["guardrails"], **more}), all_packs=True) == []
    template = (tmp_path / "Clinic-Guardrails.template.json").read_text()
    for said in (
        "imagebuilder:*",
        "role/Platform*",
        "role/Pipeline",
        "role/BreakGlass",
        "222222222222",
        "stack/Clinic-*/*",
    ):
        assert said in template


def test_permissions_on_log_groups_match_requests(everything: Mapping[str, dict[str, Any]]) -> None:
    assert [arn for template in everything.values() for arn in log_arns.without_effect(template)] == []


def test_guardduty_watches_both_regions(templates: Mapping[str, dict[str, Any]]) -> None:
    for stack in ("Detection", "RecoveryDetection"):
        assert len(of_type(templates[stack], "AWS::GuardDuty::Detector")) == 1
        assert len(of_type(templates[stack], "AWS::GuardDuty::PublishingDestination")) == 1


@pytest.mark.parametrize(
    ("regions", "stack"),
    [
        ({}, "Detection"),
        ({"primary_region": "us-west-2", "recovery_region": "us-east-1"}, "RecoveryDetection"),
        ({"primary_region": "us-west-2", "recovery_region": "us-east-2"}, None),
    ],
)
def test_trusted_advisor_is_heard_where_it_speaks(
    tmp_path: Path, outdir: Path, regions: dict[str, str], stack: str | None
) -> None:
    directory = outdir
    if regions:
        directory = tmp_path
        build(directory, **regions).synth()
    heard = [path.name for path in directory.glob("*.template.json") if "aws.trustedadvisor" in path.read_text()]
    assert heard == ([f"Clinic-{stack}.template.json"] if stack else [])


def of_type(template: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    return [resource for resource in template["Resources"].values() if resource["Type"] == kind]


def test_own_rules_have_nothing_to_say_afterwards_either_but_what_audit_trail_acknowledges(outdir: Path) -> None:
    (found,) = engine.findings(assembly.load([outdir]))
    assert found.rule_id == "HIPAA.Constructs-TrailDeliveredToLogs"
    assert found.resource_logical_id.startswith("TrailDataEvents")


def test_a_hook_of_cloudformation_lets_each_stack_through(outdir: Path) -> None:
    for file in outdir.glob("*.template.json"):
        assert through_hook(file) == []


def test_each_limitation_of_the_library_cites_a_page_or_a_provision(outdir: Path) -> None:
    every = acknowledged_in_code(assembly.load([outdir]))
    limited = [one for one in every if one.origin == "library"]
    assert limited
    for one in limited:
        assert re.fullmatch(r"docs\.aws\.amazon\.com/\S+|45 CFR 164\.\S+", one.cited), (one.path, one.reason)
        assert one.stated
        assert one.cited not in one.stated


def test_every_taggable_resource_says_that_it_may_hold_phi(outdir: Path) -> None:
    app = assembly.load([outdir])
    for kind in ("AWS::S3::Bucket", "AWS::RDS::DBInstance", "AWS::KMS::Key", "AWS::Logs::LogGroup", "AWS::SNS::Topic"):
        for resource in app.of_type(kind):
            tags = resource.tags()
            assert isinstance(tags, Mapping)
            left_out = kind == "AWS::S3::Bucket" and _id(resource) in LEFT_OUT_OF_BACKUPS
            expected = None if left_out else "PHI"
            assert tags.get("hipaa:data-classification") == expected, resource


def test_selections_by_tag_leave_out_logs_and_copies_of_findings(outdir: Path) -> None:
    app = assembly.load([outdir])
    (tagged,) = (one for one in app.of_type("AWS::Backup::BackupSelection") if "Tagged" in one.logical_id)
    here = [bucket for bucket in app.of_type("AWS::S3::Bucket") if bucket.template.region == tagged.template.region]
    assert {_id(bucket) for bucket in here if is_selected(bucket) is Ternary.NO} == LEFT_OUT_OF_BACKUPS


def _id(resource: Resource) -> str:
    """Return the logical id without CDK's hash."""
    return resource.logical_id[:-8]


def test_a_real_account_takes_it_and_acts_on_it(
    templates: Mapping[str, dict[str, Any]], everything: Mapping[str, dict[str, Any]]
) -> None:
    for template in (*templates.values(), *everything.values()):
        assert faults(template) == []


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


def test_custom_resources_find_their_function_and_all_it_needs(everything: Mapping[str, dict[str, Any]]) -> None:
    assert any(functions_of(template) for template in everything.values())
    assert [one for template in everything.values() for one in gone_too_soon(template)] == []
    assert [one for template in everything.values() for one in given_up_late(template)] == []


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


def test_what_the_organization_watches_is_left_to_it(tmp_path: Path) -> None:
    app = build(tmp_path, detection={"by_organization": True})
    assert {finding.rule_id for finding in findings(app)} == {
        "HIPAA.Constructs-AccountWatched",
        "HIPAA.Constructs-ThreatDetectionInEveryRegion",
    }
    assert not list(tmp_path.glob("*Detection.template.json"))


DETECTOR, RECOVERY_DETECTOR = "12abc34d567e8fa901bc2d34e56789f0", "34abc34d567e8fa901bc2d34e56789f0"
# What an account has once in a Region, by the key that says it exists already, in which stacks.
ONCE: dict[str, set[tuple[str, str]]] = {
    "guard_duty": {("Detection", "AWS::GuardDuty::Detector"), ("RecoveryDetection", "AWS::GuardDuty::Detector")},
    "security_hub": {("Detection", "AWS::SecurityHub::Hub"), ("Detection", "AWS::SecurityHub::Standard")},
    "macie": {("Detection", "AWS::Macie::Session"), ("Detection", "Custom::MacieDiscovery")},
    "access_analyzer": {("Detection", "AWS::AccessAnalyzer::Analyzer")},
    "inspector": {("Foundation", "Custom::Inspector")},
    "config": {
        ("Foundation", "AWS::Config::ConfigurationRecorder"),
        ("Foundation", "AWS::Config::DeliveryChannel"),
    },
}
ROUTED = {
    ("Detection", "aws.access-analyzer"),
    ("Detection", "aws.guardduty"),
    ("Detection", "aws.inspector2"),
    ("Detection", "aws.macie"),
    ("Detection", "aws.securityhub"),
    ("Foundation", "aws.config"),
    ("RecoveryDetection", "aws.guardduty"),
}
EVERY_TYPE = set().union(*ONCE.values())


def made(directory: Path) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Return which of the things that exist once are made, and whose events are routed, each by stack."""
    found: set[tuple[str, str]] = set()
    routed: set[tuple[str, str]] = set()
    for stack in STACKS:
        for one in json.loads((directory / f"Clinic-{stack}.template.json").read_text())["Resources"].values():
            found.add((stack, one["Type"]))
            if one["Type"] == "AWS::Events::Rule" and "Alerts" in json.dumps(one["Properties"]["Targets"]):
                routed |= {(stack, source) for source in one["Properties"].get("EventPattern", {}).get("source", ())}
    return found & EVERY_TYPE, routed


def test_by_default_all_is_made(outdir: Path) -> None:
    found, routed = made(outdir)
    assert found == EVERY_TYPE
    assert routed >= ROUTED


@pytest.mark.parametrize("service", [*ONCE, "services"])
def test_what_exists_is_not_made_and_all_around_it_is(tmp_path: Path, service: str) -> None:
    assert findings(build(tmp_path, detection={service: "existing"}), all_packs=True) == []
    found, routed = made(tmp_path)
    assert found == EVERY_TYPE - ONCE.get(service, EVERY_TYPE)
    assert routed >= ROUTED


def test_services_exist_one_and_all_but_what_says_otherwise(tmp_path: Path) -> None:
    config = {
        "services": "existing",
        "recovery_guard_duty": "create",
        "detector_id": DETECTOR,
        "unused_access_analyzer": "create",
        "config": "create",
    }
    assert findings(build(tmp_path, detection=config)) == []
    found, routed = made(tmp_path)
    assert found == ONCE["config"] | ONCE["access_analyzer"] | {("RecoveryDetection", "AWS::GuardDuty::Detector")}
    assert routed >= ROUTED
    detection = json.loads((tmp_path / "Clinic-Detection.template.json").read_text())
    (export,) = of_type(detection, "AWS::GuardDuty::PublishingDestination")
    assert export["Properties"]["DetectorId"] == DETECTOR
    (analyzer,) = of_type(detection, "AWS::AccessAnalyzer::Analyzer")
    assert analyzer["Properties"]["Type"] == "ACCOUNT_UNUSED_ACCESS"


def test_findings_of_an_existing_detector_elsewhere_are_copied_here(tmp_path: Path) -> None:
    config = {"guard_duty": "existing", "recovery_detector_id": RECOVERY_DETECTOR}
    assert findings(build(tmp_path, detection=config)) == []
    here = json.loads((tmp_path / "Clinic-Detection.template.json").read_text())
    there = json.loads((tmp_path / "Clinic-RecoveryDetection.template.json").read_text())
    assert not of_type(here, "AWS::GuardDuty::PublishingDestination")
    assert len(of_type(here, "AWS::S3::Bucket")) == 3  # the replica, its access logs, and what Macie looked into
    (export,) = of_type(there, "AWS::GuardDuty::PublishingDestination")
    assert export["Properties"]["DetectorId"] == RECOVERY_DETECTOR


def test_an_existing_recorder_is_nothing_to_wait_for(tmp_path: Path, outdir: Path) -> None:
    build(tmp_path, detection={"config": "existing"}).synth()
    waits = {}
    for directory in (outdir, tmp_path):
        (framework,) = of_type(
            json.loads((directory / "Clinic-Foundation.template.json").read_text()), "AWS::Backup::Framework"
        )
        waits[directory] = [name for name in framework.get("DependsOn", ()) if "Recorder" in name]
    assert len(waits[outdir]) == 1
    assert waits[tmp_path] == []


def test_a_small_quota_reserves_nothing(tmp_path: Path, outdir: Path) -> None:
    assert findings(build(tmp_path, reserve_concurrency=False), all_packs=True) == []
    for directory, reserved in ((outdir, 6), (tmp_path, 0)):
        functions = [
            function["Properties"]
            for path in directory.glob("*.template.json")
            for function in of_type(json.loads(path.read_text()), "AWS::Lambda::Function")
        ]
        assert sum(one.get("ReservedConcurrentExecutions", 0) for one in functions) == reserved


@pytest.mark.parametrize(
    "config",
    [
        {"network": {"zones": 2, "nat_gateways": 2, "load_balancer_subnets": True, "cidr": "10.20.0.0/20"}},
        {"backup": {"compliance_lock_days": 30}, "audit": {"retention_years": 10, "organization_id": "o-abcdefghij"}},
        {"deployment": "2"},
        {"audit": {"by_organization": True}, "archive": {"traffic_bucket": "archive-traffic"}},
    ],
    ids=["network", "governance", "deployment", "archive"],
)
def test_every_choice_passes_the_gate(tmp_path: Path, config: dict[str, Any]) -> None:
    assert findings(build(tmp_path, **config)) == []
