"""Findings and failed backups are reported to somebody.

Compliant: an enabled EventBridge rule with a target takes the service's events in the same account and Region; what
GuardDuty, Macie and Access Analyzer find may also come by Security Hub, which collects it. A backup vault notifies a
topic itself, or a rule takes the changes of its recovery points, also those that people make. Non-compliant: nothing
listens, so a finding waits until somebody looks; or what listens to backups takes failed jobs alone. Not applicable: a
vault beside a plan for which nothing listens, which is said once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Fields,
    Resolved,
    Ternary,
    Unknown,
    all_of,
    any_of,
    as_items,
    as_list,
    dig,
    is_mapping,
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
# What its status is when somebody removed it or gave it another lifecycle.
_CHANGED = ("DELETED", "MODIFIED")
_SOURCES: Mapping[str, tuple[str, ...]] = {
    "AWS::AccessAnalyzer::Analyzer": ("aws.access-analyzer", _HUB),
    "AWS::Backup::BackupPlan": ("aws.backup",),
    "AWS::Backup::BackupVault": ("aws.backup",),
    "AWS::GuardDuty::Detector": ("aws.guardduty", _HUB),
    "AWS::Macie::Session": ("aws.macie", _HUB),
    "AWS::SecurityHub::Hub": (_HUB,),
}


_Place = tuple[str | None, str | None]


class _Taken(NamedTuple):
    """What a rule takes of a source: the kinds of events, none for all, and whether also changes that people make."""

    events: Sequence[Resolved]
    changes: Ternary


# What listens in one place, by source.
_Listening = dict[str, list[_Taken]]


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
            here["?"].append(_Taken([], Ternary.UNKNOWN))
            continue
        for source in sources:
            here[source if isinstance(source, str) else "?"].append(_Taken(events, _takes_changes(pattern)))
    return found


def _takes_changes(pattern: Fields | Unknown) -> Ternary:
    """Whether a pattern lets through that somebody changed a recovery point, whatever else it asks of the event."""
    detail = dig(pattern, "detail", {})
    if not is_mapping(detail):
        return Ternary.UNKNOWN
    ways = as_items(detail.get("$or"))
    if not ways:
        return _names_changes(detail)
    return any_of(_names_changes({**detail, **way}) if is_mapping(way) else Ternary.UNKNOWN for way in ways)


def _names_changes(detail: Mapping[str, Resolved]) -> Ternary:
    if detail.get("status") is None:
        # Jobs have a state, recovery points a status.
        return Ternary.of("state" not in detail)
    # What is no text is a comparison, such as anything-but.
    return any_of(
        is_one_of(one, *_CHANGED) if not is_mapping(one) else Ternary.YES for one in as_items(detail["status"])
    )


def _of_vaults(taken: _Taken) -> Ternary:
    named = any_of(is_one_of(event, _VAULT_EVENT) for event in taken.events) if taken.events else Ternary.YES
    return all_of((named, taken.changes))


def check(resource: Resource) -> Verdict:
    vault = resource.type == "AWS::Backup::BackupVault"
    if vault and resource.get("Notifications") is not None:
        return PASSED
    here = resource.template
    listening = here.app.cached("event rules", _index).get((here.account, here.region), {})
    taken = [one for source in _SOURCES[resource.type] for one in listening.get(source, ())]
    heard = any_of(map(_of_vaults, taken)) if vault else Ternary.of(bool(taken))
    if heard is Ternary.YES:
        return PASSED
    if listening.get("?") or heard is Ternary.UNKNOWN:
        return unknown("Which events a rule takes is known only at deployment.")
    if vault and taken:
        return failed(
            "Notifications is not set, and no rule that takes backups' events takes changes of recovery points."
        )
    if vault and of_account(resource, "AWS::Backup::BackupPlan"):
        return NOT_APPLICABLE
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
