"""``hipaa-constructs preflight``: what no template can prove, asked of a live account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from hipaa_constructs._commands.exit_codes import CLEAN, FOUND
from hipaa_constructs._commands.progress import Progress
from hipaa_constructs._commands.tables import paragraph, rows
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.preflight.report import Report, Severity, as_json

_WORDS = {"passed": "ok", "failed": "FAILED", "unknown": "unknown"}


@click.command(name="preflight")
@click.option(
    "--region",
    "regions",
    multiple=True,
    metavar="REGION",
    help="A Region in use; repeat it for several. Default: the configured one.",
)
@click.option("--profile", metavar="NAME", help="A profile of the AWS configuration. Default: the environment's.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Write JSON there as well.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning"]),
    default="error",
    show_default=True,
    help="The least severity that makes the exit code 1.",
)
def command(regions: Sequence[str], profile: str | None, form: str, output: Path | None, fail_on: Severity) -> int:
    """Ask a live AWS account, read-only, what no template can set or prove.

    Exits with 0 if all is well, 1 if something failed or could not be found out, 2 if the account cannot be asked.
    """
    # boto3 takes a quarter of a second to load, and the help needs none of it.
    try:
        from hipaa_constructs.preflight.run import connect, run
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("boto3", "botocore"):
            raise
        raise UnusableInput("boto3", "is missing: pip install 'hipaa-constructs[preflight]'") from None

    with Progress() as progress:
        report = run(connect(profile=profile, regions=regions), step=lambda title: progress.show(title))
    if output is not None:
        try:
            output.write_text(as_json(report), "utf-8")
        except OSError as error:
            raise UnusableInput(str(output), f"cannot be written: {error.strerror or error}") from None
    click.echo(as_json(report) if form == "json" else "\n".join(_text(report)), nl=form != "json")
    return FOUND if report.open(fail_on) else CLEAN


def _text(report: Report) -> Iterator[str]:
    yield f"Account {report.account} in {', '.join(report.regions)}"
    yield rows((_WORDS[result.outcome], result.message) for result in report.results)
    for result in report.results:
        if result.outcome == "passed":
            continue
        yield ""
        controls = ", ".join(result.controls)
        yield paragraph(f"{_WORDS[result.outcome]}: {result.title} ({result.severity}; {controls})")
        first, *commands = result.fix.split("\n")
        yield paragraph(first, indent=2)
        # A command is to be copied, so it is not wrapped.
        yield from (f"  {line}" for line in commands)
    counts = [sum(result.outcome == outcome for result in report.results) for outcome in _WORDS]
    yield ""
    yield f"{counts[0]} passed, {counts[1]} failed, {counts[2]} unknown"
