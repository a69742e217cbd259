"""The answers as short text, for clients that show no structured results."""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.evidence.labels import some
from hipaa_constructs.mcp.quoted import NOTE, clipped, quoted, shown_lines
from hipaa_constructs.mcp.results import (
    CheckResult,
    ControlResult,
    ControlsResult,
    EligibilityResult,
    EvidenceResult,
    FindingResult,
    MendResult,
    RuleResult,
    RulesResult,
)

_STANDING = {
    "eligible": "eligible",
    "excluded": "NOT eligible: the list excludes it",
    "not_listed": "NOT eligible: not on the list",
    "tool": "not on the list: a tool for the account, not meant to hold PHI",
    "unverified": "unverified: may be a feature of a listed service",
}


def check_text(result: CheckResult) -> str:
    """Tell what was found, a finding in two lines."""
    lines = [
        f"{some(result.errors, 'error')}, {some(result.warnings, 'warning')}, "
        f"{f'{result.known} known, ' if result.known else ''}{result.acknowledged} acknowledged; "
        f"{some(result.resources, 'resource')} in {some(result.templates, 'template')}, {result.rules} rules.",
        result.page.words("findings"),
    ]
    if result.not_read:
        lines.append("Not everything was checked:")
    if result.not_read or result.findings or result.read_too:
        lines.insert(0, NOTE)
    lines += [quoted(one.problem for one in result.not_read)] if result.not_read else []
    if result.read_too:
        lines += ["Read too, since the templates name them:", quoted(result.read_too)]
    if result.page.left_out:
        lines.append("All findings, counted by rule:")
        lines.append(quoted(f"{rule}: {count}" for rule, count in result.by_rule.items()))
    lines += [quoted(line for one in result.findings for line in _finding(one))] if result.findings else []
    return "\n".join(lines)


def _finding(one: FindingResult) -> Iterator[str]:
    place = f"{one.template}:{one.line}:{one.column}" if one.line is not None else one.template
    named = one.construct_path or one.resource
    about = " ".join(part for part in (named, f"({one.resource_type})" if one.resource_type else "", place) if part)
    made = f", made in {one.source}" if one.source else ""
    label = "unknown" if one.outcome == "unknown" and one.severity != "error" else one.severity
    yield f"{label} {one.rule}: {about}{made}"
    yield f"    {one.message} Fix: {one.fix}{f' ({one.known})' if one.known else ''}"


def mend_text(result: MendResult, *, may_write: bool) -> str:
    """Tell what is mended, as a diff, and what is left."""
    written = [one.file for one in result.templates if one.written]
    if written:
        done = f"Changed: {len(written)} of {some(len(result.templates), 'file')}."
    elif may_write:
        done = "No file was changed; apply_fixes changes them."
    else:
        done = "No file was changed, and this server changes none: edit them by the diff, or let a person run "
        done += "`hipaa-constructs fix --write`."
    lines = [NOTE, f"{result.fixed} of {result.fixed + result.left_page.total} findings are mended for sure. {done}"]
    for one in result.templates:
        added = f"; added: {', '.join(one.added)}" if one.added else ""
        asked = f"; to give at the next deployment: {', '.join(each.name for each in one.asked)}" if one.asked else ""
        lines.append(quoted([f"{one.file}: {one.fixed} mended{added}{asked}", *shown_lines(one.diff.rstrip("\n"))]))
        if one.lines_left_out:
            lines.append(f"{one.lines_left_out} more lines of this diff are left out; ask for fewer files or rules.")
    lines.append(f"To mend by hand: {result.left_page.words('findings')}")
    lines += [quoted(f"{one.rule}: {one.resource} in {one.template}: {one.why}" for one in result.left)]
    return "\n".join(line for line in lines if line)


def rule_text(result: RuleResult) -> str:
    """Tell what a rule asks, why, and how to meet it."""
    lines = [f"{result.id} ({result.severity}): {result.title}"]
    lines += [" ".join(result.explanation.split())] if result.explanation else []
    lines.append(f"Controls: {'; '.join(f'{one.id} {one.title}' for one in result.controls)}")
    lines.append(f"Fix: {result.fix}")
    for way in result.fixes:
        lines.append(f"{way.resource_type}: CloudFormation: {way.cloudformation} CDK: {way.cdk}")
    return "\n".join(lines)


def rules_text(result: RulesResult) -> str:
    """List rules, one a line."""
    listed = [f"{one.severity} {one.id}: {one.title} ({', '.join(one.controls)})" for one in result.rules]
    return "\n".join([result.page.words("rules"), *listed])


def controls_text(result: ControlsResult) -> str:
    """List controls, one a line."""
    listed = [
        f"{one.id} {one.title} ({one.requirement or 'standard'}; AWS: {one.aws}; {one.rules} rules)"
        for one in result.controls
    ]
    return "\n".join([result.page.words("controls"), *listed])


def control_text(result: ControlResult) -> str:
    """Tell what checks a control."""
    lines = [f"{result.id} {result.title} ({result.requirement or 'standard'}; AWS: {result.aws})"]
    lines += [result.note] if result.note else []
    lines.append(f"People: {result.duty}")
    for label, names in (("Rules", result.rules), ("cdk-nag", result.cdk_nag), ("AWS Config", result.config)):
        lines.append(f"{label}: {', '.join(names) or 'none'}")
    return "\n".join(lines)


def eligibility_text(result: EligibilityResult) -> str:
    """Tell of each name whether it may hold PHI."""
    lines = []
    for one in result.standings:
        said = [("Except", one.exclusions), ("Note", one.notes), ("Lifecycle", one.lifecycle)]
        more = "".join(f" {label}: {text}." for label, text in said if text)
        lines.append(f"{one.name}: {_STANDING[one.status]}.{more}")
    for unknown in result.unknown:
        near = f"; nearest are {', '.join(unknown.nearest)}" if unknown.nearest else ""
        asked = clipped(repr(unknown.asked))
        lines.append(f"{asked} is neither a service nor a CloudFormation namespace{near}.")
    return "\n".join([*lines, f"By AWS's list of {result.as_of}."])


def evidence_text(result: EvidenceResult) -> str:
    """Tell the headline, the entries that were asked for, and what people have to do."""
    counts = ", ".join(f"{count} {status}" for status, count in result.statuses.items())
    lines = [NOTE, f"{result.today}: {result.verdict}", f"Entries of the Security Rule: {counts}."]
    lines += [f"{column.name}: {column.words}" for column in result.columns]
    if result.notes:
        lines += ["What limits this evidence:", quoted(result.notes)]
    lines.append(result.controls_page.words("controls of this status"))
    lines.append(
        quoted(
            f"{one.id} {one.title} ({one.status}): {one.reason} People have to: {one.duty}" for one in result.controls
        )
    )
    lines.append(f"To attest by people: {result.tasks_page.words('attestations')}")
    lines.append(
        quoted(
            f"{one.id}{f' in {one.account}' if one.account else ''}: {one.title} ({one.status}"
            f"{f', {one.owner}' if one.owner else ''}{f', was due {one.due}' if one.due else ''})"
            for one in result.tasks
        )
    )
    return "\n".join([*(line for line in lines if line), result.disclaimer])
