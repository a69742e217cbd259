"""``hipaa-constructs baseline``: the findings that are there already, written down as debt; the file only shrinks."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from hipaa_constructs._commands.exit_codes import CLEAN, FOUND
from hipaa_constructs._commands.options import gate_file_option, today_option
from hipaa_constructs._commands.progress import Progress
from hipaa_constructs._commands.tables import say
from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.cloudformation.load.files import replace_bytes
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cloudformation.load.validation_report import FILE
from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance import gate_record
from hipaa_constructs.compliance.acknowledgements import reviewed_file
from hipaa_constructs.compliance.acknowledgements.acknowledgement import pack_of, place_of
from hipaa_constructs.compliance.acknowledgements.baseline import Entry, Matched
from hipaa_constructs.compliance.acknowledgements.baseline_file import DEFAULT_FILE, as_toml, read_baseline, too_long
from hipaa_constructs.compliance.acknowledgements.fingerprint import Fingerprints
from hipaa_constructs.compliance.assess import Assessment, assess
from hipaa_constructs.compliance.gate import NAME as GATE
from hipaa_constructs.compliance.nag import prefixes
from hipaa_constructs.compliance.recorded import recorded_of
from hipaa_constructs.compliance.rule import PREFIX, Debt, Finding
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.nag import findings_of
from hipaa_constructs.evidence.validation_report import read_report

_MONTHS = datetime.timedelta(days=180)
_NOBODY = "nobody yet"
_MOST_SHOWN = 20


@click.command(name="baseline")
@click.argument("paths", nargs=-1, metavar="[PATH...]")
@click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=DEFAULT_FILE,
    show_default=True,
    metavar="FILE",
    help="The baseline.",
)
@click.option("--update", is_flag=True, help="Take out of it what is mended.")
@click.option("--accept-new", is_flag=True, help="With --update, --owner and --until: add what is new, or overdue.")
@click.option("--owner", metavar="NAME", help=f"Who mends what is added. Default for the first: {_NOBODY!r}.")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The last day on which what is added may be open, within a year. Default for the first: in 180 days.",
)
@gate_file_option
@today_option("The day on which what is added is first seen, for a run that can be repeated.")
def command(
    paths: Sequence[str],
    file: Path,
    update: bool,
    accept_new: bool,
    owner: str | None,
    until: datetime.datetime | None,
    acknowledgements: Path | None,
    today: datetime.date,
) -> int:
    """Write down the findings that are there, so that synth, check and report fail on new ones alone.

    PATH is a cdk.out folder, a template or a pattern; default: cdk.out. A baseline that exists is changed by --update
    alone, which takes out what is mended and adds nothing by itself. Exits with 0, with 1 if something stays open that
    it does not hold, or is overdue, and with 2 if the input cannot be used.
    """
    terms = _terms(file, update, accept_new, owner, until.date() if until else None, today)
    entries = read_baseline(file, today=today) if update else ()
    with Progress() as progress:
        app = assembly.load(paths or ["cdk.out"], step=lambda name: progress.show(f"Reading {name}"))
        packs = {name for one in app.assemblies if (record := _record(one.folder)) for name in record.packs}
        assessment = assess(
            app,
            today=today,
            acknowledgements=reviewed_file.read_present(acknowledgements),
            baseline=entries,
            others=[*recorded_of(app), *_reported(app, packs)],
            packs=packs,
            step=progress.show,
        )
    if app.assemblies and not packs:
        click.echo(
            "The gate left no record there, so what cdk-nag alone finds is not in it: call "
            "enforce_hipaa(app, report_only=True), synthesize, and run this again.",
            err=True,
        )
    outcome = _outcome(assessment, packs, terms, file=file, today=today)
    replace_bytes(file, as_toml(outcome.kept).encode("utf-8"))
    say(outcome.as_text(file))
    return FOUND if outcome.refused else CLEAN


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What is in the baseline now, how much of it was added and renewed, what went, and what stays out."""

    kept: Sequence[Entry]
    added: int
    mended: Sequence[Entry]
    refused: Sequence[Finding]

    def as_text(self, file: Path) -> str:
        lines = [f"Mended: {one.rule_id} on {one.path}" for one in self.mended[:_MOST_SHOWN]]
        lines += _more(self.mended)
        lines += [f"Not in it: {one.rule_id} on {place_of(one)}" for one in self.refused[:_MOST_SHOWN]]
        lines += _more(self.refused)
        if self.refused:
            lines.append("Mend what is not in it; or add it with --update --accept-new --owner NAME --until DATE.")
        counts = f"{len(self.kept)} known, {self.added} of them added, {len(self.mended)} mended"
        return "\n".join([*lines, f"Wrote {file}: {counts}"])


