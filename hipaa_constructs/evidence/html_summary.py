"""The page that a manager reads: one sentence, a few figures, and what needs attention."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hipaa_constructs.evidence.inventory import BACKUP_RULE
from hipaa_constructs.evidence.labels import shorten_path, some
from hipaa_constructs.evidence.model import (
    COLUMN_WORDS,
    STATUS_WORDS,
    AcknowledgementEvidence,
    AcknowledgementStatus,
    Evidence,
    StoreEvidence,
)

# So many owners the first screen names.
_MOST_OWNERS = 3
# So many stores, by name.
_MOST_STORES = 3


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
class Answer:
    """What is asked first: how many, who and until when, and where the report says more."""

    status: str
    anchor: str
    words: str
    number: str
    lines: Sequence[str]


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
        "answers": _answers(evidence),
        "figures": _figures(evidence),
        "columns": _columns(evidence),
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
        ("acknowledgements", "Exceptions", len(evidence.acknowledgements)),
        ("inventory", "PHI inventory", len(evidence.inventory)),
        ("system", "The system", None),
        ("network", "Network map", None),
        ("data-flow", "Data flow", None),
        ("attestations", "Attestations", len(evidence.attestations)),
        ("decisions", "Decisions", len(evidence.decisions)),
        ("plan", "Plan and calendar", None),
        ("cost", "Cost", None),
        ("defaults", "Secure defaults", len(evidence.changes)),
        ("runtime", "After deployment", None),
        ("breach", "Breach notification", None),
        ("proposed", "The proposed rule", None),
        ("rules", "Rule by rule", len(evidence.rules)),
        ("provenance", "Sources", None),
    ]


def _verdict(evidence: Evidence) -> Verdict:
    summary = evidence.summary
    if summary.findings or summary.live_open:
        kinds = [some(summary.errors, "error")] if summary.errors else []
        kinds += [some(summary.warnings, "warning")] if summary.warnings else []
        parts = [f"{some(summary.findings, 'finding')} in the templates ({', '.join(kinds)})"] if kinds else []
        parts += [f"{some(summary.live_open, 'finding')} in the live account"] if summary.live_open else []
        failed = summary.errors or any(one.open and one.outcome == "failed" for one in evidence.preflight)
        gate = "The gate reported only, and failed nothing. " if evidence.report_only else ""
        known = f" Of them, {summary.known:,} known and owed." if summary.known else ""
        return Verdict("failed" if failed else "unknown", f"{gate}Open: {' and '.join(parts)}.{known}")
    silent = sorted({rule.origin for rule in evidence.rules.values() if not rule.ran})
    if silent:
        return Verdict("unknown", f"No finding is open, but rules of {' and '.join(silent)} did not run.")
    if missing := summary.controls.get("not_attested", 0):
        lacking = some(missing, "standard or specification lacks", "standards and specifications lack")
        return Verdict("not_attested", f"No finding is open. {lacking} what people or the live account have to show.")
    return Verdict("passed", "No finding is open, and nothing is left to attest.")


def _lead(evidence: Evidence) -> str:
    counts = evidence.summary.controls
    parts = [f"{count} {words.lower()}" for status, words in STATUS_WORDS.items() if (count := counts.get(status, 0))]
    asked = sorted({one.account for one in evidence.preflight})
    account = f"Live accounts that were asked: {', '.join(asked)}." if asked else "No live account was asked."
    account += " At this synth the gate reported only." if evidence.report_only else ""
    return (
        f"Of the Security Rule's {len(evidence.controls)} standards and specifications: {', '.join(parts)}. {account}"
    )


def _answers(evidence: Evidence) -> Sequence[Answer]:
    """Return what an assessor asks first: met, open, excepted by whom until when, to do by whom, and where PHI is."""
    summary, every = evidence.summary, len(evidence.controls)
    by_account = sum(1 for one in evidence.preflight if one.open)
    found = [f"{some(summary.errors, 'error')}, {some(summary.warnings, 'warning')} in templates"]
    found += [f"{by_account:,} in live accounts" if evidence.preflight else "no live account was asked"]
    open_ = Counter(one.owner or "no owner yet" for one in evidence.attestations if one.status != "current")
    held = [one for one in evidence.inventory if one.role in ("data", "copy") and one.classification != "NO_PHI"]
    regions = Counter(one.region or "any Region" for one in held)
    return [
        Answer("met", "controls", "Met", f"{summary.controls.get('met', 0):,}", [f"of {every} things asked"]),
        Answer("open", "findings", "Open", f"{summary.findings + summary.live_open:,}", found),
        Answer("excepted", "acknowledgements", "Excepted", f"{summary.acknowledgements:,}", _excepted(evidence)),
        Answer(
            "not_attested",
            "attestations",
            "People\u2019s to-do",
            f"{sum(open_.values()):,}",
            [f"{owner}: {number}" for owner, number in open_.most_common(_MOST_OWNERS)] or ["nothing is left"],
        ),
        Answer(
            "",
            "inventory",
            "Stores of PHI",
            f"{len(held):,}",
            [*(f"{region}: {number}" for region, number in sorted(regions.items())), *_named(held)] or ["none"],
        ),
    ]


def _named(held: Sequence[StoreEvidence]) -> Sequence[str]:
    """Return the first stores by name, data before its copies, and how many more there are."""
    names = [shorten_path(str(one.resource)) for one in sorted(held, key=lambda one: one.role != "data")]
    more = [f"and {len(names) - _MOST_STORES} more"] if len(names) > _MOST_STORES else []
    return [*names[:_MOST_STORES], *more]


def _excepted(evidence: Evidence) -> Sequence[str]:
    """Return who accepted how much until when; the library's limitations are whose who took them over."""
    owners: dict[str, list[AcknowledgementEvidence]] = {}
    for one in evidence.acknowledgements:
        if one.acknowledgement.origin == "library":
            owner = evidence.limitations.reviewed_by if evidence.limitations else "the library; taken over by nobody"
        else:
            owner = one.acknowledgement.approved_by or "nobody"
        owners.setdefault(owner, []).append(one)
    lines: list[str] = []
    for owner, given in sorted(owners.items(), key=lambda item: -len(item[1])):
        ends = sorted(one.acknowledgement.expires for one in given if one.acknowledgement.expires)
        until = f", first end {ends[0]}" if len(set(ends)) > 1 else f", until {ends[0]}" if ends else ""
        lines.append(f"{len(given)} by {owner}{until}")
    more = [f"and {len(lines) - _MOST_OWNERS} more people"] if len(lines) > _MOST_OWNERS else []
    return [*lines[:_MOST_OWNERS], *more] or ["nobody accepted anything"]


