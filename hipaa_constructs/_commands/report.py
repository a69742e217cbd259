"""``hipaa-constructs report``: evidence for auditors and for machines, from a cdk.out folder."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click

from hipaa_constructs._commands.exit_codes import CLEAN, FOUND
from hipaa_constructs._commands.options import evidence_options, today_option, usage_option
from hipaa_constructs._commands.price_book import price_book
from hipaa_constructs._commands.progress import Progress
from hipaa_constructs._commands.tables import say
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance import gate_record
from hipaa_constructs.cost.figures import Estimate
from hipaa_constructs.evidence.documents import FORMATS, OF_ORGANIZATION, deliver, write
from hipaa_constructs.evidence.model import STATUS_WORDS, Evidence

_CHANGES = "changes.json"


@click.command(name="report")
@click.argument("directories", type=click.Path(path_type=Path), nargs=-1, metavar="[CDK_OUT]...")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default="report",
    show_default=True,
    metavar="DIR",
    help="Write there.",
)
@click.option("--format", "formats", multiple=True, type=click.Choice(list(FORMATS)), help="Repeat. Default: all.")
@evidence_options
@usage_option
@click.option(
    "--compare",
    "earlier",
    type=click.Path(path_type=Path),
    metavar="OLD",
    help="An earlier report.json: say what changed, and exit with 1 on a regression.",
)
@today_option("The day of the report, for one that can be repeated.")
@click.option(
    "--sign",
    "key_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="KEYFILE",
    help="Sign the gate's record in CDK_OUT, and the report, with this Ed25519 key (PEM).",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The organization's configuration, YAML or JSON, which tells names, roles and environments of accounts.",
)
@click.option("--allow-findings", is_flag=True, help="Exit with 0 in spite of open findings.")
def command(
    directories: Sequence[Path],
    output: Path,
    formats: Sequence[str],
    attestations: Path | None,
    acknowledgements: Path | None,
    baseline: Path | None,
    preflight: Sequence[Path],
    plan: Path | None,
    usage: Path | None,
    earlier: Path | None,
    today: datetime.date,
    key_file: Path | None,
    config: Path | None,
    allow_findings: bool,
) -> int:
    """Write evidence about a synthesized app: what passed, failed and was excepted, control by control.

    CDK_OUT is the folder that `cdk synth` wrote; all is read from it, and nothing written there but the signature that
    --sign asks for. Default: cdk.out. Where its stacks are of several accounts, there is a report of all accounts too;
    several folders make that report alone.

    Exits with 0 if there is no open finding but what the baseline holds, 1 if there is one in the templates or the
    live account or --compare shows a regression, 2 if the input cannot be used.
    """
    # pydantic takes long to load, and the help needs none of it.
    from hipaa_constructs._commands.organization_report import Asked, all_accounts, known_accounts
    from hipaa_constructs.evidence.collect import evidence_of
    from hipaa_constructs.evidence.compare import compare
    from hipaa_constructs.evidence.judged import judge_assembly
    from hipaa_constructs.evidence.made import made_now
    from hipaa_constructs.evidence.organization import said_of

    directory, *others = directories or (Path("cdk.out"),)
    chosen = dict.fromkeys(formats or FORMATS)
    asked = Asked(today, made_now(directory), attestations, acknowledgements, baseline, preflight, config)
    if config is not None:
        # An assembly of one account tells all of it by itself; a wrong file is told all the same.
        known_accounts(config)
    if others:
        _require_fitting_options(formats, {"--compare": earlier, "--sign": key_file})
        with Progress() as progress:
            everywhere = all_accounts(directories, asked, step=progress.show)
            written = [*write(everywhere, output, chosen, kinds=OF_ORGANIZATION, step=_writing(progress))]
        say(said_of(everywhere))
        say("\n".join(f"Wrote {file}" for file in written))
        return FOUND if everywhere.failing and not allow_findings else CLEAN

    signer = _Signer(directory, key_file) if key_file else None
    with Progress() as progress:
        judged = judge_assembly(
            directory,
            standing=asked.standing,
            acknowledgements=acknowledgements,
            baseline=baseline,
            step=progress.show,
        )
        evidence = evidence_of(
            judged,
            today=today,
            made=asked.made,
            attestations=attestations,
            preflight=preflight,
            plan=plan,
            cost=_costing(usage, today) if usage else None,
            step=progress.show,
        )
        # Before anything is written: the earlier report may lie in the same folder.
        changes = compare(earlier, evidence) if earlier else None
        written = [*write(evidence, output, chosen, step=_writing(progress))]
        if len(judged.accounts) > 1:
            everywhere = all_accounts([directory], asked, judged=judged, step=progress.show)
            written += write(everywhere, output, chosen, kinds=OF_ORGANIZATION, step=_writing(progress))
        if changes is not None:
            written.append(deliver(output / _CHANGES, json.dumps(changes.as_dict(), indent=2) + "\n"))
        if signer is not None:
            written += signer.sign(evidence, output, written)
    say(_summary(evidence))
    if changes is not None:
        say(changes.as_text())
    say("\n".join(f"Wrote {file}" for file in written))
    if changes is not None and changes.regressed:
        return FOUND
    found = evidence.failing or evidence.summary.live_open
    return FOUND if found and not allow_findings else CLEAN


def _require_fitting_options(formats: Sequence[str], of_one: Mapping[str, Path | None]) -> None:
    """Refuse what is made of one assembly where several are named."""
    for option, value in of_one.items():
        if value is not None:
            raise UnusableInput(option, "is about one assembly, and several are named; report on each by itself")
    for form in formats:
        if form not in OF_ORGANIZATION:
            allowed = ", ".join(OF_ORGANIZATION)
            raise UnusableInput("--format", f"got {form}, which is of one assembly; of several there are {allowed}")


def _writing(progress: Progress) -> Callable[[str], None]:
    return lambda name: progress.show(f"Writing {name}")


def _costing(usage: Path, today: datetime.date) -> Callable[[App], Estimate]:
    from hipaa_constructs.cost.estimate import estimate
    from hipaa_constructs.cost.usage_file import read_usage

    used, book = read_usage(usage), price_book()
    return lambda app: estimate(app, book, used, today=today)


class _Signer:
    """Signs what a report is made of, and the report. It is made first, so that a wrong key is told at once."""

    def __init__(self, directory: Path, key_file: Path) -> None:
        # Cryptography takes long to load, and few sign.
        from hipaa_constructs.evidence import signature

        self._signature = signature
        self._directory = directory
        self._key = signature.private_key(key_file)

    def sign(self, evidence: Evidence, output: Path, written: Sequence[Path]) -> Sequence[Path]:
        record = self._directory / gate_record.FILE
        if not record.is_file():
            raise UnusableInput(str(record), "there is none to sign: call enforce_hipaa(app) and synthesize again")
        statement = self._signature.write_statement(output, self._directory, evidence, written)
        return [statement, *(self._signature.sign(file, self._key) for file in (statement, record))]


def _summary(evidence: Evidence) -> str:
    summary = evidence.summary
    statuses = ", ".join(
        f"{summary.controls[status]} {word.lower()}"
        for status, word in STATUS_WORDS.items()
        if summary.controls.get(status)
    )
    lines = [
        f"{len(evidence.controls)} controls: {statuses}",
        f"{_count(summary.findings, 'open finding')} ({_count(summary.errors, 'error')}, "
        f"{_count(summary.warnings, 'warning')}), "
        f"{f'{summary.known} known, ' if summary.known else ''}"
        f"{summary.checks.acknowledged} acknowledged, {summary.checks.passed} checks passed",
        f"{_count(summary.live_open, 'finding')} in the live account",
        f"{summary.attestations_open} of {len(evidence.attestations)} attestations are overdue or missing",
        *(f"Note: {note}" for note in evidence.notes),
    ]
    return "\n".join(lines)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
