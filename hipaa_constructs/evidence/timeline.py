"""The way from nothing to ready, and what recurs: what is done, by what proof, and what is next.

A step is done when everything holds that proves it: checks on templates, answers of the live account, attestations.
Nobody can say so otherwise.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from hipaa_constructs.compliance.assess import every_rule
from hipaa_constructs.compliance.availability import is_absent
from hipaa_constructs.compliance.controls import controls, read
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.evidence.attestation_kinds import DEFAULT_FILE as ATTESTATIONS
from hipaa_constructs.evidence.attestation_kinds import Kind, kinds
from hipaa_constructs.evidence.attestations import Said
from hipaa_constructs.evidence.attestations import judge as attested
from hipaa_constructs.evidence.attestations import read_file as read_attestations
from hipaa_constructs.evidence.decisions import judge as decided
from hipaa_constructs.evidence.labels import answered_of, attested_of, some
from hipaa_constructs.evidence.matrix import OWN, selected, total
from hipaa_constructs.evidence.model import (
    AcknowledgementEvidence,
    AttestationEvidence,
    AttestationStatus,
    Decision,
    Evidence,
    Plan,
    PreflightResult,
    RuleEvidence,
)
from hipaa_constructs.evidence.plan_file import read_plan
from hipaa_constructs.evidence.plan_steps import catalogue
from hipaa_constructs.evidence.preflight_results import read_file as read_answers

StepStatus = Literal["done", "overdue", "open"]
STEP_WORDS: Mapping[StepStatus, str] = {"done": "Done", "overdue": "Overdue", "open": "Open"}
_PERIODS = {30: "every month", 90: "every quarter", 180: "every half year", 365: "every year"}


@dataclass(frozen=True, slots=True)
class Proof:
    """Something that shows a part of a step, and what it says."""

    by: Literal["check", "preflight", "attestation"]
    holds: bool
    says: str


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do once. ``next`` is whether it is of the first week in which something can be done.

    ``how`` are commands and sentences, ``after`` ids of the steps that it builds on. ``due`` is None without
    a plan.
    """

    id: str
    phase: str
    week: int
    title: str
    how: Sequence[str]
    after: Sequence[str]
    controls: Sequence[str]
    owner: str
    due: datetime.date | None
    status: StepStatus
    next: bool
    proof: Sequence[Proof]


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that recurs. ``due`` is None where it was never attested and no plan says when it has to be."""

    id: str
    title: str
    period: str
    days: int
    controls: Sequence[str]
    owner: str
    done: datetime.date | None
    due: datetime.date | None
    status: AttestationStatus


@dataclass(frozen=True, slots=True)
class End:
    """A day on which an exception, or the time to mend known findings, ends."""

    day: datetime.date
    title: str
    owner: str


@dataclass(frozen=True, slots=True)
class Phase:
    """Steps of some weeks."""

    title: str
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class Timeline:
    """All of it, by a day."""

    title: str
    source: str
    today: datetime.date
    start: datetime.date | None
    phases: Sequence[Phase]
    duties: Sequence[Duty]
    ends: Sequence[End]

    @property
    def steps(self) -> Sequence[Step]:
        """The steps of all phases in their order."""
        return [step for phase in self.phases for step in phase.steps]

    @property
    def overdue(self) -> int:
        """How many steps and duties are late."""
        late = [step.status == "overdue" for step in self.steps]
        return sum(late) + sum(duty.status == "overdue" for duty in self.duties)

    def summary(self) -> str:
        """Say in a sentence how far it is."""
        done = sum(step.status == "done" for step in self.steps)
        late = f", {self.overdue} overdue" if self.overdue else ""
        return f"{done} of {some(len(self.steps), 'step')} done{late}"


@dataclass(frozen=True, slots=True)
class Known:
    """What there is of proof; ``rules`` and ``resources`` are None where nothing was synthesized yet.

    ``resources`` are the types in templates, ``regions`` those that the templates are for, as far as they say.
    """

    today: datetime.date
    resources: frozenset[str] | None
    regions: frozenset[str]
    rules: Mapping[str, RuleEvidence] | None
    findings: Sequence[Finding]
    acknowledgements: Sequence[AcknowledgementEvidence]
    attestations: Sequence[AttestationEvidence]
    decisions: Sequence[Decision]
    preflight: Sequence[PreflightResult]


def timeline_of(evidence: Evidence) -> Timeline:
    """Return the timeline of a synthesized app."""
    known = Known(
        evidence.today,
        frozenset(one.type for template in evidence.app.templates for one in template.resources.values()),
        frozenset(one.region for one in evidence.templates),
        evidence.rules,
        evidence.findings,
        evidence.acknowledgements,
        evidence.attestations,
        evidence.decisions,
        evidence.preflight,
    )
    return judge(evidence.plan, known)


def before_synth(
    *, today: datetime.date, attestations: Path | None, preflight: Sequence[Path], plan: Path | None
) -> Timeline:
    """Return the timeline where nothing was synthesized yet.

    :raises UnusableInput: a file cannot be used: which, and why.
    """
    said = read_attestations(attestations) if attestations else Said()
    answers = [answer for file in preflight for answer in read_answers(file).evidence()]
    accounts = {answer.account for answer in answers}
    known = Known(
        today=today,
        resources=None,
        regions=frozenset(),
        rules=None,
        findings=(),
        acknowledgements=(),
        attestations=attested(said.attestations, today=today, accounts=accounts),
        decisions=decided(said.decided, today=today),
        preflight=answers,
    )
    return judge(read_plan(plan) if plan else None, known)


def judge(plan: Plan | None, known: Known) -> Timeline:
    """Return what is done, late and next by what is known."""
    data = catalogue()
    proofs = {entry["id"]: list(_proofs(entry["proof"], known)) for entry in data["steps"]}
    done = {name for name, found in proofs.items() if all(one.holds for one in found)}
    ready = [step for step in data["steps"] if step["id"] not in done and done.issuperset(step["after"])]
    soonest = min((step["week"] for step in ready), default=0)
    coming = {step["id"] for step in ready if step["week"] == soonest}
    steps = [_step(entry, proofs[entry["id"]], coming, plan, known.today) for entry in data["steps"]]
    return Timeline(
        title=data["title"],
        source=data["source"],
        today=known.today,
        start=plan.start if plan else None,
        phases=[Phase(one["title"], [step for step in steps if step.phase == one["id"]]) for one in data["phases"]],
        duties=_duties(steps, known),
        ends=sorted(_ends(known), key=lambda end: (end.day, end.title)),
    )


def _step(
    entry: Mapping[str, Any], proof: Sequence[Proof], coming: set[str], plan: Plan | None, today: datetime.date
) -> Step:
    due = plan.due[entry["id"]] if plan else None
    finished = all(one.holds for one in proof)
    late = due is not None and due < today
    return Step(
        id=entry["id"],
        phase=entry["phase"],
        week=entry["week"],
        title=entry["title"],
        how=[*entry["how"], *_to_attest(entry["proof"])],
        after=entry["after"],
        controls=_cited(entry["proof"]),
        owner=plan.owners.get(entry["id"], "") if plan else "",
        due=due,
        status="done" if finished else "overdue" if late else "open",
        next=entry["id"] in coming,
        proof=proof,
    )


def _to_attest(proof: Mapping[str, Any]) -> Iterator[str]:
    if names := proof.get("attestations", ()):
        tables = ", ".join(f"[{name}]" for name in names)
        yield f"Fill in {tables} in {ATTESTATIONS}: day, owner, where the record is."


def _cited(proof: Mapping[str, Any]) -> Sequence[str]:
    cited = set(proof.get("controls", ()))
    if proof.get("findings"):
        # To settle what was found is to manage its risk.
        cited.add("164.308(a)(1)(ii)(B)")
    named = {f"{OWN}{name}" for name in proof.get("rules", ())}
    cited.update(control for rule in every_rule() if rule.id in named for control in rule.controls)
    cited.update(control for name in proof.get("attestations", ()) for control in kinds()[name].controls)
    cited.update(control for name in proof.get("preflight", ()) for control in read("preflight.json")[name]["controls"])
    return [control for control in controls() if control in cited]


def _proofs(proof: Mapping[str, Any], known: Known) -> Iterator[Proof]:
    if "rules" in proof or "controls" in proof:
        yield _checks(proof, known)
    if proof.get("findings"):
        yield _no_findings(known)
    if "resources" in proof:
        yield _defined(proof["resources"], known)
    yield from _answers(proof.get("preflight", ()), known.preflight)
    for name in proof.get("attestations", ()):
        yield _attested(kinds()[name], known)


def _checks(proof: Mapping[str, Any], known: Known) -> Proof:
    if known.rules is None:
        return Proof("check", False, "Nothing was synthesized yet.")
    rules = selected(proof, known.rules)
    if silent := sum(not rule.ran for rule in rules):
        return Proof("check", False, f"{silent} of {some(len(rules), 'rule')} did not run.")
    counts = total(rule.counts for rule in rules)
    if open_checks := counts.failed + counts.unknown:
        return Proof("check", False, f"{open_checks:,} of {some(counts.total, 'check')} on templates are open.")
    if not counts.total:
        return Proof("check", False, "The templates hold nothing to check.")
    excepted = f", {counts.acknowledged:,} excepted" if counts.acknowledged else ""
    return Proof("check", True, f"Of {some(counts.total, 'check')} on templates, {counts.passed:,} passed{excepted}.")


def _no_findings(known: Known) -> Proof:
    if known.rules is None:
        return Proof("check", False, "Nothing was synthesized yet.")
    if known.findings:
        return Proof("check", False, f"{some(len(known.findings), 'finding')} open.")
    ran = all(rule.ran for rule in known.rules.values())
    return Proof("check", ran, "No finding is open." if ran else "Some rules did not run.")


def _defined(types: Sequence[str], known: Known) -> Proof:
    if known.resources is None:
        return Proof("check", False, "Nothing was synthesized yet.")
    # What no Region of the app has, nobody can define there.
    lacking = [name for name in types if known.regions and all(is_absent(name, region) for region in known.regions)]
    missing = [name for name in types if name not in known.resources and name not in lacking]
    if missing:
        return Proof("check", False, f"The templates hold no {' and no '.join(missing)}.")
    there = [name for name in types if name not in lacking]
    told = [f"The templates hold {' and '.join(there)}."] if there else []
    told += [f"No Region of theirs has {' or '.join(lacking)}."] if lacking else []
    return Proof("check", True, " ".join(told))


def _answers(names: Sequence[str], answers: Sequence[PreflightResult]) -> Iterator[Proof]:
    unasked: list[str] = []
    for name in names:
        given = [one for one in answers if one.name == name]
        bad = [one for one in given if one.outcome != "passed"]
        if told := bad or given:
            accounts = ", ".join(one.account for one in told)
            yield Proof("preflight", not bad, answered_of(told[0], accounts))
        else:
            unasked.append(name)
    if unasked:
        yield Proof("preflight", False, f"The live account was not asked: {', '.join(unasked)}.")


def _attested(kind: Kind, known: Known) -> Proof:
    exempt = {one.control: one for one in known.decisions if one.status == "current" and one.kind == "not_applicable"}
    if kind.controls and all(control in exempt for control in kind.controls):
        by = exempt[kind.controls[0]].approved_by
        return Proof("attestation", True, f"{kind.title}: does not apply, decided by {by}.")
    found = [one for one in known.attestations if one.id.partition(":")[0] == kind.id]
    if not found:
        return Proof("attestation", False, f"{kind.title}: not attested.")
    worst = min(found, key=lambda one: ("missing", "overdue", "current").index(one.status))
    return Proof("attestation", worst.status == "current", attested_of(worst))


def _duties(steps: Sequence[Step], known: Known) -> Sequence[Duty]:
    """Return what has to be attested again and again; what never was is due with the step that it proves first."""
    first = {
        name: step
        for step, entry in zip(steps, catalogue()["steps"], strict=True)
        for name in entry["proof"].get("attestations", ())
    }
    # What does not apply to the organization is no duty of it.
    exempt = {one.control for one in known.decisions if one.status == "current" and one.kind == "not_applicable"}
    duties: list[Duty] = []
    for one in known.attestations:
        if one.controls and exempt.issuperset(one.controls):
            continue
        step = first[one.id.partition(":")[0]]
        late = one.due is None and step.status == "overdue"
        duties.append(
            Duty(
                id=one.id,
                title=f"{one.title}, account {one.account}" if one.account else one.title,
                period=_PERIODS.get(one.review_days, f"every {one.review_days} days"),
                days=one.review_days,
                controls=[*one.controls, *one.beyond],
                owner=one.owner or step.owner,
                done=one.date,
                due=one.due or step.due,
                status="overdue" if late else one.status,
            )
        )
    return sorted(duties, key=lambda duty: duty.days)


def _ends(known: Known) -> Iterable[End]:
    for entry in known.acknowledgements:
        one = entry.acknowledgement
        if one.expires is not None and one.origin != "library":
            yield End(one.expires, f"The exception from {one.rule_id} on {one.path or 'the app'} ends", one.approved_by)
    debts: dict[tuple[datetime.date, str], int] = {}
    for finding in known.findings:
        if finding.baseline is not None:
            key = (finding.baseline.until, finding.baseline.owner)
            debts[key] = debts.get(key, 0) + 1
    for (until, owner), number in debts.items():
        yield End(until, f"{some(number, 'known finding')} to be mended", owner)


def timeline_as_dict(timeline: Timeline) -> Mapping[str, Any]:
    """Return it as JSON data; days are texts."""
    return {
        "date": timeline.today.isoformat(),
        "start": timeline.start.isoformat() if timeline.start else None,
        "overdue": timeline.overdue,
        "steps": [{**asdict(step), "due": _day(step.due)} for step in timeline.steps],
        "duties": [{**asdict(duty), "done": _day(duty.done), "due": _day(duty.due)} for duty in timeline.duties],
        "ends": [{**asdict(end), "day": _day(end.day)} for end in timeline.ends],
    }


def _day(day: datetime.date | None) -> str | None:
    return day.isoformat() if day else None
