"""The evidence of many accounts as one HTML file that needs nothing else: no network, and no script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hipaa_constructs.compliance.controls import Control, controls
from hipaa_constructs.evidence.html_report import page
from hipaa_constructs.evidence.html_summary import Answer, Verdict
from hipaa_constructs.evidence.html_words import SECTIONS
from hipaa_constructs.evidence.labels import moment_of, some
from hipaa_constructs.evidence.model import COLUMN_WORDS, OUTCOMES, STATUS_WORDS, ControlStatus
from hipaa_constructs.evidence.organization_model import AccountEvidence, Cell, OrganizationEvidence, label_of

# So many accounts stand by name beside an entry; the others are in the matrix.
_MOST_NAMED = 8
# The style sheet filters by so many environments.
_MOST_ENVIRONMENTS = 12
# What an account's own templates or answers say; what people have to say is the same for all of them.
_OWN = ("failed", "unknown", "excepted")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the Security Rule across accounts: how many have which status, and those in which it is open."""

    control: Control
    counts: Mapping[ControlStatus, int]
    open: Sequence[AccountEvidence]


def as_html(evidence: OrganizationEvidence) -> str:
    """Return the report as an HTML document."""
    environments = sorted({one.known.environment for one in evidence.accounts} - {""})
    return page(
        "organization.html.j2",
        e=evidence,
        verdict=_verdict(evidence),
        lead=_lead(evidence),
        answers=_answers(evidence),
        sections=_sections(),
        entries=_entries(evidence),
        environments=environments if 1 < len(environments) <= _MOST_ENVIRONMENTS else [],
        number_of={name: number for number, name in enumerate(environments)},
        told=_told,
        rest=_rest,
        label=label_of,
        anchors={id(one): f"a-{one.id or number}" for number, one in enumerate(evidence.accounts)},
        key=id,
        most_named=_MOST_NAMED,
        outcomes=OUTCOMES,
        status_words=STATUS_WORDS,
        column_words=COLUMN_WORDS,
        moment=moment_of(evidence.made),
    )


def _verdict(evidence: OrganizationEvidence) -> Verdict:
    counts = evidence.statuses
    bad = [one for one in evidence.accounts if one.statuses["open"]]
    if bad:
        failed = any(one.errors or one.live_open for one in bad)
        said = f"Something is open in {len(bad):,} of {some(len(evidence.accounts), 'account')}."
        return Verdict("failed" if failed else "unknown", said)
    if counts["not_attested"]:
        return Verdict("not_attested", "Nothing is open. People or live accounts have not shown their part everywhere.")
    return Verdict("passed", "Nothing is open in any account, and nothing is left to attest.")


def _lead(evidence: OrganizationEvidence) -> str:
    asked = sum(1 for one in evidence.accounts if one.asked)
    cells = sum(evidence.statuses.values())
    parts = [f"{count:,} {STATUS_WORDS[status].lower()}" for status, count in evidence.statuses.items() if count]
    return (
        f"{len(controls())} standards and specifications in {some(len(evidence.accounts), 'account')} make {cells:,}: "
        f"{', '.join(parts)}. {asked or 'None'} of the live accounts {'was' if asked <= 1 else 'were'} asked."
    )


def _answers(evidence: OrganizationEvidence) -> Sequence[Answer]:
    every = evidence.accounts
    errors, warnings = sum(one.errors for one in every), sum(one.warnings for one in every)
    debts, live = sum(one.debts for one in every), sum(one.live_open for one in every)
    clean = sum(1 for one in every if not one.statuses["open"])
    counts = evidence.statuses
    nameless = sum(1 for one in every if not one.id)
    unproven = counts["not_attested"] + counts["nothing_to_check"]
    # Nothing is open where nobody has shown anything either.
    proven = clean == len(every) > 0 and not unproven
    listed = [f"{sum(one.resources for one in every):,} resources"]
    listed += [f"{some(nameless, 'of them is', 'of them are')} stacks that name none"] if nameless else []
    return [
        Answer("", "accounts", "Accounts", f"{len(every):,}", listed),
        Answer("met" if proven else "", "accounts", "With nothing open", f"{clean:,}", [f"of {len(every):,}"]),
        Answer(
            "open",
            "accounts",
            "Open findings",
            f"{errors + warnings + live:,}",
            [f"{some(errors, 'error')}, {some(warnings, 'warning')} in templates", f"{live:,} in live accounts"],
        ),
        Answer("open" if debts else "", "accounts", "Known of them", f"{debts:,}", ["owed by the baseline"]),
        Answer(
            "not_attested",
            "entries",
            "Without proof",
            f"{unproven:,}",
            [f"{counts['not_attested']:,} not attested", f"{counts['nothing_to_check']:,} with nothing to check"],
        ),
    ]


def _sections() -> Sequence[tuple[str, str, Sequence[Control]]]:
    grouped: dict[str, list[Control]] = {}
    for control in controls().values():
        grouped.setdefault(control.id.partition("(")[0], []).append(control)
    return [(id_, SECTIONS.get(id_, ""), every) for id_, every in grouped.items()]


def _entries(evidence: OrganizationEvidence) -> Sequence[Entry]:
    """Return the entries, those first that are open in the most accounts."""
    found: list[Entry] = []
    for control in controls().values():
        having = [(one, one.cells[control.id].status) for one in evidence.accounts]
        statuses = [status for _, status in having]
        counts = {status: statuses.count(status) for status in STATUS_WORDS}
        found.append(Entry(control, counts, [one for one, status in having if status == "open"]))
    return sorted(found, key=lambda one: [-count for count in one.counts.values()][:-1])


def _told(account: AccountEvidence) -> Sequence[Cell]:
    """Return the cells of which the account itself, or another one, says something: the worst first."""
    rank = list(STATUS_WORDS)
    own = [
        cell
        for cell in account.cells.values()
        if cell.infrastructure.status in _OWN or cell.live.status in _OWN or cell.known or cell.provided
    ]
    return sorted(own, key=lambda cell: (rank.index(cell.status), -cell.checks.failed, -cell.checks.unknown))


def _rest(account: AccountEvidence) -> Sequence[tuple[ControlStatus, Sequence[Control]]]:
    """Return the other entries by status."""
    told = {cell.control.id for cell in _told(account)}
    grouped: dict[ControlStatus, list[Control]] = {}
    for cell in account.cells.values():
        if cell.control.id not in told:
            grouped.setdefault(cell.status, []).append(cell.control)
    return [(status, grouped[status]) for status in STATUS_WORDS if status in grouped]
