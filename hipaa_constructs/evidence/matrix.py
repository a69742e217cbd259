"""The control matrix: for each entry of the Security Rule, what its rules found and what it comes to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hipaa_constructs.compliance.controls import Control, controls, read
from hipaa_constructs.evidence.checks import Names, worse
from hipaa_constructs.evidence.model import (
    OUTCOMES,
    AttestationEvidence,
    CheckOutcome,
    ConfigRuleEvidence,
    ControlEvidence,
    ControlStatus,
    Counts,
    ResourceName,
    RuleEvidence,
    RuntimeCheck,
)


def control_matrix(
    rules: Mapping[str, RuleEvidence],
    config_rules: Sequence[ConfigRuleEvidence],
    alarms: Sequence[RuntimeCheck],
    attestations: Sequence[AttestationEvidence],
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
        checking = [rule for rule in rules.values() if control.id in rule.controls]
        counts = total(rule.counts for rule in checking)
        status, reason = _judge(control, checking, counts)
        matrix[control.id] = ControlEvidence(
            control=control,
            status=status,
            reason=reason,
            rules=tuple(rule.id for rule in checking),
            checks=counts,
            resources=_resources(checking, names),
            runtime=tuple(check for check in watching if control.id in check.controls),
            duty=duties[control.id],
            attestations=tuple(one.id for one in attestations if control.id in one.controls),
        )
    return matrix


def total(counts: Iterable[Counts]) -> Counts:
    """Add counts up."""
    listed = list(counts)
    return Counts(**{outcome: sum(getattr(one, outcome) for one in listed) for outcome in OUTCOMES})


def _judge(control: Control, rules: Sequence[RuleEvidence], counts: Counts) -> tuple[ControlStatus, str]:
    if counts.failed:
        return "failed", f"{_checks(counts.failed)} of {counts.total} failed."
    if control.aws == "none":
        return "no_rule", "Infrastructure cannot show it: it is for people."
    if not rules:
        if control.aws == "inherited":
            return "no_rule", "AWS's data centers meet it; its own attestations, in AWS Artifact, show that."
        return "no_rule", "No rule checks it."
    silent = sum(1 for rule in rules if not rule.ran)
    if silent:
        return "unknown", f"{silent} of its {len(rules)} rules did not run."
    if counts.unknown:
        return "unknown", f"{_checks(counts.unknown)} of {counts.total} could not be decided at synth."
    if not counts.total:
        return "not_inspected", f"The templates hold nothing that its rules inspect ({len(rules)} rules)."
    if counts.acknowledged:
        return (
            "acknowledged",
            f"{_checks(counts.passed)} passed; {counts.acknowledged} more found what is acknowledged.",
        )
    return "passed", f"{'The one check' if counts.total == 1 else f'All {counts.total} checks'} passed."


def _checks(number: int) -> str:
    return f"{number} check{'' if number == 1 else 's'}"


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
