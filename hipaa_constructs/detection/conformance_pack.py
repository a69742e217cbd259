"""The HIPAA conformance pack as AWS Config takes it: the catalogue's rules as text, with this library's values."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping

from constructs import Construct

from hipaa_constructs._regions import all_left_out
from hipaa_constructs.compliance.controls import config_rules

# docs.aws.amazon.com/config/latest/APIReference/API_PutConformancePack.html
BODY_LIMIT = 51_200

# What this library's stores keep, where the pack would take less or has no value. The daily rule of a BackupPlan, and
# automated backups of databases, go back 35 days, the most that RDS and Redshift have; older ones are the monthly
# rule's.
# Parameters: docs.aws.amazon.com/config/latest/developerguide/managed-rules-by-aws-config.html
_VALUES: Mapping[str, Mapping[str, str]] = {
    "backup-plan-min-frequency-and-min-retention-check": {
        "requiredFrequencyUnit": "days",
        "requiredFrequencyValue": "1",
        "requiredRetentionDays": "35",
    },
    "db-instance-backup-enabled": {"backupRetentionMinimum": "35"},
    "elasticache-redis-cluster-automatic-backup-check": {"snapshotRetentionPeriod": "35"},
    "redshift-backup-enabled": {"MinRetentionPeriod": "35"},
    # An alarm on a metric filter has no data whenever nothing happens: that is no news.
    "cloudwatch-alarm-action-check": {"insufficientDataActionRequired": "false"},
}
# A check that people answer has to say what is asked.
_DESCRIPTIONS = {
    "annual-risk-assessment-performed": "Assess the organization's risks every year, and mark it done here.",
}


def template_body_in(scope: Construct) -> str:
    """Return the pack as YAML without the rules that the Region of ``scope`` lacks, and say which those are."""
    absent = all_left_out(
        scope,
        (rule.source_identifier for rule in config_rules().values()),
        kind="config_rules",
        instead="Nothing watches these after deployment.",
    )
    return template_body(absent)


def template_body(without: Collection[str] = ()) -> str:
    """Return the pack as YAML: the rules of the catalogue, in its order, except for those identified in ``without``.

    Names and values are written as JSON strings, which YAML reads the same.
    """
    names = (name for name, rule in config_rules().items() if rule.source_identifier not in without)
    return "\n".join(["Resources:", *(line for name in names for line in _resource(name))]) + "\n"


def parameters(name: str) -> dict[str, str]:
    """Return the parameters that a rule of the pack is given; an empty value in the catalogue is no value."""
    return {key: value for key, value in {**config_rules()[name].parameters, **_VALUES.get(name, {})}.items() if value}


def _resource(name: str) -> Iterator[str]:
    rule = config_rules()[name]
    yield f"  {''.join(part.capitalize() for part in name.split('-'))}:"
    yield "    Type: AWS::Config::ConfigRule"
    yield "    Properties:"
    yield f"      ConfigRuleName: {json.dumps(name)}"
    if name in _DESCRIPTIONS:
        yield f"      Description: {json.dumps(_DESCRIPTIONS[name])}"
    yield "      Source:"
    yield "        Owner: AWS"
    yield f"        SourceIdentifier: {json.dumps(rule.source_identifier)}"
    given = parameters(name)
    if given:
        yield "      InputParameters:"
        yield from (f"        {key}: {json.dumps(value)}" for key, value in given.items())
