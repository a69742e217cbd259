"""What the validation plugins of one synth share: the written app, and what all of them come to, judged once."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import aws_cdk as cdk

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.cloudformation.sources import Sources
from hipaa_constructs.compliance import gate_record
from hipaa_constructs.compliance.acknowledgements import baseline_file
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement
from hipaa_constructs.compliance.acknowledgements.in_code import from_cdk
from hipaa_constructs.compliance.acknowledgements.reviewed_file import read_file
from hipaa_constructs.compliance.assess import Assessment, assess
from hipaa_constructs.compliance.construct_at import construct_at
from hipaa_constructs.compliance.rule import Debt, Finding
from hipaa_constructs.compliance.told_lines import ToldLines

TODAY_CONTEXT_KEY = "hipaa-constructs:today"


@dataclass(frozen=True, slots=True)
class Terms:
    """What fails a synth.

    ``strict`` makes warnings fail too, ``report_only`` makes nothing fail. The files are read where they exist.
    """

    strict: bool
    report_only: bool
    acknowledgements_file: str
    baseline_file: str

    def fails(self, severity: str, debt: Debt | None = None) -> bool:
        """Whether a finding of a severity fails the synth; what is known does not."""
        return debt is None and not self.report_only and self.would_fail(severity)

    def would_fail(self, severity: str) -> bool:
        """Whether it would, if it were not known and the gate did more than report."""
        return self.strict or severity not in ("warning", "info")


class Pack(Protocol):
    """A pack of another origin: its name, and what it finds in the app, asked once a synth."""

    @property
    def name(self) -> str:
        """The pack's name."""

    def found(self, written: App) -> Sequence[Finding]:
        """Return what it finds in the app, which stands written, the same objects until it is told to forget."""

    def forget(self) -> None:
        """Be ready for another synth."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The app as it was written, and what was found in it; which acknowledgements are of which place.

    ``lines`` hands CDK the app's lines for what is found.
    """

    assessment: Assessment
    reviewed: Sequence[Acknowledgement]
    above: Sequence[Acknowledgement]
    lines: ToldLines


class Evaluation:
    """The assessment of the templates that CDK wrote; whichever plugin asks first makes it run, with all packs."""

    def __init__(self, app: cdk.App, terms: Terms) -> None:
        self._app = app
        self._terms = terms
        self._judged: Judged | None = None
        self._problem: Exception | None = None
        self.packs: list[Pack] = []

    @property
    def today(self) -> datetime.date:
        """The day to judge by: the one in the app's context, or this one."""
        pinned = self._app.node.try_get_context(TODAY_CONTEXT_KEY)
        return datetime.date.fromisoformat(pinned) if isinstance(pinned, str) else datetime.date.today()

    @property
    def now(self) -> Judged:
        """What the app comes to; why that is not known is raised again to each plugin that asks."""
        if self._problem is not None:
            raise self._problem
        if self._judged is None:
            try:
                self._judged = self._judge()
            except Exception as problem:
                self._problem = problem
                raise
        return self._judged

    def standing_alone(self, found: Sequence[Finding]) -> Mapping[int, Debt | None]:
        """Return those findings of a pack that no rule here and no earlier pack found too, by their ``id()``.

        Each has what the baseline says of it. What is overruled is not among them.
        """
        if not found:
            return {}
        assessment = self.now.assessment
        # What went into another finding is known by that one's rule id.
        return {
            id(one): assessment.debts.by_finding.get(id(told))
            for one in found
            for told in assessment.into.get(id(one), ())
            if told.rule_id == one.rule_id
        }

    def failed(self, problem: Exception) -> None:
        """Note that a plugin could not do its part, so that the app is not judged."""
        self._problem = problem

    def forget(self) -> None:
        """Be ready for another synth of the same app."""
        self._judged = None
        self._problem = None
        for pack in self.packs:
            pack.forget()

    def _judge(self) -> Judged:
        folder = Path(self._app.outdir)
        # What an earlier run recorded there says nothing of this one.
        (folder / gate_record.FILE).unlink(missing_ok=True)
        app = assembly.load([folder])
        today = self.today
        file, known = Path(self._terms.acknowledgements_file), Path(self._terms.baseline_file)
        reviewed = read_file(file) if file.exists() else []
        above = list(self._above_stacks(app))
        assessment = assess(
            app,
            today=today,
            acknowledgements=[*above, *reviewed],
            baseline=baseline_file.read_baseline(known, today=today) if known.exists() else [],
            others=[finding for pack in self.packs for finding in pack.found(app)],
            packs=[pack.name for pack in self.packs],
        )
        return Judged(assessment, reviewed, above, ToldLines(self._app, Sources(app)))

    def _above_stacks(self, loaded: App) -> Iterator[Acknowledgement]:
        """Find what was acknowledged on the app or a stage, which CDK writes down only after it has validated."""
        stacks = {stack.path for assembly in loaded.assemblies for stack in assembly.stacks}
        above = {
            "/".join(parts[:depth]) for parts in (path.split("/") for path in stacks) for depth in range(len(parts))
        }
        for path in sorted(above - stacks):
            node = construct_at(self._app, path)
            for entry in node.node.metadata if node is not None else ():
                yield from from_cdk(entry.type, entry.data, path)
