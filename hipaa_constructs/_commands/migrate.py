"""``hipaa-constructs migrate``: what was suppressed for cdk-nag 2, as acknowledgements."""

from __future__ import annotations

import datetime
import difflib
import io
import os
import tokenize
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from hipaa_constructs._commands.exit_codes import CLEAN, FOUND, UNUSABLE
from hipaa_constructs._commands.options import today_option
from hipaa_constructs.cloudformation.load.files import read_bytes, replace_bytes
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance.acknowledgements.reviewed_file import DEFAULT_FILE
from hipaa_constructs.compliance.output import counted, printable
from hipaa_constructs.migration.other_sources import in_script, in_template
from hipaa_constructs.migration.python_source import PythonSource
from hipaa_constructs.migration.suppressions import Approval, Found, as_toml

_SCRIPTS = (".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs")
_TEMPLATES = (".json", ".yaml", ".yml", ".template")
# What others wrote, or a tool did.
_SKIPPED = ("node_modules", "cdk.out", "__pycache__", "site-packages", "venv")


@click.command(name="migrate")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option("--approved-by", metavar="NAME", help="Who answers for the exceptions that are carried over.")
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The last day on which they hold.")
@click.option("--write", is_flag=True, help="Change the files. Default: show what would change.")
@today_option("The day that --expires has to be after.")
def command(
    paths: Sequence[Path],
    approved_by: str | None,
    expires: datetime.datetime | None,
    write: bool,
    today: datetime.date,
) -> int:
    """List what PATH suppresses for cdk-nag 2, and rewrite it in Python as acknowledge(...).

    PATH is a file or a folder. TypeScript, and what cdk-nag 2 wrote into templates, is listed only. Nothing is
    rewritten without --approved-by and --expires: nobody but you can say who answers for an exception, and how long.
    Exits with 0 if nothing is left to do, 1 if something is, 2 if some of the input cannot be read.
    """
    approval = _approval(approved_by, expires, write, today)
    told: list[Found] = []
    pending = False
    unusable: list[UnusableInput] = []
    for file, given in _files(paths):
        try:
            found, before, after = _read(file, approval)
        except UnusableInput as refused:
            # A folder holds what is no template.
            if given or file.suffix == ".py":
                unusable.append(refused)
            continue
        told += found
        if before == after:
            continue
        if write:
            _write(file, after)
            click.echo(f"Wrote {printable(str(file))}")
        else:
            pending = True
            _show_change(file, before, after)
    by_hand = [one for one in told if one.why or approval is None]
    for one in by_hand if approval else told:
        click.echo(printable(str(one)))
    for one in told:
        if approval is None:
            break
        if not one.why and one.note:
            click.echo(printable(f"Note: {one}"))
    entries = [as_toml(one, approval) for one in told if approval and one.path and one.becomes]
    if entries:
        click.echo(f"\nFor {DEFAULT_FILE}:\n\n" + "\n".join(entries), nl=False)
    carried = len(told) - len(by_hand)
    click.echo(f"{counted(len(told), 'suppression')}: {carried} carried over, {len(by_hand)} left.", err=True)
    if told and approval is None:
        click.echo("To carry them over: --approved-by NAME --expires DATE.", err=True)
    for problem in unusable:
        click.echo(f"hipaa-constructs: {printable(str(problem))}", err=True)
    return UNUSABLE if unusable else FOUND if by_hand or pending else CLEAN


def _approval(
    approved_by: str | None, expires: datetime.datetime | None, write: bool, today: datetime.date
) -> Approval | None:
    if approved_by is None and expires is None:
        if write:
            raise click.UsageError("--write needs --approved-by NAME and --expires DATE: nobody else can say them.")
        return None
    if not (approved_by or "").strip() or expires is None:
        raise click.UsageError("--approved-by NAME and --expires DATE go together.")
    if expires.date() <= today:
        raise click.BadParameter(f"{expires.date()} is over; give a day after {today}.", param_hint="--expires")
    return Approval(str(approved_by).strip(), expires.date())


def _files(paths: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """Return the files to read, and whether each was given by name."""
    for path in paths:
        if not path.is_dir():
            yield path, True
            continue
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(one for one in folders if not one.startswith(".") and one not in _SKIPPED)
            for name in sorted(names):
                file = Path(folder, name)
                if file.suffix in (".py", *_SCRIPTS, *_TEMPLATES) and not name.endswith(".d.ts"):
                    yield file, False


def _read(file: Path, approval: Approval | None) -> tuple[list[Found], str, str]:
    content, name = read_bytes(file), str(file)
    if file.suffix == ".py":
        # Most modules say nothing to it, and need no parsing.
        if b"cdk_nag" not in content:
            return [], "", ""
        text = _decoded(content, name)
        source = PythonSource(text, name)
        if approval is None:
            return source.found(), "", ""
        found, new = source.rewritten(approval)
        return found, text, new
    if file.suffix in _SCRIPTS:
        return in_script(content.decode("utf-8", "replace"), name), "", ""
    return in_template(content, name), "", ""


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode(tokenize.detect_encoding(io.BytesIO(content).readline)[0])
    except (SyntaxError, UnicodeDecodeError) as error:
        raise UnusableInput(name, f"not valid Python: {error}") from None


def _write(file: Path, text: str) -> None:
    encoding = tokenize.detect_encoding(io.BytesIO(read_bytes(file)).readline)[0]
    try:
        content = text.encode(encoding)
    except UnicodeEncodeError as error:
        raise UnusableInput(str(file), f"cannot be written: {error}") from None
    replace_bytes(file, content)


def _show_change(file: Path, before: str, after: str) -> None:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), f"a/{file}", f"b/{file}", lineterm="")
    click.echo("\n".join(printable(line) for line in lines))
