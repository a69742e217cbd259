"""What the validation plugins of one synth share: the written app and what the rules say of it, read and run once."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import aws_cdk as cdk

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.assess import answer
from hipaa_constructs.compliance.fold import Answers, fold
from hipaa_constructs.compliance.rule import Finding

TODAY_CONTEXT_KEY = "hipaa-constructs:today"


@dataclass(frozen=True, slots=True)
class _Judged:
    app: App
    answers: Answers


class Evaluation:
    """The rules' answers about the templates that CDK wrote; whichever plugin asks first makes it run."""

    def __init__(self, app: cdk.App) -> None:
        self._app = app
        self._judged: _Judged | None = None
        # What packs found so far, in the order in which they ran.
        self._others: list[Finding] = []

    @property
    def today(self) -> datetime.date:
        """The day to judge by: the one in the app's context, or this one."""
        pinned = self._app.node.try_get_context(TODAY_CONTEXT_KEY)
        return datetime.date.fromisoformat(pinned) if isinstance(pinned, str) else datetime.date.today()

    @property
    def app(self) -> App:
        """The app as it was written."""
        return self._now().app

    @property
    def answers(self) -> Answers:
        """What each rule said of each resource."""
        return self._now().answers

    def standing_alone(self, found: Sequence[Finding]) -> frozenset[int]:
        """Return the ``id()`` of those findings of a pack that no rule here and no earlier pack found too.

        What is overruled is not among them.
        """
        if not found:
            return frozenset()
        self._others.extend(found)
        into = fold(self.app, self.answers, self._others).into
        # What went into another finding is known by that one's rule id.
        return frozenset(id(one) for one in found if any(told.rule_id == one.rule_id for told in into.get(id(one), ())))

    def forget(self) -> None:
        """Be ready for another synth of the same app."""
        self._judged = None
        self._others = []

    def _now(self) -> _Judged:
        if self._judged is None:
            app = assembly.load([Path(self._app.outdir)])
            app.today = self.today
            self._judged = _Judged(app, answer(app))
        return self._judged
