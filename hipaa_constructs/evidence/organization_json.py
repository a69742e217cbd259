"""The evidence of many accounts as JSON, for programs; its schema is docs/schema/organization.schema.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from hipaa_constructs.evidence.labels import moment_of
from hipaa_constructs.evidence.model import DISCLAIMER
from hipaa_constructs.evidence.organization_model import AccountEvidence, Cell, OrganizationEvidence


def as_json(evidence: OrganizationEvidence) -> str:
    """Return the report as JSON text."""
    return json.dumps(organization_as_dict(evidence), indent=1, default=str) + "\n"


def organization_as_dict(evidence: OrganizationEvidence) -> Mapping[str, Any]:
    """Return the report as JSON data."""
    return {
        "schema_version": evidence.schema_version,
        "date": evidence.today.isoformat(),
        "made": {**asdict(evidence.made), "at": moment_of(evidence.made)},
        "disclaimer": DISCLAIMER,
        "catalogue": {"security_rule": evidence.catalogue_date, "eligible_services": evidence.services_date},
        "notes": list(evidence.notes),
        "summary": {
            "accounts": len(evidence.accounts),
            "resources": sum(one.resources for one in evidence.accounts),
            "controls": dict(evidence.statuses),
            "errors": sum(one.errors for one in evidence.accounts),
            "warnings": sum(one.warnings for one in evidence.accounts),
            "known": sum(one.debts for one in evidence.accounts),
            "live_open": sum(one.live_open for one in evidence.accounts),
        },
        "assemblies": [asdict(one) for one in evidence.assemblies],
        "accounts": [_account(one) for one in evidence.accounts],
    }


def _account(one: AccountEvidence) -> Mapping[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "role": one.known.role,
        "environment": one.known.environment,
        "stacks": list(one.stacks),
        "regions": list(one.regions),
        "assemblies": list(one.assemblies),
        "resources": one.resources,
        "summary": {
            "controls": dict(one.statuses),
            "errors": one.errors,
            "warnings": one.warnings,
            "known": one.debts,
            "live_open": one.live_open,
        },
        "asked": one.asked,
        "controls": [_cell(cell) for cell in one.cells.values()],
        "findings": [asdict(found) for found in one.findings],
    }


def _cell(cell: Cell) -> Mapping[str, Any]:
    return {
        "id": cell.control.id,
        "status": cell.status,
        "reason": cell.reason,
        "infrastructure": asdict(cell.infrastructure),
        "live": asdict(cell.live),
        "people": asdict(cell.people),
        "checks": asdict(cell.checks),
        "known": cell.known,
        "provided": [{"account": one.account, "resource": asdict(one.resource)} for one in cell.provided],
    }
