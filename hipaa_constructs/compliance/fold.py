"""One fact, one finding: what cdk-nag found is folded into what this package found of the same; imports no aws_cdk.

What a rule here shows to be false is overruled. What no rule here asks about stays as it is, once for all packs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from hipaa_constructs.cloudformation.model import App, Resource, Template
from hipaa_constructs.compliance.across_worlds import judge_everywhere
from hipaa_constructs.compliance.cdk_helpers import Told, notices
from hipaa_constructs.compliance.classification import DataClassification, classification_of, holds_no_phi
from hipaa_constructs.compliance.engine import Result, all_rules
from hipaa_constructs.compliance.nag import ALIKE, in_order
from hipaa_constructs.compliance.overruled import JUDGES, is_false_alarm
from hipaa_constructs.compliance.rule import PREFIX, Finding, Outcome
from hipaa_constructs.compliance.twins import Overruling, Twin, fact_of, nag_twins, twin_of

_SPARED = Overruling(
    "",
    "What it asks for protects PHI alone, and this is classified as holding none.",
    "https://www.ecfr.gov/current/title-45/section-164.306",
)
Answers = Sequence[tuple[Result, Finding | None]]
_FINE = (Outcome.PASSED, Outcome.NOT_APPLICABLE)
_TRIPPED = Overruling(
    "",
    "cdk-nag could not read the resource, and the rules here about the same fact, which could, pass it.",
    "https://github.com/cdklabs/cdk-nag#rules-and-property-overrides",
)


@dataclass(frozen=True, slots=True)
class Folded:
    """What is left of the findings of this package and of others, each fact once.

    ``others`` are findings of other packs that stand alone. ``notices`` stand for what was found of CDK's own helper
    functions. ``into`` names, by the ``id()`` of what was found, the findings that it went into; for what another pack
    found, itself where it stands alone. ``overruled`` are alarms shown to be false, as notes.
    """

    answers: Answers
    others: Sequence[Finding]
    notices: Sequence[Finding]
    into: Mapping[int, Sequence[Finding]]
    overruled: Sequence[Finding]


@dataclass(slots=True)
class _Gathered:
    """A finding, and what other packs found of the same fact."""

    finding: Finding
    more: list[Finding] = field(default_factory=list)

    def told(self) -> Finding:
        """Return the finding with all ids; the stricter severity counts."""
        if not self.more:
            return self.finding
        grave = any(one.severity == "error" for one in self.more)
        also = in_order(one.rule_id for one in self.more)
        return replace(self.finding, severity="error" if grave else self.finding.severity, also=also)


def fold(app: App, answers: Answers, others: Iterable[Finding]) -> Folded:
    """Fold findings of other packs into those of this package, and into each other.

    :param answers: what each rule of this package said of each resource, with its finding if that is one.
    :param others: findings of other packs; of two about the same fact, the first keeps its rule id.
    """
    templates = {template.name: template for template in app.sources}
    own = {_key(result.rule.id, result.resource): number for number, (result, _) in enumerate(answers)}
    found = {number: _Gathered(finding) for number, (_, finding) in enumerate(answers) if finding is not None}
    alone: dict[tuple[str, str], _Gathered] = {}
    went: list[tuple[Finding, list[_Gathered]]] = []
    overruled: list[Finding] = []
    for one in others:
        twin, resource = twin_of(one.rule_id), _about(one, app, templates)
        asked = [_said(number, answers, own) for number in _asked(twin, resource, own)]
        into = [found[number] for number in asked if number in found]
        if not into and twin is not None and resource is not None:
            why = _overruled(one, twin, resource, [answers[number][0] for number in asked])
            if why is not None:
                overruled.append(_as_note(one, why))
                continue
        if not into and spares(app, one.rule_id, one.construct_path, resource):
            overruled.append(_as_note(one, _SPARED))
            continue
        if not into:
            place = (fact_of(one.rule_id), one.construct_path or f"{one.template}/{one.resource_logical_id}")
            if place not in alone:
                alone[place] = _Gathered(one)
                went.append((one, [alone[place]]))
                continue
            into = [alone[place]]
        for gathered in into:
            gathered.more.append(one)
        went.append((one, into))
    told = {id(gathered): gathered.told() for gathered in (*found.values(), *alone.values())}
    ours = [
        (result, told[id(found[number])] if number in found else None) for number, (result, _) in enumerate(answers)
    ]
    theirs = [told[id(gathered)] for gathered in alone.values()]
    told_in = {
        id(finding): Told(finding, _outermost(result.resource), _allows(result, finding))
        for result, finding in ours
        if finding
    }
    for one in theirs:
        resource = _about(one, app, templates)
        told_in[id(one)] = Told(one, _outermost(resource) if resource else "")
    noticed = {key: notice for notice, keys in notices(told_in) for key in keys}
    ends = {
        id(one): _once(noticed.get(id(told[id(gathered)]), told[id(gathered)]) for gathered in gone)
        for one, gone in went
    }
    return Folded(
        answers=ours,
        others=[one for one in theirs if id(one) not in noticed],
        notices=_once(noticed.values()),
        into={**{key: [notice] for key, notice in noticed.items()}, **ends},
        overruled=overruled,
    )


def _allows(result: Result, finding: Finding) -> Sequence[str]:
    """Return the actions that a finding is about, unless it says of more than the rule did."""
    return result.verdict.allows if result.message == finding.message else ()


def _outermost(resource: Resource) -> str:
    """Return the name of the template that a resource is deployed by, be it in a nested stack."""
    template = resource.template
    while template.parent is not None:
        template = template.parent.template
    return template.name


def _once(findings: Iterable[Finding]) -> Sequence[Finding]:
    return list({id(one): one for one in findings}.values())


def _asked(twin: Twin | None, resource: Resource | None, own: Mapping[tuple[str, str, str], int]) -> Sequence[int]:
    """Return which answers of this package are about the same fact."""
    if twin is None or resource is None:
        return []
    judged = resource
    if resource.type in twin.about:
        path, kind = twin.about[resource.type]
        judged = resource.template.target(resource.get(path), kind) or resource
    keys = (_key(rule_id, judged) for rule_id in twin.own_of(judged.type))
    return [own[key] for key in keys if key in own]


def _said(number: int, answers: Answers, own: Mapping[tuple[str, str, str], int]) -> int:
    """Return the answer that says what is so of a resource: another one's where that is said once."""
    result = answers[number][0]
    first = result.verdict.said_of
    return number if first is None else own.get(_key(result.rule.id, first), number)


