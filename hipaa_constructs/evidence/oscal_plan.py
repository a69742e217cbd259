"""The plan of the assessment in OSCAL: which entries are assessed, on what, and by which three means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trestle.oscal.assessment_plan import AssessmentPlan

from hipaa_constructs.evidence.model import Evidence
from hipaa_constructs.evidence.oscal import CATALOG, COMPONENT, checked, identify, metadata, token

_MEANS = (
    ("Checks on templates", "Every rule of cdk-nag's HIPAA pack and of hipaa-constructs, on what it inspects."),
    ("Questions to the live account", "What hipaa-constructs preflight asks, read-only."),
    ("Attestations and decisions", "What people say was done or decided, with owner, date and record."),
)


def as_oscal_plan(evidence: Evidence) -> str:
    """Return the assessment plan. In place of a system security plan it names the component definition."""
    system = identify("system")
    hashes = [one.sha256 for one in evidence.templates]
    return checked(
        AssessmentPlan,
        {
            "uuid": identify("assessment-plan", evidence.today.isoformat(), *hashes),
            "metadata": metadata(evidence, "HIPAA Security Rule: plan of the assessment of AWS infrastructure"),
            "import-ssp": {"href": f"#{system}"},
            "local-definitions": {
                "activities": [
                    {"uuid": identify("activity", title), "title": title, "description": description}
                    for title, description in _MEANS
                ]
            },
            "reviewed-controls": reviewed(evidence),
            "back-matter": {
                "resources": [
                    {
                        "uuid": system,
                        "title": "The system, as far as its templates describe it",
                        "description": "There is no system security plan here: the component definition describes the "
                        "infrastructure, and the catalogue holds the entries of the Security Rule.",
                        "rlinks": [{"href": href, "media-type": "application/json"} for href in (COMPONENT, CATALOG)],
                    }
                ]
            },
        },
    )


def reviewed(evidence: Evidence) -> Mapping[str, Any]:
    """Return the entries that are assessed: all that apply."""
    applying = [one for one in evidence.controls.values() if one.status != "not_applicable"]
    others = [one for one in evidence.controls.values() if one.status == "not_applicable"]
    selection: dict[str, Any] = {"include-controls": [{"control-id": token(one.id)} for one in applying]}
    if others:
        selection["exclude-controls"] = [{"control-id": token(one.id)} for one in others]
        selection["remarks"] = " ".join(f"{one.id}: {one.reason}" for one in others)
    return {"control-selections": [selection]}
