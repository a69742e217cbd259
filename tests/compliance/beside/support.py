"""What the tests of findings that tell others ask."""

from __future__ import annotations

import datetime
from typing import Any

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement
from hipaa_constructs.compliance.assess import Assessment, assess
from hipaa_constructs.evidence.checks import outcomes_of

TODAY = datetime.date(2026, 11, 28)
REASON = "Another system of the clinic holds what this one does."


def assessed(resources: dict[str, Any], *accepted: str, parameters: dict[str, Any] | None = None) -> Assessment:
    """Assess a template, of which some findings are accepted, each as ``Rule Resource``."""
    app = App()
    app.add("t.yaml", {"Parameters": parameters or {}, "Resources": resources})
    until = TODAY + datetime.timedelta(days=90)
    acknowledgements = [
        Acknowledgement(
            f"HIPAA.Constructs-{rule}",
            "Held in another system.",
            "officer",
            until,
            None,
            None,
            f"t.yaml/{name}",
            "file",
        )
        for rule, name in (one.split() for one in accepted)
    ]
    return assess(app, today=TODAY, acknowledgements=acknowledgements)


def told(assessment: Assessment, *rules: str) -> dict[str, str]:
    """Return what stands open of some rules, each as ``Rule Resource``."""
    found = {f"{one.rule_id.rpartition('-')[2]} {one.resource_logical_id}": one.message for one in assessment.open}
    return {name: message for name, message in found.items() if name.partition(" ")[0] in rules}


def failed(assessment: Assessment, *rules: str) -> set[str]:
    """Return what evidence counts as failed of some rules, each as ``Rule Resource``."""
    after = outcomes_of(assessment)
    found = (one for _, one in assessment.answers if one is not None and after[id(one)] == "failed")
    names = {f"{one.rule_id.rpartition('-')[2]} {one.resource_logical_id}" for one in found}
    return {name for name in names if name.partition(" ")[0] in rules}


def fix_of(assessment: Assessment, name: str) -> str:
    """Return the fix of an open finding, by ``Rule Resource``."""
    (fix,) = (
        one.fix for one in assessment.open if f"{one.rule_id.rpartition('-')[2]} {one.resource_logical_id}" == name
    )
    return fix
