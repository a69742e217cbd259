"""``hipaa-constructs explain``: one rule, why it is there, and how each type comes to meet it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from hipaa_constructs._commands.tables import paragraph, rows
from hipaa_constructs.compliance.lookup import explained, nag_explained, rule_named, types_of


@click.command(name="explain")
@click.argument("rule_id", metavar="RULE")
@click.argument("resource_type", required=False, metavar="[TYPE]")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(rule_id: str, resource_type: str | None, form: str) -> None:
    """Say what RULE asks, why, and how resources come to meet it, in CloudFormation and in CDK."""
    fields = nag_explained(rule_id, resource_type)
    if fields is None:
        rule = rule_named(rule_id)
        fields = explained(rule, types_of(rule, resource_type))
    click.echo(json.dumps(fields, indent=2) if form == "json" else _page(fields))


def _page(fields: Mapping[str, Any]) -> str:
    parts = [f"{fields['id']} ({fields['severity']})", paragraph(fields["title"])]
    parts += [f"\n{paragraph(' '.join(text.split()))}" for text in _plain(fields["explanation"]).split("\n\n") if text]
    if fields["controls"]:
        entries = rows((f"  {one['id']}", one["title"]) for one in fields["controls"])
        parts.append(f"\nControls\n{entries}")
    parts.append(f"\nTo mend it\n{paragraph(fields['fix'], indent=2)}")
    for one in fields["fixes"]:
        parts.append(f"\n  {one['resource_type']}")
        ways = [("    CloudFormation", one["cloudformation"])]
        parts.append(rows([*ways, ("    CDK", one["cdk"])] if one["cdk"] != one["cloudformation"] else ways))
    if fields["same_check"]:
        listed = [(f"  {scanner}", ", ".join(ids)) for scanner, ids in fields["same_check"].items()]
        parts.append(f"\nOther scanners that ask the same\n{rows(listed)}")
    parts.append("\n".join(["\nSources", *(f"  {one}" for one in fields["sources"])]))
    return "\n".join(parts)


def _plain(text: str) -> str:
    """Return a docstring's text without the marks of code."""
    return text.replace("``", "")
