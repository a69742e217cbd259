"""What the tools do with files. It runs in a process of its own, which can be stopped; imports no mcp."""

from __future__ import annotations

import datetime
import os
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeVar

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement
from hipaa_constructs.compliance.acknowledgements.reviewed_file import DEFAULT_FILE as ACKNOWLEDGEMENTS
from hipaa_constructs.compliance.acknowledgements.reviewed_file import read_file
from hipaa_constructs.compliance.assess import assess
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.compliance.locate import Locator
from hipaa_constructs.compliance.lookup import rule_named
from hipaa_constructs.compliance.recorded import recorded_of
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.evidence.attestation_kinds import DEFAULT_FILE as ATTESTATIONS
from hipaa_constructs.evidence.collect import collect
from hipaa_constructs.evidence.html_summary import summary_of
from hipaa_constructs.evidence.model import COLUMN_WORDS, DISCLAIMER
from hipaa_constructs.mcp.quoted import clipped
from hipaa_constructs.mcp.results import (
    CheckResult,
    ColumnResult,
    EvidenceResult,
    FindingResult,
    LeftFinding,
    MendedTemplate,
    MendResult,
    NotRead,
    OpenControl,
    PeopleTask,
    page_of,
)
from hipaa_constructs.mcp.root import TEMPLATES, Root
from hipaa_constructs.mending import GIVEN, Mending, mend, write

T = TypeVar("T")
# Enough to tell what is wrong with a folder.
_MOST_PROBLEMS = 20
# What all diffs of an answer may have together, and a template's list of what was added.
_MOST_DIFF = 60_000
_MOST_ADDED = 50


@dataclass(frozen=True, slots=True)
class Refused:
    """Why there is no answer, in a sentence; it may quote a file."""

    sentence: str


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


@dataclass(frozen=True, slots=True)
class MendQuestion:
    """What shall be mended; ``rules`` are ids, or empty for all, and ``given`` what only the owner knows."""

    today: datetime.date
    paths: Sequence[str]
    rules: Sequence[str]
    allow_replacement: bool
    parameters: Mapping[str, str]
    given: Mapping[str, str]
    offset: int
    limit: int


@dataclass(frozen=True, slots=True)
class Mended:
    """What is said of mended templates, and the change of each that changes."""

    result: MendResult
    changes: Sequence[Mending]


@dataclass(frozen=True, slots=True)
class EvidenceQuestion:
    """What is asked of a cdk.out; ``status`` is of which entries more is said, or ``all``."""

    today: datetime.date
    cdk_out: str
    status: str
    preflight: Sequence[str]
    offset: int
    limit: int


def check(folder: Path, question: CheckQuestion) -> CheckResult | Refused:
    """Run the rules over templates below a folder."""
    return _told(folder, lambda root: _check(root, question))


def mending(folder: Path, question: MendQuestion) -> Mended | Refused:
    """Mend templates below a folder, as far as it is sure; nothing is written."""
    return _told(folder, lambda root: _mending(root, question))


def writing(folder: Path, changes: Sequence[Mending]) -> Sequence[str] | Refused:
    """Write mended templates to their files, and return which."""
    return _told(folder, lambda root: _writing(root, changes))


def evidence(folder: Path, question: EvidenceQuestion) -> EvidenceResult | Refused:
    """Gather what evidence a cdk.out below a folder holds."""
    return _told(folder, lambda root: _evidence(root, question))


def _told(folder: Path, work: Callable[[Root], T]) -> T | Refused:
    try:
        # Messages call files by the paths that were given, which are relative.
        os.chdir(folder)
    except OSError as error:
        return Refused(f"the root cannot be read: {error.strerror or error}")
    try:
        return work(Root(folder))
    except UnusableInput as error:
        return Refused(clipped(str(error)))
    except Exception:
        # Between processes an exception loses where it came from, which the log has to tell.
        raise RuntimeError(traceback.format_exc()) from None


def _check(root: Root, question: CheckQuestion) -> CheckResult:
    only = rule_named(question.only).id if question.only else ""
    paths = [root.named(path, TEMPLATES) for path in question.paths]
    unusable: list[UnusableInput] = []
    app = assembly.load(paths, parameters=question.parameters, unusable=unusable, admit=root.admit)
    assessment = assess(
        app,
        today=question.today,
        acknowledgements=_reviewed(root),
        others=recorded_of(app),
    )
    # As `hipaa-constructs check`: what other packs alone found at the synth is no finding here.
    unasked = {id(one) for one in assessment.others}
    every = [one for one in assessment.open if id(one) not in unasked]
    chosen = [
        one
        for one in every
        if (question.severity == "warning" or one.severity == "error")
        and (not only or one.rule_id.split("[", 1)[0] == only)
    ]
    chosen.sort(key=lambda one: (one.severity, one.template, one.resource_logical_id, one.rule_id))
    part, page = page_of(chosen, offset=question.offset, limit=question.limit)
    return CheckResult(
        templates=len(app.sources),
        resources=sum(len(template.resources) for template in app.sources),
        rules=len(all_rules()),
        errors=sum(1 for one in every if one.severity == "error"),
        warnings=sum(1 for one in every if one.severity == "warning"),
        acknowledged=sum(1 for one, _ in assessment.governed.acknowledged if id(one) not in unasked),
        by_rule=dict(Counter(clipped(one.rule_id) for one in chosen).most_common()),
        findings=[_finding(one) for one in Locator(app).located(part)],
        page=page,
        not_read=_problems(unusable),
    )


