"""A cdk.out folder in, evidence out: everything that documents say is gathered and counted here."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cloudformation.load.validation_report import FILE as REPORT_FILE
from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance import gate_record
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement
from hipaa_constructs.compliance.acknowledgements.baseline_file import read_baseline
from hipaa_constructs.compliance.acknowledgements.govern import Governed
from hipaa_constructs.compliance.acknowledgements.in_code import acknowledged_in_code, as_recorded
from hipaa_constructs.compliance.acknowledgements.reviewed_file import read_file
from hipaa_constructs.compliance.acknowledgements.rules import RENEWAL_DAYS
from hipaa_constructs.compliance.assess import assess
from hipaa_constructs.compliance.changes import changes_of
from hipaa_constructs.compliance.controls import read, services_as_of
from hipaa_constructs.compliance.gate import NAME as GATE
from hipaa_constructs.compliance.gate_record import GateRecord
from hipaa_constructs.compliance.locate import Locator
from hipaa_constructs.compliance.nag import HIPAA
from hipaa_constructs.compliance.recorded import recorded
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.cost.figures import Estimate
from hipaa_constructs.evidence import attestations as attested
from hipaa_constructs.evidence import decisions, nag, preflight_results
from hipaa_constructs.evidence.checks import Names, baseline_rules, meta_rules, outcomes_of, own_rules
from hipaa_constructs.evidence.columns import Live, People
from hipaa_constructs.evidence.construct_tree import read_tree
from hipaa_constructs.evidence.integrity import require_judgeable, require_recorded, require_same_synth
from hipaa_constructs.evidence.inventory import stores_of
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
from hipaa_constructs.evidence.provenance import (
    known_of,
    left_out,
    notes_of,
    packs_of,
    read_beside,
    templates_of,
    versions_of,
)
from hipaa_constructs.evidence.runtime import alarms_of, config_rules_of
from hipaa_constructs.evidence.validation_report import ValidationReport, read_report


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
    folder = Path(directory)
    if not (folder / "manifest.json").is_file():
        raise UnusableInput(str(folder), "this is no cdk.out folder: it holds no manifest.json")
    step("Reading the validation report")
    report, tree = read_report(folder), read_tree(folder)
    app = assembly.load([folder], step=lambda name: step(f"Reading {name}"))
    if not app.templates:
        raise UnusableInput(str(folder), "no stack of it has resources, so there is nothing to report")
    require_judgeable(app, folder, report, tree)
    names = Names(app)

    others = [plugin for plugin in report.plugins.values() if plugin.name != GATE]
    record = gate_record.read(folder)
    # What went into findings of this package is in the gate's record alone.
    reported: dict[str, Sequence[Finding]] = {
        **{plugin.name: nag.findings_of(plugin.violations, names) for plugin in others},
        **recorded(record, app),
    }
    ran = nag.ran(report, tree)
    given = read_file(acknowledgements) if acknowledgements else None
    made = made or Made(datetime.datetime.combine(today, datetime.time(), datetime.UTC))
    standing = standing_on(today, made)
    step("Running the rules")
    assessment = assess(
        app,
        today=standing,
        synthesized=datetime.date.fromisoformat(record.today) if record is not None else None,
        acknowledgements=[*(given or ()), *_only_reported(report, record, folder, acknowledged_in_code(app), given)],
        baseline=read_baseline(baseline, today=standing) if baseline else (),
        others=[finding for findings in reported.values() for finding in findings],
        packs=[HIPAA] if ran else [],
    )
    require_same_synth(assessment.own, folder, report, tree)
    require_recorded(record, assessment, folder, report, tree)
    for plugin in others:
        nag.require_known_places(plugin.violations, names, tree, str(folder / REPORT_FILE))
    governed, accepted = assessment.governed, assessment.acknowledgements
    after = outcomes_of(assessment)
    rules = {
        **own_rules(assessment.answers, after, names),
        **meta_rules(app, [*assessment.unread, *assessment.oversized], governed, after, names),
        **baseline_rules(assessment.debts, names),
        **nag.evidence_of(app, reported.get(HIPAA, ()), after, accepted, tree, names, ran=ran),
    }
    step("Counting")
    config_rules = config_rules_of(app, folder, names)
    accounts = {template.account for template in app.templates if template.account}
    said = attested.read_file(attestations) if attestations else attested.Said()
    judged = attested.judge(said.attestations, today=today, standing=standing, accounts=accounts)
    decided = decisions.judge(said.decided, today=today, standing=standing)
    limitations = decisions.judge_limitations(said.limitations, today=today, standing=standing)
    asked = [preflight_results.read_file(file) for file in preflight]
    live = _live(asked, accounts)
    people = People(judged, {one.control: one for one in decided}, limitations, _limited(governed))
    matrix = control_matrix(rules, config_rules, alarms_of(app, names), live, people, names)
    locator = Locator(app)
    findings = tuple(locator.located(assessment.marked(assessment.open)))
    step("Reading what passed")
    observed = observed_of((result for result, _ in assessment.answers), rules, names, locator)
    stores = stores_of(app, names)
    notes = notes_of(report, tree, ran=ran, unseen=nag.unseen(app, tree, names) if ran else ())
    notes += [*left_out(app), *(one.note(accounts, today) for one in asked)]
    notes += judged_by(today, made)
    notes += read_beside(record, {gate_record.ACKNOWLEDGEMENTS: acknowledgements, gate_record.BASELINE: baseline})
    report_only = record is not None and record.report_only
    notes += known_of(findings, standing, report_only=report_only)
    exceptions = _acknowledgements(accepted, governed, standing, locator)
    open_attestations = sum(one.status != "current" for one in judged)
    return Evidence(
        today=today,
        made=made,
        versions=versions_of(report, tree),
        catalogue_date=read("controls.json")["as_of"],
        services_date=services_as_of(),
        notes=notes,
        summary=_summary(
            matrix, rules, findings, len(exceptions), len(stores), open_attestations, sum(a.open for a in live.answers)
        ),
        packs=packs_of(report, tree),
        templates=templates_of(app),
        controls=matrix,
        rules=rules,
        observed=observed,
        lines=lines_of(names, locator),
        config_rules=config_rules,
        findings=findings,
        overruled=tuple(locator.located(assessment.overruled)),
        acknowledgements=exceptions,
        inventory=stores,
        attestations=judged,
        decisions=decided,
        limitations=limitations,
        preflight=live.answers,
        changes=changes_of(app),
        plan=read_plan(plan) if plan else None,
        cost=cost(app) if cost else None,
        app=app,
        report_only=report_only,
    )


def _live(asked: Sequence[preflight_results.Preflight], accounts: Collection[str]) -> Live:
    answers = [answer for one in asked for answer in one.evidence()]
    return Live(answers, set(accounts) - {one.account for one in asked} if asked else ())


def _limited(governed: Governed) -> Collection[str]:
    """Return the rules of which the library excepts findings for itself."""
    return {nag.base(finding.rule_id) for finding, one in governed.acknowledged if one.origin == "library"}


def _only_reported(
    report: ValidationReport,
    record: GateRecord | None,
    folder: Path,
    in_code: Sequence[Acknowledgement],
    given: Sequence[Acknowledgement] | None,
) -> list[Acknowledgement]:
    """Return acknowledgements that CDK honoured and that are neither in the templates' metadata nor in the file.

    So it is with a reviewed file that is not at hand, of which the gate recorded what it took.

    :param given: what the file says that is at hand; what it does not say any more holds no more.
    :raises UnusableInput: the gate knows nothing of one.
    """
    known = [*in_code, *(given or ())]
    seen = {(one.rule_id, one.path) for one in known}
    only: list[Acknowledgement] = []
    for plugin in report.plugins.values():
        for violation in plugin.violations:
            one = violation.acknowledged
            if one is None or (one.rule_id, one.path) in seen:
                continue
            seen.add((one.rule_id, one.path))
            # The gate tells CDK on the finding's own construct what accepts it elsewhere, or by another rule.
            told = one.path == violation.construct_path
            if any(told and _says(entry, one) and entry.reaches(one.path) for entry in known):
                continue
            if record is None or plugin.name not in record.packs:
                only.append(one)
            elif as_recorded(one) not in record.accepted:
                raise UnusableInput(
                    str(folder / REPORT_FILE),
                    f"it says that {one.rule_id} on {one.path or 'the app'} was accepted, against what the gate "
                    "recorded: it was changed, or is of another synth; synthesize again",
                )
            elif given is None:
                only.append(one)
    return only


def _says(entry: Acknowledgement, told: Acknowledgement) -> bool:
    """Whether an acknowledgement is what the gate told CDK of it, be it that its file was edited since."""
    if entry.origin == "file" and entry.rule_id == told.rule_id:
        return True
    return (entry.reason, entry.approved_by, entry.expires) == (told.reason, told.approved_by, told.expires)


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
