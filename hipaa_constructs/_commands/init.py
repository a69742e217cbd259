"""``hipaa-constructs init``: the files that people keep beside an app."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from hipaa_constructs._commands.exit_codes import CLEAN
from hipaa_constructs._commands.options import day_of
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.evidence.starters import starters


@click.command(name="init")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False), default=".", metavar="[DIR]")
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=day_of,
    metavar="DATE",
    help="The first day of the plan. Default: today.",
)
def command(directory: Path, start: datetime.date) -> int:
    """Write commented starter files: attestations, acknowledgements, plan, usage. A file that is there stays."""
    for name, content in starters(start).items():
        file = directory / name
        try:
            directory.mkdir(parents=True, exist_ok=True)
            with file.open("x", encoding="utf-8", newline="\n") as stream:
                stream.write(content)
        except FileExistsError:
            click.echo(f"Kept {file}, which is there already")
        except OSError as error:
            raise UnusableInput(str(file), f"cannot be written: {error.strerror or error}") from None
        else:
            click.echo(f"Wrote {file}")
    return CLEAN