def _reviewed(root: Root) -> Sequence[Acknowledgement]:
    file = _present(root, ACKNOWLEDGEMENTS)
    return read_file(file) if file else []


def _present(root: Root, name: str) -> Path | None:
    """Return a file that is looked for by its usual name, as the command line does."""
    return root.path(name) if os.path.lexists(name) else None


def _finding(one: Finding) -> FindingResult:
    return FindingResult(
        rule=clipped(one.rule_id),
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
    )


def _problems(unusable: Sequence[UnusableInput]) -> list[NotRead]:
    told = [NotRead(problem=clipped(str(problem))) for problem in unusable[:_MOST_PROBLEMS]]
    if len(unusable) > len(told):
        told.append(NotRead(problem=f"And {len(unusable) - len(told)} more."))
    return told


def _mending(root: Root, question: MendQuestion) -> Mended:
    rules = [rule_named(name).id for name in question.rules]
    for name, value in question.given.items():
        if name not in GIVEN or not value.strip():
            raise UnusableInput("given", f"got {name}={value}; known are {', '.join(GIVEN)}, each with a value")
    files = [_template_file(root, path) for path in question.paths]
    mendings = mend(
        files,
        today=question.today,
        rules=rules,
        allow_replacement=question.allow_replacement,
        acknowledgements=_reviewed(root),
        parameters=question.parameters,
        given=question.given,
    )
    fixed = [finding for one in mendings for finding in one.fixed]
    left, page = page_of([left for one in mendings for left in one.left], offset=question.offset, limit=question.limit)
    result = MendResult(
        templates=list(_templates(mendings)),
        fixed=len(fixed),
        fixed_by_rule=dict(Counter(finding.rule_id for finding in fixed).most_common()),
        left=[
            LeftFinding(
                rule=clipped(one.finding.rule_id),
                template=clipped(one.finding.template),
                resource=clipped(one.finding.resource_logical_id),
                why=clipped(one.why),
            )
            for one in left
        ],
        left_page=page,
    )
    return Mended(result, [replace(one, fixed=(), left=()) for one in mendings if one.changed])


def _writing(root: Root, changes: Sequence[Mending]) -> Sequence[str]:
    for one in changes:
        root.require_writable(one.file)
    written: list[str] = []
    for one in changes:
        try:
            # It refuses a file that is no longer what was read.
            write(one)
        except UnusableInput as problem:
            before = f"; changed before that: {', '.join(written)}" if written else ""
            raise UnusableInput(problem.file, f"{problem.reason}{before}") from None
        written.append(clipped(one.file.as_posix()))
    return written


def _template_file(root: Root, given: str) -> Path:
    path = root.named(given, TEMPLATES)
    if path.is_dir():
        why = "give template files, not a folder; of a cdk.out mend the app, since the next synth writes it anew"
        raise UnusableInput(given, why)
    return path


def _templates(mendings: Sequence[Mending]) -> Iterator[MendedTemplate]:
    room = _MOST_DIFF
    for one in mendings:
        diff = one.diff
        # Whole lines, so that what is shown is no half of anything.
        shown = diff if len(diff) <= room else diff[: diff.rfind("\n", 0, room) + 1]
        room -= len(shown)
        yield MendedTemplate(
            file=clipped(one.file.as_posix()),
            fixed=len(one.fixed),
            added=[clipped(name) for name in one.added[:_MOST_ADDED]],
            diff=shown,
            lines_left_out=diff.count("\n") - shown.count("\n"),
            written=False,
        )


def _evidence(root: Root, question: EvidenceQuestion) -> EvidenceResult:
    found = collect(
        root.path(question.cdk_out),
        today=question.today,
        attestations=_present(root, ATTESTATIONS),
        preflight=[root.named(file, (".json",)) for file in question.preflight],
        acknowledgements=_present(root, ACKNOWLEDGEMENTS),
    )
    said = summary_of(found)
    controls, controls_page = page_of(
        [one for one in found.controls.values() if question.status in (one.status, "all")],
        offset=question.offset,
        limit=question.limit,
    )
    tasks, tasks_page = page_of(
        [one for one in found.attestations if one.status != "current"], offset=0, limit=question.limit
    )
    return EvidenceResult(
        today=found.today.isoformat(),
        verdict=said["verdict"].words,
        statuses=dict(found.summary.controls),
        columns=[ColumnResult(name=title.lower(), words=words) for title, words in said["columns"]],
        errors=found.summary.errors,
        warnings=found.summary.warnings,
        acknowledgements=found.summary.acknowledgements,
        notes=[clipped(note) for note in found.notes],
        disclaimer=DISCLAIMER,
        controls=[
            OpenControl(
                id=one.id,
                title=one.control.title,
                requirement=one.control.requirement,
                status=one.status,
                reason=clipped(one.reason),
                infrastructure=COLUMN_WORDS[one.infrastructure.status],
                live=COLUMN_WORDS[one.live.status],
                people=COLUMN_WORDS[one.people.status],
                duty=one.duty,
            )
            for one in controls
        ],
        controls_page=controls_page,
        tasks=[
            PeopleTask(
                id=one.id,
                title=clipped(one.title),
                status="overdue" if one.status == "overdue" else "missing",
                account=clipped(one.account),
                owner=clipped(one.owner),
                due=one.due.isoformat() if one.due else None,
                controls=list(one.controls),
            )
            for one in tasks
        ],
        tasks_page=tasks_page,
    )
