"""``hipaa-constructs init``: the two files that people keep beside an app."""

from __future__ import annotations

from pathlib import Path

import click

from hipaa_constructs._commands.exit_codes import CLEAN
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.evidence.starters import starters


@click.command(name="init")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False), default=".", metavar="[DIR]")
def command(directory: Path) -> int:
    """Write commented starter files: attestations, and acknowledgements. A file that is there already stays."""
    for name, content in starters().items():
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
