"""Findings as Markdown, for a comment on a pull request or merge request and for a job's summary."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from hipaa_constructs.compliance.output import Summary, counted, printable
from hipaa_constructs.compliance.rule import Finding, Weight

# A comment on GitHub holds 65,536 characters (the API answers 422, "body is too long (maximum is 65536 characters)"),
# which are kept as 262,144 bytes. Bytes are counted here, of which there are never fewer than characters.
# GitLab takes a million (docs.gitlab.com/administration/instance_limits), a job's summary a mebibyte.
LIMIT = 65_536
# By which a job finds the comment that it wrote before, to replace it.
MARKER = "<!-- hipaa-constructs check -->"

_HEAD = ("| Severity | Rule | Resource | What was seen | Fix | Line |", "|---|---|---|---|---|---|")
# No row is shorter, so no more of them fit.
_SHORTEST = 60
_LONGEST_NAME, _LONGEST_TEXT, _MOST_PROBLEMS = 300, 1_000, 5
_ACTIVE = re.compile(r"[!#$%&*<>@\[\\\]^_`{|}~]|:(?=//)|(?<=\bwww)\.|(?<=\bGH)-(?=\d)", re.IGNORECASE)
# What hosts make links, notices or cross-references of, although it is no Markdown: @team, #12, GH-12, !12, ~label, %3,
# $4.
_REFERENCE = "@#!~%$&-"


def as_markdown(findings: Sequence[Finding], summary: Summary, *, unusable: Sequence[str] = ()) -> str:
    """Return findings as Markdown of at most ``LIMIT`` bytes: the counts, and a folded table for each template.

    Errors come first, what the baseline holds last, and what does not fit is counted. What was written by others, such
    as names of resources, is shown as it is: it is no markup, mentions nobody and refers to no issue. Alarms that are
    overruled are counted only.

    :param unusable: what of the input could not be used, a sentence each.
    """
    told = [one for one in findings if one.severity != "note"]
    told.sort(key=lambda one: (one.baseline is not None, one.severity))
    head = _head(findings, summary, unusable)
    fitting, most = 0, min(len(told), LIMIT // _SHORTEST)
    text = _page(head, told, 0)
    while fitting < most:
        middle = (fitting + most + 1) // 2
        page = _page(head, told, middle)
        if _size(page) <= LIMIT:
            fitting, text = middle, page
        else:
            most = middle - 1
    return text


def _page(head: Sequence[str], told: Sequence[Finding], shown: int) -> str:
    grouped: dict[tuple[bool, str], list[Finding]] = {}
    for finding in told[:shown]:
        grouped.setdefault((finding.baseline is not None, finding.template), []).append(finding)
    lines = [*head]
    for (_, template), found in sorted(grouped.items(), key=_order):
        lines += ["", *_folded(template, found)]
    left = told[shown:]
    if left:
        templates = len({one.template for one in left})
        lines += [
            "",
            f"Left out, because a comment holds {LIMIT:,} characters: {_weights(left)} in "
            f"{counted(templates, 'template')}. `hipaa-constructs check` tells all.",
        ]
    return "\n".join(lines) + "\n"


def _head(findings: Sequence[Finding], summary: Summary, unusable: Sequence[str]) -> Sequence[str]:
    verdict = _weights(findings)
    if unusable:
        verdict = f"not all could be checked; {verdict}"
    lines = [MARKER, f"### HIPAA: {verdict}", "", f"{summary.line(findings)}."]
    if unusable:
        # A list in HTML: what stands first in an item of Markdown's could begin another list.
        problems = [prose(problem) for problem in unusable[:_MOST_PROBLEMS]]
        more = len(unusable) - len(problems)
        problems += [f"and {more} more"] if more else []
        lines += ["", "Could not be used, and was not checked:", ""]
        lines += ["<ul>", *(f"<li>{problem}</li>" for problem in problems), "</ul>"]
    return lines


def _weights(findings: Sequence[Finding]) -> str:
    """Return how many are new, and how many the baseline holds."""
    fresh = [one for one in findings if one.baseline is None]
    new = Counter(one.severity for one in fresh if one.outcome != "unknown")
    unknown = sum(1 for one in fresh if one.outcome == "unknown")
    known = sum(1 for one in findings if one.baseline is not None)
    weights: Sequence[Weight] = ("error", "warning")
    said = [counted(new[weight], f"new {weight}" if known else weight) for weight in weights if new[weight]]
    untold = [f"{unknown} {'new ' if known else ''}unknown"] if unknown else []
    return ", ".join([*said, *untold, *([f"{known} known"] if known else [])]) or "no findings"


def _order(group: tuple[tuple[bool, str], Sequence[Finding]]) -> tuple[bool, bool, bool, str]:
    """Put what the baseline holds last, and before it what has no template, which is about acknowledgements."""
    (known, template), found = group
    return known, not template, not any(one.severity == "error" for one in found), template


def _folded(template: str, found: Sequence[Finding]) -> Sequence[str]:
    title = code(template) if template else "Acknowledgements"
    lines = [f"<details><summary>{title}: {_weights(found)}</summary>", "", *_HEAD]
    told: set[tuple[str, str]] = set()
    for one in sorted(found, key=lambda one: (one.severity, one.construct_path, one.resource_logical_id, one.rule_id)):
        fix = "as above" if (one.rule_id, one.fix) in told else prose(one.fix)
        told.add((one.rule_id, one.fix))
        # What another pack counts as an error is one, though this package cannot tell.
        undecided = one.outcome == "unknown" and one.severity != "error"
        others = (*one.tells, *one.also)
        also = [f"also {', '.join(map(code, others))}"] if others else []
        name = one.construct_path or one.resource_logical_id
        kind = [prose(one.resource_type)] if one.resource_type else []
        cells = (
            "unknown" if undecided else one.severity,
            "<br>".join([code(one.rule_id), *also]),
            "<br>".join([*([code(name)] if name else []), *kind]),
            "<br>".join([prose(one.message), *([prose(one.baseline.said())] if one.baseline else [])]),
            fix,
            code(one.source) if one.source else str(one.line or ""),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, "", "</details>"]


def code(name: str) -> str:
    """Return a name as code; ``code`` in HTML, since no code of Markdown can hold a bar in a table."""
    return f"<code>{_escaped(_cut(printable(name), _LONGEST_NAME), within='<!-- -->')}</code>"


def prose(sentence: str) -> str:
    """Return a sentence on one line, without markup."""
    # A space of no width, since a host that drops comments may read what is left as one text.
    return _escaped(_cut(printable(" ".join(sentence.split())), _LONGEST_TEXT), within="&#8203;")


def _escaped(text: str, *, within: str) -> str:
    """Return text with no markup; ``within`` keeps apart what a host would read as a reference."""

    def entity(found: re.Match[str]) -> str:
        sign = found[0]
        following = found.string[found.end() : found.end() + 1]
        apart = sign in _REFERENCE and (following.isalnum() or following == "_")
        return f"&#{ord(sign)};{within if apart else ''}"

    return _ACTIVE.sub(entity, text)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _size(text: str) -> int:
    return len(text.encode())
