"""What there is of what the proposed Security Rule of 2025 would ask. It is no law, and nothing here says it is met."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hipaa_constructs.compliance.controls import read
from hipaa_constructs.evidence.labels import answered_of, attested_of, some
from hipaa_constructs.evidence.matrix import selected, total
from hipaa_constructs.evidence.model import Evidence
from hipaa_constructs.evidence.network import networks_of

FILE = "proposed_rule.json"


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something that is proposed: what there is of it, in sentences, and what lies beyond this report.

    ``section`` is the report's section that shows it, or empty.
    """

    title: str
    proposes: str
    shown: Sequence[str]
    section: str
    beyond: str


def readiness_of(evidence: Evidence) -> Mapping[str, Any]:
    """Return what is proposed where and how it stands, dated, and each proposal."""
    data = read(FILE)
    return {
        **{key: data[key] for key in ("title", "citation", "source", "as_of", "status")},
        "items": [_proposal(item, evidence) for item in data["items"]],
    }


def _proposal(item: Mapping[str, Any], evidence: Evidence) -> Proposal:
    section = item.get("section", "")
    shown = [_SECTIONS[section](evidence)] if section else []
    shown += _checks(item, evidence)
    shown += _answers(item.get("preflight", ()), evidence)
    shown += _attested(item.get("attestations", ()), evidence)
    return Proposal(item["title"], item["proposes"], shown, section, item["beyond"])


def _checks(item: Mapping[str, Any], evidence: Evidence) -> Iterator[str]:
    rules = selected(item, evidence.rules)
    if not rules:
        return
    if silent := sum(1 for rule in rules if not rule.ran):
        yield f"{silent} of {some(len(rules), 'rule')} did not run."
    counts = total(rule.counts for rule in rules)
    if not counts.total:
        yield "The templates hold nothing to check."
        return
    others = {"failed": counts.failed, "accepted": counts.acknowledged, "undecided": counts.unknown}
    rest = "".join(f", {number:,} {word}" for word, number in others.items() if number)
    yield f"{counts.passed:,} of {some(counts.total, 'check')} on templates passed{rest}."


def _answers(asked: Sequence[str], evidence: Evidence) -> Iterator[str]:
    answers = [one for one in evidence.preflight if one.name in asked]
    for one in answers:
        yield answered_of(one, one.account)
    if asked and not answers:
        yield "The live account was not asked."


def _attested(kinds: Sequence[str], evidence: Evidence) -> Iterator[str]:
    return (attested_of(one) for one in evidence.attestations if one.id in kinds)


def _inventory(evidence: Evidence) -> str:
    return f"This report's inventory names {some(len(evidence.inventory), 'store')} of data."


def _network(evidence: Evidence) -> str:
    return f"This report's network map shows {some(len(networks_of(evidence.app)), 'VPC')}."


def _decisions(evidence: Evidence) -> str:
    kinds = {one.control: one.kind for one in evidence.decisions if one.status == "current"}
    addressable = [one for one in evidence.controls.values() if one.control.requirement == "addressable"]
    implemented = sum(1 for one in addressable if kinds.get(one.id) == "implemented")
    otherwise = sum(1 for one in addressable if kinds.get(one.id) in ("alternative", "not_reasonable"))
    return (
        f"Of {len(addressable)} addressable specifications, {implemented} are decided to be implemented, and "
        f"{otherwise} to be met otherwise or not at all."
    )


_SECTIONS: Mapping[str, Callable[[Evidence], str]] = {
    "inventory": _inventory,
    "network": _network,
    "decisions": _decisions,
}
