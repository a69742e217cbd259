"""Judges one template, or one resource, by the rules that need no more; imports no aws_cdk."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hipaa_constructs.cloudformation.load.template_file import parse_template
from hipaa_constructs.cloudformation.model import App, Oddity
from hipaa_constructs.compliance.acknowledgements.rules import USED
from hipaa_constructs.compliance.assess import Assessment, assess
from hipaa_constructs.compliance.engine import all_rules, evaluate
from hipaa_constructs.compliance.rule import Needs

# What a request by Cloud Control calls a resource, which has no logical id there.
RESOURCE = "Resource"


def judge_template(
    text: str, *, stack_name: str, account: str | None, region: str | None, today: datetime.date
) -> Assessment:
    """Judge a template as it is before parameters are filled in, in every world that they can make of it.

    :raises UnusableInput: it is no template.
    """
    odd: list[Oddity] = []
    app = App()
    body = parse_template(text.encode("utf-8", "surrogatepass"), stack_name, odd)
    app.add(stack_name, body, stack_name=stack_name, account=account, region=region).odd = odd
    return _judged(app, ("resource", "template"), today)


def judge_resource(
    kind: str, properties: Mapping[str, Any], *, account: str | None, region: str | None, today: datetime.date
) -> Assessment:
    """Judge the properties that a resource is about to have, with nothing beside it."""
    app = App()
    body = {"Resources": {RESOURCE: {"Type": kind, "Properties": dict(properties)}}}
    app.add(kind, body, account=account, region=region)
    return _judged(app, ("resource",), today)


def _judged(app: App, needs: tuple[Needs, ...], today: datetime.date) -> Assessment:
    app.today = today
    rules = [rule for rule in all_rules() if rule.needs in needs]
    answers = [(result, result.finding()) for result in evaluate(app, rules)]
    assessment = assess(app, today=today, answers=answers)
    # That an acknowledgement matches nothing says nothing where its rule was not asked.
    told = [
        (problem, one)
        for problem, one in zip(assessment.governed.problems, assessment.governed.blamed, strict=True)
        if problem.rule_id != USED.id
    ]
    governed = replace(assessment.governed, problems=[problem for problem, _ in told], blamed=[one for _, one in told])
    return replace(assessment, governed=governed)
