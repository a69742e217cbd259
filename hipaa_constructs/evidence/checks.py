"""What every rule answered about every resource, sorted by outcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement
from hipaa_constructs.compliance.acknowledgements.baseline import Debts
from hipaa_constructs.compliance.acknowledgements.govern import Governed
from hipaa_constructs.compliance.acknowledgements.in_code import acknowledged_in_code
from hipaa_constructs.compliance.acknowledgements.rules import BASELINE_RULES
from hipaa_constructs.compliance.acknowledgements.rules import RULES as ACKNOWLEDGEMENT_RULES
from hipaa_constructs.compliance.assess import Assessment
from hipaa_constructs.compliance.engine import Result, all_rules
from hipaa_constructs.compliance.rule import Finding, MetaRule, Outcome, Rule
from hipaa_constructs.compliance.shown_secrets import RULE as TEMPLATE_SHOWS_NO_SECRETS
from hipaa_constructs.compliance.template_quotas import RULE as TEMPLATE_WITHIN_QUOTA
from hipaa_constructs.compliance.unread import RULE as TEMPLATE_READABLE
from hipaa_constructs.evidence.model import OUTCOMES, CheckOutcome, ResourceName, RuleEvidence

# What a rule about every resource passes as.
THE_APP = ResourceName("", "", "App", "the app")
_WEIGHT = {outcome: weight for weight, outcome in enumerate(OUTCOMES)}


def worse(one: CheckOutcome | None, other: CheckOutcome) -> CheckOutcome:
    """Return the worse of two outcomes."""
    return other if one is None or _WEIGHT[other] < _WEIGHT[one] else one


class Names:
    """The app's resources as documents name them, one object for each, in the templates' order."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._of: dict[int, ResourceName] = {}
        self._rank: dict[ResourceName, int] = {}
        for template in app.templates:
            for resource in template.resources.values():
                name = ResourceName(template.name, resource.logical_id, resource.type, resource.construct_path)
                self._of[id(resource)] = name
                self._rank[name] = len(self._rank)

    def of(self, resource: Resource) -> ResourceName:
        """Return the name of a resource of the app."""
        return self._of[id(resource)]

    def all(self) -> Iterable[ResourceName]:
        """Return the names of all resources."""
        return self._rank

    def at(self, construct_path: str) -> Resource | None:
        """Return the resource that a construct path leads to."""
        return self._app.at(construct_path)

    def sort(self, names: Iterable[ResourceName]) -> tuple[ResourceName, ...]:
        """Order names as the templates do; what is in no template comes last."""
        last = len(self._rank)
        return tuple(sorted(names, key=lambda name: (self._rank.get(name, last), name)))


class Tally:
    """The outcomes of one rule, the worst for each resource."""

    def __init__(self) -> None:
        self._outcomes: dict[ResourceName, CheckOutcome] = {}

    def add(self, name: ResourceName, outcome: CheckOutcome) -> None:
        """Note what the rule answered about a resource; a worse answer stays."""
        self._outcomes[name] = worse(self._outcomes.get(name), outcome)

    def drop(self, name: ResourceName) -> None:
        """Note that the rule has no answer about a resource, unless there is one that is no pass."""
        if self._outcomes.get(name) == "passed":
            del self._outcomes[name]

    def sorted(self, names: Names) -> Mapping[CheckOutcome, Sequence[ResourceName]]:
        """Return the resources under each outcome."""
        grouped: dict[CheckOutcome, list[ResourceName]] = {outcome: [] for outcome in OUTCOMES}
        for name, outcome in self._outcomes.items():
            grouped[outcome].append(name)
        return {outcome: names.sort(found) for outcome, found in grouped.items()}


def outcomes_of(assessment: Assessment) -> Mapping[int, CheckOutcome]:
    """Return what each finding comes to, by its ``id()``, after acknowledgements.

    What another pack found counts as failed, or as acknowledged with what it went into, whoever tells it; what is
    overruled has no outcome.
    """
    accepted = {id(finding) for finding, _ in assessment.governed.acknowledged}
    outcomes: dict[int, CheckOutcome] = {id(one): _outcome(one) for one in assessment.governed.open}
    outcomes.update((one, "acknowledged") for one in accepted)
    ours = (finding for _, finding in assessment.answers if finding is not None)
    for one in (*ours, *assessment.given):
        told = assessment.into.get(id(one))
        if told:
            outcomes[id(one)] = "acknowledged" if all(id(each) in accepted for each in told) else _outcome(one)
    return outcomes


