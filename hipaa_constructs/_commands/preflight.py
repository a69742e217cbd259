"""``hipaa-constructs preflight``: what no template can prove, asked of a live account."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click

from hipaa_constructs._commands.exit_codes import CLEAN, FOUND
from hipaa_constructs._commands.progress import Progress
from hipaa_constructs._commands.tables import paragraph, rows
from hipaa_constructs._extras import needs
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
@click.option(
    "--before-deployment",
    is_flag=True,
    help="Ask instead what the landing zone would meet, and print the configuration that fits the account.",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The landing zone's configuration, YAML or JSON. Default: cdk.json here. With --before-deployment.",
)
@click.option(
    "--management-profile",
    metavar="NAME",
    help="A profile of the management account, where guardrails go. With --before-deployment.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Write JSON there as well.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning"]),
    default="error",
    show_default=True,
    help="The least severity that makes the exit code 1.",
)
def command(
    regions: Sequence[str],
    profile: str | None,
    before_deployment: bool,
    config: Path | None,
    management_profile: str | None,
    form: str,
    output: Path | None,
    fail_on: Severity,
) -> int:
    """Ask a live AWS account, read-only, what no template can set or prove.

    Exits with 0 if all is well, 1 if something failed or could not be found out, 2 if the account cannot be asked.
    """
    _require_fitting_options(before_deployment, regions, config, management_profile)
    with needs("preflight"), Progress() as progress:
        if before_deployment:
            report = _ask_before(profile, config, management_profile, progress)
        else:
            # boto3 takes a quarter of a second to load, and the help needs none of it.
            from hipaa_constructs.preflight.run import connect, run

            report = run(connect(profile=profile, regions=regions), step=lambda title: progress.show(title))
    if output is not None:
        try:
            output.write_text(as_json(report), "utf-8")
        except OSError as error:
            raise UnusableInput(str(output), f"cannot be written: {error.strerror or error}") from None
    click.echo(as_json(report) if form == "json" else "\n".join(_text(report)), nl=form != "json")
    return FOUND if report.open(fail_on) else CLEAN


def _require_fitting_options(
    before_deployment: bool, regions: Sequence[str], config: Path | None, management_profile: str | None
) -> None:
    if before_deployment and regions:
        raise UnusableInput("--region", "is not taken with --before-deployment: the configuration names both Regions")
    for name, value in (("--config", config), ("--management-profile", management_profile)):
        if value is not None and not before_deployment:
            raise UnusableInput(name, "is taken with --before-deployment alone")


def _ask_before(profile: str | None, file: Path | None, management_profile: str | None, progress: Progress) -> Report:
    from hipaa_constructs._commands.landing_zone_file import plan_of, read
    from hipaa_constructs.landing_zone.fitting import fitted
    from hipaa_constructs.preflight.run import connect, run_before

    config, qualifier = read(file)
    plan = plan_of(config, qualifier)
    account = connect(profile=profile, regions=plan.regions)
    management = None
    if management_profile is not None:
        if plan.management_account is None:
            raise UnusableInput("--management-profile", "is of no use: the configuration has no guardrails")
        management = connect(profile=management_profile, regions=plan.regions)
    report, settings = run_before(account, plan, management, step=lambda title: progress.show(title))
    return replace(report, configuration=fitted(config, settings))


def _text(report: Report) -> Iterator[str]:
    yield f"Account {report.account} in {', '.join(report.regions)}"
    yield rows((_WORDS[result.outcome], result.message) for result in report.results)
    for result in report.results:
        if result.outcome == "passed":
            continue
        yield ""
        about = "; ".join(part for part in (result.severity, ", ".join(result.controls)) if part)
        yield paragraph(f"{_WORDS[result.outcome]}: {result.title} ({about})")
        first, *commands = result.fix.split("\n")
        yield paragraph(first, indent=2)
        # A command is to be copied, so it is not wrapped.
        yield from (f"  {line}" for line in commands)
    if report.configuration is not None:
        yield ""
        yield "What fits the account, for 'landing-zone' in cdk.json or for its own file:"
        yield json.dumps(report.configuration, indent=2)
    counts = [sum(result.outcome == outcome for result in report.results) for outcome in _WORDS]
    yield ""
    yield f"{counts[0]} passed, {counts[1]} failed, {counts[2]} unknown"
