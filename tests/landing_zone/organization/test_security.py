"""The security account: what watches over all accounts, where that is kept, and what is left to an owner."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.landing_zone import names, parse_zone
from hipaa_constructs.landing_zone.config import OrganizationZoneConfig
from hipaa_constructs.testing import findings, normalize
from tests.landing_zone.organization.zone import ACCOUNTS, ID, RECORDS, SITE, build, given, of_type, templates
from tests.left_behind import Account, Template, fixed_and_kept
from tests.policy_evaluator import denied
from tests.real_account import faults

Templates = Mapping[str, dict[str, Any]]
FIREWALL = {"allowed_rules": {"us-east-1": "sg-0123456789abcdef0", "us-west-2": "sg-0123456789abcdef1"}}
STACKS = (
    "Firewalls-us-east-1",
    "Firewalls-us-west-2",
    "Security",
    "Security-us-west-2",
    "SecurityCopies",
)
OVER_TLS = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
ADMINISTRATOR = "arn:aws:iam::100000000003:role/Administrator"


@pytest.fixture(scope="module")
def outdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("security")
    assert findings(build(directory, only="security", firewall=FIREWALL), all_packs=True) == []
    return directory


@pytest.fixture(scope="module")
def made(outdir: Path) -> Templates:
    return {name.removeprefix("Clinic-"): template for name, template in templates(outdir).items()}


@pytest.mark.parametrize("stack", STACKS)
def test_snapshot(stack: str, made: Templates, snapshot: SnapshotAssertion) -> None:
    assert normalize(made[stack]) == snapshot


def test_a_real_account_takes_it(made: Templates) -> None:
    assert {name: faults(template) for name, template in made.items()} == {name: [] for name in STACKS}


def sources(template: Mapping[str, Any]) -> list[str]:
    return sorted(
        source
        for rule in of_type(template, "AWS::Events::Rule")
        for source in rule["Properties"].get("EventPattern", {}).get("source", ())
    )


def test_what_one_account_s_detection_makes_is_made_here_or_stays_there(tmp_path: Path, made: Templates) -> None:
    """Nothing is lost where the organization watches: each alert of an account that stands alone has its place."""
    framework = {"compliance": {"audit_manager_framework_id": "12345678-1234-1234-1234-123456789012"}}
    build(tmp_path / "alone", accounts={}, workloads=[RECORDS], shared=framework).synth()
    build(tmp_path / "member", only="Records", workloads=[RECORDS], shared=framework).synth()
    alone = templates(tmp_path / "alone")
    member = list(templates(tmp_path / "member").values())
    detection = [alone["Clinic-Records-Detection"], alone["Clinic-Records-RecoveryDetection"]]
    told = {source for template in detection for source in sources(template)}
    assert told >= {"aws.guardduty", "aws.macie", "aws.inspector2", "aws.trustedadvisor", "aws.securityhub"}
    here = {source for template in made.values() for source in sources(template)}
    there = {source for template in member for source in sources(template)}
    assert told <= here | there
    # And each thing is told once.
    assert told & here & there == set()
    kinds = {one["Type"] for template in detection for one in template["Resources"].values()}
    both = {one["Type"] for template in (*made.values(), *member) for one in template["Resources"].values()}
    by_administrator = {
        "AWS::GuardDuty::Detector": "Custom::OrganizationGuardDuty",
        "AWS::Macie::Session": "Custom::OrganizationMacie",
        "AWS::SecurityHub::Hub": "Custom::OrganizationSecurityHub",
        "AWS::SecurityHub::Standard": "AWS::SecurityHub::ConfigurationPolicy",
        "Custom::MacieDiscovery": "Custom::OrganizationMacie",
        "Custom::MacieResults": "Custom::OrganizationMacie",
        # Where findings are kept, a copy in another Region takes the place of backups.
        "AWS::Backup::BackupSelection": "AWS::S3::Bucket",
    }
    assert {by_administrator.get(kind, kind) for kind in kinds} <= both


def test_each_region_is_watched_and_keeps_what_is_found(made: Templates) -> None:
    for stack in ("Security", "Security-us-west-2"):
        for kind in ("GuardDuty", "Macie", "Inspector", "Detective"):
            assert len(of_type(made[stack], f"Custom::Organization{kind}")) == 1
        (export,) = of_type(made[stack], "AWS::GuardDuty::PublishingDestination")
        (detector,) = (
            name for name, one in made[stack]["Resources"].items() if one["Type"] == "Custom::OrganizationGuardDuty"
        )
        assert export["Properties"]["DetectorId"] == {"Ref": detector}
        assert {"aws.access-analyzer", "aws.guardduty", "aws.inspector2", "aws.macie"} <= set(sources(made[stack]))
        replicated = [
            one["Properties"]["ReplicationConfiguration"]["Rules"]
            for one in of_type(made[stack], "AWS::S3::Bucket")
            if "ReplicationConfiguration" in one["Properties"]
        ]
        assert len(replicated) == (3 if stack == "Security" else 2)


def test_all_accounts_that_are_known_are_taken_up(made: Templates) -> None:
    (setting,) = of_type(made["Security"], "Custom::OrganizationMacie")
    accounts = [*ACCOUNTS.values(), RECORDS["account"], SITE["account"]]
    assert setting["Properties"]["Accounts"] == sorted(accounts)


@pytest.mark.parametrize(
    ("stack", "kinds"),
    [
        ("Security", {"ORGANIZATION", "ORGANIZATION_UNUSED_ACCESS"}),
        # What nobody uses is the same in every Region.
        ("Security-us-west-2", {"ORGANIZATION"}),
    ],
)
def test_analyzers_look_at_the_organization(made: Templates, stack: str, kinds: set[str]) -> None:
    analyzers = of_type(made[stack], "AWS::AccessAnalyzer::Analyzer")
    assert {one["Properties"]["Type"] for one in analyzers} == kinds


def test_what_exists_once_is_in_the_home_region(made: Templates) -> None:
    for kind in (
        "AWS::SecurityHub::FindingAggregator",
        "AWS::SecurityHub::ConfigurationPolicy",
        "AWS::SecurityHub::PolicyAssociation",
        "AWS::Config::ConfigurationAggregator",
    ):
        assert len(of_type(made["Security"], kind)) == 1
        assert not of_type(made["Security-us-west-2"], kind)


def test_findings_that_a_region_tells_itself_are_not_told_by_security_hub_too(made: Templates) -> None:
    (rule,) = (
        one
        for one in of_type(made["Security"], "AWS::Events::Rule")
        if one["Properties"].get("EventPattern", {}).get("source") == ["aws.securityhub"]
    )
    (left_out,) = rule["Properties"]["EventPattern"]["detail"]["findings"]["ProductArn"]
    products = str(left_out["anything-but"])
    for product in ("access-analyzer", "guardduty", "inspector", "macie"):
        for region in ("us-east-1", "us-west-2"):
            assert f"{region}::product/aws/{product}'" in products


def evidence(template: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the bucket of evidence, and its policy's document."""
    (bucket,) = (
        one
        for name, one in template["Resources"].items()
        if name.startswith("Evidence") and one["Type"] == "AWS::S3::Bucket"
    )
    (policy,) = (
        one
        for name, one in template["Resources"].items()
        if name.startswith("EvidencePolicy") and one["Type"] == "AWS::S3::BucketPolicy"
    )
    return bucket["Properties"], policy["Properties"]["PolicyDocument"]


