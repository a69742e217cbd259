"""The configuration of an organization: what each account becomes, and that what is wrong is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from hipaa_constructs.landing_zone import load_config, parse_zone, read_organization
from hipaa_constructs.landing_zone.config import LandingZoneConfig, OrganizationZoneConfig
from tests.landing_zone.organization.test_identity import CENTER, INSTANCE, REPAIR
from tests.landing_zone.organization.zone import ACCOUNTS, ID, RECORDS, SITE, given

UNIT = "ou-ab12-11111111"
WORKFLOW = {"repository": "clinic/platform", "by": "github"}
GROUP = "sg-0123456789abcdef0"
SAML = "arn:aws:iam::100000000004:saml-provider/Clinic"
CERTIFICATE = "arn:aws:acm:us-east-1:200000000001:certificate/11111111-2222-3333-4444-555555555555"


def parsed(**changed: Any) -> OrganizationZoneConfig:
    config = parse_zone(given(**changed), source="test")
    assert isinstance(config, OrganizationZoneConfig)
    return config


def landing_zones(**changed: Any) -> Mapping[str, LandingZoneConfig]:
    config = parsed(**changed)
    return {one.name: config.of_workload(one) for one in config.organization.workloads}


def test_an_id_is_all_that_is_needed() -> None:
    config = parse_zone({"organization": {"id": ID}}, source="test")
    assert isinstance(config, OrganizationZoneConfig)
    assert config.organization.all_regions == ("us-east-1", "us-west-2")
    assert config.organization.owner == "none"
    assert config.organization.accounts.by_role() == {}


def test_each_account_is_a_landing_zone_of_its_own() -> None:
    zones = landing_zones(shared={"name": "North", "deployment": "2"})
    assert {name: (one.name, one.account) for name, one in zones.items()} == {
        "Records": ("North-Records", "200000000001"),
        "Site": ("North-Site", "200000000002"),
    }
    assert (zones["Records"].primary_region, zones["Records"].recovery_region) == ("us-east-1", "us-west-2")
    assert (zones["Site"].primary_region, zones["Site"].recovery_region) == ("us-west-2", "us-east-1")
    assert {one.deployment for one in zones.values()} == {"2"}


def test_what_is_shared_goes_for_all_and_an_account_says_otherwise() -> None:
    own = {**RECORDS, "network": {"cidr": "10.1.0.0/16"}, "edge": {"certificate_arn": CERTIFICATE}}
    zones = landing_zones(
        shared={"network": {"zones": 2}, "backup": {"compliance_lock_days": 30}}, workloads=[own, SITE]
    )
    assert (zones["Records"].network.cidr, zones["Records"].network.zones) == ("10.1.0.0/16", 3)
    assert zones["Site"].network.zones == 2
    assert zones["Records"].edge is not None
    assert zones["Site"].edge is None
    assert {one.backup.compliance_lock_days for one in zones.values()} == {30}


@pytest.mark.parametrize(
    ("changed", "trail", "watched", "config_bucket", "traffic"),
    [
        ({}, True, True, True, True),
        ({"accounts": {}}, False, False, False, False),
        ({"accounts": {"management": "100000000001"}}, False, False, False, False),
        ({"accounts": {"log_archive": "100000000002"}}, False, False, True, True),
        ({"accounts": {"security": "100000000003"}}, False, True, False, False),
        ({"owner": "control_tower"}, True, True, False, True),
        ({"owner": "accelerator", "accounts": {}}, True, False, False, False),
    ],
)
def test_an_account_leaves_to_others_what_they_do(
    changed: dict[str, Any], trail: bool, watched: bool, config_bucket: bool, traffic: bool
) -> None:
    zone = landing_zones(**changed)["Records"]
    assert zone.audit.by_organization is trail
    assert zone.detection.by_organization is watched
    assert (zone.archive.config_bucket is not None) is config_bucket
    assert (zone.archive.traffic_bucket is not None) is traffic
    assert zone.detection.exists("config") is ("owner" in changed)


def test_a_recorder_of_ones_own_beside_an_owner_is_said() -> None:
    zone = landing_zones(owner="control_tower", shared={"detection": {"config": "create"}})["Records"]
    assert not zone.detection.exists("config")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"owners": "none"}, ["organization.owners: got 'none'", "Did you mean owner?", "Allowed here are accounts, "]),
        ({"owner": "terraform"}, ["organization.owner: got 'terraform'", "control_tower", "is not made twice"]),
        ({"id": "acme"}, ["organization.id: got 'acme'", "like o-a1b2c3d4e5"]),
        ({"log_archive": "1"}, ["organization.log_archive: got '1'", "It belongs into organization.accounts."]),
        ({"accounts": {"workloads": []}}, ["organization.accounts.workloads", "It belongs into organization."]),
        ({"accounts": {"log_archiv": "1"}}, ["accounts.log_archiv: got '1'", "Did you mean log_archive?"]),
        ({"accounts": {"backup": "12"}}, ["organization.accounts.backup: got '12'", "no other account can reach"]),
        ({"accounts": {"backup": 100000000005}}, ["organization.accounts.backup: got 100000000005"]),
        (
            {"accounts": {**ACCOUNTS, "backup": ACCOUNTS["security"]}},
            ["organization.accounts.backup is the account 100000000003", "so is organization.accounts.security"],
        ),
        (
            {"workloads": [RECORDS, {**SITE, "account": RECORDS["account"]}]},
            ["the workload Site is the account 200000000001", "so is the workload Records"],
        ),
        (
            {"workloads": [{**RECORDS, "account": ACCOUNTS["management"]}]},
            ["the workload Records is the account 100000000001, and so is organization.accounts.management"],
        ),
        ({"workloads": [RECORDS, {**SITE, "name": "records"}]}, ["organization.workloads names 'records' twice"]),
        ({"workloads": [{**RECORDS, "name": "security"}]}, ["the name 'security', which is a role"]),
        ({"workloads": [{**RECORDS, "name": "Production"}]}, ["the name 'Production', which is a role or an env"]),
        ({"workloads": [{**RECORDS, "environment": "security"}]}, ["has the environment 'security'", "a role"]),
        ({"workloads": [{**RECORDS, "name": "Records-2"}]}, ["organization.workloads.0.name: got 'Records-2'"]),
        ({"workloads": [{"name": "Records"}]}, ["organization.workloads.0.account: missing. The AWS account"]),
        ({"workloads": [{**RECORDS, "regoins": []}]}, ["workloads.0.regoins: got []", "Did you mean regions?"]),
        ({"workloads": [{**RECORDS, "regions": ["us-east-1"]}]}, ["the workload Records names one Region"]),
        (
            {"workloads": [{**RECORDS, "regions": ["us-east-1", "eu-west-1"]}]},
            ["the workload Records names the Region 'eu-west-1'", "us-east-1, us-west-2", "organization.regions"],
        ),
        (
            {"workloads": [{**RECORDS, "regions": ["us-east-1", "us-east-1"]}]},
            ["the workload Records names 'us-east-1' twice"],
        ),
        (
            {"workloads": [{**RECORDS, "regions": ["us-east-1", "us-west-2", "us-east-2"]}]},
            ["organization.workloads.0.regions: got", "where copies of its backups"],
        ),
        (
            {"workloads": [{**RECORDS, "classification": "public"}]},
            ["organization.workloads.0.classification: got 'public'", "PHI, PII or NO_PHI"],
        ),
        (
            {"workloads": [{**RECORDS, "classification": "PII"}]},
            ["the workload Records is classified PII", "reason and approved_by"],
        ),
        (
            {"workloads": [{**RECORDS, "edge": {"certificate_arn": CERTIFICATE.replace("east-1", "west-2")}}]},
            ["the workload Records: edge.certificate_arn is a certificate in us-west-2"],
        ),
        (
            {"firewall": {"allowed_rules": {}}},
            ["organization.firewall.allowed_rules: got {}", "the most that any may have"],
        ),
        (
            {"firewall": {"allowed_rules": {"us-east-1": "default"}}},
            ["organization.firewall.allowed_rules", "got 'default'"],
        ),
        (
            {"firewall": {"allowed_rules": {"eu-west-1": GROUP}}},
            ["organization.firewall.allowed_rules names the Region 'eu-west-1'", "us-east-1, us-west-2"],
        ),
        (
            {"firewall": {"allowed_rules": {"us-east-1": GROUP}}, "accounts": {}},
            ["organization.firewall is given, but organization.accounts has no security"],
        ),
        (
            {
                "firewall": {"allowed_rules": {"us-gov-west-1": GROUP}, "shield_advanced": True},
                "home_region": "us-gov-west-1",
                "regions": ["us-gov-east-1"],
                "workloads": [],
            },
            ["organization.firewall.shield_advanced is true, and us-gov-west-1 has no Shield Advanced"],
        ),
        ({"identity": CENTER, "accounts": {}}, ["organization.identity is given", "accounts has no identity"]),
        ({"identity": CENTER, "workloads": []}, ["organization.identity is given", "workloads is empty"]),
        (
            {"identity": {**CENTER, "instance_arn": "ssoins-1"}},
            ["organization.identity.instance_arn: got 'ssoins-1'", "aws sso-admin list-instances"],
        ),
        (
            {"identity": {"instance_arn": INSTANCE}},
            ["organization.identity has neither groups nor elevations"],
        ),
        ({"identity": {**CENTER, "requesters": None}}, ["elevations are given, but no requesters"]),
        ({"identity": {**CENTER, "approvers": CENTER["requesters"]}}, ["the same people as requesters and as app"]),
        ({"identity": {**CENTER, "elevations": [REPAIR, REPAIR]}}, ["elevations names 'Repair' twice"]),
        ({"identity": {**CENTER, "elevations": [{**REPAIR, "minutes": 5}]}}, ["elevations.0.minutes: got 5"]),
        ({"identity": {**CENTER, "approvers": {}}}, ["nothing is given, of accounts, saml_provider and open_id"]),
        (
            {"identity": {**CENTER, "approvers": {**CENTER["requesters"], "saml_provider": SAML}}},
            ["accounts and saml_provider is given", "give exactly one"],
        ),
        ({"home_region": "Virginia"}, ["organization.home_region: got 'Virginia'"]),
        ({"home_region": "us-east-9"}, ["organization.home_region names 'us-east-9'", "known are af-south-1"]),
        ({"regions": []}, ["organization.regions: got []"]),
        ({"regions": ["us-east-1"]}, ["organization.regions names 'us-east-1' again"]),
        ({"regions": ["us-gov-west-1"]}, ["'us-gov-west-1' in the partition aws-us-gov", "has one partition"]),
        ({"shared": {"account": "111122223333"}}, ["account: got '111122223333'", "organization.workloads"]),
        ({"shared": {"primary_region": "us-east-2"}}, ["primary_region: got", "It is of one account alone"]),
        ({"shared": {"edge": {}}}, ["edge: got {}", "It belongs into organization.workloads."]),
        ({"shared": {"audit": {"organization_id": ID}}}, ["audit.organization_id is given beside organization"]),
        ({"shared": {"audit": {"by_organization": True}}}, ["audit.by_organization is given beside organization"]),
        ({"regions": "us-west-2"}, ["organization.regions: got 'us-west-2'; it takes a list, such as [one, other]"]),
        ({"regions": []}, ["organization.regions: got []; it takes 1 at least"]),
        ({"accounts": "100000000001"}, ["organization.accounts: got '100000000001'; it takes keys with values"]),
        ({"shared": {"deployment": 2}}, ["deployment: got 2; it takes text: put it between quotes"]),
        ({"id": None}, ["organization.id: got None; it takes text. "]),
        ({"policies": {"target_ids": [UNIT, UNIT]}}, [f"policies.target_ids names '{UNIT}' twice; name it once"]),
        ({"baseline": {"organizational_units": [UNIT, UNIT]}}, [f"baseline.organizational_units names '{UNIT}' twice"]),
        (
            {"firewall": {"allowed_rules": {"us-east-1": GROUP}, "organizational_units": [UNIT, UNIT]}},
            [f"firewall.organizational_units names '{UNIT}' twice"],
        ),
        ({"deployment": {**WORKFLOW, "configuration": "/etc/zone.yaml"}}, ["deployment.configuration is '/etc/zone.y"]),
        ({"deployment": {**WORKFLOW, "configuration": "../zone.yaml"}}, ["deployment.configuration is '../zone.yaml'"]),
        ({"shared": {"name": "Clinic-"}}, ["name is 'Clinic-'", "no two hyphens side by side"]),
        ({"shared": {"name": "North--Clinic"}}, ["name is 'North--Clinic'", "leave one out"]),
        ({"shared": {"name": "TheClinicOfTheNorthSide"}}, ["of 23 characters", "22 is the most"]),
        ({"shared": {"name": "ClinicOfTheNorth", "deployment": "20261122"}}, ["of 16 characters", "13 is the most"]),
        (
            {"shared": {"detection": {"macie": "existing"}}},
            ["detection.macie is given, but detection.by_organization"],
        ),
    ],
)
def test_wrong_keys_and_values_are_refused_by_name(changed: dict[str, Any], said: list[str]) -> None:
    with pytest.raises(ValueError, match="is not valid") as refused:
        parsed(**changed)
    for part in said:
        assert part in str(refused.value)


def test_a_list_is_not_called_short_where_what_is_in_it_is_wrong() -> None:
    with pytest.raises(ValueError, match="is not valid") as refused:
        parsed(policies={"target_ids": ["everybody"]})
    assert "organization.policies.target_ids.0: got 'everybody'" in str(refused.value)
    assert "at least" not in str(refused.value)


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        (
            "zone.yaml",
            f"organization:\n  id: {ID}\n  accounts: {{backup: 'a', backup: 'b'}}\n",
            "line 3: the key 'backup'",
        ),
        ("zone.json", '{"organization": {"id": "a", "id": "b"}}', "the key 'id' is given twice"),
    ],
)
def test_a_key_that_is_given_twice_is_refused(tmp_path: Path, file: str, text: str, said: str) -> None:
    (tmp_path / file).write_text(text)
    with pytest.raises(ValueError, match=f"{file} cannot be read: .*{said}"):
        read_organization(tmp_path / file)


def test_a_file_may_say_a_thing_once_and_mean_it_twice(tmp_path: Path) -> None:
    """YAML's anchors and merge keys are no keys that are given twice."""
    file = tmp_path / "zone.yaml"
    workloads = (
        "[&one {name: A, account: '200000000001', environment: dev}, {<<: *one, name: B, account: '200000000002'}]"
    )
    file.write_text(f"organization:\n  id: {ID}\n  workloads: {workloads}\n")
    assert [one.environment for one in read_organization(file).organization.workloads] == ["dev", "dev"]


def test_the_longest_names_are_fit_for_every_stack() -> None:
    longest = "W" + "x" * 16
    name = "C" * 22
    zones = landing_zones(shared={"name": name}, workloads=[{**RECORDS, "name": longest}])
    assert zones[longest].name == f"{name}-{longest}"


def test_it_comes_from_context_or_a_file(tmp_path: Path) -> None:
    file = tmp_path / "zone.yaml"
    file.write_text(f"name: South\norganization:\n  id: {ID}\n")
    for context, name in ((given(), "Clinic"), (str(file), "South")):
        config = load_config(cdk.App(context={"landing-zone": context}))
        assert isinstance(config, OrganizationZoneConfig)
        assert config.name == name
