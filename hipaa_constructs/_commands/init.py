"""``hipaa-constructs init``: the files that people keep beside an app."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import click

from hipaa_constructs._commands.exit_codes import CLEAN
from hipaa_constructs._commands.options import day_of
from hipaa_constructs._extras import needs
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.evidence.starters import landing_zone, starters


@click.command(name="init")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False), default=".", metavar="[DIR]")
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=day_of,
    metavar="DATE",
    help="The first day of the plan. Default: today.",
)
@click.option(
    "--landing-zone",
    "account",
    metavar="ACCOUNT",
    help="Write app.py and cdk.json of a landing zone for this account too.",
)
@click.option("--organization", is_flag=True, help="Write the configuration of an organization too, with its schema.")
@click.option(
    "--workflow",
    "configuration",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the workflow that deploys the organization of this file, on GitHub or GitLab.",
)
def command(
    directory: Path, start: datetime.date, account: str | None, organization: bool, configuration: Path | None
) -> int:
    """Write commented starter files: attestations, acknowledgements, plan, usage. A file that is there stays."""
    if account is not None and not re.fullmatch(r"[0-9]{12}", account):
        raise UnusableInput("--landing-zone", f"got {account!r}; it takes the twelve digits of an AWS account")
    files = {**starters(start), **(landing_zone(account) if account else {})}
    if organization:
        with needs("landing-zone"):
            from hipaa_constructs.landing_zone.starter import starters as of_organization
        files |= of_organization()
    if configuration is not None:
        files |= _workflow(configuration)
    for name, content in files.items():
        file = directory / name
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("x", encoding="utf-8", newline="\n") as stream:
                stream.write(content)
        except FileExistsError:
            click.echo(f"Kept {file}, which is there already")
        except OSError as error:
            raise UnusableInput(str(file), f"cannot be written: {error.strerror or error}") from None
        else:
            click.echo(f"Wrote {file}")
    return CLEAN


def _workflow(configuration: Path) -> dict[str, str]:
    with needs("landing-zone"):
        from hipaa_constructs.landing_zone.config import OrganizationZoneConfig
        from hipaa_constructs.landing_zone.parsing import parse_zone, read_file
        from hipaa_constructs.landing_zone.workflow import workflow
    try:
        config = parse_zone(read_file(configuration), source=str(configuration))
        if not isinstance(config, OrganizationZoneConfig):
            raise ValueError("it describes one account, and no organization")
        return workflow(config)
    except (OSError, ValueError) as error:
        raise UnusableInput(str(configuration), str(error)) from None
