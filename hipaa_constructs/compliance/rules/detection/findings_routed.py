"""Findings and failed backups are reported to somebody.

Compliant: an enabled EventBridge rule with a target takes the service's events in the same account and Region; what
GuardDuty, Macie and Access Analyzer find may also come by Security Hub, which collects it. A backup vault notifies a
topic itself, or a rule takes the changes of its recovery points. Non-compliant: nothing listens, so a finding waits
until somebody looks. Not applicable: a vault beside a plan for which nothing listens, which is said once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Resolved,
    Ternary,
    Unknown,
    as_list,
    dig,
    is_one_of,
    is_present,
)
from hipaa_constructs.compliance.facts.events import event_pattern
from hipaa_constructs.compliance.facts.regions import of_account
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown

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


_Place = tuple[str | None, str | None]
# What listens in one place: for each source the lists of events that are taken of it, an empty one for all of them.
_Listening = dict[str, list[Sequence[Resolved]]]


def _index(app: App) -> Mapping[_Place, _Listening]:
    """What the app's rules take, by account and Region; under ``?`` what cannot be told."""
    found: dict[_Place, _Listening] = defaultdict(lambda: defaultdict(list))
    for rule in app.of_type("AWS::Events::Rule"):
        if is_one_of(rule.get("State"), "DISABLED") is Ternary.YES or is_present(rule.get("Targets")) is Ternary.NO:
            continue
        here = found[rule.template.account, rule.template.region]
        pattern = event_pattern(rule)
        sources = as_list(dig(pattern, "source"))
        events = as_list(dig(pattern, "detail-type"))
        if pattern is UNKNOWN or isinstance(sources, Unknown) or isinstance(events, Unknown):
            here["?"].append([])
            continue
        for source in sources:
            here[source if isinstance(source, str) else "?"].append(events)
    return found


def _has_vault_event(events: Sequence[Resolved]) -> bool:
    return any(is_one_of(event, _VAULT_EVENT) is Ternary.YES for event in events)


def check(resource: Resource) -> Verdict:
    vault = resource.type == "AWS::Backup::BackupVault"
    if vault and resource.get("Notifications") is not None:
        return PASSED
    here = resource.template
    listening = here.app.cached("event rules", _index).get((here.account, here.region), {})
    for source in _SOURCES[resource.type]:
        if any(not vault or not events or _has_vault_event(events) for events in listening.get(source, ())):
            return PASSED
    taken = [event for source in _SOURCES[resource.type] for events in listening.get(source, ()) for event in events]
    if vault and not taken and not listening.get("?") and of_account(resource, "AWS::Backup::BackupPlan"):
        return NOT_APPLICABLE
    if listening.get("?") or any(event is UNKNOWN for event in taken):
        return unknown("Which events a rule takes is known only at deployment.")
    return failed(f"No enabled EventBridge rule with a target takes events of {_SOURCES[resource.type][0]}.")


_CONSTRUCTS = {
    "AWS::AccessAnalyzer::Analyzer": "AccessReview",
    "AWS::Backup::BackupPlan": "BackupPlan",
    "AWS::GuardDuty::Detector": "ThreatDetection",
    "AWS::Macie::Session": "DataDiscovery",
    "AWS::SecurityHub::Hub": "SecurityPosture",
}

RULE = Rule(
    name="FindingsRouted",
    severity="warning",
    resource_types=tuple(_SOURCES),
    controls=("164.308(a)(1)(ii)(D)", "164.308(a)(6)(ii)"),
    fix="Send the service's events to a topic that people read.",
    fixes=(
        Fix(
            ("AWS::Backup::BackupVault",),
            {
                "Notifications": {
                    "SNSTopicArn": Choose("the ARN of a topic that people read"),
                    "BackupVaultEvents": ["COPY_JOB_FAILED", "RECOVERY_POINT_MODIFIED"],
                }
            },
            template="The AWS::SNS::TopicPolicy allows backup.amazonaws.com sns:Publish.",
            cdk=(
                "backup.BackupVault(notification_topic=<a topic>, "
                "notification_events=[backup.BackupVaultEvents.COPY_JOB_FAILED, "
                "backup.BackupVaultEvents.RECOVERY_POINT_MODIFIED])",
            ),
            constructs=("RecoveryVault",),
        ),
        *(
            Fix(
                (kind,),
                template=f"An AWS::Events::Rule in the same account and Region has EventPattern: {{source: "
                f"[{sources[0]}]}}, State: ENABLED and in Targets the ARN of a topic that people read.",
                cdk=(
                    f'events.Rule(event_pattern=events.EventPattern(source=["{sources[0]}"]), '
                    "targets=[events_targets.SnsTopic(<a topic that people read>)])",
                ),
                constructs=(_CONSTRUCTS[kind],),
            )
            for kind, sources in _SOURCES.items()
            if kind != "AWS::Backup::BackupVault"
        ),
    ),
    needs="app",
    check=check,
)
