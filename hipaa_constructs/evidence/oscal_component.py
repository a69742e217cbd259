"""The infrastructure as an OSCAL component definition: which controls it implements, and which rules show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trestle.oscal.component import ComponentDefinition

from hipaa_constructs.evidence.model import STATUS_WORDS, ControlEvidence, Evidence
from hipaa_constructs.evidence.oscal import CATALOG, checked, identify, metadata, prop, token


def as_oscal_component(evidence: Evidence) -> str:
    """Return the component definition; it leaves out controls of which the templates show nothing."""
    stacks = ", ".join(template.stack_path or template.name for template in evidence.templates)
    required = [_requirement(one) for one in evidence.controls.values() if one.checks.total]
    return checked(
        ComponentDefinition,
        {
            "uuid": identify("component-definition", evidence.today.isoformat(), stacks),
            "metadata": metadata(evidence, "HIPAA Security Rule: AWS infrastructure"),
            "components": [
                {
                    "uuid": identify("component", stacks),
                    "type": "service",
                    "title": "AWS infrastructure",
                    "description": f"What these stacks deploy: {stacks}.",
                    "control-implementations": [
                        {
                            "uuid": identify("control-implementation", stacks),
                            "source": CATALOG,
                            "description": "45 CFR part 164, subpart C, as far as rules over templates can show it.",
                            "implemented-requirements": required,
                        }
                    ],
                }
            ],
        },
    )


def _requirement(one: ControlEvidence) -> Mapping[str, Any]:
    return {
        "uuid": identify("implemented-requirement", one.id),
        "control-id": token(one.id),
        "description": f"{one.control.title}: {STATUS_WORDS[one.status]}. {one.reason}",
        "props": [
            prop("label", f"§{one.id}"),
            prop("implementation-status", _implemented(one)),
            prop("infrastructure", one.infrastructure.status),
            prop("infrastructure-role", one.infrastructure.role),
            prop("live-account", one.live.status),
            prop("people", one.people.status),
            prop("requirement", one.control.requirement or one.control.kind),
            *(prop("rule-id", rule) for rule in one.rules),
            *(prop("runtime-check", check.name) for check in one.runtime if check.deployed),
        ],
        "remarks": f"People must still: {one.duty}",
    }


def _implemented(one: ControlEvidence) -> str:
    """Return OSCAL's word for how far the infrastructure implements a control; what it supports is a part."""
    decides = one.infrastructure.role == "decides"
    return "implemented" if decides and one.infrastructure.status == "passed" else "partial"
