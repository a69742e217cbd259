"""A cdk.out folder in, evidence out: everything that documents say is gathered and counted here."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement
from hipaa_constructs.compliance.acknowledgements.govern import Governed
from hipaa_constructs.compliance.changes import changes_of
from hipaa_constructs.compliance.controls import read, services_as_of
from hipaa_constructs.compliance.locate import Locator
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.compliance.said import RENEWAL_DAYS
from hipaa_constructs.cost.figures import Estimate
from hipaa_constructs.evidence import attestations as attested
from hipaa_constructs.evidence import decisions, preflight_results
from hipaa_constructs.evidence.columns import Live, People
from hipaa_constructs.evidence.inventory import stores_of
from hipaa_constructs.evidence.judged import Judged, judge_assembly
from hipaa_constructs.evidence.made import judged_by, standing_on
from hipaa_constructs.evidence.matrix import control_matrix, total
from hipaa_constructs.evidence.model import (
    AcknowledgementEvidence,
    AcknowledgementStatus,
    ControlEvidence,
    ControlStatus,
    Evidence,
    Made,
    RuleEvidence,
    Summary,
)
from hipaa_constructs.evidence.observed import lines_of, observed_of
from hipaa_constructs.evidence.plan_file import read_plan
from hipaa_constructs.evidence.provenance import packs_of, templates_of, versions_of
from hipaa_constructs.evidence.runtime import alarms_of, config_rules_of


def collect(
    directory: Path | str,
    *,
    today: datetime.date,
    attestations: Path | None = None,
    preflight: Sequence[Path] = (),
    made: Made | None = None,
    acknowledgements: Path | None = None,
    baseline: Path | None = None,
    plan: Path | None = None,
    cost: Callable[[App], Estimate] | None = None,
    step: Callable[[str], None] = lambda doing: None,
) -> Evidence:
    """Gather the evidence of one synth.

    :param directory: the cdk.out folder, whole.
    :param today: the day by which acknowledgements and attestations are judged. What ended between it and the day on
        which the report is made holds no more.
    :param attestations: the file of attestations. Default: none, so that all of them are missing.
    :param preflight: JSON that ``hipaa-constructs preflight`` wrote, a file an account. Default: none, so that the live
        account was not asked.
    :param made: when, by whom and from what the report is made. Default: the start of ``today``, by nobody.
    :param acknowledgements: the reviewed file that the gate read. Default: what the validation report tells of it.
    :param baseline: the findings that are known, which are open all the same. Default: none.
    :param plan: who does what by when. Default: nobody, by no day.
    :param cost: estimates what the app costs. Default: nothing is estimated.
    :param step: called with what is being done.
    :raises UnusableInput: the folder or a file cannot be used: which, and why.
    """
    made = made or Made(datetime.datetime.combine(today, datetime.time(), datetime.UTC))
    judged = judge_assembly(
        directory,
        standing=standing_on(today, made),
        acknowledgements=acknowledgements,
        baseline=baseline,
        step=step,
    )
    return evidence_of(
        judged, today=today, made=made, attestations=attestations, preflight=preflight, plan=plan, cost=cost, step=step
    )


def evidence_of(
    judged: Judged,
    *,
    today: datetime.date,
    made: Made,
    attestations: Path | None = None,
    preflight: Sequence[Path] = (),
    plan: Path | None = None,
    cost: Callable[[App], Estimate] | None = None,
    step: Callable[[str], None] = lambda doing: None,
) -> Evidence:
    """Gather the evidence of one synth that was judged; arguments are those of ``collect``."""
    app, names, rules, standing = judged.app, judged.names, judged.rules, judged.standing
    governed, accepted = judged.assessment.governed, judged.assessment.acknowledgements
    step("Counting")
    config_rules = config_rules_of(app, judged.folder, names)
    accounts = judged.accounts
    said = attested.read_file(attestations) if attestations else attested.Said()
    asked = [preflight_results.read_file(file) for file in preflight]
    shown = attested.judge(
        said.attestations,
        today=today,
        standing=standing,
        accounts=accounts,
        organizations=preflight_results.organizations_of(asked),
    )
    decided = decisions.judge(said.decided, today=today, standing=standing)
    limitations = decisions.judge_limitations(said.limitations, today=today, standing=standing)
    live = _live(asked, accounts)
    people = People(shown, {one.control: one for one in decided}, limitations, judged.limited)
    matrix = control_matrix(rules, config_rules, alarms_of(app, names), live, people, names)
    locator = Locator(app)
    findings = tuple(locator.located(judged.open))
    step("Reading what passed")
    observed = observed_of((result for result, _ in judged.assessment.answers), rules, names, locator)
    stores = stores_of(app, names)
    notes = [*judged.limits(), *(one.note(accounts, today) for one in asked), *judged_by(today, made), *judged.since()]
    exceptions = _acknowledgements(accepted, governed, standing, locator)
    open_attestations = sum(one.status != "current" for one in shown)
    return Evidence(
        today=today,
        made=made,
        versions=versions_of(judged.report, judged.tree),
        catalogue_date=read("controls.json")["as_of"],
        services_date=services_as_of(),
        notes=notes,
        summary=_summary(
            matrix, rules, findings, len(exceptions), len(stores), open_attestations, sum(a.open for a in live.answers)
        ),
        packs=packs_of(judged.report, judged.tree),
        templates=templates_of(app),
        controls=matrix,
        rules=rules,
        observed=observed,
        lines=lines_of(names, locator),
        config_rules=config_rules,
        findings=findings,
        overruled=tuple(locator.located(judged.assessment.overruled)),
        acknowledgements=exceptions,
        inventory=stores,
        attestations=shown,
        decisions=decided,
        limitations=limitations,
        preflight=live.answers,
        changes=changes_of(app),
        plan=read_plan(plan) if plan else None,
        cost=cost(app) if cost else None,
        app=app,
        report_only=judged.report_only,
    )


def _live(asked: Sequence[preflight_results.Preflight], accounts: Collection[str]) -> Live:
    answers = [answer for one in asked for answer in one.evidence()]
    return Live(answers, set(accounts) - {one.account for one in asked} if asked else ())


def _acknowledgements(
    every: Sequence[Acknowledgement], governed: Governed, today: datetime.date, locator: Locator
) -> Sequence[AcknowledgementEvidence]:
    covered: dict[int, list[Finding]] = {id(one): [] for one in every}
    for finding, one in governed.acknowledged:
        covered[id(one)].append(finding)
    problems: dict[int, list[str]] = {id(one): [] for one in every}
    for finding, one in zip(governed.problems, governed.blamed, strict=True):
        problems[id(one)].append(finding.message)
    soon = today + datetime.timedelta(days=RENEWAL_DAYS)

    def status(one: Acknowledgement) -> AcknowledgementStatus:
        if one.expired(today):
            return "expired"
        if not covered[id(one)]:
            return "unused"
        return "ending" if one.expires is not None and one.expires <= soon else "in_force"

    # Constructs of this package also speak to packs that may not have run; where they accept nothing, they are no news.
    kept = [one for one in every if one.origin != "library" or covered[id(one)]]
    return [
        AcknowledgementEvidence(one, status(one), tuple(locator.located(covered[id(one)])), problems[id(one)])
        for one in kept
    ]


def _summary(
    controls: Mapping[str, ControlEvidence],
    rules: Mapping[str, RuleEvidence],
    findings: Sequence[Finding],
    acknowledgements: int,
    stores: int,
    attestations_open: int,
    live_open: int,
) -> Summary:
    statuses: dict[ControlStatus, int] = {}
    for control in controls.values():
        statuses[control.status] = statuses.get(control.status, 0) + 1
    errors = sum(1 for finding in findings if finding.severity == "error")
    return Summary(
        controls=statuses,
        checks=total(rule.counts for rule in rules.values()),
        findings=len(findings),
        errors=errors,
        warnings=len(findings) - errors,
        acknowledgements=acknowledgements,
        stores=stores,
        attestations_open=attestations_open,
        live_open=live_open,
        known=sum(1 for finding in findings if finding.baseline is not None),
    )
