"""What the gate says of a synth as a whole, on one screen."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from hipaa_constructs.cloudformation.sources import Sources
from hipaa_constructs.compliance import engine
from hipaa_constructs.compliance.acknowledgements.acknowledgement import place_of
from hipaa_constructs.compliance.assess import Assessment
from hipaa_constructs.compliance.evaluation import Terms
from hipaa_constructs.compliance.gate import NAME
from hipaa_constructs.compliance.nag import HIPAA
from hipaa_constructs.compliance.output import printable
from hipaa_constructs.compliance.rule import PREFIX, Finding

_LINES_SHOWN = 10


def summary(assessment: Assessment, *, packs: Sequence[str], today: datetime.date, terms: Terms) -> str:
    """Return the one screen that a person reads; CDK prints the findings themselves after it."""
    templates, found = assessment.app.templates, assessment.failing
    resources = sum(len(template.resources) for template in templates)
    errors = sum(1 for finding in found if finding.severity == "error")
    failing = sum(1 for finding in found if terms.would_fail(finding.severity))
    weight = "finding" if terms.strict else "error"
    named = f"{errors or 'no'} error{'' if errors == 1 else 's'}"
    unknown = sum(1 for finding in found if finding.outcome == "unknown")
    untold = f", {unknown} unknown" if unknown else ""
    lines = [
        f"HIPAA gate: {named}",
        *([f"  report only: {_count(failing, weight)} would have failed"] if terms.report_only else []),
        f"  stacks            {len(templates)}",
        f"  resources         {resources}",
        f"  rules             {len(engine.all_rules())} of {NAME}, and {', '.join(packs)}",
        f"  findings          {len(found)} ({errors} errors, {len(found) - errors - unknown} warnings{untold})",
        *by_line(found, sources := Sources(assessment.app)),
        f"  acknowledgements  {len(assessment.governed.acknowledged)} findings accepted",
        *known(assessment, today),
        *overruled(assessment.overruled),
        *by_construct(found, sources),
    ]
    return "\n".join(lines) + "\n"


def known(assessment: Assessment, today: datetime.date) -> Iterator[str]:
    """Yield how much of what is open the baseline holds, how old it is, and whose it is until when."""
    held = [one.baseline for one in assessment.marked(assessment.open) if one.baseline is not None]
    debts = Counter((debt.owner, debt.until) for debt in held)
    if debts:
        oldest = max(debt.age(today) for debt in held)
        yield f"  baseline          {debts.total()} known, the oldest for {_count(oldest, 'day')}"
    for (owner, until), count in sorted(debts.items(), key=lambda one: (one[0][1], one[0][0]))[:_LINES_SHOWN]:
        yield f"                    {count} of {printable(owner)}, until {until}"
    if len(debts) > _LINES_SHOWN:
        yield f"                    and {len(debts) - _LINES_SHOWN} more owners and days"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def by_construct(findings: Iterable[Finding], sources: Sources) -> Iterator[str]:
    """Yield what is found of which construct, by this package and others, what has most errors first."""
    grouped: dict[str, list[Finding]] = {}
    for finding in findings:
        grouped.setdefault(place_of(finding), []).append(finding)
    ordered = sorted(grouped.items(), key=lambda one: (-sum(each.severity == "error" for each in one[1]), one[0]))
    for place, found in ordered[:_LINES_SHOWN]:
        source = sources.of(found[0].construct_path)
        yield f"  {printable(place) if place != '/' else 'the app'}{f'  {source}' if source else ''}"
        for severity in ("error", "warning"):
            names = list(dict.fromkeys(_short(one.rule_id) for one in found if one.severity == severity))
            if names:
                yield f"    {severity:<9} {printable(', '.join(names))}"
    if len(ordered) > _LINES_SHOWN:
        yield f"  and {len(ordered) - _LINES_SHOWN} more constructs"


def _short(rule_id: str) -> str:
    return rule_id.removeprefix(PREFIX).removeprefix(f"{HIPAA}-")


def overruled(alarms: Sequence[Finding]) -> Iterator[str]:
    """Yield how many alarms of cdk-nag's are false, by rule, those of most first."""
    rules = Counter(alarm.rule_id for alarm in alarms).most_common()
    if rules:
        yield f"  overruled         {len(alarms)} alarms of cdk-nag's; `hipaa-constructs report` says why"
    for rule_id, count in rules[:_LINES_SHOWN]:
        yield f"                    {count} of {rule_id}"


def by_line(findings: Iterable[Finding], sources: Sources) -> Iterator[str]:
    """Yield how many findings come of which line of the app, those of most first.

    CDK itself names the innermost line, which is one of this package for what a construct of it makes.
    """
    lines = Counter(str(source) for finding in findings if (source := sources.of(finding.construct_path)))
    for line, count in lines.most_common(_LINES_SHOWN):
        yield f"                    {count} of {line}"
    if len(lines) > _LINES_SHOWN:
        yield f"                    and of {len(lines) - _LINES_SHOWN} more lines"
