"""``hipaa-constructs eligible``: what AWS's list of HIPAA-eligible services says of a service or type."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from hipaa_constructs._commands.exit_codes import CLEAN, FOUND, UNUSABLE
from hipaa_constructs._commands.tables import paragraph
from hipaa_constructs.compliance.controls import services_as_of
from hipaa_constructs.compliance.eligibility import Standing, look_up, nearest

_WORDS = {
    "eligible": "eligible",
    "excluded": "NOT eligible: the list excludes it",
    "not_listed": "NOT eligible: not on the list",
    "tool": "not on the list: a tool for the account, not meant to hold PHI",
    "unverified": "unverified: may be a feature of a listed service",
}


@click.command(name="eligible")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(names: Sequence[str], form: str) -> int:
    """Say whether services may hold PHI.

    NAME is a service, such as "Amazon S3" or "connect", or a CloudFormation type or namespace, such as
    AWS::Lambda::Function. Exits with 1 if any of them is not eligible, 2 if a name is unknown.
    """
    found = {name: look_up(name) for name in names}
    if form == "json":
        answers = [{"query": name, "as_of": services_as_of(), **one.as_dict()} for name in names for one in found[name]]
        click.echo(json.dumps(answers, indent=2))
    else:
        for standings in found.values():
            for standing in standings:
                click.echo(_text(standing))
        click.echo(f"By AWS's list of {services_as_of()}; aws.amazon.com/compliance/hipaa-eligible-services-reference")
    unknown = [name for name in names if not found[name]]
    for name in unknown:
        near = nearest(name)
        hint = f"; nearest are {', '.join(near)}" if near else ""
        click.echo(f"hipaa-constructs: {name!r} is neither a service nor a CloudFormation namespace{hint}", err=True)
    if unknown:
        return UNUSABLE
    return CLEAN if all(one.status == "eligible" for some in found.values() for one in some) else FOUND


def _text(standing: Standing) -> str:
    lines = [f"{standing.name}: {_WORDS[standing.status]}"]
    if standing.namespaces:
        lines.append(paragraph(f"CloudFormation: {', '.join(standing.namespaces)}", indent=2))
    for label, value in (("Except", standing.exclusions), ("Note", standing.notes), ("Lifecycle", standing.lifecycle)):
        if value:
            lines.append(paragraph(f"{label}: {value}", indent=2))
    return "\n".join(lines)
