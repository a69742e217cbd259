"""Findings as text for people, and as JSON for programs; SARIF and Markdown have modules of their own."""

from __future__ import annotations

import json
import re
import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hipaa_constructs.compliance.acknowledgements.acknowledgement import place_of
from hipaa_constructs.compliance.acknowledgements.rules import BASELINE_RULES
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.compliance.sarif import as_sarif

__all__ = ["Summary", "as_json", "as_sarif", "as_text"]

# After so many findings of a rule, its fix is known.
_TOLD = 3
# So many of the resources of which the same is so are named unless all are asked for.
_NAMED = 10
_BASELINE = frozenset(rule.id for rule in BASELINE_RULES)
_COLORS = {"error": "31", "warning": "33", "note": "2", "bold": "1", "dim": "2"}


@dataclass(frozen=True, slots=True)
class Summary:
    """What was checked, for the closing line."""

    templates: int
    resources: int
    rules: int
    acknowledged: int

    def line(self, findings: Sequence[Finding]) -> str:
        """Return the counts in one line."""
        known = sum(1 for finding in findings if finding.baseline is not None)
        fresh = [finding for finding in findings if finding.baseline is None]
        unknown = sum(1 for finding in fresh if finding.outcome == "unknown")
        errors, warnings, notes = (
            sum(1 for finding in fresh if finding.severity == weight and finding.outcome != "unknown")
            for weight in ("error", "warning", "note")
        )
        return (
            f"{counted(self.resources, 'resource')} in {counted(self.templates, 'template')}, {self.rules} rules: "
            f"{counted(errors, 'error')}, {counted(warnings, 'warning')}, "
            f"{f'{unknown} unknown, ' if unknown else ''}"
            f"{f'{known} known, ' if known else ''}{self.acknowledged} acknowledged"
            f"{f', {notes} overruled' if notes else ''}"
        )


def as_json(findings: Sequence[Finding]) -> str:
    """Return findings as a JSON list; its fields are those of a finding."""
    return json.dumps([finding.as_dict() for finding in findings], indent=2) + "\n"


def as_text(
    findings: Sequence[Finding],
    summary: Summary,
    *,
    every: Sequence[Finding] | None = None,
    width: int = 80,
    color: bool = False,
    full: bool = False,
) -> str:
    """Return findings grouped by resource, what has most errors first, and the counts last.

    What is so of several resources in the same words, but for what names a part of each, is said at the first, which
    names the others.

    :param every: what the counts are of, where some of it is told in others. Default: the findings.
    :param full: whether each finding tells its fix, and each alarm that is overruled stands at its resource.
        Default: what was told of a rule thrice is not told again, alarms are counted by rule, and of many resources of
        which the same is so the first are named.
    """
    notes = [] if full else [finding for finding in findings if finding.severity == "note"]
    shown = findings if full else [finding for finding in findings if finding.severity != "note"]
    lines = [*by_resource(shown, width=width, color=color, full=full), *_overruled(notes, width, color)]
    alike = _alike(shown)
    told = Counter(words[0] for words in alike)
    if notes or (
        not full
        and (any(count > _TOLD for count in told.values()) or any(len(one) > _NAMED + 1 for one in alike.values()))
    ):
        lines += ["Fixes that repeat, further resources, and where alarms are overruled: --all tells them.", ""]
    everything = findings if every is None else every
    said = len(_alike([finding for finding in shown if finding.severity != "note"]))
    of = sum(1 for finding in everything if finding.severity != "note")
    if said < of:
        lines += [f"What is so of several resources is said once: {said} for {counted(of, 'finding')}.", ""]
    closing = summary.line(everything)
    return "\n".join([*lines, _styled(closing, "bold", color)]) + "\n"


def by_resource(
    findings: Sequence[Finding], *, width: int = 80, color: bool = False, full: bool = True
) -> Sequence[str]:
    """Return the lines that tell of findings, grouped by resource, what has most errors first.

    What is so of several resources in the same words, but for what names a part of each, is said at the first, which
    names the others.

    :param full: whether each finding tells its fix, and names all resources of which the same is so. Default: it does.
    """
    told: Counter[str] = Counter()
    alike = _alike(findings)
    grouped: dict[tuple[str, str, str, str], list[Finding]] = {}
    for finding in findings:
        resource = (finding.template, finding.construct_path, finding.resource_logical_id, finding.resource_type)
        grouped.setdefault(resource, []).append(finding)
    lines: list[str] = []
    # What is about acknowledgements in a file, which have no place, comes last.
    for (template, path, logical_id, kind), all_found in sorted(grouped.items(), key=_order):
        found = [one for one in all_found if _words(one) in alike]
        if not found:
            continue
        title = path or logical_id or template or _of_none(found)
        lines.append(_styled(printable(title), "bold", color))
        named = f"{logical_id} in {template}" if logical_id else template
        place = "  ".join(part for part in (kind, named, found[0].source) if part)
        if place and place != title:
            lines.append(_styled(printable(f"  {place}"), "dim", color))
        for finding in sorted(found, key=lambda one: (one.severity, one.rule_id)):
            if _words(finding) not in alike:
                # The resource has the same twice.
                continue
            # What another pack counts as an error is one, though this package cannot tell.
            undecided = finding.outcome == "unknown" and finding.severity != "error"
            label = "known" if finding.baseline is not None else "unknown" if undecided else finding.severity
            at = "" if finding.line is None else f"  {template}:{finding.line}:{finding.column}"
            lines.append(f"  {_styled(f'{label:<8}', finding.severity, color)} {printable(finding.rule_id + at)}")
            if finding.baseline is not None:
                lines.extend(_wrapped(finding.baseline.said(), "Debt: ", width))
            if finding.tells or finding.also:
                lines.extend(_wrapped(", ".join((*finding.tells, *finding.also)), "Also: ", width))
            lines.extend(_wrapped(finding.message, "", width))
            others = [one for one in alike.pop(_words(finding)) if one is not finding]
            if others:
                lines.extend(_wrapped(_named(others, finding, full=full), "Likewise: ", width))
            told[finding.rule_id] += 1
            if told[finding.rule_id] > _TOLD and not full:
                continue
            if finding.fix:
                lines.extend(_wrapped(finding.fix, "Fix: ", width))
            if finding.controls:
                lines.extend(_wrapped(", ".join(finding.controls), "Controls: ", width))
        lines.append("")
    return lines


