"""The whole evidence as JSON, for programs; its schema is docs/schema/report.schema.json.

Resources are listed once, and everything else refers to them by their position in that list.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement
from hipaa_constructs.cost.document import estimate_as_dict
from hipaa_constructs.evidence.labels import moment_of
from hipaa_constructs.evidence.model import (
    DISCLAIMER,
    OUTCOMES,
    CheckOutcome,
    Evidence,
    Observation,
    ResourceName,
)
from hipaa_constructs.evidence.timeline import timeline_as_dict, timeline_of


def as_json(evidence: Evidence) -> str:
    """Return the report as JSON text."""
    return json.dumps(report_of(evidence), indent=2, default=str) + "\n"


def report_of(evidence: Evidence) -> Mapping[str, Any]:
    """Return the report as JSON data."""
    table = _Table(evidence)
    summary = evidence.summary
    return {
        "schema_version": evidence.versions.report_schema,
        "date": evidence.today.isoformat(),
        "made": {**asdict(evidence.made), "at": moment_of(evidence.made)},
        "disclaimer": DISCLAIMER,
        "versions": asdict(evidence.versions),
        "catalogue": {"security_rule": evidence.catalogue_date, "eligible_services": evidence.services_date},
        "report_only": evidence.report_only,
        "notes": list(evidence.notes),
        "summary": {**asdict(summary), "controls": dict(summary.controls)},
        "packs": [asdict(pack) for pack in evidence.packs],
        "templates": [asdict(template) for template in evidence.templates],
        "resources": table.rows,
        "controls": [
            {
                "id": one.id,
                "title": one.control.title,
                "standard": one.control.standard,
                "kind": one.control.kind,
                "requirement": one.control.requirement,
                "aws": one.control.aws,
                "status": one.status,
                "reason": one.reason,
                "infrastructure": asdict(one.infrastructure),
                "live": asdict(one.live),
                "people": asdict(one.people),
                "rules": list(one.rules),
                "cited": list(one.cited),
                "checks": asdict(one.checks),
                "resources": table.outcomes(one.resources),
                "runtime": [
                    {"kind": check.kind, "name": check.name, "deployed": table.places(check.deployed)}
                    for check in one.runtime
                ],
                "attestations": list(one.attestations),
                "answers": list(one.answers),
                "duty": one.duty,
            }
            for one in evidence.controls.values()
        ],
        "rules": [
            {
                "id": rule.id,
                "origin": rule.origin,
                "title": rule.title,
                "severity": rule.severity,
                "fix": rule.fix,
                "controls": list(rule.controls),
                "counted": list(rule.counted),
                "resource_types": list(rule.resource_types),
                "ran": rule.ran,
                "checks": asdict(rule.counts),
                "resources": table.outcomes(rule.resources),
                "observed": _observed(table, rule.resources["passed"], evidence.observed.get(rule.id, ())),
            }
            for rule in evidence.rules.values()
        ],
        "config_rules": [
            {
                "name": rule.name,
                "source_identifier": rule.source_identifier,
                "controls": list(rule.controls),
                "proven_by": list(rule.proven_by),
                "deployed": table.places(rule.deployed),
            }
            for rule in evidence.config_rules
        ],
        "findings": [finding.as_dict() for finding in evidence.findings],
        "overruled": [finding.as_dict() for finding in evidence.overruled],
        "acknowledgements": [
            {
                **_acknowledgement(one.acknowledgement),
                "status": one.status,
                "findings": [finding.as_dict() for finding in one.findings],
                "problems": list(one.problems),
            }
            for one in evidence.acknowledgements
        ],
        "inventory": [
            {
                "resource": table.place(store.resource),
                "region": store.region,
                "role": store.role,
                "classification": store.classification.value,
                "classified_by": store.classified_by,
                "encryption": store.encryption,
                "key": store.key,
                "backup": store.backup,
                "plans": list(store.plans),
                "copies": list(store.copies),
                "retention": list(store.retention),
            }
            for store in evidence.inventory
        ],
        "attestations": [asdict(one) for one in evidence.attestations],
        "decisions": [asdict(one) for one in evidence.decisions],
        "limitations": asdict(evidence.limitations) if evidence.limitations else None,
        "preflight": [asdict(one) for one in evidence.preflight],
        "plan": timeline_as_dict(timeline_of(evidence)),
        "cost": estimate_as_dict(evidence.cost) if evidence.cost else None,
        "secure_defaults": [{**asdict(one), "properties": list(one.properties)} for one in evidence.changes],
    }


def _acknowledgement(one: Acknowledgement) -> Mapping[str, Any]:
    return {
        "rule_id": one.rule_id,
        "path": one.path,
        "reason": one.reason,
        "approved_by": one.approved_by,
        "expires": one.expires.isoformat() if one.expires else None,
        "ticket": one.ticket,
        "compensating_control": one.compensating_control,
        "origin": one.origin,
        "source": one.source,
        "cited": one.cited,
    }


def _observed(
    table: _Table, names: Sequence[ResourceName], observed: Sequence[Observation]
) -> Sequence[Mapping[str, Any]]:
    """Return what was seen of what passed, the resources of which the same was seen together."""
    grouped: dict[tuple[str, ...], dict[str, list[Any]]] = {}
    for name, one in zip(names, observed, strict=bool(observed)):
        group = grouped.setdefault(one.values, {"resources": [], "lines": []})
        group["resources"].append(table.place(name))
        group["lines"].append(one.line)
    return [{"values": list(values), **group} for values, group in grouped.items()]


class _Table:
    """Every resource that a rule, an inventory or a runtime check names, each in one row."""

    def __init__(self, evidence: Evidence) -> None:
        self._position: dict[ResourceName, int] = {}
        for name in _named(evidence):
            self._position.setdefault(name, len(self._position))
        nowhere = (None, "")
        self.rows: Sequence[Mapping[str, str | int | None]] = [
            {
                "template": name.template,
                "logical_id": name.logical_id,
                "type": name.type,
                "construct_path": name.construct_path,
                "line": evidence.lines.get(name, nowhere)[0],
                "source": evidence.lines.get(name, nowhere)[1],
            }
            for name in self._position
        ]

    def place(self, name: ResourceName) -> int:
        return self._position[name]

    def places(self, names: Sequence[ResourceName]) -> list[int]:
        return [self._position[name] for name in names]

    def outcomes(self, resources: Mapping[CheckOutcome, Sequence[ResourceName]]) -> Mapping[str, list[int]]:
        return {outcome: self.places(resources[outcome]) for outcome in OUTCOMES}


def _named(evidence: Evidence) -> Iterable[ResourceName]:
    for rule in evidence.rules.values():
        for outcome in OUTCOMES:
            yield from rule.resources[outcome]
    for config_rule in evidence.config_rules:
        yield from config_rule.deployed
    for control in evidence.controls.values():
        for check in control.runtime:
            yield from check.deployed
    for store in evidence.inventory:
        yield store.resource
