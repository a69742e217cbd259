"""What the tools know without reading a file: rules, controls, and AWS's list of eligible services."""

from __future__ import annotations

from collections.abc import Sequence

from hipaa_constructs.compliance.assess import every_rule
from hipaa_constructs.compliance.controls import controls, read, services_as_of
from hipaa_constructs.compliance.eligibility import look_up, nearest
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.compliance.lookup import checked, control_named, explained, nag_explained, rule_named, types_of
from hipaa_constructs.compliance.rule import Rule
from hipaa_constructs.mcp.results import (
    ControlResult,
    ControlsResult,
    EligibilityResult,
    ListedControl,
    ListedRule,
    RuleResult,
    RulesResult,
    StandingResult,
    UnknownName,
    page_of,
)


def rule(name: str, resource_type: str) -> RuleResult:
    """Explain a rule.

    :raises UnusableInput: there is no such rule, or it does not look at the type.
    """
    of_nag = nag_explained(name, resource_type)
    if of_nag is not None:
        return RuleResult(resource_types=[], **of_nag)
    found = rule_named(name)
    types = types_of(found, resource_type)
    return RuleResult(resource_types=list(types), **explained(found, types))


def rules(*, words: str, control: str, resource_type: str, severity: str, limit: int, offset: int) -> RulesResult:
    """List rules; what is empty, or any, does not matter.

    :raises UnusableInput: there is no such control.
    """
    wanted = control_named(control).id if control else ""
    part, page = page_of(
        [
            one
            for one in every_rule()
            if _holds(f"{one.id} {one.title}", words)
            and (not wanted or wanted in one.controls)
            and (not resource_type or (isinstance(one, Rule) and {resource_type, "*"} & {*one.resource_types}))
            and severity in (one.severity, "any")
        ],
        offset=offset,
        limit=limit,
    )
    listed = [
        ListedRule(id=one.id, severity=one.severity, title=one.title, controls=list(one.controls)) for one in part
    ]
    return RulesResult(rules=listed, page=page)


def control(name: str) -> ControlResult:
    """Say what checks an entry of the Security Rule, and what people have to do for it.

    :raises UnusableInput: there is no such entry.
    """
    found = control_named(name)
    return ControlResult(duty=read("people.json")["duties"][found.id], **checked(found))


def controls_like(*, words: str, aws: str, limit: int, offset: int) -> ControlsResult:
    """List entries of the Security Rule."""
    part, page = page_of(
        [one for one in controls().values() if _holds(f"{one.id} {one.title}", words) and aws in (one.aws, "any")],
        offset=offset,
        limit=limit,
    )
    listed = [
        ListedControl(
            id=one.id,
            title=one.title,
            requirement=one.requirement,
            aws=one.aws,
            rules=sum(1 for rule in all_rules() if one.id in rule.controls),
        )
        for one in part
    ]
    return ControlsResult(controls=listed, page=page)


def eligibility(names: Sequence[str]) -> EligibilityResult:
    """Say of each name what AWS's list says."""
    found = {name: look_up(name) for name in names}
    return EligibilityResult(
        as_of=services_as_of(),
        standings=[
            StandingResult(
                asked=name,
                name=one.name,
                status=one.status,
                namespaces=list(one.namespaces),
                exclusions=one.exclusions,
                notes=one.notes,
                lifecycle=one.lifecycle,
            )
            for name, standings in found.items()
            for one in standings
        ],
        unknown=[
            UnknownName(asked=name, nearest=list(nearest(name))) for name, standings in found.items() if not standings
        ],
    )


def _holds(text: str, words: str) -> bool:
    # A rule's name is written as one word, so parts of words count.
    return all(word in text.lower() for word in words.lower().split())
