from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from hipaa_constructs.landing_zone import load_config, parse_config

ACCOUNT = {"account": "111122223333"}
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/11111111-2222-3333-4444-555555555555"
COPIES = "arn:aws:backup:us-east-1:444455556666:backup-vault:copies"
CONTACT = {"email": "oncall@clinic.example", "phone": "+15555550100"}
DETECTOR = "12abc34d567e8fa901bc2d34e56789f0"
GUARDRAILS = {
    "management_account": "999988887777",
    "organization_id": "o-a1b2c3d4e5",
    "target_ids": ["ou-abcd-12345678"],
}


def test_an_account_is_all_that_is_needed() -> None:
    config = parse_config(ACCOUNT, source="test")
    assert (config.name, config.primary_region, config.recovery_region) == ("Clinic", "us-east-1", "us-west-2")
    assert config.audit.retention_days == 2557


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"acount": "1"}, ["acount: got '1'", "there is no such key", "Allowed here are account, alerts"]),
        ({"network": {"zone": 2}}, ["network.zone", "cidr, load_balancer_subnets, nat_gateways, site, transit, zones"]),
        ({"network": {"zones": 5}}, ["network.zones: got 5", "less than or equal to 3", "2 or 3"]),
        ({"network": {"zones": "three"}}, ["network.zones: got 'three'"]),
        ({"network": {"zones": True}}, ["network.zones: got True"]),
        ({"network": []}, ["network: got []"]),
        ({"costs": {"monthly_limit": 0}}, ["costs.monthly_limit: got 0", "What the account may cost"]),
        ({"costs": {"monthly_limit": "3000"}}, ["costs.monthly_limit: got '3000'"]),
        ({"costs": {"monthly_limit": True}}, ["costs.monthly_limit: got True"]),
        ({"costs": {"limit": 3000}}, ["costs.limit", "Allowed here are monthly_limit, services_monitor"]),
        ({"costs": {"services_monitor": "existing"}}, ["costs.services_monitor: got 'existing'", "by its ARN"]),
        ({"audit": {"retention_years": 5}}, ["audit.retention_years: got 5", "164.316(b)(2)(i)"]),
        ({"audit": {"organization_id": "acme"}}, ["audit.organization_id: got 'acme'"]),
        ({"backup": {"compliance_lock_days": 2}}, ["backup.compliance_lock_days: got 2", "greater than or equal to 3"]),
        ({"alerts": {"emails": ["nobody"]}}, ["alerts.emails.0: got 'nobody'"]),
        ({"account": 111122223333}, ["account: got 111122223333", "text of twelve digits"]),
        ({"account": "1234"}, ["account: got '1234'"]),
        ({"primary_region": "Virginia"}, ["primary_region: got 'Virginia'"]),
        ({"recovery_region": "us-east-1"}, ["same as primary_region"]),
        (
            {"primary_region": "us-gov-west-1", "recovery_region": "us-east-2"},
            [
                "recovery_region is 'us-east-2' in the partition aws",
                "'us-gov-west-1' in aws-us-gov",
                "two Regions of one",
            ],
        ),
        (
            {"primary_region": "eu-west-1", "recovery_region": "cn-north-1"},
            ["recovery_region is 'cn-north-1' in the partition aws-cn", "copied from one partition"],
        ),
        (
            {
                "primary_region": "us-gov-west-1",
                "recovery_region": "us-gov-east-1",
                "network": {"load_balancer_subnets": True},
                "edge": {
                    "certificate_arn": "arn:aws-us-gov:acm:us-gov-west-1:111122223333:certificate/1",
                    "shield_contacts": [CONTACT],
                },
            },
            ["edge.shield_contacts is given, and us-gov-west-1 has no AWS::Shield::Protection"],
        ),
        (
            {
                "primary_region": "mx-central-1",
                "compliance": {"audit_manager_framework_id": "11111111-2222-3333-4444-555555555555"},
            },
            ["compliance.audit_manager_framework_id is given, and mx-central-1 has no AWS::AuditManager"],
        ),
        ({"edge": {}}, ["edge.certificate_arn: missing", "in ACM in the primary Region"]),
        ({"edge": {"certificate": "x"}}, ["edge.certificate: got 'x'", "Allowed here are certificate_arn"]),
        (
            {"edge": {"certificate_arn": CERTIFICATE.replace("us-east-1", "us-west-2")}},
            ["edge.certificate_arn is a certificate in us-west-2", "the load balancer is in us-east-1"],
        ),
        (
            {"edge": {"certificate_arn": CERTIFICATE, "shield_contacts": [CONTACT]}},
            ["edge.shield_contacts", "without network.load_balancer_subnets"],
        ),
        (
            {"edge": {"certificate_arn": CERTIFICATE, "shield_contacts": [{**CONTACT, "phone": "911"}]}},
            ["edge.shield_contacts.0.phone: got '911'"],
        ),
        ({"guardrails": {**GUARDRAILS, "target_ids": []}}, ["guardrails.target_ids: got []"]),
        ({"guardrails": {**GUARDRAILS, "target_ids": ["prod"]}}, ["guardrails.target_ids.0: got 'prod'"]),
        (
            {"guardrails": {**GUARDRAILS, "additional_services": ["s3:*"]}},
            ["guardrails.additional_services.0: got 's3:*'"],
        ),
        ({"guardrails": {**GUARDRAILS, "bootstrap_roles": ["*"]}}, ["guardrails.bootstrap_roles.0: got '*'"]),
        ({"guardrails": {**GUARDRAILS, "deployment_roles": ["a?*b"]}}, ["guardrails.deployment_roles.0: got 'a?*b'"]),
        ({"guardrails": {**GUARDRAILS, "emergency_roles": ["arn:x"]}}, ["guardrails.emergency_roles.0: got 'arn:x'"]),
        ({"guardrails": {**GUARDRAILS, "trusted_accounts": ["42"]}}, ["guardrails.trusted_accounts.0: got '42'"]),
        ({"guardrails": {**GUARDRAILS, "management_account": ACCOUNT["account"]}}, ["is the workload's account"]),
        ({"compliance": {"audit_manager_framework_id": "hipaa"}}, ["audit_manager_framework_id: got 'hipaa'"]),
        ({"detection": {"macie": "exists"}}, ["detection.macie: got 'exists'", "Macie, with automated discovery"]),
        ({"detection": {"services": "mine"}}, ["detection.services: got 'mine'"]),
        (
            {"detection": {"guard_duty": "existing", "detector_id": "mine"}},
            ["detection.detector_id: got 'mine'", "kept in a bucket of the landing zone"],
        ),
        (
            {"detection": {"detector_id": DETECTOR}},
            ["detection.detector_id is given", "set detection.guard_duty to existing"],
        ),
        (
            {
                "detection": {
                    "guard_duty": "existing",
                    "recovery_guard_duty": "create",
                    "recovery_detector_id": DETECTOR,
                }
            },
            ["detection.recovery_detector_id is given", "set detection.recovery_guard_duty to existing"],
        ),
        (
            {"detection": {"by_organization": True, "security_hub": "create"}},
            ["detection.security_hub is given, but detection.by_organization"],
        ),
        (
            {"audit": {"by_organization": True, "organization_id": "o-a1b2c3d4e5"}},
            ["audit.organization_id is given, but audit.by_organization"],
        ),
        ({"backup": {"copy_account_vault": "copies"}}, ["backup.copy_account_vault: got 'copies'", "by its ARN"]),
        (
            {"backup": {"copy_account_vault": COPIES.replace("444455556666", "111122223333")}},
            ["backup.copy_account_vault is a vault of 111122223333, which is the workload's account"],
        ),
        (
            {"backup": {"copy_account_vault": COPIES.replace("us-east-1", "us-west-2")}},
            ["backup.copy_account_vault is a vault in us-west-2, and the backups are in us-east-1"],
        ),
        ({"archive": {"config_bucket": "My Bucket"}}, ["archive.config_bucket: got 'My Bucket'"]),
        ({"netwrok": {}}, ["netwrok: got {}", "Did you mean network?"]),
        ({"cidr": "10.0.0.0/16"}, ["cidr: got '10.0.0.0/16'", "It belongs into network."]),
        ({"organization": {}}, ["organization: is given, and one account is asked for here"]),
        ({"reserve_concurrency": 0}, ["reserve_concurrency: got 0", "false where the account's quota is too small"]),
        ({"name": "My Clinic"}, ["name: got 'My Clinic'"]),
        ({"deployment": "Blue"}, ["deployment: got 'Blue'", "up to 8 lower-case letters and digits"]),
        ({"deployment": "20261122b"}, ["deployment: got '20261122b'"]),
    ],
)
def test_wrong_keys_and_values_are_refused_by_name(given: dict[str, Any], said: list[str]) -> None:
    with pytest.raises(ValueError, match="is not valid") as refused:
        parse_config({**ACCOUNT, **given}, source="cdk.json")
    message = str(refused.value)
    assert "cdk.json" in message
    for part in said:
        assert part in message


