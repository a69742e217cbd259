"""``hipaa-constructs controls``: the Security Rule's entries, and what checks each."""

from __future__ import annotations

import json

import click

from hipaa_constructs._commands.tables import paragraph, rows
from hipaa_constructs.compliance.controls import Control, controls
from hipaa_constructs.compliance.lookup import checked, control_named

_AWS = {
    "technical": "infrastructure can meet it",
    "partial": "infrastructure can meet a part of it",
    "inherited": "AWS's data centers meet it",
    "none": "infrastructure cannot meet it: it is for people",
}


@click.command(name="controls")
@click.argument("control_id", required=False, metavar="[ID]")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(control_id: str | None, form: str) -> None:
    """List the entries of 45 CFR 164 subpart C, or show one and what checks it."""
    if control_id is None:
        listed = [checked(control) for control in controls().values()]
        click.echo(json.dumps(listed, indent=2) if form == "json" else _table())
        return
    control = control_named(control_id)
    click.echo(json.dumps(checked(control), indent=2) if form == "json" else _page(control))


def _table() -> str:
    return rows((control.id, control.requirement or "", control.aws, control.title) for control in controls().values())


def _page(control: Control) -> str:
    fields = checked(control)
    parts = [f"{control.id}  {control.title}", f"{control.requirement or control.kind}; {_AWS[control.aws]}"]
    if control.note:
        parts.append(paragraph(control.note))
    for label, key in (("Rules of this package", "rules"), ("cdk-nag", "cdk_nag"), ("AWS Config", "config")):
        listed = [f"  {name}" for name in fields[key]]
        parts.append("\n".join([f"{label}: {len(listed) or 'none'}", *listed]))
    return "\n".join(parts)
