"""Buckets from which a rule of their lifecycle deletes everything: places to pass through, or records that go too soon.

What expires may be on its way or be of use for a while; it may also be the only copy of a record. A template tells
which by how long the objects stay and by what its author calls the bucket.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.name_words import words_of
from hipaa_constructs.cloudformation.values import Resolved, Ternary, Unknown, as_int, dig, is_one_of, spread

# As long as SQS keeps a message at most, which is on its way too
# (docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html).
_UNDER_WAY_DAYS: Final = 14
# What is called one of what passes needs no backups before backups have an end themselves.
_CALLED_SO_DAYS: Final = 30
# What limits a rule of a lifecycle to some of the objects.
_LIMITS: Final = ("Prefix", "TagFilters", "ObjectSizeGreaterThan", "ObjectSizeLessThan")
# How people call what is of use for a while, or is made of what is kept elsewhere.
_PASSING: Final = frozenset(
    {
        "artifact",
        "artifacts",
        "athena",
        "backup",
        "backups",
        "buffer",
        "build",
        "builds",
        "cache",
        "caches",
        "cached",
        "copies",
        "copy",
        "deploy",
        "deployment",
        "deployments",
        "dump",
        "dumps",
        "ephemeral",
        "glue",
        "intermediate",
        "inventory",
        "log",
        "logging",
        "logs",
        "metric",
        "metrics",
        "package",
        "packages",
        "quarantine",
        "queries",
        "query",
        "replica",
        "scratch",
        "session",
        "sessions",
        "snapshot",
        "snapshots",
        "spill",
        "spool",
        "staging",
        "telemetry",
        "temp",
        "temporary",
        "thumbnail",
        "thumbnails",
        "tmp",
        "transient",
    }
)
# How they call where something comes in or goes out, which may stay there.
_DOORS: Final = frozenset(
    {
        "download",
        "downloads",
        "export",
        "exports",
        "inbound",
        "inbox",
        "incoming",
        "ingest",
        "ingestion",
        "landing",
        "outbound",
        "outbox",
        "outgoing",
        "upload",
        "uploads",
    }
)
# How they call records.
_RECORDS: Final = frozenset(
    {
        "archive",
        "archives",
        "chart",
        "charts",
        "claim",
        "claims",
        "clinical",
        "consent",
        "consents",
        "dicom",
        "doc",
        "docs",
        "document",
        "documents",
        "ehr",
        "encounter",
        "encounters",
        "fhir",
        "imaging",
        "medical",
        "patient",
        "patients",
        "phi",
        "prescription",
        "prescriptions",
        "radiology",
        "record",
        "recording",
        "recordings",
        "records",
        "referral",
        "referrals",
        "report",
        "reports",
        "transcript",
        "transcripts",
        "visit",
        "visits",
    }
)


def rules_of(bucket: Resource) -> Iterator[Resolved]:
    """Yield the rules of a bucket's lifecycle that are not switched off."""
    for rule in spread(bucket.properties, "LifecycleConfiguration.Rules[]"):
        if isinstance(rule, Unknown) or is_one_of(dig(rule, "Status"), "Disabled") is not Ternary.YES:
            yield rule


def is_of_all(rule: Resolved) -> bool:
    """Whether a rule of a lifecycle is about all objects of its bucket."""
    # An empty prefix is that of all objects.
    of_all = is_one_of(dig(rule, "Prefix"), "") is Ternary.YES
    return all(dig(rule, path) is None or (path == "Prefix" and of_all) for path in _LIMITS)


def _expires_all(rule: Resolved) -> bool:
    return is_of_all(rule) and any(dig(rule, path) is not None for path in ("ExpirationInDays", "ExpirationDate"))


def passes_through(bucket: Resource) -> bool:
    """Whether everything in a bucket is deleted so soon after it came that the bucket is a place to pass through.

    Within 14 days, unless the bucket is called one of records, or within 30 days where it is called one of what passes.
    """
    days = [
        after
        for rule in rules_of(bucket)
        if is_one_of(dig(rule, "Status"), "Enabled") is Ternary.YES and is_of_all(rule)
        if isinstance(after := as_int(dig(rule, "ExpirationInDays")), int)
    ]
    if not days:
        return False
    if is_called_passing(bucket):
        return min(days) <= _CALLED_SO_DAYS
    return min(days) <= _UNDER_WAY_DAYS and not is_called_of_records(bucket)


def is_soon(days: int) -> bool:
    """Whether what is deleted so many days after it came is likely on its way."""
    return days <= _UNDER_WAY_DAYS


def is_called_passing(bucket: Resource) -> bool:
    """Whether a bucket, or a rule by which all of it expires, is called by what is of use for a while."""
    named = (dig(rule, "Id") for rule in rules_of(bucket) if not isinstance(rule, Unknown) and _expires_all(rule))
    words = {*_words(bucket), *(word for name in named if isinstance(name, str) for word in words_of(name))}
    return bool(words & _PASSING) or (bool(words & _DOORS) and not words & _RECORDS)


def is_called_of_records(bucket: Resource) -> str:
    """Return by which word a bucket is called one of records; empty where it is called by none, or by what passes."""
    found = sorted(_words(bucket) & _RECORDS)
    return found[0] if found and not is_called_passing(bucket) else ""


def _words(bucket: Resource) -> set[str]:
    return {word for name in (bucket.logical_id, str(bucket.get("BucketName", ""))) for word in words_of(name)}
