"""``hipaa-constructs controls``: the Security Rule's entries, and what checks each."""

from __future__ import annotations

import difflib
import json
from typing import Any

import click

from hipaa_constructs._commands.tables import paragraph, rows
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance.controls import Control, config_rules, controls, nag_rules
from hipaa_constructs.compliance.engine import all_rules

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
        listed = [_fields(control) for control in controls().values()]
        click.echo(json.dumps(listed, indent=2) if form == "json" else _table())
        return
    control = controls().get(control_id.removeprefix("§").strip())
    if control is None:
        near = difflib.get_close_matches(control_id, controls(), n=3, cutoff=0.5)
        hint = f"; nearest are {', '.join(near)}" if near else ""
        raise UnusableInput(control_id, f"there is no control of this id{hint}")
    click.echo(json.dumps(_fields(control), indent=2) if form == "json" else _page(control))


def _fields(control: Control) -> dict[str, Any]:
    return {
        "id": control.id,
        "title": control.title,
        "requirement": control.requirement,
        "aws": control.aws,
        "note": control.note,
        "rules": [rule.id for rule in all_rules() if control.id in rule.controls],
        "cdk_nag": [rule.id for rule in nag_rules().values() if control.id in rule.controls],
        "config": [rule.name for rule in config_rules().values() if control.id in rule.controls],
    }


def _table() -> str:
    return rows((control.id, control.requirement or "", control.aws, control.title) for control in controls().values())


def _page(control: Control) -> str:
    fields = _fields(control)
    parts = [f"{control.id}  {control.title}", f"{control.requirement or control.kind}; {_AWS[control.aws]}"]
    if control.note:
        parts.append(paragraph(control.note))
    for label, key in (("Rules of this package", "rules"), ("cdk-nag", "cdk_nag"), ("AWS Config", "config")):
        listed = [f"  {name}" for name in fields[key]]
        parts.append("\n".join([f"{label}: {len(listed) or 'none'}", *listed]))
    return "\n".join(parts)
