"""What the sections of the HTML report show, grouped and ordered for reading."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.evidence.html_inventory import inventory_of
from hipaa_constructs.evidence.html_words import SECTIONS
from hipaa_constructs.evidence.labels import review_day
from hipaa_constructs.evidence.model import (
    STATUS_WORDS,
    AcknowledgementEvidence,
    ControlEvidence,
    ControlStatus,
    Evidence,
    RuntimeCheck,
)


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the Security Rule, such as 164.312, with its entries."""

    id: str
    title: str
    controls: Sequence[ControlEvidence]
    counts: Mapping[ControlStatus, int]


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """Open findings of one rule, with the same severity and outcome."""

    rule_id: str
    severity: str
    outcome: str
    fix: str
    controls: Sequence[str]
    items: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class AcknowledgementGroup:
    """Acknowledgements that say the same of several places; ``review`` is the day by which to look at them again."""

    one: Acknowledgement
    status: str
    review: datetime.date | None
    places: Sequence[str]
    problems: Sequence[str]


def view_of(evidence: Evidence) -> Mapping[str, Any]:
    """Return what the templates read besides the evidence itself."""
    ran = {rule.id for rule in evidence.rules.values() if rule.ran and not rule.counts.total}
    by_origin: dict[str, list[Any]] = {}
    for rule in evidence.rules.values():
        by_origin.setdefault(rule.origin, []).append(rule)
    return {
        "sections": sections_of(evidence),
        "findings": _finding_groups(evidence.findings),
        "overruled": _finding_groups(evidence.overruled),
        "exceptions": _acknowledgement_groups(
            [one for one in evidence.acknowledgements if one.acknowledgement.origin != "library"]
        ),
        "limitations": _acknowledgement_groups(
            [one for one in evidence.acknowledgements if one.acknowledgement.origin == "library"]
        ),
        **inventory_of(evidence),
        "attested": {one.id: one for one in evidence.attestations},
        "alarms": _alarms(evidence),
        "rules_by_origin": by_origin,
        "idle_rules": lambda control: [identifier for identifier in control.rules if identifier in ran],
    }


def sections_of(evidence: Evidence) -> Sequence[Section]:
    """Return the Security Rule's sections in its order."""
    grouped: dict[str, list[ControlEvidence]] = {}
    for control in evidence.controls.values():
        grouped.setdefault(control.id.partition("(")[0], []).append(control)
    sections: list[Section] = []
    for identifier, controls in grouped.items():
        counts: dict[ControlStatus, int] = dict.fromkeys(STATUS_WORDS, 0)
        for control in controls:
            counts[control.status] += 1
        sections.append(Section(identifier, SECTIONS.get(identifier, ""), controls, counts))
    return sections


def _finding_groups(findings: Sequence[Finding]) -> Sequence[FindingGroup]:
    """Group by rule: errors before warnings, failures before what is undecided, then as found."""
    grouped: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        grouped.setdefault((finding.severity, finding.outcome, finding.rule_id), []).append(finding)
    keys = sorted(grouped, key=lambda key: (key[0] != "error", key[1] != "failed"))
    return [
        FindingGroup(rule_id, severity, outcome, items[0].fix, items[0].controls, items)
        for severity, outcome, rule_id in keys
        for items in [grouped[severity, outcome, rule_id]]
    ]


def _acknowledgement_groups(every: Sequence[AcknowledgementEvidence]) -> Sequence[AcknowledgementGroup]:
    grouped: dict[tuple[Any, ...], list[AcknowledgementEvidence]] = {}
    for entry in every:
        one = entry.acknowledgement
        key = (one.rule_id, one.reason, one.approved_by, one.expires, one.ticket, one.compensating_control)
        grouped.setdefault((*key, one.origin, one.source, entry.status, tuple(entry.problems)), []).append(entry)
    return [
        AcknowledgementGroup(
            one=entries[0].acknowledgement,
            status=entries[0].status,
            review=review_day(entries[0].acknowledgement),
            places=[entry.acknowledgement.path or "the whole app" for entry in entries],
            problems=entries[0].problems,
        )
        for entries in grouped.values()
    ]


def _alarms(evidence: Evidence) -> Sequence[RuntimeCheck]:
    """Return each alarm once; every control that it watches names it."""
    found: dict[str, RuntimeCheck] = {}
    for control in evidence.controls.values():
        for check in control.runtime:
            if check.kind == "alarm":
                found.setdefault(check.name, check)
    return list(found.values())
