"""``hipaa-constructs plan``: from nothing to ready, step by step, and what recurs: done, overdue, next."""

from __future__ import annotations

import datetime
import json
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hipaa_constructs._commands.delivery import deliver
from hipaa_constructs._commands.exit_codes import CLEAN, FOUND
from hipaa_constructs._commands.options import evidence_options, today_option
from hipaa_constructs._commands.tables import paragraph, say
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.evidence.plan_steps import DEFAULT_FILE as PLAN

if TYPE_CHECKING:
    from hipaa_constructs.evidence.timeline import Duty, Step, Timeline

_CDK_OUT = "cdk.out"


@click.command(name="plan")
@click.argument("directory", type=click.Path(path_type=Path), required=False, metavar="[CDK_OUT]")
@evidence_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "html", "ics"]),
    default="text",
    show_default=True,
    help="ics is a calendar of what is due.",
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write there.")
@today_option("The day by which it is judged, for a plan that can be repeated.")
def command(
    directory: Path | None,
    attestations: Path | None,
    acknowledgements: Path | None,
    baseline: Path | None,
    preflight: Sequence[Path],
    plan: Path | None,
    form: str,
    output: Path | None,
    today: datetime.date,
) -> int:
    """Show what is done on the way from nothing to ready, by what proof, what is overdue, and what is next.

    CDK_OUT is the folder that `cdk synth` wrote; before there is one, what templates prove is open. Exits with 1 if
    something is overdue, 2 if the input cannot be used.
    """
    # pydantic takes long to load, and the help needs none of it.
    from hipaa_constructs.evidence.collect import collect
    from hipaa_constructs.evidence.made import made_now
    from hipaa_constructs.evidence.timeline import before_synth, timeline_of

    if directory is None and Path(_CDK_OUT).is_dir():
        directory = Path(_CDK_OUT)
    made = made_now(directory or Path())
    if directory is None:
        timeline = before_synth(today=today, attestations=attestations, preflight=preflight, plan=plan)
    else:
        evidence = collect(
            directory,
            today=today,
            attestations=attestations,
            preflight=preflight,
            made=made,
            acknowledgements=acknowledgements,
            baseline=baseline,
            plan=plan,
        )
        timeline = timeline_of(evidence)
    if form == "text" and output is None:
        say("\n".join(_text(timeline)))
    else:
        deliver(_document(timeline, form, made.at), output)
    return FOUND if timeline.overdue else CLEAN


def _document(timeline: Timeline, form: str, at: datetime.datetime) -> str:
    from hipaa_constructs.evidence import timeline_documents as documents
    from hipaa_constructs.evidence.timeline import timeline_as_dict

    if form == "text":
        return "\n".join(_text(timeline)) + "\n"
    if form == "json":
        return json.dumps(timeline_as_dict(timeline), indent=2) + "\n"
    if form == "html":
        return documents.timeline_as_html(timeline)
    if timeline.start is None:
        raise UnusableInput(PLAN, "there is none, so nothing has a day: `hipaa-constructs init` writes one")
    return documents.timeline_as_ics(timeline, at)


def _text(timeline: Timeline) -> Iterator[str]:
    week = ""
    if timeline.start is not None:
        number = (timeline.today - timeline.start).days // 7 + 1
        week = f"Week {number} from {timeline.start}: " if number > 0 else f"From {timeline.start}: "
    else:
        yield paragraph(f"No day is set: `hipaa-constructs init` writes {PLAN}, with owners and days.")
        yield ""
    yield f"{week}{timeline.summary()}."
    for phase in timeline.phases:
        yield ""
        yield phase.title
        for step in phase.steps:
            yield from _step(step)
    yield ""
    yield "What recurs"
    for duty in timeline.duties:
        yield from _duty(duty)
    for end in timeline.ends:
        yield _line("ends", f"{end.title}, on {end.day} ({end.owner or 'nobody yet'})")


def _step(step: Step) -> Iterator[str]:
    due = f"by {step.due}" if step.due else f"week {step.week}"
    yield _line(step.status, f"{step.title} ({due}, {step.owner or 'nobody yet'})")
    if step.status == "done":
        return
    for one in step.proof:
        if not one.holds:
            yield _line("", f"Lacks: {one.says}")
    if step.next:
        for words in step.how:
            yield _line("", f"Next: {words}")


def _duty(duty: Duty) -> Iterator[str]:
    status = {"current": "done", "overdue": "overdue", "missing": "open"}[duty.status]
    due = f", by {duty.due}" if duty.due else ""
    cited = ", ".join(duty.controls)
    yield _line(status, f"{duty.title}, {duty.period}{due} ({duty.owner or 'nobody yet'}; {cited})")


def _line(status: str, text: str) -> str:
    head = f"  {status:<9}"
    return textwrap.fill(text, 80, initial_indent=head, subsequent_indent=" " * len(head), break_on_hyphens=False)
