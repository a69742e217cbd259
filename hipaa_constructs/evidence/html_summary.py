"""The page that a manager reads: one sentence, a few figures, and what needs attention."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hipaa_constructs.evidence.labels import some
from hipaa_constructs.evidence.model import (
    AcknowledgementStatus,
    AttestationEvidence,
    ControlStatus,
    Evidence,
    PreflightResult,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The report in one sentence, and the status whose colour it takes."""

    status: str
    words: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that counts, and what it is made of."""

    words: str
    number: str
    detail: str


@dataclass(frozen=True, slots=True)
class Item:
    """Something that someone has to look at, and where the report speaks of it."""

    status: str
    anchor: str
    words: str
    detail: str = ""


def summary_of(evidence: Evidence) -> Mapping[str, Any]:
    """Return what the first page says."""
    return {
        "subject": _subject(evidence),
        "contents": _contents(evidence),
        "verdict": _verdict(evidence),
        "lead": _lead(evidence),
        "figures": _figures(evidence),
        "attention": list(_attention(evidence)),
    }


def _subject(evidence: Evidence) -> str:
    accounts = sorted({template.account for template in evidence.templates if template.account})
    regions = sorted({template.region for template in evidence.templates if template.region})
    parts = [some(len(evidence.templates), "template")]
    parts += [f"account {accounts[0]}" if len(accounts) == 1 else some(len(accounts), "account")] if accounts else []
    parts += [", ".join(regions) if len(regions) <= 3 else some(len(regions), "Region")] if regions else []
    return " · ".join([*parts, f"{evidence.today:%Y-%m-%d}"])


def _contents(evidence: Evidence) -> Sequence[tuple[str, str, int | None]]:
    return [
        ("summary", "Summary", None),
        ("findings", "Open findings", len(evidence.findings)),
        ("controls", "Control matrix", len(evidence.controls)),
        ("details", "Control by control", None),
        ("acknowledgements", "Acknowledgements", len(evidence.acknowledgements)),
        ("inventory", "PHI inventory", len(evidence.inventory)),
        ("network", "Network map", None),
        ("data-flow", "Data flow", None),
        ("attestations", "Attestations", len(evidence.attestations)),
        ("runtime", "After deployment", None),
        ("rules", "Rule by rule", len(evidence.rules)),
        ("provenance", "Sources", None),
    ]


def _verdict(evidence: Evidence) -> Verdict:
    summary = evidence.summary
    if summary.errors or summary.warnings:
        kinds = [some(summary.errors, "error")] if summary.errors else []
        kinds += [some(summary.warnings, "warning")] if summary.warnings else []
        words = f"{some(summary.findings, 'finding')} {'is' if summary.findings == 1 else 'are'} open: "
        return Verdict("failed" if summary.errors else "unknown", f"{words}{' and '.join(kinds)}.")
    silent = sorted({rule.origin for rule in evidence.rules.values() if not rule.ran})
    if silent:
        return Verdict("unknown", f"No finding is open, but rules of {' and '.join(silent)} did not run.")
    return Verdict("passed", "No finding is open in these templates.")


def _lead(evidence: Evidence) -> str:
    counts = evidence.summary.controls
    every = len(evidence.controls)
    judged: Mapping[ControlStatus, str] = {
        "passed": "passed",
        "acknowledged": "passed with acknowledgements",
        "failed": "failed",
        "unknown": "could not be decided",
    }
    parts = [f"{count} {words}" for status, words in judged.items() if (count := counts.get(status, 0))]
    checked = sum(counts.get(status, 0) for status in judged)
    sentences = [f"Rules inspected {checked} of the Security Rule's {every} entries: {', '.join(parts)}."]
    if not checked:
        sentences = [f"Rules inspected none of the Security Rule's {every} entries."]
    if number := counts.get("not_inspected", 0):
        sentences.append(f"For {number}, the templates hold nothing to inspect.")
    if number := counts.get("no_rule", 0):
        sentences.append(f"No rule can show {number}: people meet them, or AWS does.")
    return " ".join(sentences)


def _figures(evidence: Evidence) -> Sequence[Figure]:
    summary = evidence.summary
    checks = [f"{summary.checks.passed:,} passed"]
    checks += [
        f"{number:,} {words}"
        for number, words in (
            (summary.checks.acknowledged, "acknowledged"),
            (summary.checks.failed, "failed"),
            (summary.checks.unknown, "undecided"),
        )
        if number
    ]
    soon = Counter(entry.status for entry in evidence.acknowledgements)
    ends = [f"{soon['expired']} expired"] if soon["expired"] else []
    ends += [f"{soon['ending']} ending soon"] if soon["ending"] else []
    own = sum(1 for store in evidence.inventory if store.encryption == "customer_key")
    watched = sum(1 for rule in evidence.config_rules if rule.deployed)
    attested = len(evidence.attestations)
    return [
        Figure("Checks", f"{summary.checks.total:,}", ", ".join(checks)),
        Figure("Acknowledgements", f"{summary.acknowledgements:,}", ", ".join(ends) or "none ends soon"),
        Figure("Data stores", f"{summary.stores:,}", f"{own:,} under a customer-managed key"),
        Figure("Open attestations", f"{summary.attestations_open:,}", f"of {attested:,} that people give"),
        Figure("Config rules set up", f"{watched:,}", f"of {len(evidence.config_rules):,} that watch after deployment"),
    ]


def _attention(evidence: Evidence) -> Iterator[Item]:
    summary = evidence.summary
    if summary.errors:
        yield Item("failed", "findings", some(summary.errors, "error"), "open, and accepted by nobody")
    if summary.warnings:
        yield Item("unknown", "findings", some(summary.warnings, "warning"), "open, and accepted by nobody")
    bare = sum(1 for store in evidence.inventory if store.encryption == "none")
    if bare:
        yield Item("failed", "inventory", f"{some(bare, 'store')} without encryption")
    unsaved = sum(1 for store in evidence.inventory if store.backup == "not_selected")
    if unsaved:
        yield Item("failed", "inventory", f"{some(unsaved, 'store')} that no backup plan takes")
    ends = Counter(entry.status for entry in evidence.acknowledgements)
    states: Mapping[AcknowledgementStatus, str] = {
        "expired": "expired",
        "ending": "ending soon",
        "unused": "accepting nothing",
    }
    for state, words in states.items():
        if ends[state]:
            tone = "unknown" if state == "ending" else "failed"
            yield Item(tone, "acknowledgements", f"{some(ends[state], 'acknowledgement')} {words}")
    wrong = [one for one in evidence.preflight if one.outcome != "passed"]
    if wrong:
        worst = "failed" if any(one.outcome == "failed" for one in wrong) else "unknown"
        yield Item(worst, "runtime", f"{some(len(wrong), 'answer')} of the live account", _titles(wrong))
    for status, tone in (("overdue", "failed"), ("missing", "unknown")):
        open_ = [one for one in evidence.attestations if one.status == status]
        if open_:
            yield Item(tone, "attestations", f"{some(len(open_), 'attestation')} {status}", _titles(open_))


def _titles(items: Sequence[AttestationEvidence | PreflightResult]) -> str:
    # The same may be open for several accounts.
    titles = list(dict.fromkeys(item.title for item in items))
    return "; ".join(titles[:3]) + (f"; and {len(titles) - 3} more" if len(titles) > 3 else "")
