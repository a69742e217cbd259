"""What EventBridge rules take."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Fields,
    Ternary,
    Unknown,
    any_of,
    as_items,
    dig,
    is_mapping,
    is_one_of,
    is_present,
    negate,
)

# Which resource sends findings, and how their kinds are called. The same sources carry other events too, such as API
# calls: docs.aws.amazon.com/eventbridge/latest/ref/events.html.
_SENDERS: Mapping[str, tuple[str, str]] = {
    "aws.access-analyzer": ("AWS::AccessAnalyzer::Analyzer", "Access Analyzer Finding"),
    "aws.config": ("AWS::Config::ConfigurationRecorder", "Config "),
    "aws.guardduty": ("AWS::GuardDuty::Detector", "GuardDuty Finding"),
    "aws.macie": ("AWS::Macie::Session", "Macie Finding"),
    "aws.securityhub": ("AWS::SecurityHub::Hub", "Security Hub Findings"),
}


def event_pattern(rule: Resource) -> Fields | Unknown:
    """Return a rule's event pattern, which may be JSON text, as a mapping; ``UNKNOWN`` if it cannot be read."""
    pattern = rule.get("EventPattern", {})
    if isinstance(pattern, str):
        try:
            pattern = json.loads(pattern)
        except ValueError:
            return UNKNOWN
    return pattern if is_mapping(pattern) else UNKNOWN


def awaited(rule: Resource) -> Sequence[str]:
    """Return the types of the detection services whose findings a rule waits for.

    A rule that is off, has no target, or listens to another bus than the one that AWS's services send to, waits for
    none; nor does one whose pattern cannot be read.
    """
    idle = any_of(
        (
            is_one_of(rule.get("State"), "DISABLED"),
            negate(is_present(rule.get("Targets"))),
            negate(is_one_of(rule.get("EventBusName", "default"), "default")),
        )
    )
    pattern = event_pattern(rule)
    sources, kinds = as_items(dig(pattern, "source")), as_items(dig(pattern, "detail-type"))
    if idle is not Ternary.NO or any(value is UNKNOWN for value in (pattern, *sources, *kinds)):
        return ()
    senders = [_SENDERS[source] for source in sources if isinstance(source, str) and source in _SENDERS]
    return [
        sender
        for sender, findings in senders
        if not kinds or any(isinstance(kind, str) and kind.startswith(findings) for kind in kinds)
    ]
