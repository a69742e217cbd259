"""Restores of backups are tested regularly.

Compliant: the app has a restore testing plan with a selection for each kind of store that it backs up. Non-compliant:
none, a testing plan that selects nothing, or stores of a kind that no selection names. Not applicable: a backup plan
in a Region that has no restore testing.
"""

from __future__ import annotations

from collections.abc import Sequence

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, Resolved, Ternary, Unknown, as_text, same
from hipaa_constructs.compliance.availability import is_absent
from hipaa_constructs.compliance.classification import DataClassification, classification_of
from hipaa_constructs.compliance.facts.backups import is_selected
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown

_TESTING = "AWS::Backup::RestoreTestingPlan"
_SELECTION = "AWS::Backup::RestoreTestingSelection"
# docs.aws.amazon.com/aws-backup/latest/devguide/API_RestoreTestingSelectionForCreate.html
_KINDS = {
    "AWS::DocDB::DBCluster": "DocumentDB",
    "AWS::DynamoDB::Table": "DynamoDB",
    "AWS::EC2::Volume": "EBS",
    "AWS::EFS::FileSystem": "EFS",
    "AWS::FSx::FileSystem": "FSx",
    "AWS::Neptune::DBCluster": "Neptune",
    "AWS::RDS::DBCluster": "Aurora",
    "AWS::RDS::DBInstance": "RDS",
    "AWS::S3::Bucket": "S3",
}


def _tested(app: App) -> frozenset[int]:
    """The testing plans that some selection names, by reference or by name."""
    named = [selection.get("RestoreTestingPlanName") for selection in app.of_type(_SELECTION)]
    plans = app.of_type(_TESTING)
    return frozenset(id(plan) for plan in plans if any(_names(value, plan) for value in named))


def _names(value: Resolved, plan: Resource) -> bool:
    if isinstance(value, Reference):
        return value.resource is plan
    return value is UNKNOWN or same(value, plan.get("RestoreTestingPlanName"))


def _untested(app: App) -> Sequence[str] | Unknown:
    """The kinds of stores of PHI in the app that no selection restores; ``UNKNOWN`` where a selection's is unknown."""
    selected = [as_text(selection.get("ProtectedResourceType")) for selection in app.of_type(_SELECTION)]
    if any(kind is UNKNOWN for kind in selected):
        return UNKNOWN
    return [
        name
        for store, name in _KINDS.items()
        if name not in selected
        and any(
            is_selected(resource) is Ternary.YES and classification_of(resource) is not DataClassification.NO_PHI
            for resource in app.of_type(store)
        )
    ]


def check(resource: Resource) -> Verdict:
    app = resource.template.app
    tested = app.cached("restore tests", _tested)
    if resource.type == _TESTING:
        return PASSED if id(resource) in tested else failed("No selection says what the testing plan restores.")
    if is_absent(_TESTING, resource.template.region):
        return NOT_APPLICABLE
    if not tested:
        return failed("The app has backups and no restore testing plan with a selection.")
    untested = app.cached("untested kinds", _untested)
    if isinstance(untested, Unknown):
        return unknown("What a restore testing selection restores is known only at deployment.")
    if untested:
        return failed(f"No restore testing selection names stores of {', '.join(untested)}.", severity="warning")
    return PASSED


RULE = Rule(
    name="RestoreTested",
    severity="error",
    resource_types=("AWS::Backup::BackupPlan", _TESTING),
    controls=("164.308(a)(7)(ii)(B)", "164.308(a)(7)(ii)(D)"),
    fix="Have AWS Backup test restores regularly, of every kind of store that is backed up.",
    fixes=(
        Fix(
            beside=f"Write an {_TESTING}, and for each ProtectedResourceType that is backed up "
            f"({', '.join(_KINDS.values())}) an {_SELECTION} with the plan's RestoreTestingPlanName.",
            constructs=("BackupPlan",),
        ),
    ),
    needs="app",
    check=check,
)
