"""Findings as text for people, and as JSON for programs; SARIF has its own module."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.compliance.sarif import as_sarif

__all__ = ["Summary", "as_json", "as_sarif", "as_text"]

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
        errors, warnings, notes = (
            sum(1 for finding in findings if finding.severity == weight) for weight in ("error", "warning", "note")
        )
        return (
            f"{_count(self.resources, 'resource')} in {_count(self.templates, 'template')}, {self.rules} rules: "
            f"{_count(errors, 'error')}, {_count(warnings, 'warning')}, {self.acknowledged} acknowledged"
            f"{f', {notes} overruled' if notes else ''}"
        )


def as_json(findings: Sequence[Finding]) -> str:
    """Return findings as a JSON list; its fields are those of a finding."""
    return json.dumps([finding.as_dict() for finding in findings], indent=2) + "\n"


def as_text(findings: Sequence[Finding], summary: Summary, *, width: int = 80, color: bool = False) -> str:
    """Return findings grouped by resource, errors first, and the counts last."""
    grouped: dict[tuple[str, str, str, str], list[Finding]] = {}
    for finding in findings:
        resource = (finding.template, finding.construct_path, finding.resource_logical_id, finding.resource_type)
        grouped.setdefault(resource, []).append(finding)
    lines: list[str] = []
    # By place; what is about acknowledgements in a file, which have none, comes last.
    for (template, path, logical_id, kind), found in sorted(grouped.items(), key=lambda one: (not any(one[0]), one[0])):
        title = path or logical_id or template or "Acknowledgements"
        lines.append(_styled(printable(title), "bold", color))
        named = f"{logical_id} in {template}" if logical_id else template
        place = "  ".join(part for part in (kind, named, found[0].source) if part)
        if place and place != title:
            lines.append(_styled(printable(f"  {place}"), "dim", color))
        for finding in sorted(found, key=lambda one: (one.severity, one.rule_id)):
            # What another pack counts as an error is one, though this package cannot tell.
            undecided = finding.outcome == "unknown" and finding.severity != "error"
            label = "unknown" if undecided else finding.severity
            at = "" if finding.line is None else f"  {template}:{finding.line}:{finding.column}"
            lines.append(f"  {_styled(f'{label:<8}', finding.severity, color)} {printable(finding.rule_id + at)}")
            if finding.also:
                lines.extend(_wrapped(", ".join(finding.also), "Also: ", width))
            lines.extend(_wrapped(finding.message, "", width))
            if finding.fix:
                lines.extend(_wrapped(finding.fix, "Fix: ", width))
            if finding.controls:
                lines.extend(_wrapped(", ".join(finding.controls), "Controls: ", width))
        lines.append("")
    closing = summary.line(findings)
    return "\n".join([*lines, _styled(closing, "bold", color)]) + "\n"


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


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
