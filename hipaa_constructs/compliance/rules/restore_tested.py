"""Backups are restored for a test, regularly.

Compliant: the app has a restore testing plan with a selection. Non-compliant: none, or a testing plan that
selects nothing. Not applicable: nothing.
"""

from __future__ import annotations

from typing import Any

from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed
from hipaa_constructs.compliance.template import UNKNOWN, App, Reference, Resource

_TESTING = "AWS::Backup::RestoreTestingPlan"
_SELECTION = "AWS::Backup::RestoreTestingSelection"


def _tested(app: App) -> frozenset[int]:
    """The testing plans that some selection names, by reference or by name."""
    named = [selection.get("RestoreTestingPlanName") for selection in app.of_type(_SELECTION)]
    plans = app.of_type(_TESTING)
    return frozenset(id(plan) for plan in plans if any(_names(value, plan) for value in named))


def _names(value: Any, plan: Resource) -> bool:
    if isinstance(value, Reference):
        return value.resource is plan
    return value is UNKNOWN or (isinstance(value, str) and value == plan.get("RestoreTestingPlanName"))


def check(resource: Resource) -> Verdict:
    tested = resource.template.app.cached("restore tests", _tested)
    if resource.type == _TESTING:
        return PASSED if id(resource) in tested else failed("No selection says what the testing plan restores.")
    return PASSED if tested else failed("The app has backups and no restore testing plan with a selection.")


RULE = Rule(
    name="RestoreTested",
    title="Backups are restored for a test, regularly",
    severity="error",
    resource_types=("AWS::Backup::BackupPlan", _TESTING),
    fix="Add a RestoreTestingPlan with a RestoreTestingSelection, or use BackupPlan, which tests each quarter.",
    check=check,
)
