"""The control matrix: for each entry of the Security Rule, what its rules found and what it comes to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hipaa_constructs.compliance.controls import controls, read
from hipaa_constructs.evidence import columns
from hipaa_constructs.evidence.checks import Names, worse
from hipaa_constructs.evidence.model import (
    OUTCOMES,
    CheckOutcome,
    ConfigRuleEvidence,
    ControlEvidence,
    Counts,
    ResourceName,
    RuleEvidence,
    RuntimeCheck,
)

# What the catalogue leaves out of the ids of this package's rules.
OWN = "HIPAA.Constructs-"


def control_matrix(
    rules: Mapping[str, RuleEvidence],
    config_rules: Sequence[ConfigRuleEvidence],
    alarms: Sequence[RuntimeCheck],
    live: columns.Live,
    people: columns.People,
    names: Names,
) -> Mapping[str, ControlEvidence]:
    """Return the 69 entries by id, in the Security Rule's order."""
    watching = [
        *(RuntimeCheck("config_rule", rule.name, rule.controls, rule.deployed) for rule in config_rules),
        *alarms,
    ]
    duties: Mapping[str, str] = read("people.json")["duties"]
    matrix: dict[str, ControlEvidence] = {}
    for control in controls().values():
        checking = [rule for rule in rules.values() if control.id in rule.counted]
        counts = total(rule.counts for rule in checking)
        attested = [one for one in people.attestations if control.id in one.controls]
        templates = columns.infrastructure(control, [rule.ran for rule in checking], counts)
        account = columns.live(control, live)
        persons = columns.people(control, replace(people, attestations=attested))
        status, reason = columns.roll_up(templates, account, persons, untaken=_untaken(checking, people))
        matrix[control.id] = ControlEvidence(
            control=control,
            status=status,
            reason=reason,
            infrastructure=templates,
            live=account,
            people=persons,
            rules=tuple(rule.id for rule in checking),
            cited=tuple(
                rule.id for rule in rules.values() if control.id in rule.controls and control.id not in rule.counted
            ),
            checks=counts,
            resources=_resources(checking, names),
            runtime=tuple(check for check in watching if control.id in check.controls),
            duty=duties[control.id],
            attestations=tuple(one.id for one in attested),
            answers=tuple(dict.fromkeys(one.id for one in live.answers if control.id in one.controls)),
        )
    return matrix


def _untaken(checking: Sequence[RuleEvidence], people: columns.People) -> bool:
    """Whether the library excepts findings of these rules, and nobody took its limitations over."""
    taken = people.limitations is not None and people.limitations.status == "current"
    return not taken and any(rule.id in people.limited for rule in checking)


def selected(item: Mapping[str, Any], rules: Mapping[str, RuleEvidence]) -> Sequence[RuleEvidence]:
    """Return the rules that an item of the catalogue names, or that count under the controls that it names."""
    named = {f"{OWN}{name}" for name in item.get("rules", ())}
    controls = set(item.get("controls", ()))
    return [rule for rule in rules.values() if rule.id in named or controls.intersection(rule.counted)]


def total(counts: Iterable[Counts]) -> Counts:
    """Add counts up."""
    listed = list(counts)
    return Counts(**{outcome: sum(getattr(one, outcome) for one in listed) for outcome in OUTCOMES})


def _resources(rules: Sequence[RuleEvidence], names: Names) -> Mapping[CheckOutcome, Sequence[ResourceName]]:
    """Return each resource once, under the worst of what the rules answered."""
    worst: dict[ResourceName, CheckOutcome] = {}
    for rule in rules:
        for outcome in OUTCOMES:
            for name in rule.resources[outcome]:
                worst[name] = worse(worst.get(name), outcome)
    grouped: dict[CheckOutcome, list[ResourceName]] = {outcome: [] for outcome in OUTCOMES}
    for name, outcome in worst.items():
        grouped[outcome].append(name)
    return {outcome: names.sort(found) for outcome, found in grouped.items()}
