"""Writes the documents that follow from the catalogue, the rules and the constructs' docstrings.

``make docs`` writes them; the tests fail when one is out of date.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import hipaa_constructs
from hipaa_constructs.compliance import controls as catalogue
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.compliance.governance.govern import RULES as GOVERNANCE

DOCS = Path(__file__).parent
_CITATION = re.compile(r"164\.\d{3}(?:\([a-zA-Z0-9]+\))+")
_NOTE = "<!-- Written by docs/generate.py; change the catalogue, the rules or the docstrings instead. -->\n"


def documents() -> Mapping[str, str]:
    """Return each generated document by its name."""
    return {"rules.md": _rules(), "controls.md": _controls()}


def _rules() -> str:
    rows = [
        f"| `{rule.id}` | {rule.severity} | {rule.title} | {_short(rule.resource_types)} | {', '.join(rule.controls)} |"
        for rule in all_rules()
    ]
    governance = [
        f"| `{rule.id}` | {rule.severity} | {rule.title} | {', '.join(rule.controls)} |" for rule in GOVERNANCE
    ]
    return "\n".join(
        [
            "# Rules",
            "",
            _NOTE,
            "They run on final templates, at synth by `enforce_hipaa`, anywhere by `hipaa-constructs check`.",
            "Their names state the compliant condition. Beside them the gate runs cdk-nag's HIPAA pack.",
            "",
            f"{len(rows)} rules look at resources:",
            "",
            "| rule | severity | what is compliant | looks at | controls |",
            "| --- | --- | --- | --- | --- |",
            *rows,
            "",
            "And these look at acknowledgements:",
            "",
            "| rule | severity | what is compliant | controls |",
            "| --- | --- | --- | --- |",
            *governance,
            "",
        ]
    )


def _controls() -> str:
    constructs = _constructs_by_control()
    rules: dict[str, list[str]] = defaultdict(list)
    for rule in all_rules():
        for control in rule.controls:
            rules[control].append(rule.name)
    nag: dict[str, int] = defaultdict(int)
    for nag_rule in catalogue.nag_rules().values():
        for control in nag_rule.controls:
            nag[control] += 1
    config: dict[str, int] = defaultdict(int)
    for config_rule in catalogue.config_rules().values():
        for control in config_rule.controls:
            config[control] += 1
    duties = catalogue.read("people.json")["duties"]
    lines = [
        "# Controls",
        "",
        _NOTE,
        "Every standard and implementation specification of the Security Rule, 45 CFR part 164, subpart C: how far AWS",
        "can meet it, which constructs and rules here are about it, how many rules of cdk-nag's HIPAA pack and of AWS",
        "Config's HIPAA conformance pack cite it, and what people still have to do.",
        "",
    ]
    for control in catalogue.controls().values():
        kind = control.requirement or control.kind
        lines += [
            f"## {control.id} {control.title}",
            "",
            f"{kind.capitalize()}. AWS: {control.aws}. cdk-nag rules: {nag[control.id]}. "
            f"Config rules: {config[control.id]}.",
            "",
        ]
        if constructs[control.id]:
            lines += [f"Constructs: {', '.join(f'`{name}`' for name in constructs[control.id])}.", ""]
        if rules[control.id]:
            lines += [f"Rules: {', '.join(f'`{name}`' for name in sorted(rules[control.id]))}.", ""]
        lines += [f"People: {duties[control.id]}", ""]
    return "\n".join(lines)


def _constructs_by_control() -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name in hipaa_constructs.__all__:
        item = getattr(hipaa_constructs, name)
        _, _, meets = (inspect.getdoc(item) or "").partition("\nMeets ")
        for control in dict.fromkeys(_CITATION.findall(meets.split("\n:param")[0])):
            if control not in catalogue.controls():
                raise SystemExit(f"{name} claims {control}, which is no entry of the Security Rule")
            found[control].append(name)
    return found


def _short(types: Sequence[str]) -> str:
    if types == ("*",):
        return "everything"
    shown = ", ".join(f"`{kind.removeprefix('AWS::')}`" for kind in types[:4])
    return shown if len(types) <= 4 else f"{shown} and {len(types) - 4} more"


if __name__ == "__main__":
    for document, text in documents().items():
        (DOCS / document).write_text(text)
        sys.stdout.write(f"wrote docs/{document}\n")