def _outcome(
    assessment: Assessment, packs: set[str], terms: Debt | None, *, file: Path, today: datetime.date
) -> _Outcome:
    """Keep what is known and still there, drop what is mended, and add what is new if there are terms for it."""
    prints, matched = Fingerprints(assessment.app), assessment.debts.matched
    kept = [*_still(matched, prints, today, renewed=terms), *_unasked(matched, packs)]
    mended = [one for one in matched.left if one not in kept]
    new = sorted(matched.new, key=lambda one: (place_of(one), one.rule_id))
    late = [finding for finding, entry in matched.known if entry.over(today)]
    if terms is None:
        return _Outcome(kept, 0, mended, [*new, *late])
    kept += [Entry(one.rule_id, place_of(one), prints.of(one), terms, str(file)) for one in new]
    return _Outcome(kept, len(new) + len(late), mended, ())


def _still(matched: Matched, prints: Fingerprints, today: datetime.date, *, renewed: Debt | None) -> list[Entry]:
    """Return the entries whose finding is there, as it is now; the day on which it was first seen never changes."""
    return [
        replace(
            entry,
            path=place_of(finding),
            fingerprint=prints.of(finding),
            debt=replace(renewed, first_seen=entry.debt.first_seen) if renewed and entry.over(today) else entry.debt,
        )
        for finding, entry in matched.known
    ]


def _unasked(matched: Matched, packs: set[str]) -> list[Entry]:
    """Return the entries of packs that did not run: whether they are mended is not known."""
    ran = {PREFIX, *(f"{pack}-" for pack in packs)}
    # Where the gate ran, CDK's own validation was asked too.
    silent = [entry for entry in matched.left if not packs or entry.rule_id.startswith(prefixes())]
    return [entry for entry in silent if pack_of(entry.rule_id) not in ran]


def _reported(app: App, packs: Collection[str]) -> list[Finding]:
    """Return what CDK's own validation found at a synth that the gate judged, which `report` counts as open too."""
    names = Names(app)
    return [
        finding
        for one in app.assemblies
        if packs and (one.folder / FILE).is_file()
        for plugin in read_report(one.folder).plugins.values()
        if plugin.name not in (GATE, *packs)
        for finding in findings_of([each for each in plugin.violations if each.acknowledged is None], names)
    ]


def _terms(
    file: Path,
    update: bool,
    accept_new: bool,
    owner: str | None,
    until: datetime.date | None,
    today: datetime.date,
) -> Debt | None:
    """Return on what terms findings are added; None where they are not.

    :raises UnusableInput: the options do not go together, or say nothing that holds.
    """
    if not update and file.exists():
        raise UnusableInput(str(file), "it is there already, and only shrinks: give --update")
    if accept_new and not update:
        raise UnusableInput("--accept-new", "it goes with --update; a first baseline holds all findings")
    if update and not accept_new:
        if owner is not None or until is not None:
            raise UnusableInput("--update", "it adds nothing: give --accept-new with --owner and --until")
        return None
    if accept_new and (owner is None or until is None):
        raise UnusableInput("--accept-new", "it takes --owner NAME and --until DATE: who mends it, and by when")
    if owner is not None and not owner.strip():
        raise UnusableInput("--owner", "it is empty; name the person or team that mends it")
    last = until or today + _MONTHS
    if last < today:
        raise UnusableInput("--until", f"got {last}, which is over; give a day from {today} on")
    if too_long(last, today):
        raise UnusableInput("--until", f"got {last}, more than a year ahead; give a day within a year")
    return Debt(today, (owner or _NOBODY).strip(), last)


def _record(folder: Path) -> gate_record.GateRecord | None:
    try:
        record = gate_record.read(folder)
        if record is not None:
            gate_record.require_untouched(folder, record)
    except UnusableInput:
        # It is of another release, or of other files than are there: as good as none.
        return None
    return record


def _more(items: Sequence[object]) -> list[str]:
    return [f"and {len(items) - _MOST_SHOWN} more"] if len(items) > _MOST_SHOWN else []
