"""What EventBridge rules take."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

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

# What CloudTrail hands on, and which calls of a service are about the records in its stores, as they are named in
# docs.aws.amazon.com/healthlake/latest/devguide/logging-using-cloudtrail.html and
# docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html.
_CALLS = "AWS API Call via CloudTrail"
_OF_RECORDS: Mapping[str, re.Pattern[str]] = {
    "aws.dynamodb": re.compile(r"(Batch|Transact)?(Get|Put|Update|Delete|Write)Items?|(Batch)?Execute\w+|Query|Scan"),
    "aws.healthlake": re.compile(
        r"(Create|(Version)?Read|Update|Patch|Delete)Resource|\w+Bundle|GetHistory\w+|Search\w+"
    ),
    "aws.medical-imaging": re.compile(r"\w+ImageSets?(Metadata)?|Get(DICOM|ImageFrame)\w*"),
    "aws.s3": re.compile(
        r"(Put|Post|Copy|Get|Head|Delete|Restore|Select)Objects?(Content)?|UploadPart(Copy)?|CompleteMultipartUpload"
    ),
}

# What Amazon Connect tells of calls and chats with people, and what Contact Lens heard in them; it has notices of its
# own too, such as of metrics and of what failed: docs.aws.amazon.com/eventbridge/latest/ref/events-ref-connect.html.
_OF_CONTACTS = re.compile(r"Amazon Connect Contact Event|(Rule for )?Contact Lens (?!.* Failed$).*")


def record_kinds(rule: Resource) -> frozenset[tuple[str, bool]]:
    """Return what a rule's events are about, by source: records (True), such as new objects, or notices (False).

    Both, where a pattern takes both, and notices where it names no kind. Events of the app are about records; S3's own
    are about objects, HealthImaging's about image sets too
    (docs.aws.amazon.com/healthimaging/latest/devguide/event-notifications.html), and most of Amazon Connect's about
    people who call; HealthLake's own are about its stores and jobs alone
    (docs.aws.amazon.com/healthlake/latest/devguide/monitoring-eventbridge.html).
    """
    pattern = event_pattern(rule)
    kinds = as_items(dig(pattern, "detail-type"))
    calls = as_items(dig(pattern, "detail.eventName"))
    return frozenset(
        (source, told)
        for source in as_items(dig(pattern, "source"))
        if isinstance(source, str)
        for kind in kinds or (None,)
        for told in _about(source, kind, calls)
    )


def _about(source: str, kind: object, calls: Sequence[object]) -> Iterator[bool]:
    if kind == _CALLS and source in _OF_RECORDS:
        for one in calls or (UNKNOWN,):
            # A matcher, such as {"prefix": "Delete"}, takes both, and so does what names no call.
            named = isinstance(one, str)
            yield from (_OF_RECORDS[source].fullmatch(str(one)) is not None,) if named else (True, False)
    elif source == "aws.medical-imaging" and isinstance(kind, str):
        yield kind.startswith("Image Set") and not kind.endswith("Failed")
    elif source == "aws.connect" and isinstance(kind, str):
        yield _OF_CONTACTS.fullmatch(kind) is not None
    else:
        yield source == "aws.s3" or not source.startswith("aws.")


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
