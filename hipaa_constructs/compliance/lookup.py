"""Rules and controls by the names that people call them, and what is said of each; imports no aws_cdk."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance.acknowledgements.scanners import scanner_rules
from hipaa_constructs.compliance.assess import every_rule
from hipaa_constructs.compliance.controls import Control, config_rules, controls, nag_rules
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.compliance.nag import FIX, HIPAA
from hipaa_constructs.compliance.rule import PREFIX, MetaRule, Rule
from hipaa_constructs.compliance.twins import twin_of

_REGULATION = "https://www.ecfr.gov/current/title-45/section-"
_README = "https://github.com/cdklabs/cdk-nag/blob/main/RULES.md"


def rule_named(name: str) -> Rule | MetaRule:
    """Return the rule of an id: bare, qualified, with a kind in brackets as findings name it, or of its cdk-nag twin.

    :raises UnusableInput: there is none; it names those that are nearest, and of cdk-nag's alone what to do.
    """
    known = {rule.id: rule for rule in every_rule()}
    asked = _bare(name)
    rule = known.get(asked) or known.get(PREFIX + asked)
    if rule is not None:
        return rule
    twin = twin_of(asked)
    if twin is None:
        raise UnusableInput(name, _no_rule(asked))
    # Of all types that cdk-nag's rule looks at, not of one of them.
    same = twin.own_of("")
    if len(same) == 1:
        return known[same[0]]
    said = f"the same is asked by {' and '.join(same)}" if same else f"no rule here asks the same. {twin.fix}"
    raise UnusableInput(name, f"it is a rule of cdk-nag; {said.strip().removesuffix('.')}")


def no_rule_named(name: str) -> str | None:
    """Return that no rule reports by an id, and which ids are nearest; None where one does, or a pack unknown here may.

    A finding goes by whole ids, so a name without its pack, which ``rule_named`` takes, is none.
    """
    asked = _bare(name)
    if "-" in asked and not asked.startswith((PREFIX, f"{HIPAA}-")):
        return None
    own = (rule.id for rule in every_rule())
    return None if asked in {*own, *nag_rules()} else _no_rule(asked)


def _bare(name: str) -> str:
    return name.split("[", 1)[0].split("::")[-1].strip()


def _no_rule(asked: str) -> str:
    if asked.startswith(f"{HIPAA}-"):
        near = _near(asked, nag_rules())
    else:
        near = _near(PREFIX + asked.removeprefix(PREFIX), [rule.id for rule in every_rule()])
    return f"there is no rule of this id{near}"


def types_of(rule: Rule | MetaRule, only: str | None = None) -> Sequence[str]:
    """Return the resource types that a rule looks at, or the one of them that was asked for.

    :raises UnusableInput: the rule does not look at resources of that type.
    """
    types = rule.resource_types if isinstance(rule, Rule) else ()
    if not only or "*" in types:
        return types
    if only not in types:
        raise UnusableInput(only, f"{rule.id} does not look at it{_near(only, types)}")
    return (only,)


def explained(rule: Rule | MetaRule, types: Collection[str]) -> Mapping[str, Any]:
    """Return as JSON data what a rule asks, why, and how resources of some types come to meet it."""
    return {
        "id": rule.id,
        "severity": rule.severity,
        "title": rule.title,
        "explanation": rule.explanation,
        "controls": [{"id": name, "title": controls()[name].title} for name in rule.controls],
        "fix": rule.fix,
        "fixes": list(_fixes(rule, types)) if isinstance(rule, Rule) else [],
        "same_check": {scanner: list(ids) for scanner, ids in scanner_rules().get(rule.id, {}).items()},
        "sources": _sources(rule.controls),
    }


def _sources(ids: Collection[str]) -> list[str]:
    """Return where the Security Rule says what is asked: its sections, by their addresses."""
    return list(dict.fromkeys(f"{_REGULATION}{one.partition('(')[0]}" for one in ids))


def nag_explained(name: str, only: str | None = None) -> Mapping[str, Any] | None:
    """Return as ``explained`` does what a rule of cdk-nag's asks; None where a rule here is its only twin, or is meant.

    What it is overruled by stands in its explanation, each with its source.

    :param only: the one of its resource types that was asked for.
    :raises UnusableInput: the rule does not look at resources of that type.
    """
    asked = _bare(name)
    twin = twin_of(asked)
    own = twin.own_of("") if twin else ()
    if twin is None or len(own) == 1 or {asked, PREFIX + asked} & {rule.id for rule in every_rule()}:
        return None
    known = nag_rules().get(f"{HIPAA}-{twin.name}")
    if known and only and only not in known.resource_types:
        raise UnusableInput(only, f"{asked} does not look at it{_near(only, known.resource_types)}")
    types = [only] if known and only else known.resource_types if known else ()
    says = [f"A rule of cdk-nag's, on {', '.join(types)}."] if known else ["A rule of cdk-nag's."]
    says.append(f"The same is asked by {' and '.join(own)}." if own else "No rule here asks the same.")
    says += [f"Overruled where that is shown: {one.reason} {one.source}" for one in twin.overruled]
    ids = known.controls if known else ()
    return {
        "id": asked if "-" in asked else f"{HIPAA}-{twin.name}",
        "severity": known.severity if known else "error",
        "title": twin.name,
        "explanation": "\n\n".join(says),
        "controls": [{"id": one, "title": controls()[one].title} for one in ids],
        "fix": twin.fix or FIX,
        "fixes": [],
        "same_check": {},
        "sources": [*_sources(ids), _README],
    }


def control_named(name: str) -> Control:
    """Return the entry of the Security Rule of an id, such as ``164.312(b)``.

    :raises UnusableInput: there is none; it names those that are nearest.
    """
    control = controls().get(name.removeprefix("§").strip())
    if control is None:
        raise UnusableInput(name, f"there is no control of this id{_near(name, controls())}")
    return control


def checked(control: Control) -> Mapping[str, Any]:
    """Return as JSON data what an entry of the Security Rule is, and what checks it."""
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


def _near(asked: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(asked, known, n=3, cutoff=0.5)
    return f"; nearest are {', '.join(near)}" if near else ""


def _fixes(rule: Rule, types: Collection[str]) -> Iterator[Mapping[str, Any]]:
    for kind in types:
        fix = rule.fix_of(kind)
        if fix is not None:
            yield {
                "resource_type": kind,
                "cloudformation": fix.in_cloudformation(),
                "cdk": fix.in_cdk(),
                "constructs": list(fix.constructs),
            }
