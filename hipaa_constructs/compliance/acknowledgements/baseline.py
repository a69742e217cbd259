"""The findings that were there when the gate came: which they are, and what holds of them today; imports no aws_cdk.

A known finding is open, and fails nothing until its day. An entry stands for one finding: a second one like it is new.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hipaa_constructs.compliance.acknowledgements.acknowledgement import pack_of, place_of
from hipaa_constructs.compliance.acknowledgements.rules import MENDED_IN_TIME, SHRUNK
from hipaa_constructs.compliance.rule import PREFIX, Debt, Finding, MetaRule, listed


@dataclass(frozen=True, slots=True)
class Entry:
    """One finding of the baseline.

    ``path`` is where it lay when the baseline was written: a construct path, or ``<template name>/<logical id>``.
    ``source`` names the file that it is written in.
    """

    rule_id: str
    path: str
    fingerprint: str
    debt: Debt
    source: str = ""

    def over(self, today: datetime.date) -> bool:
        """Whether the last day on which it may be open is over."""
        return self.debt.until < today


@dataclass(frozen=True, slots=True)
class Matched:
    """Findings and entries that belong together, findings without an entry, and entries without a finding."""

    known: Sequence[tuple[Finding, Entry]]
    new: Sequence[Finding]
    left: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Debts:
    """What the baseline says of findings, and what is wrong with it.

    ``by_finding`` has, by the ``id()`` of a finding, what is known of it and not over yet. ``blamed`` names, for each
    of ``problems``, the entries that it is about.
    """

    matched: Matched
    by_finding: Mapping[int, Debt]
    problems: Sequence[Finding]
    blamed: Sequence[Sequence[Entry]]


def match(findings: Sequence[Finding], entries: Sequence[Entry], fingerprint: Callable[[Finding], str]) -> Matched:
    """Find for each entry the finding that it stands for, one at most, whatever the order of both.

    Nothing changed is taken first, then what changed in its place, then what is the same in another place.
    """
    rules = {entry.rule_id for entry in entries}
    prints = {id(finding): fingerprint(finding) for finding in findings if finding.rule_id in rules}
    waiting = sorted(
        (finding for finding in findings if finding.rule_id in rules),
        key=lambda one: (place_of(one), prints[id(one)], one.severity, one.message, one.template),
    )
    # Of two entries that could stand for a finding, it is the one that gives more time.
    unused = sorted(
        entries,
        key=lambda one: (
            -one.debt.until.toordinal(),
            one.debt.first_seen,
            one.path,
            one.debt.owner,
            one.fingerprint,
            one.rule_id,
        ),
    )
    known: list[tuple[Finding, Entry]] = []
    twins: list[Entry] = []
    keys: Sequence[tuple[Callable[[Finding], Hashable], Callable[[Entry], Hashable]]] = (
        (
            lambda one: (one.rule_id, place_of(one), prints[id(one)]),
            lambda one: (one.rule_id, one.path, one.fingerprint),
        ),
        (lambda one: (one.rule_id, place_of(one)), lambda one: (one.rule_id, one.path)),
        (lambda one: (one.rule_id, prints[id(one)]), lambda one: (one.rule_id, one.fingerprint)),
    )
    for number, (of_finding, of_entry) in enumerate(keys):
        if number == len(keys) - 1:
            # A merge may leave an entry twice: what is still in its place has not moved to another.
            still = {(entry.rule_id, entry.path) for _, entry in known}
            twins = [entry for entry in unused if (entry.rule_id, entry.path) in still]
            unused = [entry for entry in unused if (entry.rule_id, entry.path) not in still]
        by_key: dict[Hashable, list[Finding]] = defaultdict(list)
        for finding in reversed(waiting):
            by_key[of_finding(finding)].append(finding)
        found = [(by_key[key].pop(), entry) for entry in unused if by_key.get(key := of_entry(entry))]
        known += found
        taken = {id(one) for pair in found for one in pair}
        waiting = [finding for finding in waiting if id(finding) not in taken]
        unused = [entry for entry in unused if id(entry) not in taken]
    held = {id(finding) for finding, _ in known}
    return Matched(known, [finding for finding in findings if id(finding) not in held], [*unused, *twins])


def judge(
    findings: Sequence[Finding],
    entries: Sequence[Entry],
    fingerprint: Callable[[Finding], str],
    *,
    today: datetime.date,
    packs: Collection[str] = (),
) -> Debts:
    """Say which findings are known, and what is wrong with the baseline.

    :param findings: those that nobody acknowledged.
    :param packs: names of other packs that ran, such as ``HIPAA.Security``: what is left of theirs is mended. Those
        with findings need not be named.
    """
    matched = match(findings, entries, fingerprint)
    ran = {PREFIX, *(f"{pack}-" for pack in packs), *(pack_of(finding.rule_id) for finding in findings)}
    told = [*_late(matched, today), *_left([one for one in matched.left if pack_of(one.rule_id) in ran])]
    return Debts(
        matched=matched,
        by_finding={id(finding): entry.debt for finding, entry in matched.known if not entry.over(today)},
        problems=[finding for finding, _ in told],
        blamed=[blamed for _, blamed in told],
    )


def _late(matched: Matched, today: datetime.date) -> Iterator[tuple[Finding, Sequence[Entry]]]:
    """Yield what is known and should be mended by now, told once for each owner and day."""
    late: dict[tuple[str, datetime.date, str], list[Entry]] = defaultdict(list)
    for _, entry in matched.known:
        if entry.over(today):
            late[entry.source, entry.debt.until, entry.debt.owner].append(entry)
    for (source, until, owner), entries in sorted(late.items()):
        said = f"{owner} was to mend {_count(len(entries))} by {until}: {_named(entries)}."
        yield _finding(MENDED_IN_TIME, source, said), entries


def _left(entries: Sequence[Entry]) -> Iterator[tuple[Finding, Sequence[Entry]]]:
    if entries:
        said = (
            f"it holds {_count(len(entries))} that {'is' if len(entries) == 1 else 'are'} not there: {_named(entries)}."
        )
        yield _finding(SHRUNK, entries[0].source, said), entries


def _named(entries: Sequence[Entry]) -> str:
    return listed(sorted(f"{entry.rule_id} on {entry.path}" for entry in entries))


def _count(number: int) -> str:
    return f"{number} finding{'' if number == 1 else 's'}"


def _finding(rule: MetaRule, source: str, said: str) -> Finding:
    return rule.finding(f"The baseline ({source}): {said}" if source else f"The baseline: {said}")
