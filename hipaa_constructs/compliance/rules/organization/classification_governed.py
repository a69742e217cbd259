"""What is classified as less than PHI says why, and who decided.

A warning, so that what was classified before this was asked for still passes. Compliant: the classification has a
reason and an approver. Non-compliant: it lacks one; of a construct that is classified with all below it, the first
resource speaks. Not applicable: what is PHI, or unclassified, which is PHI; and the others below such a construct.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.compliance.classification import DataClassification, classified
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed


def check(resource: Resource) -> Verdict:
    said = classified(resource)
    if said is None or said.value is DataClassification.PHI:
        return NOT_APPLICABLE
    if said.path and _first(resource.template.app).get(said.path) != (resource.template.name, resource.logical_id):
        return NOT_APPLICABLE
    if not said.lacks:
        return PASSED
    what = f"{said.path}, with all below it," if said.path else "It"
    return failed(f"{what} is classified as {said.value}, and it is not said {said.lacks}.", at="Type")


def _first(app: App) -> dict[str, tuple[str, str]]:
    return app.cached("first classified", _first_by_path)


def _first_by_path(app: App) -> dict[str, tuple[str, str]]:
    """Return the first resource that each classified construct decides, by template and logical id."""
    first: dict[str, tuple[str, str]] = {}
    for template in app.templates:
        for resource in template.resources.values():
            said = classified(resource)
            if said is not None and said.path:
                first.setdefault(said.path, (template.name, resource.logical_id))
    return first


RULE = Rule(
    name="ClassificationGoverned",
    severity="warning",
    resource_types=("*",),
    controls=("164.308(a)(1)(ii)(B)",),
    fix="Say why, and who decided.",
    fixes=(
        Fix(
            template="Set reason and approved_by beside classification in the resource's Metadata, under "
            "hipaa-constructs:data-classification.",
            cdk=("hipaa_constructs.classify(<a scope>, <a classification>, reason=<why>, approved_by=<who>)",),
        ),
    ),
    needs="app",
    check=check,
)