def _words(finding: Finding) -> tuple[Any, ...]:
    """Return all that is said of a finding; what has no place is not said of another."""
    placed = finding.construct_path or finding.resource_logical_id or finding.template
    debt = finding.baseline.said() if finding.baseline is not None else None
    said = (
        finding.severity,
        finding.outcome,
        _without_inner(finding),
        finding.fix,
        finding.controls,
        finding.also,
        finding.tells,
        debt,
    )
    return (finding.rule_id, *said, None if placed else id(finding))


def _without_inner(finding: Finding) -> str:
    """Return what a finding says, without the words that name a part of its resource."""
    message = finding.message
    for words in sorted(finding.inner, key=len, reverse=True):
        message = re.sub(rf"(?<!\w){re.escape(words)}(?!\w)" if words[:1].isalnum() else re.escape(words), "", message)
    return message


def _alike(findings: Sequence[Finding]) -> dict[tuple[Any, ...], list[Finding]]:
    alike: dict[tuple[Any, ...], list[Finding]] = {}
    for finding in findings:
        alike.setdefault(_words(finding), []).append(finding)
    return alike


def _named(findings: Sequence[Finding], first: Finding, *, full: bool) -> str:
    """Name the resources of findings, with their lines as they are seen from that of the first one, which says it."""
    template = first.template
    ordered = sorted(findings, key=lambda one: (one.template != template, one.template, one.line or 0, place_of(one)))
    names = list(dict.fromkeys(_name(one, first) for one in ordered))
    shown = names if full else names[:_NAMED]
    more = f" and {len(names) - len(shown)} more" if len(shown) < len(names) else ""
    return f"{', '.join(shown)}{more}."


def _name(finding: Finding, first: Finding) -> str:
    """Name the resource of a finding: where it is written, and what part of it is meant where that differs."""
    name = finding.construct_path or finding.resource_logical_id
    line = f"line {finding.line}" if finding.template == first.template else f"{finding.template}:{finding.line}"
    at = finding.source if finding.line is None else line
    parts = [words.strip() for words in dict.fromkeys(finding.inner) if words not in first.inner]
    told = ", ".join(part for part in (at, *parts) if part)
    return (f"{name} ({told})" if told else name) if name else at or finding.template


def _of_none(found: Sequence[Finding]) -> str:
    """Return what findings without a place are about."""
    about = {"The baseline" if one.rule_id in _BASELINE else "Acknowledgements" for one in found}
    return " and ".join(sorted(about))


def _order(group: tuple[tuple[str, str, str, str], Sequence[Finding]]) -> tuple[bool, int, str, tuple[str, ...]]:
    """Order as the gate does in its summary of a synth: what has most errors first, and then by place."""
    place, found = group
    errors = sum(1 for finding in found if finding.severity == "error" and finding.baseline is None)
    return not any(place), -errors, place_of(found[0]), place


def _overruled(notes: Sequence[Finding], width: int, color: bool) -> list[str]:
    """Tell of each rule once that its alarms are false, how many they are, and why."""
    if not notes:
        return []
    lines = [_styled("Overruled alarms", "bold", color)]
    counted = Counter(note.rule_id for note in notes)
    for note in {note.rule_id: note for note in reversed(notes)}.values():
        lines.append(f"  {_styled('note    ', 'note', color)} {printable(note.rule_id)}  ({counted[note.rule_id]})")
        lines.extend(_wrapped(f"{note.message} {note.fix}", "", width))
    return [*lines, ""]


def printable(text: str) -> str:
    """Show what a terminal would obey, and what no encoding has, as escapes."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def _wrapped(text: str, label: str, width: int) -> list[str]:
    indent = " " * 11
    return textwrap.wrap(
        label + printable(" ".join(text.split())),
        width=max(width, 40),
        initial_indent=indent,
        subsequent_indent=indent + " " * (2 if label else 0),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _styled(text: str, style: str, color: bool) -> str:
    return f"\x1b[{_COLORS[style]}m{text}\x1b[0m" if color else text


def counted(number: int, noun: str) -> str:
    """Return a number of things with their noun, in the plural unless it is one."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
