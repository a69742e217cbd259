"""A page for each rule, from what ``hipaa-constructs explain`` says, with the examples that the tests try."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import yaml

from hipaa_constructs.compliance.assess import every_rule
from hipaa_constructs.compliance.lookup import explained
from hipaa_constructs.compliance.rule import PREFIX, MetaRule, Rule
from hipaa_constructs.compliance.twins import nag_twins
from tests.compliance.rules.examples import all_examples
from tests.compliance.rules.examples.example import Example, Never
from tools.documentation.book import Part, grouped, table

ABOUT_THE_CHECK = "The check itself"
_OUTCOMES = re.compile(r"(?<![\w-])(Compliant|Non-compliant|Unknown|Not\s+applicable):\s+")
# An address may go on in the next line where it has a colon, a slash or a hyphen.
_BROKEN = re.compile(r"amazon\.com(?:[/:-]\n\s*(?=\w)|\n\s*(?=[/-]\w)|\S)*")
_ADDRESS = re.compile(r"(?<![/\w`])(?:https?://)?((?:docs\.aws|aws)\.amazon\.com/[\w./#?=&%~+-]*[\w/])")


def pages() -> Mapping[str, str]:
    """Return the page of each rule by its path."""
    return {page_of(rule.name): _page(rule) for rule in every_rule()}


def part() -> Part:
    """Return the rules as a part of the navigation, by their subjects."""
    subjects = {page_of(rule.name): _subject(rule) for rule in every_rule()}
    named = dict(sorted(subjects.items(), key=lambda one: (one[1] == ABOUT_THE_CHECK, one[1], one[0])))
    return Part("Rules", ["rules.md", *grouped(named)])


def page_of(name: str) -> str:
    """Return the path of the page of a rule, by the rule's name."""
    return f"reference/rules/{name}.md"


def prose(text: str) -> str:
    """Return a docstring's text as Markdown: its code marked once, and addresses whole and linked."""
    whole = _BROKEN.sub(lambda found: re.sub(r"\s+", "", found[0]).replace(".com:", ".com/"), text.replace("``", "`"))
    return _ADDRESS.sub(r"[\1](https://\1)", whole)


def plain(text: str) -> str:
    """Return a text that is no Markdown as Markdown that shows it."""
    return re.sub(r"([\\`*_\[\]<>|])", r"\\\1", text)


def _subject(rule: Rule | MetaRule) -> str:
    if isinstance(rule, MetaRule):
        return ABOUT_THE_CHECK
    module = rule.check.__module__
    return module.split(".")[3].capitalize() if module.count(".") > 3 else ABOUT_THE_CHECK


def _page(rule: Rule | MetaRule) -> str:
    types = rule.resource_types if isinstance(rule, Rule) else ()
    said = explained(rule, types)
    lines = [f"# {rule.name}", "", f"**{said['title']}.**", ""]
    lines += table(["id", "severity"], [[f"`{rule.id}`", rule.severity]])
    if said["explanation"]:
        lines += ["", "## What it asks", "", *_explained(said["explanation"])]
    lines += ["", "## Why", "", "It is about these entries of the Security Rule, 45 CFR part 164, subpart C:", ""]
    lines += [f"- {control['id']} {control['title']}" for control in said["controls"]]
    lines += ["", "## How to meet it", "", plain(rule.fix), ""]
    if isinstance(rule, Rule):
        lines += _by_type(rule, said["fixes"])
    lines += _same_check(rule, said["same_check"])
    return "\n".join([*lines, ""])


def _explained(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        before, *outcomes = _OUTCOMES.split(prose(paragraph))
        if before.strip():
            yield from (before.strip(), "")
        for outcome, about in zip(outcomes[::2], outcomes[1::2], strict=True):
            yield f"- **{' '.join(outcome.split())}:** {' '.join(about.split())}"
        yield ""


def _by_type(rule: Rule, fixes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    ways = {fix["resource_type"]: fix for fix in fixes}
    examples: defaultdict[str, list[Example]] = defaultdict(list)
    for example in all_examples().get(rule.name, ()):
        examples[example.kind].append(example)
    for kind in rule.resource_types:
        if kind != "*":
            yield from (f"### {kind}", "")
        if kind in ways:
            yield from _ways(rule, kind, ways[kind])
        for example in examples[kind]:
            yield from _example(example)


def _ways(rule: Rule, kind: str, way: Mapping[str, Any]) -> Iterator[str]:
    fix = rule.fix_of(kind)
    calls = fix.cdk if fix else ()
    marked = plain(way["cdk"])
    for call in calls:
        marked = marked.replace(plain(call), f"`{call}`")
    for construct in way["constructs"]:
        marked = marked.replace(f"{plain(construct)} ", f"`{construct}` ")
    if way["cdk"] == way["cloudformation"]:
        yield from (f"**CloudFormation and CDK:** {marked}", "")
        return
    yield from (f"**CloudFormation:** {plain(way['cloudformation'])}", "", f"**CDK:** {marked}", "")


def _example(example: Example) -> Iterator[str]:
    written = dict(example.templates())
    for outcome, title, properties in (
        ("passed", "Compliant", example.passes),
        ("failed", "Non-compliant", example.fails),
    ):
        if isinstance(properties, Never):
            yield from (f"**{title}:** there is none. {plain(properties.why)}", "")
            continue
        yield from (f'```yaml title="{title}"', _as_yaml({"Resources": written[outcome]}).rstrip(), "```", "")


def _same_check(rule: Rule | MetaRule, scanners: Mapping[str, Sequence[str]]) -> Iterator[str]:
    rows = [[scanner, ", ".join(f"`{one}`" for one in ids)] for scanner, ids in scanners.items()]
    if twins := _twins().get(rule.name):
        rows.insert(0, ["cdk-nag, HIPAA pack", ", ".join(f"`{one}`" for one in twins)])
    if rows:
        yield from ("## The same check elsewhere", "", *table(["scanner", "rules"], rows))


@cache
def _twins() -> Mapping[str, Sequence[str]]:
    """Return which rules of cdk-nag's HIPAA pack ask about the same fact, by the name of the rule here."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for name, twin in nag_twins().items():
        for own in twin.own.values():
            for rule_id in own:
                found[rule_id.removeprefix(PREFIX)].add(name)
    return {name: sorted(twins) for name, twins in found.items()}


class _Dumper(yaml.SafeDumper):
    """YAML without anchors, which CloudFormation's readers need not know."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _as_yaml(data: Any) -> str:
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=100)
    return text