def _overruled(one: Finding, twin: Twin, resource: Resource, asked: Sequence[Result]) -> Overruling | None:
    """Return why an alarm is false, if it is."""
    for overruling in twin.overruled:
        if overruling.by in JUDGES:
            verdict = judge_everywhere(resource, is_false_alarm(overruling.by))
            false = verdict is not None and verdict.outcome is Outcome.PASSED
        else:
            judges = [result for result in asked if result.rule.name == overruling.by]
            fine = (Outcome.PASSED,) if overruling.passed else _FINE
            false = any(result.verdict.outcome in fine for result in judges)
        if false:
            return overruling
    tripped = one.outcome == "unknown" and asked
    return _TRIPPED if tripped and all(result.verdict.outcome is Outcome.PASSED for result in asked) else None


def spares(app: App, rule_id: str, construct_path: str, resource: Resource | None = None) -> bool:
    """Whether cdk-nag's rule protects nothing at a construct: it is for PHI alone, and that holds none.

    :param rule_id: of cdk-nag's HIPAA pack, or of one that repeats it, with or without the pack before ``::`` and a
        finding's detail.
    :param resource: what stands there, if it is known: in a template that CDK did not write, no path leads to it.
    """
    pack, _, name = rule_id.partition("[")[0].rpartition("::")[2].partition("-")
    if pack not in ALIKE or name not in phi_only():
        return False
    if resource is not None:
        return classification_of(resource) is DataClassification.NO_PHI
    return holds_no_phi(app, construct_path)


@cache
def phi_only() -> frozenset[str]:
    """Return the names of cdk-nag's checks that protect PHI alone, as all rules here about the same fact do."""
    ours = {rule.id for rule in all_rules() if rule.phi_only}
    twins = ((twin, {rule_id for ids in twin.own.values() for rule_id in ids}) for twin in nag_twins().values())
    return frozenset(twin.name for twin, own in twins if twin.phi_only or (own and own <= ours))


def _as_note(one: Finding, why: Overruling) -> Finding:
    by = f" {PREFIX}{why.by}:" if why.by and why.by not in JUDGES else ""
    return replace(
        one,
        severity="note",
        outcome="overruled",
        message=f"{one.message.rstrip('.')}. Overruled:{by} {why.reason}",
        fix=f"Nothing to do. Source: {why.source}",
    )


def _key(rule_id: str, resource: Resource) -> tuple[str, str, str]:
    return rule_id, resource.template.name, resource.logical_id


def _about(finding: Finding, app: App, templates: Mapping[str, Template]) -> Resource | None:
    """Return the resource that a finding of another pack is about."""
    template = templates.get(finding.template)
    by_id = template.resources.get(finding.resource_logical_id) if template is not None else None
    return by_id or app.at(finding.construct_path)