SERVICES = ("guard_duty", "security_hub", "macie", "access_analyzer", "inspector", "config")
BELOW = {"recovery_guard_duty": "guard_duty", "unused_access_analyzer": "access_analyzer"}


@pytest.mark.parametrize("word", ["create", "existing"])
def test_one_word_goes_for_every_service_that_says_nothing_itself(word: str) -> None:
    other = "existing" if word == "create" else "create"
    detection = parse_config({**ACCOUNT, "detection": {"services": word}}, source="test").detection
    assert {detection.exists(key) for key in (*SERVICES, *BELOW)} == {word == "existing"}
    for service in (*SERVICES, *BELOW):
        given = {"services": word, service: other}
        detection = parse_config({**ACCOUNT, "detection": given}, source="test").detection
        differing = {key for key in (*SERVICES, *BELOW) if detection.exists(key) == (other == "existing")}
        assert differing == {service, *(key for key, above in BELOW.items() if above == service)}


def test_the_administrator_may_leave_config_and_inspector_to_the_account() -> None:
    given = {"by_organization": True, "config": "existing", "inspector": "existing"}
    detection = parse_config({**ACCOUNT, "detection": given}, source="test").detection
    assert detection.exists("config")
    assert not detection.exists("macie")


def test_everything_wrong_is_said_at_once() -> None:
    with pytest.raises(ValueError, match="is not valid") as refused:
        parse_config({"network": {"zones": 1, "cird": "x"}}, source="cdk.json")
    assert all(part in str(refused.value) for part in ("account: missing", "network.zones", "network.cird"))


@pytest.mark.parametrize("given", [[], "text", 3, None])
def test_what_is_no_mapping_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match="is not valid"):
        parse_config(given, source="cdk.json")


def test_without_configuration_the_error_says_where_it_belongs() -> None:
    with pytest.raises(ValueError, match=r"cdk\.json"):
        load_config(cdk.App())


def test_it_comes_from_context() -> None:
    assert load_config(cdk.App(context={"landing-zone": {**ACCOUNT, "name": "North"}})).name == "North"


def test_it_comes_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "zone.yaml"
    file.write_text('account: "111122223333"\nname: South\n')
    assert load_config(cdk.App(context={"landing-zone": str(file)})).name == "South"


@pytest.mark.parametrize("content", [None, "a: [", b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: str | bytes | None) -> None:
    file = tmp_path / "zone.yaml"
    if content is not None:
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ValueError, match=r"zone\.yaml cannot be read"):
        load_config(cdk.App(context={"landing-zone": str(file)}))
