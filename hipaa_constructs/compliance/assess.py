"""The one pipeline: app, others' findings, acknowledgements and day in; what stands open, out. Imports no aws_cdk."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement
from hipaa_constructs.compliance.acknowledgements.baseline import Debts, Entry, judge
from hipaa_constructs.compliance.acknowledgements.fingerprint import Fingerprints
from hipaa_constructs.compliance.acknowledgements.govern import Governed, govern
from hipaa_constructs.compliance.acknowledgements.in_code import acknowledged_in_code
from hipaa_constructs.compliance.acknowledgements.rules import BASELINE_RULES, RULES
from hipaa_constructs.compliance.beside import joined, said_once
from hipaa_constructs.compliance.beside.parts import Part, place
from hipaa_constructs.compliance.cdk_helpers import RULE as CDK_HELPER_AVOIDED
from hipaa_constructs.compliance.engine import Result, all_rules, evaluate
from hipaa_constructs.compliance.fold import Answers, fold
from hipaa_constructs.compliance.rule import Finding, MetaRule, Rule
from hipaa_constructs.compliance.shown_secrets import RULE as TEMPLATE_SHOWS_NO_SECRETS
from hipaa_constructs.compliance.shown_secrets import shown_secrets
from hipaa_constructs.compliance.staged import RULE as STAGES_CLEAN
from hipaa_constructs.compliance.template_quotas import RULE as TEMPLATE_WITHIN_QUOTA
from hipaa_constructs.compliance.template_quotas import oversized
from hipaa_constructs.compliance.twins import facts_of
from hipaa_constructs.compliance.unjudged import RULE as APP_JUDGED
from hipaa_constructs.compliance.unread import RULE as TEMPLATE_READABLE
from hipaa_constructs.compliance.unread import unread
from hipaa_constructs.compliance.unsettled import gathered

Step = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was found in an app, and what of it stands open on a day.

    ``given`` is what other packs found, as it was handed in.
    ``answers`` holds what each rule said of each resource, with its finding if that is one. ``unread`` are findings
    about what no rule could see, ``of_templates`` about templates beyond CloudFormation's quotas, and what they show.
    ``others`` are findings of other packs about what no rule here finds too, ``notices`` stand for what was found of
    CDK's own helper functions, and for what is unknown for one cause;
    ``into`` names, by the ``id()`` of what was found, the findings that it is part of, where it does not stand alone
    or another pack found it; ``beside`` says of each that rules here tell in findings of others whether it is mended by
    itself, not with those; ``elsewhere`` is what findings of one resource can say of those of another.
    ``overruled`` are alarms of other packs that are false, as notes. ``acknowledgements``
    are all that were judged, those in code first; ``debts`` are what the baseline says of what they leave open, and of
    what that tells of other rules.
    """

    app: App
    answers: Answers
    unread: Sequence[Finding]
    of_templates: Sequence[Finding]
    given: Sequence[Finding]
    others: Sequence[Finding]
    notices: Sequence[Finding]
    into: Mapping[int, Sequence[Finding]]
    beside: Mapping[int, bool]
    elsewhere: Sequence[Part]
    overruled: Sequence[Finding]
    acknowledgements: Sequence[Acknowledgement]
    governed: Governed
    debts: Debts

    @property
    def own(self) -> Sequence[Finding]:
        """What this package found, acknowledged or not."""
        return [*self.unread, *self.of_templates, *_standing(self.answers, self.into), *self.notices]

    @property
    def open(self) -> Sequence[Finding]:
        """What nobody acknowledged, known or not, and what is wrong with acknowledgements and the baseline."""
        return [*self.governed.open, *self.governed.problems, *self.debts.problems]

    @property
    def failing(self) -> Sequence[Finding]:
        """What stands open and is not known."""
        return [finding for finding in self.open if id(finding) not in self.debts.by_finding]

    @property
    def parts(self) -> Sequence[Finding]:
        """What open findings of the same resource say, and is mended by itself."""
        return [one for one in self.told if self.beside[id(one)]]

    @property
    def told(self) -> Sequence[Finding]:
        """What open findings of the same resource say, which each rule goes on to say by itself."""
        return _told(self.answers, self.beside, self.into, self.open)

    @property
    def going(self) -> Sequence[Finding]:
        """What stands open, and goes with what another open finding is about."""
        open_ = {id(one) for one in self.open}
        return [
            part.finding
            for part in self.elsewhere
            if part.gone and id(part.finding) in open_ and id(part.speaker) in open_
        ]

    def said_once(self, findings: Iterable[Finding]) -> Sequence[Finding]:
        """Return findings as people read them: what one of another resource says of them is said there alone."""
        return said_once(findings, self.elsewhere)

    def marked(self, findings: Iterable[Finding]) -> Sequence[Finding]:
        """Return findings, those that the baseline holds with what it says of them."""
        debts = self.debts.by_finding
        return [replace(one, baseline=debts[id(one)]) if id(one) in debts else one for one in findings]


