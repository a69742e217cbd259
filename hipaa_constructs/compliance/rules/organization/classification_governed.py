"""What is classified as less than PHI says why, and who decided.

A warning, so that what was classified before this was asked for still passes. Compliant: the classification has a
reason and an approver, and holds no longer than a year, if it says until when. Non-compliant: it lacks one, or its
reason or approver says nothing, such as ``TODO``; it ended, and counts as PHI from then on, or ends within a month, or
more than a year ahead; or ``Metadata`` has it in a form that is none, such as text alone, or a tag another word, which
counts for nothing. Of a construct or a template that is classified with all below it, the first resource speaks. Not
applicable: what is PHI, or unclassified, which is PHI; and the others below such a construct.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.compliance.classification import (
    METADATA_KEY,
    TAG_KEY,
    Classified,
    DataClassification,
    classified,
    is_misread,
    is_misread_template,
    odd_tag,
)
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, listed, worst
from hipaa_constructs.compliance.said import LONGEST_DAYS, RENEWAL_DAYS, is_thin, iso_date, names_nobody

_FORM = "{classification: PHI, PII or NO_PHI, reason: …, approved_by: …}"


def check(resource: Resource) -> Verdict:
    if is_misread(resource):
        return failed(f"Metadata has {METADATA_KEY}, not as {_FORM}, so that it counts for nothing.", at="Type")
    if is_misread_template(resource) and resource is next(iter(resource.template.resources.values())):
        return failed(
            f"Metadata of the template has {METADATA_KEY}, not as {_FORM}, so that it counts for nothing.", at="Type"
        )
    said = classified(resource)
    if said is None and odd_tag(resource):
        values = listed(tuple(DataClassification))
        return failed(
            f"Tag {TAG_KEY} is {odd_tag(resource)[:40]!r} and none of {values}: it counts for nothing.", at="Type"
        )
    if said is None or said.value is DataClassification.PHI:
        return NOT_APPLICABLE
    if said.path and _first(resource.template.app).get(said.path) != (resource.template.name, resource.logical_id):
        return NOT_APPLICABLE
    what = f"{said.path}, with all below it," if said.path else "It"
    problems = _problems(said, resource.template.app.today)
    found = [failed(f"{what} is classified as {said.value}, and {problem}.", at="Type") for problem in problems]
    return worst((PASSED, *found))


def _problems(said: Classified, today: datetime.date) -> Iterator[str]:
    """Yield what a classification lacks, or has wrong, in words."""
    if said.lacks:
        yield f"it is not said {said.lacks}"
    if said.reason.strip() and is_thin(said.reason):
        yield f"its reason says too little: {said.reason.strip()[:80]!r}"
    if said.approved_by.strip() and names_nobody(said.approved_by):
        yield f"{said.approved_by.strip()[:40]!r} is nobody who decided"
    if not said.expires:
        return
    last = iso_date(said.expires)
    if last is None:
        yield f"its end is no date as YYYY-MM-DD: {said.expires[:40]!r}"
    elif last < today:
        yield f"that ended on {last}, so that it counts as PHI"
    elif last <= today + datetime.timedelta(days=RENEWAL_DAYS):
        left = (last - today).days
        yield f"that ends on {last}, {f'in {left} days' if left else 'today'}"
    elif last > today + datetime.timedelta(days=LONGEST_DAYS):
        yield f"that ends on {last}, more than a year ahead"


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
    fix="Say why, and who decided; where it has an end, look at it again and set one within a year.",
    fixes=(
        Fix(
            template="Set classification, reason and approved_by, each by its name, in the resource's Metadata, under "
            "hipaa-constructs:data-classification; and expires, where it is to be looked at again, within a year.",
            cdk=("hipaa_constructs.classify(<a scope>, <a classification>, reason=<why>, approved_by=<who>)",),
        ),
    ),
    needs="app",
    check=check,
)
