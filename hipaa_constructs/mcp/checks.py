"""What the rules find in templates."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance.assess import assess
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.compliance.locate import Locator
from hipaa_constructs.compliance.lookup import rule_named
from hipaa_constructs.compliance.recorded import recorded_of
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.mcp.quoted import clipped
from hipaa_constructs.mcp.results import CheckResult, FindingResult, NotRead, page_of
from hipaa_constructs.mcp.root import TEMPLATES, Root
from hipaa_constructs.mcp.work import Refused, known, reviewed, told

# Enough to tell what is wrong with a folder.
_MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class CheckQuestion:
    """What is asked of templates; ``only`` is a rule's id, or empty for all."""

    today: datetime.date
    paths: Sequence[str]
    severity: Literal["error", "warning"]
    only: str
    parameters: Mapping[str, str]
    offset: int
    limit: int


def check(folder: Path, question: CheckQuestion) -> CheckResult | Refused:
    """Run the rules over templates below a folder."""
    return told(folder, lambda root: _check(root, question))


def _check(root: Root, question: CheckQuestion) -> CheckResult:
    only = rule_named(question.only).id if question.only else ""
    paths = [root.named(path, TEMPLATES) for path in question.paths]
    unusable: list[UnusableInput] = []
    app = assembly.load(paths, parameters=question.parameters, unusable=unusable, admit=root.admit)
    assessment = assess(
        app,
        today=question.today,
        acknowledgements=reviewed(root),
        baseline=known(root, question.today),
        others=recorded_of(app),
    )
    # As `hipaa-constructs check`: what other packs alone found at the synth is no finding here.
    unasked = {id(one) for one in assessment.others}
    every = assessment.marked(one for one in assessment.open if id(one) not in unasked)
    failing = [one for one in every if one.baseline is None]
    chosen = [
        one
        for one in every
        if (question.severity == "warning" or one.severity == "error")
        and (not only or one.rule_id.split("[", 1)[0] == only)
    ]
    # What is known is somebody's already, so what is new comes first.
    chosen.sort(
        key=lambda one: (one.baseline is not None, one.severity, one.template, one.resource_logical_id, one.rule_id)
    )
    part, page = page_of(chosen, offset=question.offset, limit=question.limit)
    return CheckResult(
        templates=len(app.sources),
        resources=sum(len(template.resources) for template in app.sources),
        rules=len(all_rules()),
        errors=sum(1 for one in failing if one.severity == "error"),
        warnings=sum(1 for one in failing if one.severity == "warning"),
        known=len(every) - len(failing),
        acknowledged=sum(1 for one, _ in assessment.governed.acknowledged if id(one) not in unasked),
        by_rule=dict(Counter(clipped(one.rule_id) for one in chosen).most_common()),
        findings=[_finding(one) for one in Locator(app).located(part)],
        page=page,
        not_read=_problems(unusable),
        read_too=[clipped(name) for name in app.beside],
    )


def _finding(one: Finding) -> FindingResult:
    return FindingResult(
        rule=clipped(one.rule_id),
        tells=list(one.tells),
        severity=one.severity,
        outcome=one.outcome,
        template=clipped(one.template),
        resource=clipped(one.resource_logical_id),
        resource_type=clipped(one.resource_type),
        line=one.line,
        column=one.column,
        construct_path=clipped(one.construct_path),
        source=clipped(one.source) if one.source else None,
        message=clipped(one.message),
        fix=clipped(one.fix),
        controls=list(one.controls),
        known=clipped(one.baseline.said()) if one.baseline else None,
    )


def _problems(unusable: Sequence[UnusableInput]) -> list[NotRead]:
    told = [NotRead(problem=clipped(str(problem))) for problem in unusable[:_MOST_PROBLEMS]]
    if len(unusable) > len(told):
        told.append(NotRead(problem=f"And {len(unusable) - len(told)} more."))
    return told