def assess(
    app: App,
    *,
    today: datetime.date,
    synthesized: datetime.date | None = None,
    acknowledgements: Sequence[Acknowledgement] = (),
    baseline: Sequence[Entry] = (),
    others: Sequence[Finding] = (),
    packs: Collection[str] = (),
    answers: Answers | None = None,
    step: Step = lambda doing, done, total: None,
) -> Assessment:
    """Run the rules over an app, and judge what they and others found by what was acknowledged.

    :param today: the day by which acknowledgements and the baseline are judged.
    :param synthesized: the day by which the rules judge versions that have an end, which is that of the synth where
        its findings are told once more. Default: ``today``.
    :param acknowledgements: those that the app's cloud assemblies do not hold, such as a reviewed file's.
    :param baseline: the findings that are known.
    :param others: findings of other packs, each with its own pack's rule ids.
    :param packs: names of other packs that ran, though they may have found nothing, such as ``HIPAA.Security``.
    :param answers: what ``answer`` returned of the app. Default: it is asked.
    :param step: called before each rule with what is done next, how many rules are done, and how many there are.
    :raises UnusableInput: a cloud assembly's acknowledgements cannot be read.
    """
    app.today = synthesized or today
    folded = fold(app, answer(app, step=step) if answers is None else answers, others)
    every = [*acknowledged_in_code(app), *acknowledgements]
    accepted = {*_named(folded.answers, every)}
    prints = Fingerprints(app).of
    alone = [one for one in _standing(folded.answers, folded.into) if id(one) not in accepted]
    known = judge(alone, baseline, prints, today=today).by_finding if baseline else ()
    told = joined(folded.answers, folded.into, accepted, known)
    once = gathered(told.answers, unread(app), apart={*told.into, *accepted})
    into = {**told.into, **once.into}
    of_templates = [*oversized(app), *shown_secrets(app)]
    governed = govern(
        [*once.unread, *of_templates, *_standing(told.answers, into), *once.told, *folded.notices, *folded.others],
        every,
        today=today,
        packs=packs,
        stacks={template.stack_path or template.name for template in app.templates},
    )
    held = [*governed.open, *_told(told.answers, told.parts, into, governed.open)]
    return Assessment(
        app=app,
        answers=told.answers,
        unread=once.unread,
        of_templates=of_templates,
        given=others,
        others=folded.others,
        notices=[*once.told, *folded.notices],
        into=into,
        beside=told.parts,
        elsewhere=told.elsewhere,
        overruled=folded.overruled,
        acknowledgements=every,
        governed=governed,
        debts=judge(held, baseline, prints, today=today, packs=packs),
    )


def _named(answers: Answers, acknowledgements: Sequence[Acknowledgement]) -> Iterator[int]:
    """Yield the ``id()`` of findings that somebody acknowledged each by itself, in force or not."""
    for _, finding in answers:
        if finding is not None:
            facts = facts_of(finding)
            if any(one.fact in facts and one.covers(finding) for one in acknowledgements):
                yield id(finding)


def _told(
    answers: Answers, beside: Collection[int], into: Mapping[int, Sequence[Finding]], told_by: Iterable[Finding]
) -> Sequence[Finding]:
    """Return what rules found that some findings of others say."""
    speakers = {(one.rule_id, *place(one)) for one in told_by}
    return [
        finding
        for _, finding in answers
        if finding is not None and id(finding) in beside
        if any((one.rule_id, *place(one)) in speakers for one in into[id(finding)])
    ]


def _standing(answers: Answers, into: Mapping[int, Sequence[Finding]]) -> Iterator[Finding]:
    return (finding for _, finding in answers if finding is not None and id(finding) not in into)


def answer(app: App, *, step: Step = lambda doing, done, total: None) -> Answers:
    """Run the rules over an app: what each said of each resource, with its finding if that is one.

    :param step: as of ``assess``.
    """
    rules = all_rules()
    answers: list[tuple[Result, Finding | None]] = []
    for done, rule in enumerate(rules):
        step(f"Checking {rule.name}", done, len(rules))
        answers += [(result, result.finding()) for result in evaluate(app, [rule])]
    return answers


def every_rule() -> Sequence[Rule | MetaRule]:
    """Return all rules of this package by id: those about resources, and those about the check itself."""
    everything: list[Rule | MetaRule] = [
        *all_rules(),
        *RULES,
        *BASELINE_RULES,
        STAGES_CLEAN,
        APP_JUDGED,
        TEMPLATE_READABLE,
        TEMPLATE_SHOWS_NO_SECRETS,
        TEMPLATE_WITHIN_QUOTA,
        CDK_HELPER_AVOIDED,
    ]
    return sorted(everything, key=lambda rule: rule.id)
