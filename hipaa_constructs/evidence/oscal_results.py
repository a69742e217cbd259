"""The outcome of the rules as OSCAL assessment results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trestle.oscal.assessment_results import AssessmentResults

from hipaa_constructs.compliance.acknowledgements.acknowledgement import place_of
from hipaa_constructs.compliance.rule import Debt, Finding
from hipaa_constructs.evidence.model import (
    OUTCOMES,
    AcknowledgementEvidence,
    AttestationEvidence,
    ControlEvidence,
    Evidence,
    PreflightResult,
    ResourceName,
    RuleEvidence,
)
from hipaa_constructs.evidence.oscal import PLAN, checked, identify, line, metadata, moment, objective, prop
from hipaa_constructs.evidence.oscal_plan import reviewed


def as_oscal_results(evidence: Evidence) -> str:
    """Return the assessment results.

    A rule is an observation, whose subjects are the resources that did not pass, and so is an answer of the live
    account; an entry of the Security Rule is a finding, satisfied only where it is met; an acknowledgement is a risk
    that was accepted, a finding of the baseline one that is open until its day. Every resource stands in the inventory.
    """
    run = identify("result", evidence.today.isoformat(), *(one.sha256 for one in evidence.templates))
    observed = [rule for rule in evidence.rules.values() if rule.counts.total]
    result: dict[str, Any] = {
        "uuid": run,
        "title": "Templates, live account and people",
        "description": "What cdk-nag's HIPAA pack and the rules of hipaa-constructs found at synth, what the live "
        "account answered, and what people attested.",
        "start": moment(evidence.today),
        "end": moment(evidence.today),
        "reviewed-controls": reviewed(evidence),
    }
    items = [_item(name) for name in _inspected(observed)]
    if items:
        result["local-definitions"] = {"inventory-items": items}
    observations = [*(_observation(rule, evidence) for rule in observed), *map(_answer, evidence.preflight)]
    if observations:
        result["observations"] = observations
    risks = [_risk(one) for one in evidence.acknowledgements if one.findings]
    risks += [_debt(one, one.baseline) for one in evidence.findings if one.baseline is not None]
    if risks:
        result["risks"] = _unique(risks)
    result["findings"] = [
        _finding(one, evidence) for one in evidence.controls.values() if one.status != "not_applicable"
    ]
    attested = [one for one in evidence.attestations if one.status != "missing"]
    if attested:
        result["attestations"] = [{"parts": [_part(one) for one in attested]}]
    return checked(
        AssessmentResults,
        {
            "uuid": identify("assessment-results", run),
            "metadata": metadata(evidence, "HIPAA Security Rule: assessment of AWS infrastructure"),
            "import-ap": {"href": PLAN},
            "results": [result],
        },
    )


def _inspected(rules: Sequence[RuleEvidence]) -> Iterator[ResourceName]:
    seen: dict[ResourceName, None] = {}
    for rule in rules:
        for outcome in OUTCOMES:
            seen.update(dict.fromkeys(rule.resources[outcome]))
    return iter(sorted(seen))


def _item(name: ResourceName) -> Mapping[str, Any]:
    return {
        "uuid": _item_id(name),
        "description": line(str(name)),
        "props": [
            prop("resource-type", name.type),
            prop("template", name.template),
            prop("logical-id", name.logical_id),
        ],
    }


def _item_id(name: ResourceName) -> str:
    return identify("resource", name.template, name.logical_id, name.type, name.construct_path)


def _observation(rule: RuleEvidence, evidence: Evidence) -> Mapping[str, Any]:
    counts = rule.counts
    subjects = [
        {
            "subject-uuid": _item_id(name),
            "type": "inventory-item",
            "title": line(str(name)),
            "props": [prop("outcome", outcome)],
        }
        for outcome in ("failed", "unknown", "acknowledged")
        for name in rule.resources[outcome]
    ]
    observation: dict[str, Any] = {
        "uuid": _observation_id(rule.id),
        "title": line(rule.id),
        "description": line(rule.title),
        "props": [prop(outcome, getattr(counts, outcome)) for outcome in OUTCOMES],
        "methods": ["TEST"],
        "types": ["control-objective"],
        "collected": moment(evidence.today),
        "remarks": f"{counts.passed} of {counts.total} inspected resources passed; the subjects are the others.",
    }
    return {**observation, "subjects": subjects} if subjects else observation


def _observation_id(rule_id: str) -> str:
    return identify("observation", rule_id)


def _answer(one: PreflightResult) -> Mapping[str, Any]:
    return {
        "uuid": _answer_id(one),
        "title": line(one.says),
        "description": line(one.message),
        "props": [prop("outcome", one.outcome), prop("account", one.account), prop("question", one.title)],
        "methods": ["TEST"],
        "types": ["control-objective"],
        "collected": one.checked_at,
    }


def _answer_id(one: PreflightResult) -> str:
    return identify("answer", one.account, one.id)


def _finding(one: ControlEvidence, evidence: Evidence) -> Mapping[str, Any]:
    reason = {"met": "pass", "open": "fail"}.get(one.status, "other")
    related = [_observation_id(rule) for rule in one.rules if evidence.rules[rule].counts.total]
    related += [_answer_id(answer) for answer in evidence.preflight if one.id in answer.controls]
    finding = {
        "uuid": identify("finding", one.id),
        "title": line(f"§{one.id} {one.control.title}"),
        "description": line(one.reason),
        "props": [
            prop("status", one.status),
            prop("infrastructure", one.infrastructure.status),
            prop("live-account", one.live.status),
            prop("people", one.people.status),
        ],
        "target": {
            "type": "objective-id",
            "target-id": objective(one.id),
            "status": {"state": "satisfied" if one.status == "met" else "not-satisfied", "reason": reason},
        },
        "remarks": f"People must still: {one.duty}",
    }
    return {**finding, "related-observations": [{"observation-uuid": each} for each in related]} if related else finding


def _debt(one: Finding, debt: Debt) -> Mapping[str, Any]:
    place = place_of(one)
    return {
        "uuid": identify("debt", one.rule_id, place, one.message),
        "title": line(f"{one.rule_id} is known and open on {place}"),
        "description": line(one.message),
        "statement": line(f"{debt.owner} mends it by {debt.until}. {one.fix}"),
        "status": "open",
        "props": [
            prop("owner", debt.owner),
            prop("first-seen", debt.first_seen.isoformat()),
            *(prop("control", f"§{control}") for control in one.controls),
        ],
        "deadline": moment(debt.until),
    }


def _risk(one: AcknowledgementEvidence) -> Mapping[str, Any]:
    accepted = one.acknowledgement
    controls = sorted({control for finding in one.findings for control in finding.controls})
    risk: dict[str, Any] = {
        "uuid": identify("risk", accepted.rule_id, accepted.path, accepted.source),
        "title": line(f"{accepted.rule_id} is acknowledged on {accepted.path or 'the app'}"),
        "description": line(one.findings[0].message),
        "statement": line(accepted.reason),
        "status": "deviation-approved",
        "props": [
            prop("approved-by", accepted.approved_by),
            *([prop("ticket", accepted.ticket)] if accepted.ticket else []),
            *(prop("control", f"§{control}") for control in controls),
        ],
    }
    if accepted.compensating_control:
        risk["mitigating-factors"] = [
            {"uuid": identify("mitigation", risk["uuid"]), "description": line(accepted.compensating_control)}
        ]
    return {**risk, "deadline": moment(accepted.expires)} if accepted.expires else risk


def _unique(entries: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    return list({entry["uuid"]: entry for entry in entries}.values())


def _part(one: AttestationEvidence) -> Mapping[str, Any]:
    return {
        "uuid": identify("attestation", one.id),
        "name": "attestation",
        "title": line(one.title),
        "props": [
            prop("status", one.status),
            prop("date", one.date),
            prop("due", one.due),
            prop("owner", one.owner),
            *([prop("account", one.account)] if one.account else []),
            *(prop("control", f"§{control}") for control in [*one.controls, *one.beyond]),
        ],
        "prose": line(f"Evidence: {one.evidence} {one.note}"),
    }
