"""``hipaa-constructs rules``: what is checked."""

from __future__ import annotations

import json

import click

from hipaa_constructs._commands.tables import paragraph
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.compliance.governance import RULES as GOVERNANCE_RULES
from hipaa_constructs.compliance.unread import RULE as TEMPLATE_READABLE


@click.command(name="rules")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(form: str) -> None:
    """List the rules: id, severity, title, controls."""
    listed = sorted((*all_rules(), *GOVERNANCE_RULES, TEMPLATE_READABLE), key=lambda rule: rule.id)
    if form == "json":
        fields = [
            {"id": rule.id, "severity": rule.severity, "title": rule.title, "controls": list(rule.controls), "fix": rule.fix}
            for rule in listed
        ]
        click.echo(json.dumps(fields, indent=2))
        return
    for rule in listed:
        click.echo(f"{rule.severity:<8} {rule.id}")
        click.echo(paragraph(rule.title, indent=9))
        click.echo(paragraph(", ".join(rule.controls), indent=9))
    click.echo(f"{len(listed)} rules")
