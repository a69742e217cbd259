"""A page for each entry of the Security Rule, from the document that ``make docs`` writes, and a table over them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from hipaa_constructs.compliance.assess import every_rule
from hipaa_constructs.compliance.controls import Control, controls
from tools.documentation.book import Part, grouped, table

_ENTRY = re.compile(r"^## (164\S+) .+\n", re.MULTILINE)
_SECTIONS = {
    "164.306": "General rules",
    "164.308": "Administrative safeguards",
    "164.310": "Physical safeguards",
    "164.312": "Technical safeguards",
    "164.314": "Organizational requirements",
    "164.316": "Policies, procedures and documentation",
}


def pages(document: str) -> Mapping[str, str]:
    """Return the page of each control by its path, from the text of docs/controls.md."""
    parts = _ENTRY.split(document.partition("\n## Sources")[0])
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    return {page_of(control.id): "\n".join(_page(control, sections[control.id])) for control in controls().values()}


def overview(document: str) -> str:
    """Return the document with a table in place of its entries, which have pages of their own."""
    head, _, rest = document.partition("\n## 164")
    sources = rest.partition("\n## Sources")[2]
    rows = [
        [control.id, control.title, control.requirement or control.kind, control.aws, str(len(_rules(control)))]
        for control in controls().values()
    ]
    entries = table(["entry", "title", "kind", "AWS", "rules"], rows)
    return "\n".join([head, "## Entries", "", *entries, "", f"## Sources{sources}"])


def part() -> Part:
    """Return the controls as a part of the navigation, by the sections of the rule."""
    named = {page_of(name): f"{name[:7]} {_SECTIONS[name[:7]]}" for name in controls()}
    return Part("Controls", ["controls.md", *grouped(named)])


def page_of(control_id: str) -> str:
    """Return the path of the page of a control, by its id."""
    return f"reference/controls/{re.sub(r'[^0-9a-zA-Z]+', '-', control_id).strip('-')}.md"


def _rules(control: Control) -> list[list[str]]:
    rules = [rule for rule in every_rule() if control.id in rule.controls]
    return [[f"`{rule.name}`", rule.severity, rule.title] for rule in rules]


def _page(control: Control, section: str) -> Iterator[str]:
    yield from (f"# {control.id} {control.title}", "")
    if control.standard:
        yield from (f"Of the standard {control.standard}.", "")
    if control.note:
        yield from (control.note, "")
    # The rules come with their titles in a table below.
    kept = [text for text in section.strip().split("\n\n") if not text.startswith("Rules: ")]
    yield "\n\n".join(re.sub(r"^([\w-][\w, -]*): ", r"**\1:** ", text) for text in kept)
    if rows := _rules(control):
        yield from ("", "## Rules", "", *table(["rule", "severity", "what is compliant"], rows))
    number = control.id.partition("(")[0]
    address = f"https://www.ecfr.gov/current/title-45/section-{number}"
    yield from (
        "",
        "## Source",
        "",
        f"[45 CFR {number}]({address}), in the Electronic Code of Federal Regulations.",
        "",
    )
