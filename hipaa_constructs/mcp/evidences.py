"""What evidence a cdk.out holds."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hipaa_constructs.compliance.acknowledgements.reviewed_file import DEFAULT_FILE as ACKNOWLEDGEMENTS
from hipaa_constructs.evidence.attestation_kinds import DEFAULT_FILE as ATTESTATIONS
from hipaa_constructs.evidence.collect import collect
from hipaa_constructs.evidence.html_summary import summary_of
from hipaa_constructs.evidence.model import COLUMN_WORDS, DISCLAIMER
from hipaa_constructs.mcp.quoted import clipped
from hipaa_constructs.mcp.results import ColumnResult, EvidenceResult, OpenControl, PeopleTask, page_of
from hipaa_constructs.mcp.root import Root
from hipaa_constructs.mcp.work import Refused, present, told


@dataclass(frozen=True, slots=True)
class EvidenceQuestion:
    """What is asked of a cdk.out; ``status`` is of which entries more is said, or ``all``."""

    today: datetime.date
    cdk_out: str
    status: str
    preflight: Sequence[str]
    offset: int
    limit: int


def evidence(folder: Path, question: EvidenceQuestion) -> EvidenceResult | Refused:
    """Gather what evidence a cdk.out below a folder holds."""
    return told(folder, lambda root: _evidence(root, question))


def _evidence(root: Root, question: EvidenceQuestion) -> EvidenceResult:
    found = collect(
        root.path(question.cdk_out),
        today=question.today,
        attestations=present(root, ATTESTATIONS),
        preflight=[root.named(file, (".json",)) for file in question.preflight],
        acknowledgements=present(root, ACKNOWLEDGEMENTS),
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