def text(value: Any) -> Any:
    if isinstance(value, list):
        return [text(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Join" in value:
        return "".join(text(value["Fn::Join"][1]))
    if "Fn::GetAtt" in value:
        return f"arn:aws:s3:::{value['Fn::GetAtt'][0]}"
    if "Ref" in value:
        return {"AWS::Partition": "aws"}.get(value["Ref"], f"arn:aws:s3:::{value['Ref']}")
    return {key: text(one) for key, one in value.items()}


@pytest.mark.parametrize("stack", ["Security", "SecurityCopies"])
def test_evidence_is_locked_for_seven_years_and_nobody_deletes_it(made: Templates, stack: str) -> None:
    bucket, policy = evidence(made[stack])
    assert bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"] == {"Days": 2557, "Mode": "COMPLIANCE"}
    document = text(policy)
    deletion = next(one for one in document["Statement"] if "s3:DeleteObjectVersion" in one["Action"])
    arn = str(deletion["Resource"]).removesuffix("/*")
    for action in ("s3:DeleteObject", "s3:DeleteObjectVersion"):
        assert denied([document], action, f"{arn}/run/file", context=OVER_TLS, principal=ADMINISTRATOR)


def test_the_deployment_account_adds_evidence_and_no_other_does(made: Templates) -> None:
    _, policy = evidence(made["Security"])
    allowed = [one for one in policy["Statement"] if one["Effect"] == "Allow"]
    assert {str(one["Principal"]["AWS"]).count(ACCOUNTS["deployment"]) for one in allowed} == {1}
    actions = {
        action for one in allowed for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
    }
    assert "s3:PutObject" in actions
    assert not actions & {"s3:GetObject", "s3:DeleteObject", "s3:*"}


def test_without_a_deployment_account_nobody_adds_evidence(tmp_path: Path) -> None:
    accounts = {"security": ACCOUNTS["security"]}
    assert findings(build(tmp_path, only="security", accounts=accounts), all_packs=True) == []
    _, policy = evidence(templates(tmp_path)["Clinic-Security"])
    assert {one["Effect"] for one in policy["Statement"]} == {"Deny"}


def test_only_who_deploys_changes_what_keeps_findings_and_evidence(made: Templates) -> None:
    for stack in ("Security", "Security-us-west-2", "SecurityCopies"):
        policies = of_type(made[stack], "AWS::S3::BucketPolicy")
        assert policies
        for policy in policies:
            assert "KeepAsDeployed" in {one.get("Sid") for one in policy["Properties"]["PolicyDocument"]["Statement"]}


def test_firewall_manager_s_policies_log_here(made: Templates) -> None:
    for region in ("us-east-1", "us-west-2"):
        template = made[f"Firewalls-{region}"]
        buckets = {one["Properties"].get("BucketName") for one in of_type(template, "AWS::S3::Bucket")}
        assert f"aws-waf-logs-clinic-100000000003-{region}" in buckets
        policies = of_type(template, "AWS::FMS::Policy")
        assert len(policies) == 3
        waf = next(one for one in policies if "WAFV2" in str(one["Properties"]["SecurityServicePolicyData"]))
        assert any(name.startswith("LogsPolicy") for name in waf["DependsOn"])
        rules = next(one for one in policies if "CONTENT_AUDIT" in str(one["Properties"]))
        assert FIREWALL["allowed_rules"][region] in str(rules["Properties"]["SecurityServicePolicyData"])


def test_web_acls_of_the_organization_alone_log_in_a_folder_of_their_policy(made: Templates) -> None:
    (policy,) = (
        one["Properties"]["PolicyDocument"]["Statement"]
        for name, one in made["Firewalls-us-east-1"]["Resources"].items()
        if name.startswith("LogsPolicy")
    )
    found = {one.get("Sid", ""): one for one in policy}
    written = found["LogDelivery"]
    assert written["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert written["Condition"]["StringEquals"]["aws:SourceOrgID"] == ID
    assert written["Resource"]["Fn::Join"][1][-1] == "/*/AWSLogs/*"
    assert {"DenyDeletion", "DenyOtherWriters"} <= found.keys()
    # Firewall Manager adds permissions of its own.
    assert "KeepAsDeployed" not in found


def test_units_and_shield_are_the_configuration_s(tmp_path: Path) -> None:
    firewall = {
        "allowed_rules": {"us-east-1": "sg-0123456789abcdef0"},
        "organizational_units": ["ou-ab12-11111111"],
        "shield_advanced": True,
    }
    assert findings(build(tmp_path, only="security", firewall=firewall), all_packs=True) == []
    found = templates(tmp_path)
    assert "Clinic-Firewalls-us-west-2" not in found
    policies = of_type(found["Clinic-Firewalls-us-east-1"], "AWS::FMS::Policy")
    assert len(policies) == 4
    assert all(one["Properties"]["IncludeMap"] == {"ORGUNIT": ["ou-ab12-11111111"]} for one in policies)


@pytest.mark.parametrize("owner", ["control_tower", "accelerator"])
def test_an_owner_s_aggregator_is_not_made_twice_and_its_recorders_are_judged(tmp_path: Path, owner: str) -> None:
    assert findings(build(tmp_path, only="security", owner=owner), all_packs=True) == []
    found = templates(tmp_path)
    assert "Clinic-Firewalls-us-east-1" not in found
    assert not of_type(found["Clinic-Security"], "AWS::Config::ConfigurationAggregator")
    (pack,) = of_type(found["Clinic-Security"], "AWS::Config::OrganizationConformancePack")
    # Workloads have it already; nobody says that the management account records.
    apart = [RECORDS["account"], SITE["account"], ACCOUNTS["management"]]
    assert pack["Properties"]["ExcludedAccounts"] == apart


def test_without_an_owner_nobody_s_recorder_is_judged(made: Templates) -> None:
    assert not of_type(made["Security"], "AWS::Config::OrganizationConformancePack")


@pytest.mark.parametrize(
    ("home", "further", "partition", "without"),
    [
        ("us-gov-west-1", "us-gov-east-1", "aws-us-gov", ["Macie"]),
        ("cn-north-1", "cn-northwest-1", "aws-cn", ["Macie", "Detective"]),
    ],
)
def test_other_partitions(tmp_path: Path, home: str, further: str, partition: str, without: list[str]) -> None:
    config = {"home_region": home, "regions": [further], "workloads": []}
    assert findings(build(tmp_path, only="security", **config), all_packs=True) == []
    found = templates(tmp_path)
    for stack in ("Clinic-Security", f"Clinic-Security-{further}"):
        made = {one["Type"] for one in found[stack]["Resources"].values()}
        for service in ("GuardDuty", "Macie", "Inspector", "Detective"):
            assert (f"Custom::Organization{service}" in made) is (service not in without)
    assert "us-east-1" not in str(found["Clinic-Security"]["Resources"])


def test_security_hub_has_no_central_configuration_in_a_region_that_one_opts_into(tmp_path: Path) -> None:
    build(tmp_path, only="security", home_region="eu-south-1", regions=["eu-west-1"], workloads=[]).synth()
    made = {one["Type"] for one in templates(tmp_path)["Clinic-Security"]["Resources"].values()}
    assert "Custom::OrganizationSecurityHub" in made
    assert not {one for one in made if one.startswith("AWS::SecurityHub::")}


def test_names_are_those_by_which_other_accounts_know_them(made: Templates) -> None:
    config = parse_zone(given(firewall=FIREWALL), source="test")
    assert isinstance(config, OrganizationZoneConfig)
    found = {one["Properties"].get("BucketName") for one in of_type(made["Security"], "AWS::S3::Bucket")}
    assert names.evidence_bucket(config) in found
    assert names.evidence_bucket(config) == "clinic-evidence-100000000003-us-east-1"


def test_the_longest_name_is_a_bucket_s(tmp_path: Path) -> None:
    longest = {"name": "N" * names.LONGEST}
    config = parse_zone(given(home_region="ap-southeast-1", workloads=[], shared=longest), source="test")
    assert isinstance(config, OrganizationZoneConfig)
    assert len(names.firewall_bucket(config, "ap-southeast-1")) == 63


def test_a_failed_creation_leaves_no_name_taken(outdir: Path) -> None:
    for template in Template.all_of(outdir):
        assert fixed_and_kept(template, after_failed_creation=True) == set()
        account = Account()
        stack = account.create(template, until=len(template.order))
        stack.roll_back()
        assert stack.keyless() == []
        account.create(template)


def test_a_second_deployment_has_names_of_its_own(tmp_path: Path, made: Templates) -> None:
    build(tmp_path, only="security", firewall=FIREWALL, shared={"deployment": "b"}).synth()

    def named(found: Templates) -> set[str]:
        return {
            one["Properties"]["BucketName"]
            for template in found.values()
            for one in of_type(template, "AWS::S3::Bucket")
            if isinstance(one["Properties"].get("BucketName"), str)
        }

    assert len(named(made)) == 8
    assert not named(made) & named(templates(tmp_path))
