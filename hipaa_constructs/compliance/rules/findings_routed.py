"""Findings and failed backups are told to somebody.

Compliant: an enabled EventBridge rule with a target takes the service's events in the same account and Region; what
GuardDuty, Macie and Access Analyzer find may also come by Security Hub, which collects it. A backup vault notifies a
topic itself, or a rule takes the changes of its recovery points. Non-compliant: nothing listens, so that a finding
waits until somebody looks. Not applicable: nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, unknown
from hipaa_constructs.compliance.template import UNKNOWN, Resource, as_list

_HUB = "aws.securityhub"
# docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html
_VAULT_EVENT = "Recovery Point State Change"
_SOURCES: Mapping[str, tuple[str, ...]] = {
    "AWS::AccessAnalyzer::Analyzer": ("aws.access-analyzer", _HUB),
    "AWS::Backup::BackupPlan": ("aws.backup",),
    "AWS::Backup::BackupVault": ("aws.backup",),
    "AWS::GuardDuty::Detector": ("aws.guardduty", _HUB),
    "AWS::Macie::Session": ("aws.macie", _HUB),
    "AWS::SecurityHub::Hub": (_HUB,),
}


def _pattern(rule: Resource) -> Any:
    pattern = rule.get("EventPattern", {})
    if isinstance(pattern, str):
        try:
            pattern = json.loads(pattern)
        except ValueError:
            return UNKNOWN
    return pattern if isinstance(pattern, Mapping) else UNKNOWN


def _listens(rule: Resource, sources: tuple[str, ...], event: str | None) -> Any:
    if rule.get("State") == "DISABLED" or rule.get("Targets") in (None, []):
        return False
    pattern = _pattern(rule)
    if pattern is UNKNOWN:
        return UNKNOWN
    taken, events = as_list(pattern.get("source")), as_list(pattern.get("detail-type"))
    if taken is UNKNOWN or events is UNKNOWN:
        return UNKNOWN
    told = event is None or not events or event in events
    return told and any(isinstance(one, str) and one in sources for one in taken)


def check(resource: Resource) -> Verdict:
    vault = resource.type == "AWS::Backup::BackupVault"
    if vault and resource.get("Notifications") is not None:
        return PASSED
    sources, here = _SOURCES[resource.type], resource.template
    answers = [
        _listens(rule, sources, _VAULT_EVENT if vault else None)
        for rule in here.app.of_type("AWS::Events::Rule")
        if (rule.template.account, rule.template.region) == (here.account, here.region)
    ]
    if any(answer is True for answer in answers):
        return PASSED
    if any(answer is UNKNOWN for answer in answers):
        return unknown("Which events a rule takes is known only at deployment.")
    return failed(f"No enabled EventBridge rule with a target takes events of {sources[0]}.")


RULE = Rule(
    name="FindingsRouted",
    title="Findings and failed backups are told to somebody",
    severity="warning",
    resource_types=tuple(_SOURCES),
    fix="Add an events.Rule for the source with a topic as target, or use the detection constructs with an AlertTopic.",
    check=check,
)
