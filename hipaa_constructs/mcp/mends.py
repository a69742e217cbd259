"""What can be mended in templates, and the writing of it."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance.lookup import rule_named
from hipaa_constructs.mcp.quoted import clipped
from hipaa_constructs.mcp.results import AskedParameter, LeftFinding, MendedTemplate, MendResult, page_of
from hipaa_constructs.mcp.root import TEMPLATES, Root
from hipaa_constructs.mcp.work import Refused, reviewed, told
from hipaa_constructs.mending import GIVEN, Mending, mend, write

# What all diffs of an answer may have together, and a template's list of what was added.
_MOST_DIFF = 60_000
_MOST_ADDED = 50


@dataclass(frozen=True, slots=True)
class MendQuestion:
    """What shall be mended; ``rules`` are ids, or empty for all, and ``given`` what only the owner knows.

    ``ask`` says whether parameters ask for the rest of that.
    """

    today: datetime.date
    paths: Sequence[str]
    rules: Sequence[str]
    allow_replacement: bool
    parameters: Mapping[str, str]
    given: Mapping[str, str]
    ask: bool
    offset: int
    limit: int


@dataclass(frozen=True, slots=True)
class Mended:
    """What is said of mended templates, and the change of each that changes."""

    result: MendResult
    changes: Sequence[Mending]


def mending(folder: Path, question: MendQuestion) -> Mended | Refused:
    """Mend templates below a folder, as far as it is sure; nothing is written."""
    return told(folder, lambda root: _mending(root, question))


def writing(folder: Path, changes: Sequence[Mending]) -> Sequence[str] | Refused:
    """Write mended templates to their files, and return which."""
    return told(folder, lambda root: _writing(root, changes))


def _mending(root: Root, question: MendQuestion) -> Mended:
    rules = [rule_named(name).id for name in question.rules]
    for name, value in question.given.items():
        if name not in GIVEN or not value.strip():
            raise UnusableInput("given", f"got {name}={value}; known are {', '.join(GIVEN)}, each with a value")
    mendings = mend(
        [_template_file(root, path) for path in question.paths],
        today=question.today,
        rules=rules,
        allow_replacement=question.allow_replacement,
        acknowledgements=reviewed(root),
        parameters=question.parameters,
        given=question.given,
        ask=question.ask,
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
            asked=[
                AskedParameter(
                    name=clipped(asked.parameter),
                    type=clipped(str(asked.declared["Type"])),
                    asks_for=GIVEN[asked.what],
                    fixed=len(asked.fixed),
                    parents=[clipped(parent) for parent in asked.parents[:_MOST_ADDED]],
                )
                for asked in one.asked[:_MOST_ADDED]
            ],
            diff=shown,
            lines_left_out=diff.count("\n") - shown.count("\n"),
            written=False,
        )
