"""``hipaa-constructs explain``: one rule, why it is there, and how each type comes to meet it."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Iterator
from typing import Any

import click

from hipaa_constructs._commands.tables import paragraph, rows
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance.acknowledgements.scanners import scanner_rules
from hipaa_constructs.compliance.assess import every_rule
from hipaa_constructs.compliance.controls import controls
from hipaa_constructs.compliance.rule import PREFIX, MetaRule, Rule


@click.command(name="explain")
@click.argument("rule_id", metavar="RULE")
@click.argument("resource_type", required=False, metavar="[TYPE]")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(rule_id: str, resource_type: str | None, form: str) -> None:
    """Say what RULE asks, why, and how resources come to meet it, in CloudFormation and in CDK."""
    known = {rule.id: rule for rule in every_rule()}
    asked = rule_id.split("::")[-1].split("[", 1)[0]
    rule = known.get(asked) or known.get(PREFIX + asked)
    if rule is None:
        raise UnusableInput(rule_id, f"there is no rule of this id{_near(PREFIX + asked.removeprefix(PREFIX), known)}")
    types = rule.resource_types if isinstance(rule, Rule) else ()
    if resource_type and "*" not in types:
        if resource_type not in types:
            raise UnusableInput(resource_type, f"{rule.id} does not look at it{_near(resource_type, types)}")
        types = (resource_type,)
    click.echo(json.dumps(fields(rule, types), indent=2) if form == "json" else _page(rule, types))


def _near(asked: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(asked, known, n=3, cutoff=0.5)
    return f"; nearest are {', '.join(near)}" if near else ""


def fields(rule: Rule | MetaRule, types: Collection[str]) -> dict[str, Any]:
    """Return what there is to say of a rule, with how each of the types comes to meet it."""
    return {
        "id": rule.id,
        "severity": rule.severity,
        "title": rule.title,
        "explanation": rule.explanation if isinstance(rule, Rule) else "",
        "controls": [{"id": name, "title": controls()[name].title} for name in rule.controls],
        "fix": rule.fix,
        "fixes": list(_fixes(rule, types)) if isinstance(rule, Rule) else [],
        "same_check": {scanner: list(ids) for scanner, ids in scanner_rules().get(rule.id, {}).items()},
    }


def _fixes(rule: Rule, types: Collection[str]) -> Iterator[dict[str, Any]]:
    for kind in types:
        fix = rule.fix_of(kind)
        if fix is not None:
            yield {
                "resource_type": kind,
                "cloudformation": fix.in_cloudformation(),
                "cdk": fix.in_cdk(),
                "constructs": list(fix.constructs),
            }


def _page(rule: Rule | MetaRule, types: Collection[str]) -> str:
    said = fields(rule, types)
    parts = [f"{rule.id} ({rule.severity})", paragraph(rule.title)]
    parts += [f"\n{paragraph(' '.join(text.split()))}" for text in _plain(said["explanation"]).split("\n\n") if text]
    entries = rows((f"  {one['id']}", one["title"]) for one in said["controls"])
    parts.append(f"\nControls\n{entries}")
    parts.append(f"\nTo mend it\n{paragraph(rule.fix, indent=2)}")
    for one in said["fixes"]:
        parts.append(f"\n  {one['resource_type']}")
        ways = [("    CloudFormation", one["cloudformation"])]
        parts.append(rows([*ways, ("    CDK", one["cdk"])] if one["cdk"] != one["cloudformation"] else ways))
    if said["same_check"]:
        listed = [(f"  {scanner}", ", ".join(ids)) for scanner, ids in said["same_check"].items()]
        parts.append(f"\nOther scanners that ask the same\n{rows(listed)}")
    return "\n".join(parts)


def _plain(text: str) -> str:
    """Return a docstring's text without the marks of code."""
    return text.replace("``", "")
