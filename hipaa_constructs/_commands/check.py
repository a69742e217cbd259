"""``hipaa-constructs check``: rules over templates, no app needed."""

from __future__ import annotations

import datetime
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from hipaa_constructs._commands.delivery import deliver
from hipaa_constructs._commands.exit_codes import CLEAN, FOUND, UNUSABLE
from hipaa_constructs._commands.options import baseline_option, fail_on_option, today_option
from hipaa_constructs._commands.progress import Progress
from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.cloudformation.load.parameters import merged
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance.acknowledgements import baseline_file, reviewed_file
from hipaa_constructs.compliance.assess import Assessment, assess
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.compliance.locate import Locator
from hipaa_constructs.compliance.markdown import as_markdown
from hipaa_constructs.compliance.nag import PACKS
from hipaa_constructs.compliance.output import Summary, as_json, as_sarif, as_text, printable
from hipaa_constructs.compliance.recorded import recorded_of
from hipaa_constructs.compliance.rule import Finding

_WIDEST = 100
FORMATS = ("text", "json", "sarif", "markdown")


@click.command(name="check")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Write there, not to standard output.")
@click.option(
    "--pack",
    "packs",
    multiple=True,
    type=click.Choice(PACKS),
    help="Run a cdk-nag pack too; it needs Node.js.",
)
@click.option(
    "--acknowledgements",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=f"Reviewed acknowledgements. Default: {reviewed_file.DEFAULT_FILE} here, if there is one.",
)
@baseline_option
@click.option(
    "--parameter",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="What a parameter is deployed with; may be repeated. Default: every value that the template distinguishes.",
)
@click.option(
    "--parameter-file",
    "parameter_files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The same from a file, in the forms that `aws cloudformation` reads.",
)
@click.option("--all", "full", is_flag=True, help="Text: tell every fix and every overruled alarm.")
@today_option("The day to judge acknowledgements and versions by, for a run that can be repeated.")
@fail_on_option("The least severity that makes the exit code 1; what is unknown counts as a warning.")
def command(
    paths: Sequence[str],
    form: str,
    output: Path | None,
    packs: Sequence[str],
    file: Path | None,
    baseline: Path | None,
    parameters: Sequence[str],
    parameter_files: Sequence[Path],
    full: bool,
    today: datetime.date,
    fail_on: str,
) -> int:
    """Check a cdk.out folder, or CloudFormation templates in JSON or YAML.

    PATH is a folder, a file, a pattern, or - for standard input; all of them count as one app. A file's nested
    templates are read too where they lie beside it, within its repository. Exits with 0 if there
    is no error that the baseline does not hold, 1 if there is one, 2 if some of the input cannot be used; the rest of
    it is checked all the same. What rules could not see, such as what macros write, is a warning: --fail-on warning
    makes those fail too.
    """
    with Progress() as progress:
        given = merged(parameter_files, parameters)
        unusable: list[UnusableInput] = []
        app = assembly.load(
            paths, parameters=given, step=lambda name: progress.show(f"Reading {name}"), unusable=unusable
        )
        # What the gate recorded says which of this package's findings others have too, and so by which ids they may be
        # accepted. What others found alone is asked for by --pack.
        others = recorded_of(app)
        if packs:
            from hipaa_constructs._commands.nag import run_packs

            progress.show(f"Running {', '.join(packs)}")
            others = run_packs(app, packs)
        assessment = assess(
            app,
            today=today,
            acknowledgements=reviewed_file.read_present(file),
            baseline=baseline_file.read_present(baseline, today=today),
            others=others,
            packs=packs,
            step=progress.show,
        )
        unasked = set() if packs else {id(one) for one in assessment.others}
        told = assessment.marked(one for one in assessment.open if id(one) not in unasked)
        found = Locator(app).located([*told, *(assessment.overruled if packs else ())])
    summary = Summary(
        templates=len(app.sources),
        resources=sum(len(template.resources) for template in app.sources),
        rules=len(all_rules()),
        acknowledged=sum(1 for one, _ in assessment.governed.acknowledged if id(one) not in unasked),
    )
    deliver(_rendered(form, found, assessment, summary, output, full, unusable), output)
    if app.skipped and form == "text":
        click.echo(f"{len(app.skipped)} other JSON and YAML files there are no templates.", err=True)
    if app.beside:
        click.echo(printable(f"Read too, since the templates name them: {', '.join(app.beside)}."), err=True)
    if output is not None or form != "text":
        click.echo(summary.line(found), err=True)
    for problem in unusable:
        click.echo(f"hipaa-constructs: {printable(str(problem))}", err=True)
    if unusable:
        return UNUSABLE
    failing = ("error", "warning") if fail_on == "warning" else ("error",)
    return FOUND if any(one.severity in failing and one.baseline is None for one in found) else CLEAN


def _rendered(
    form: str,
    findings: Sequence[Finding],
    assessment: Assessment,
    summary: Summary,
    output: Path | None,
    full: bool,
    unusable: Sequence[UnusableInput],
) -> str:
    if form == "json":
        return as_json(findings)
    if form == "sarif":
        return as_sarif(findings, assessment.app)
    if form == "markdown":
        return as_markdown(findings, summary, unusable=[str(problem) for problem in unusable])
    terminal = output is None and sys.stdout.isatty()
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    return as_text(
        assessment.said_once(findings),
        summary,
        every=findings,
        width=width if terminal else 80,
        color=terminal and not os.environ.get("NO_COLOR"),
        full=full,
    )
