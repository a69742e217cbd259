"""An estimate, or what changed since another, as Markdown for a comment on a pull request and for a job's summary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hipaa_constructs.compliance.markdown import code, prose
from hipaa_constructs.cost.choices import CHOICES
from hipaa_constructs.cost.compare import Change, Comparison
from hipaa_constructs.cost.figures import Estimate
from hipaa_constructs.cost.words import NOT_AN_OFFER, at_least, basis, counted, dollars, headline, signed, warnings

# By which a job finds the comment that it wrote before.
MARKER = "<!-- hipaa-constructs cost -->"
_MOST = 20


def as_markdown(estimate: Estimate) -> str:
    """Return an estimate by service, and what each choice costs."""
    lines = [MARKER, f"### Cost: {headline(estimate)}", "", *_basis(estimate)]
    lines += ["", "| Service | Fixed | Usage | US dollars a month |", "|---|--:|--:|--:|"]
    for name, one in estimate.by_service.items():
        least = " +" if one.unpriced else ""
        lines.append(f"| {prose(name)} | {dollars(one.fixed)} | {dollars(one.usage)} | {dollars(one.usd)}{least} |")
    lines += ["", "<details><summary>By choice</summary>", ""]
    lines += ["| Choice | US dollars a month | In year 7 | Decides |", "|---|--:|--:|---|"]
    for name, one in estimate.by_choice.items():
        choice, last = CHOICES[name], estimate.years[name][-1]
        lines.append(f"| {prose(choice.title)} | {dollars(one.usd)} | {dollars(last)} | {prose(choice.decides)} |")
    return "\n".join([*lines, "", "</details>", "", *_end(estimate)]) + "\n"


def comparison_as_markdown(comparison: Comparison) -> str:
    """Return what changed by service and by resource; of many resources the twenty that changed the most."""
    before, after = comparison.before.total, comparison.after.total
    lines = [
        MARKER,
        f"### Cost: {signed(comparison.usd)} US dollars a month",
        "",
        f"From {dollars(before.usd)} to {dollars(after.usd)}. {_left_out(before.unpriced, after.unpriced)}",
        *_basis(comparison.after),
    ]
    if comparison.services:
        lines += ["", *_table("Service", comparison.services)]
    if comparison.resources:
        shown = comparison.resources[:_MOST]
        more = len(comparison.resources) - len(shown)
        title = f"{counted(len(comparison.resources), 'resource')} changed"
        lines += ["", f"<details><summary>{title}</summary>", "", *_table("Resource", shown)]
        lines += ["", f"And {more:,} more."] if more else []
        lines += ["", "</details>"]
    return "\n".join([*lines, "", *_end(comparison.after)]) + "\n"


def _left_out(before: int, after: int) -> str:
    return f"Without a price: {counted(before, 'line')} before, {after:,} now." if before or after else ""


def _basis(estimate: Estimate) -> Iterator[str]:
    yield prose(basis(estimate))
    for warning in warnings(estimate):
        yield f"Note: {prose(warning)}"


def _table(name: str, changes: Sequence[Change]) -> Iterator[str]:
    yield f"| {name} | Before | After | More |"
    yield "|---|--:|--:|--:|"
    for one in changes:
        shown = code(one.name) if name == "Resource" else prose(one.name)
        yield f"| {shown} | {dollars(one.before)} | {dollars(one.after)} | {signed(one.usd)} |"


def _end(estimate: Estimate) -> Iterator[str]:
    if estimate.total.unpriced or estimate.not_priced:
        parts = [at_least(estimate.total)] if estimate.total.unpriced else []
        parts += [f"{counted(len(estimate.not_priced), 'resource')} not measured"] if estimate.not_priced else []
        yield f"Not in the sums: {', '.join(parts).removeprefix('at least; ')}. `hipaa-constructs cost` lists them."
    yield NOT_AN_OFFER
