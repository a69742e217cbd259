"""``hipaa-constructs cost``: what an app costs a month, and what each choice of it comes to."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from pathlib import Path

import click

from hipaa_constructs._commands.delivery import deliver
from hipaa_constructs._commands.exit_codes import CLEAN
from hipaa_constructs._commands.options import today_option, usage_option
from hipaa_constructs._commands.price_book import price_book
from hipaa_constructs._commands.progress import Progress
from hipaa_constructs._commands.tables import say
from hipaa_constructs._extras import needs
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cost.amounts import SCALES
from hipaa_constructs.cost.compare import Comparison
from hipaa_constructs.cost.estimate import DEFAULT_REGION, estimate
from hipaa_constructs.cost.figures import Estimate
from hipaa_constructs.cost.usage import DEFAULT_SCALE, Usage, usage_text

_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d")


def _region(context: click.Context, option: click.Parameter, value: str) -> str:
    if not _REGION.fullmatch(value):
        raise click.BadParameter(f"got {value!r}; it takes the code of a Region, such as eu-central-1.")
    return value


@click.command(name="cost")
@click.argument("paths", type=click.Path(path_type=Path), nargs=-1, metavar="[CDK_OUT]...")
@usage_option
@click.option(
    "--scale",
    type=click.Choice(list(SCALES)),
    help="The use that is assumed where the usage file says nothing. Default: that of the file, or startup.",
)
@click.option(
    "--prices",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    metavar="FILE",
    help="AWS's own price list of a service, JSON, in the place of the table of this package. Repeat.",
)
@click.option(
    "--compare",
    "base",
    type=click.Path(path_type=Path),
    metavar="BASE",
    help="An earlier cdk.out, or template: say what changed since.",
)
@click.option(
    "--region",
    default=DEFAULT_REGION,
    show_default=True,
    callback=_region,
    metavar="REGION",
    help="The Region of stacks that name none.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "html", "markdown"]),
    default="text",
    show_default=True,
    help="json has every line.",
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write there.")
@click.option(
    "--write-usage",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write a commented usage file at the scale, and estimate nothing.",
)
@today_option("The day by which prices are old, for an estimate that can be repeated.")
def command(
    paths: Sequence[Path],
    usage: Path | None,
    scale: str | None,
    prices: Sequence[Path],
    base: Path | None,
    region: str,
    form: str,
    output: Path | None,
    write_usage: Path | None,
    today: datetime.date,
) -> int:
    """Estimate what an app costs a month: by stack, service and resource, fixed and by use, over seven years.

    CDK_OUT are folders that `cdk synth` wrote, or templates; by default cdk.out. Nothing is asked of a network. Exits
    with 2 if the input cannot be used.
    """
    if write_usage is not None:
        return _write_usage(write_usage, scale or DEFAULT_SCALE)
    used = _usage(usage, scale)
    book = price_book(prices)

    def estimated(given: Sequence[Path]) -> Estimate:
        # What reads templates takes long to load, and the help needs none of it.
        from hipaa_constructs.cloudformation.load.assembly import load

        with Progress() as progress:
            app = load(list(given), step=lambda name: progress.show(f"Reading {name}"))
            progress.show("Measuring")
            return estimate(app, book, used, today=today, region=region)

    found = estimated(paths or [Path("cdk.out")])
    comparison = Comparison(estimated([base]), found) if base is not None else None
    text = _document(found, comparison, form)
    if form == "text" and output is None:
        say(text.removesuffix("\n"))
    else:
        deliver(text, output)
    return CLEAN


def _usage(file: Path | None, scale: str | None) -> Usage:
    if file is None:
        return Usage.at(scale or DEFAULT_SCALE)
    with needs("evidence"):
        from hipaa_constructs.cost.usage_file import read_usage

    return read_usage(file, scale)


def _write_usage(file: Path, scale: str) -> int:
    try:
        with file.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(usage_text(scale))
    except OSError as error:
        raise UnusableInput(str(file), f"cannot be written: {error.strerror or error}") from None
    click.echo(f"Wrote {file}")
    return CLEAN


def _document(found: Estimate, comparison: Comparison | None, form: str) -> str:
    if form == "json":
        from hipaa_constructs.cost.document import as_json

        return as_json(found, comparison)
    if form == "html":
        with needs("evidence"):
            from hipaa_constructs.evidence.cost_page import cost_as_html

        return cost_as_html(found, comparison)
    if form == "markdown":
        from hipaa_constructs.cost import markdown

        return markdown.as_markdown(found) if comparison is None else markdown.comparison_as_markdown(comparison)
    from hipaa_constructs.cost import text

    return text.as_text(found) if comparison is None else text.comparison_as_text(comparison)
