"""The ``hipaa-constructs`` command; each subcommand is imported only when it is called."""

from __future__ import annotations

import errno
import gc
import importlib
import os
import sys
from importlib.metadata import version
from typing import Any

from hipaa_constructs._commands.exit_codes import CLEAN, FOUND, INTERRUPTED, UNUSABLE
from hipaa_constructs._extras import MissingExtra, needs
from hipaa_constructs.cloudformation.load.unusable import UnusableInput

# What each command does in a line, so that --help does not have to import them all.
_COMMANDS = {
    "baseline": "Write down the findings that are there, so that new ones alone fail.",
    "check": "Check a cdk.out folder, or CloudFormation templates.",
    "controls": "List the entries of the Security Rule, or show one.",
    "cost": "Estimate what an app costs a month, and what each choice comes to.",
    "eligible": "Say whether services may hold PHI.",
    "explain": "Say what a rule asks, why, and how to meet it.",
    "fix": "Mend CloudFormation templates in their place, as far as it is sure.",
    "init": "Write commented starter files.",
    "mcp": "Serve the same as tools for agents, over the Model Context Protocol.",
    "migrate": "Turn suppressions of cdk-nag 2 into acknowledgements.",
    "plan": "Show what is done on the way from nothing to ready, and what is next.",
    "preflight": "Ask a live AWS account, read-only, what no template can show.",
    "report": "Write evidence about a synthesized app.",
    "rules": "List the rules.",
    "verify": "Refuse a cdk.out or a report that was touched, or is open.",
}
# Which extra a command needs, where it is not the one of the command line.
_EXTRAS = {"mcp": "mcp", "plan": "evidence", "preflight": "preflight", "report": "evidence", "verify": "evidence"}


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit: 0 clean, 1 findings, 2 unusable input."""
    # A command lives briefly and holds on to what it reads: to look for garbage in it takes half of the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        _main(sys.argv[1:] if arguments is None else arguments)
    finally:
        if collecting:
            gc.enable()


def _main(given: list[str]) -> None:
    asked = next((word for word in given if not word.startswith("-")), "")
    try:
        with needs(_EXTRAS.get(asked, "cli")):
            code = _run(given)
    except (UnusableInput, MissingExtra) as error:
        _complain(str(error))
        code = UNUSABLE
    except KeyboardInterrupt:
        code = INTERRUPTED
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.EINVAL):
            _complain(str(error))
            sys.exit(UNUSABLE)
        # The reader of a pipe left early, as `head` does. Python would say so once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = FOUND
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    import click

    try:
        outcome = _group().main(arguments, prog_name="hipaa-constructs", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return UNUSABLE
    except click.Abort:
        return INTERRUPTED
    return outcome if isinstance(outcome, int) else CLEAN


def _complain(problem: str) -> None:
    # What a terminal would obey, or no encoding has, is shown as an escape.
    shown = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in problem)
    sys.stderr.write(f"hipaa-constructs: {shown}\n")


def _group() -> Any:
    import click

    class Commands(click.Group):
        def list_commands(self, ctx: click.Context) -> list[str]:
            return sorted(_COMMANDS)

        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            if cmd_name not in _COMMANDS:
                return None
            command: click.Command = importlib.import_module(f"hipaa_constructs._commands.{cmd_name}").command
            return command

        def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
            with formatter.section("Commands"):
                formatter.write_dl(list(_COMMANDS.items()))

    @click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
    @click.version_option(version("hipaa-constructs"))
    def group() -> None:
        """Check AWS infrastructure against the HIPAA Security Rule."""

    return group


if __name__ == "__main__":
    main()
