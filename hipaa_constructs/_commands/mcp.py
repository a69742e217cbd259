"""``hipaa-constructs mcp``: the command line's questions as tools for agents."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import click

from hipaa_constructs._commands.exit_codes import CLEAN
from hipaa_constructs.cloudformation.load.unusable import UnusableInput


@click.command(name="mcp")
@click.option(
    "--root",
    type=click.Path(path_type=Path),
    default=".",
    metavar="DIR",
    help="Read only what lies in this folder. Default: the working directory.",
)
@click.option("--allow-write", is_flag=True, help="Let a tool mend templates in their place. Default: all only read.")
def command(root: Path, allow_write: bool) -> int:
    """Serve check, explain, fix, rules, controls, eligible and an evidence summary as tools for agents.

    It speaks the Model Context Protocol on standard input and output, until its input ends; logs go to standard error.
    The tools read below --root alone, write there only with --allow-write, and reach no network.
    """
    from hipaa_constructs.mcp.server import make_server

    if not root.is_dir():
        raise UnusableInput(str(root), "there is no folder of this name; give --root one that exists")
    # Unlike other commands, this one lives long.
    gc.enable()
    # Its processes are started by `python -m`, which else looks for modules here first: in whatever is to be checked.
    os.environ["PYTHONSAFEPATH"] = "1"
    make_server(root.resolve(), allow_write=allow_write).run("stdio")
    return CLEAN