def _columns(evidence: Evidence) -> Sequence[tuple[str, str]]:
    """Return what each column says of the entries, counted; what it cannot show comes last."""
    controls = evidence.controls.values()
    columns = {
        "Infrastructure": [one.infrastructure for one in controls],
        "Live account": [one.live for one in controls],
        "People": [one.people for one in controls],
    }
    found: list[tuple[str, str]] = []
    for title, column in columns.items():
        decides = Counter(one.status for one in column if one.role == "decides")
        supports = Counter(one.status for one in column if one.role == "supports")
        parts = [
            f"{said} {sum(counts.values())}: "
            + ", ".join(f"{counts[status]} {word.lower()}" for status, word in COLUMN_WORDS.items() if counts[status])
            for said, counts in (("needed for", decides), ("supports", supports))
            if counts
        ]
        silent = sum(1 for one in column if one.role == "none")
        parts += [f"cannot show {silent}"] if silent else []
        text = "; ".join(parts)
        found.append((title, f"{text[0].upper()}{text[1:]}."))
    return found


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
    people = [entry for entry in evidence.acknowledgements if entry.acknowledgement.origin != "library"]
    soon = Counter(entry.status for entry in people)
    ends = [f"{soon['expired']} expired"] if soon["expired"] else []
    ends += [f"{soon['ending']} ending soon"] if soon["ending"] else []
    own = sum(1 for store in evidence.inventory if store.encryption == "customer_key")
    watched = sum(1 for rule in evidence.config_rules if rule.deployed)
    attested = len(evidence.attestations)
    return [
        Figure("Checks on templates", f"{summary.checks.total:,}", ", ".join(checks)),
        Figure("Exceptions by people", f"{len(people):,}", ", ".join(ends) or "none ends soon"),
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
    if debts := [one.baseline for one in evidence.findings if one.baseline is not None]:
        owners = Counter(debt.owner for debt in debts)
        oldest = max(debt.age(evidence.today) for debt in debts)
        said = f"known for up to {some(oldest, 'day')}; the first to be mended by {min(debt.until for debt in debts)}; "
        said += ", ".join(f"{owner}: {number}" for owner, number in owners.most_common(_MOST_OWNERS))
        yield Item("failed", "findings", f"{some(len(debts), 'finding')} of them in the baseline", said)
    bare = sum(1 for store in evidence.inventory if store.encryption == "none")
    if bare:
        yield Item("failed", "inventory", f"{some(bare, 'store')} without encryption")
    backed_up = evidence.rules.get(f"HIPAA.Constructs-{BACKUP_RULE}")
    if backed_up and (unsaved := len(backed_up.resources["failed"])):
        yield Item("failed", "inventory", f"{some(unsaved, 'store')} without backup or replica")
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
    for outcome in ("failed", "unknown"):
        wrong = [one.says for one in evidence.preflight if one.open and one.outcome == outcome]
        if wrong:
            yield Item(outcome, "runtime", f"{some(len(wrong), 'finding')} in the live account", _titles(wrong))
    yield from _people(evidence)


def _people(evidence: Evidence) -> Iterator[Item]:
    """Yield what people have not said yet, or have to say again."""
    for status, tone, words in (("overdue", "failed", "Overdue"), ("missing", "not_attested", "Not attested")):
        open_ = [one.title for one in evidence.attestations if one.status == status]
        if open_:
            yield Item(tone, "attestations", f"{words}: {len(open_)}", _titles(open_))
    late = [f"§{one.control}" for one in evidence.decisions if one.status == "overdue"]
    if late:
        yield Item("failed", "decisions", f"{some(len(late), 'decision')} due for review", _titles(late))
    decided = {one.control for one in evidence.decisions}
    entries = (one.control for one in evidence.controls.values())
    undecided = [f"§{one.id}" for one in entries if one.requirement == "addressable" and one.id not in decided]
    if undecided:
        words = f"{some(len(undecided), 'addressable specification')} not decided"
        yield Item("not_attested", "decisions", words, _titles(undecided))
    limited = any(one.acknowledgement.origin == "library" for one in evidence.acknowledgements)
    if limited and (evidence.limitations is None or evidence.limitations.status != "current"):
        yield Item("not_attested", "acknowledgements", "Nobody took over the library's limitations")


def _titles(every: Sequence[str]) -> str:
    # The same may be open for several accounts.
    titles = list(dict.fromkeys(every))
    return "; ".join(titles[:3]) + (f"; and {len(titles) - 3} more" if len(titles) > 3 else "")