def _outcome(finding: Finding) -> CheckOutcome:
    return "unknown" if finding.outcome == "unknown" else "failed"


def own_rules(
    results: Sequence[tuple[Result, Finding | None]], after: Mapping[int, CheckOutcome], names: Names
) -> Mapping[str, RuleEvidence]:
    """Return the evidence of this package's rules about resources."""
    tallies = {rule.id: Tally() for rule in all_rules()}
    for result, finding in results:
        if finding is not None:
            tallies[result.rule.id].add(names.of(result.resource), after[id(finding)])
        elif result.verdict.outcome is Outcome.PASSED:
            tallies[result.rule.id].add(names.of(result.resource), "passed")
    return {
        rule.id: _evidence(rule, rule.resource_types, _asked_once(rule, tallies[rule.id].sorted(names)))
        for rule in all_rules()
    }


def _asked_once(
    rule: Rule, resources: Mapping[CheckOutcome, Sequence[ResourceName]]
) -> Mapping[CheckOutcome, Sequence[ResourceName]]:
    """Count the passes of a rule about every resource as one: it asks one question of the app, not one a resource."""
    if rule.resource_types != ("*",) or not resources["passed"]:
        return resources
    others = any(resources[outcome] for outcome in OUTCOMES if outcome != "passed")
    return {**resources, "passed": () if others else (THE_APP,)}


def meta_rules(
    app: App, about_templates: Iterable[Finding], governed: Governed, after: Mapping[int, CheckOutcome], names: Names
) -> Mapping[str, RuleEvidence]:
    """Return the evidence of the rules about templates as a whole, and about acknowledgements."""
    of_templates = (TEMPLATE_READABLE, TEMPLATE_SHOWS_NO_SECRETS, TEMPLATE_WITHIN_QUOTA)
    whole = {rule.id: (rule, Tally()) for rule in of_templates}
    stacks = {
        template.name: ResourceName(template.name, "", "Template", template.stack_path) for template in app.templates
    }
    for _, tally in whole.values():
        for name in stacks.values():
            tally.add(name, "passed")
    for finding in about_templates:
        whole[finding.rule_id][1].add(stacks[finding.template], after[id(finding)])
    tallies = {rule.id: Tally() for rule in ACKNOWLEDGEMENT_RULES}
    judged = _judged(app, governed)
    for tally in tallies.values():
        for name in judged.values():
            tally.add(name, "passed")
    for finding, acknowledgement in zip(governed.problems, governed.blamed, strict=True):
        tallies[finding.rule_id].add(acknowledgement_name(acknowledgement), "failed")
    return {
        **{rule.id: _evidence(rule, ("Template",), tally.sorted(names)) for rule, tally in whole.values()},
        **{
            rule.id: _evidence(rule, ("Acknowledgement",), tallies[rule.id].sorted(names))
            for rule in ACKNOWLEDGEMENT_RULES
        },
    }


def baseline_rules(debts: Debts, names: Names) -> Mapping[str, RuleEvidence]:
    """Return the evidence of the rules about the baseline: what is wrong with it. What is in order proves nothing."""
    tallies = {rule.id: Tally() for rule in BASELINE_RULES}
    for problem, entries in zip(debts.problems, debts.blamed, strict=True):
        for entry in entries:
            name = ResourceName("", entry.rule_id, "Baseline", f"{entry.rule_id} on {entry.path}")
            tallies[problem.rule_id].add(name, "failed")
    return {rule.id: _evidence(rule, ("Baseline",), tallies[rule.id].sorted(names)) for rule in BASELINE_RULES}


def acknowledgement_name(one: Acknowledgement) -> ResourceName:
    """Name an acknowledgement as rules about them do."""
    return ResourceName("", one.rule_id, "Acknowledgement", f"{one.rule_id} on {one.path or 'the app'}")


def _judged(app: App, governed: Governed) -> Mapping[int, ResourceName]:
    """Return the acknowledgements that are held to rules: those that people made."""
    every = [*acknowledged_in_code(app), *(one for _, one in governed.acknowledged), *governed.blamed]
    return {id(one): acknowledgement_name(one) for one in every if one.origin != "library"}


def _evidence(
    rule: Rule | MetaRule, types: tuple[str, ...], resources: Mapping[CheckOutcome, Sequence[ResourceName]]
) -> RuleEvidence:
    return RuleEvidence(
        id=rule.id,
        origin="hipaa-constructs",
        title=rule.title,
        severity=rule.severity,
        fix=rule.fix,
        controls=rule.controls,
        counted=rule.controls,
        resource_types=types,
        ran=True,
        resources=resources,
    )
