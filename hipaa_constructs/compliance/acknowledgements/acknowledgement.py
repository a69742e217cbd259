"""One governed exception: what it covers, and how it is written on a construct; imports no aws_cdk."""

from __future__ import annotations

import datetime
import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.compliance.said import iso_date
from hipaa_constructs.compliance.twins import fact_of, facts_of

# Under this key the gate and the evidence find in the cloud assembly what was acknowledged in code; and whoever has a
# template alone, in the ``Metadata`` of its resources: a list.
METADATA_KEY = "hipaa-constructs:acknowledgement"
# In a template: the path of the construct that was named, where its resource stands for all below it.
BELOW = "path"
# CDK's own record of the same; it keeps only id and reason.
CDK_METADATA_KEY = "aws:cdk:acknowledged-rules"

Origin = Literal["code", "file", "library"]

_QUALIFIED = re.compile(r"([\w.\- ]+)::")
# What CDK prefixes to an id without a pack; cdk-nag takes such an id for its own and then reports nothing.
_UNQUALIFIED = re.compile(r"annotation::", re.IGNORECASE)
# Between what a limitation of the library states and the page that says so.
_CITED = " Source: "
_TEXTS = ("reason", "approved_by", "expires", "ticket", "compensating_control")


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A finding that someone accepted: which, where, why, on whose word and until when.

    ``path`` is a construct path, which stands for the construct and all below it; with origin ``file`` it may hold
    ``*`` and ``?``. A resource without a construct path goes by ``<template name>/<logical id>``.
    ``source`` names the file and entry where the acknowledgement is written, if it is not written in code.
    """

    rule_id: str
    reason: str
    approved_by: str
    expires: datetime.date | None
    ticket: str | None
    compensating_control: str | None
    path: str
    origin: Origin
    source: str = ""

    @property
    def stated(self) -> str:
        """The reason, without what it cites."""
        return self._parts[0]

    @property
    def cited(self) -> str:
        """The page or provision on which a limitation of the library rests; empty for what people accepted."""
        return self._parts[1]

    @property
    def _parts(self) -> tuple[str, str]:
        stated, mark, cited = self.reason.rpartition(_CITED)
        return (stated, cited.rstrip(".")) if mark and self.origin == "library" else (self.reason, "")

    @property
    def fact(self) -> str:
        """What the rule asks, by whichever pack's id it is named."""
        return fact_of(bare(self.rule_id))

    def covers(self, finding: Finding) -> bool:
        """Whether it names the fact and the place of ``finding``, or a part of them, whatever the date."""
        return self.fact in facts_of(finding) and self.reaches(place_of(finding))

    def reaches(self, place: str) -> bool:
        """Whether a construct path lies at or below what the acknowledgement names."""
        if self.origin == "file":
            pattern = self.path.rstrip("/").replace("[", "[[]")
            return fnmatch.fnmatchcase(place, pattern) or fnmatch.fnmatchcase(place, f"{pattern}/*")
        return self.path in ("", place) or place.startswith(f"{self.path}/")

    def expired(self, today: datetime.date) -> bool:
        """Whether its last day is over."""
        return self.expires is not None and self.expires < today


def place_of(finding: Finding) -> str:
    """Return where a finding lies: its construct path, or template and logical id where no construct made it."""
    return finding.construct_path or f"{finding.template}/{finding.resource_logical_id}"


def bare(rule_id: str) -> str:
    """Drop the pack before ``::`` where the rule's id repeats it, as in ``Pack::Pack-Rule``."""
    unqualified = _UNQUALIFIED.match(rule_id)
    if unqualified:
        return rule_id[unqualified.end() :]
    qualified = _QUALIFIED.match(rule_id)
    if qualified and rule_id[qualified.end() :].startswith(f"{qualified.group(1)}-"):
        return rule_id[qualified.end() :]
    return rule_id


def pack_of(rule_id: str) -> str:
    """Return what stands before a rule's own name, with the sign that ends it."""
    name = rule_id.split("[", 1)[0]
    if "::" in name:
        return name.split("::", 1)[0] + "::"
    return name.rpartition("-")[0] + "-"


def from_metadata(data: Any, path: str) -> Sequence[Acknowledgement]:
    """Return what ``acknowledge`` wrote on the construct at ``path``: one for each rule."""
    rule_ids = data.get("rule_ids") if isinstance(data, Mapping) else None
    if not isinstance(rule_ids, list):
        return []
    texts = {key: value if isinstance(value := data.get(key), str) else None for key in _TEXTS}
    return [
        Acknowledgement(
            rule_id=bare(rule_id),
            reason=texts["reason"] or "",
            approved_by=texts["approved_by"] or "",
            expires=iso_date(texts["expires"]),
            ticket=texts["ticket"],
            compensating_control=texts["compensating_control"],
            path=path,
            origin="library" if data.get("origin") == "library" else "code",
        )
        for rule_id in rule_ids
        if isinstance(rule_id, str)
    ]


def written(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what ``from_metadata`` reads as a template has it: without what is not said."""
    return {key: value for key, value in said.items() if value is not None and (key, value) != ("origin", "code")}


def with_source(reason: str, source: str) -> str:
    """Write what a limitation states, and the page that says so, as one reason."""
    return f"{reason}{_CITED}{source}"


def ungoverned(rule_id: str, reason: Any, path: str) -> Acknowledgement:
    """Return what CDK's own ``Validations.acknowledge`` wrote: an acknowledgement without approver and end."""
    return Acknowledgement(bare(rule_id), str(reason or ""), "", None, None, None, path, "code")
