"""``hipaa-constructs rules``: what is checked."""

from __future__ import annotations

import json

import click

from hipaa_constructs._commands.tables import paragraph
from hipaa_constructs.compliance.assess import every_rule


@click.command(name="rules")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(form: str) -> None:
    """List the rules: id, severity, title, controls."""
    listed = every_rule()
    if form == "json":
        fields = [
            {
                "id": rule.id,
                "severity": rule.severity,
                "title": rule.title,
                "controls": list(rule.controls),
                "fix": rule.fix,
            }
            for rule in listed
        ]
        click.echo(json.dumps(fields, indent=2))
        return
    for rule in listed:
        click.echo(f"{rule.severity:<8} {rule.id}")
        click.echo(paragraph(rule.title, indent=9))
        click.echo(paragraph(", ".join(rule.controls), indent=9))
    click.echo(f"{len(listed)} rules")
