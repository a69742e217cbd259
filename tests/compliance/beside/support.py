"""What the tests of findings that tell others ask."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement
from hipaa_constructs.compliance.acknowledgements.baseline import Entry
from hipaa_constructs.compliance.assess import Assessment, assess
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.evidence.checks import outcomes_of

TODAY = datetime.date(2026, 11, 28)
REASON = "Another system of the clinic holds what this one does."


def assessed(
    resources: dict[str, Any],
    *accepted: str,
    parameters: dict[str, Any] | None = None,
    baseline: Sequence[Entry] = (),
) -> Assessment:
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
    return assess(app, today=TODAY, acknowledgements=acknowledgements, baseline=baseline)


def told(assessment: Assessment, *rules: str) -> dict[str, str]:
    """Return what people read of some rules, each as ``Rule Resource``."""
    found = {name_of(one): one.message for one in assessment.said_once(assessment.open)}
    return {name: message for name, message in found.items() if name.partition(" ")[0] in rules}


def listed(assessment: Assessment, *rules: str) -> set[str]:
    """Return what stands open of some rules, each as ``Rule Resource``, as programs read it."""
    return {name for name in map(name_of, assessment.open) if name.partition(" ")[0] in rules}


def name_of(finding: Finding) -> str:
    """Name a finding, as ``Rule Resource``."""
    return f"{finding.rule_id.rpartition('-')[2]} {finding.resource_logical_id}"


def failed(assessment: Assessment, *rules: str) -> set[str]:
    """Return what evidence counts as failed of some rules, each as ``Rule Resource``."""
    after = outcomes_of(assessment)
    found = (one for _, one in assessment.answers if one is not None and after[id(one)] == "failed")
    names = {name_of(one) for one in found}
    return {name for name in names if name.partition(" ")[0] in rules}


def fix_of(assessment: Assessment, name: str) -> str:
    """Return the fix of an open finding as people read it, by ``Rule Resource``."""
    (fix,) = (one.fix for one in assessment.said_once(assessment.open) if name_of(one) == name)
    return fix
