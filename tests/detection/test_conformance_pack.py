from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from aws_cdk import aws_config as config

from hipaa_constructs.compliance.controls import config_rules
from hipaa_constructs.database.prerequisites import BACKUPS
from hipaa_constructs.detection.conformance_pack import BODY_LIMIT, parameters, template_body


@pytest.fixture(scope="module")
def rules() -> dict[str, dict[str, Any]]:
    resources = yaml.safe_load(template_body())["Resources"]
    assert {resource["Type"] for resource in resources.values()} == {"AWS::Config::ConfigRule"}
    return {resource["Properties"]["ConfigRuleName"]: resource["Properties"] for resource in resources.values()}


def test_the_pack_is_the_catalogue(rules: dict[str, dict[str, Any]]) -> None:
    assert list(rules) == list(config_rules())
    assert len(rules) == 130


def test_the_body_needs_no_bucket() -> None:
    assert len(template_body().encode()) <= BODY_LIMIT


def test_every_rule_is_one_of_aws(rules: dict[str, dict[str, Any]]) -> None:
    for name, rule in rules.items():
        assert rule["Source"] == {"Owner": "AWS", "SourceIdentifier": config_rules()[name].source_identifier}


def test_most_identifiers_are_known_to_cdk(rules: dict[str, dict[str, Any]]) -> None:
    """CDK's list lags behind AWS's, but a slip of the pen in the catalogue would show."""
    known = {
        getattr(config.ManagedRuleIdentifiers, name)
        for name in dir(config.ManagedRuleIdentifiers)
        if re.fullmatch(r"[A-Z0-9_]+", name)
    }
    unknown = {rule["Source"]["SourceIdentifier"] for rule in rules.values()} - known
    assert unknown == {
        "AWS_CONFIG_PROCESS_CHECK",
        "ELASTICSEARCH_LOGS_TO_CLOUDWATCH",
        "NO_UNRESTRICTED_ROUTE_TO_IGW",
    }


def test_values_are_text_and_none_is_empty(rules: dict[str, dict[str, Any]]) -> None:
    given = [value for rule in rules.values() for value in rule.get("InputParameters", {}).values()]
    assert given
    assert all(isinstance(value, str) and value for value in given)


def test_retention_is_what_the_library_keeps(rules: dict[str, dict[str, Any]]) -> None:
    days = str(int(BACKUPS.to_days()))
    assert rules["db-instance-backup-enabled"]["InputParameters"] == {"backupRetentionMinimum": days}
    assert rules["redshift-backup-enabled"]["InputParameters"] == {"MinRetentionPeriod": days}


def test_values_of_the_pack_stay_where_the_library_has_none() -> None:
    assert parameters("access-keys-rotated") == {"maxAccessKeyAge": "90"}
    assert parameters("iam-password-policy")["MinimumPasswordLength"] == "14"
    assert parameters("cloudwatch-alarm-action-check") == {
        "alarmActionRequired": "true",
        "insufficientDataActionRequired": "false",
        "okActionRequired": "false",
    }
    assert parameters("internet-gateway-authorized-vpc-only") == {}
