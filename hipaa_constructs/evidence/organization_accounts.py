"""What was counted of an organization's accounts makes of each the evidence of it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from hipaa_constructs.cloudformation.partitions import partition_of
from hipaa_constructs.compliance.acknowledgements.acknowledgement import place_of
from hipaa_constructs.compliance.controls import Control, controls
from hipaa_constructs.evidence import attestations as attested
from hipaa_constructs.evidence import columns, decisions
from hipaa_constructs.evidence.model import OUTCOMES, AttestationEvidence, Counts, PreflightResult, ResourceName
from hipaa_constructs.evidence.organization_counts import Key, Tally
from hipaa_constructs.evidence.organization_model import AccountEvidence, Cell, Known, Provided, RuleFindings
from hipaa_constructs.evidence.preflight_results import Preflight, organizations_of


class Accounts:
    """Makes of what was counted what each account comes to."""

    def __init__(
        self,
        under: Mapping[str, Sequence[str]],
        provided: Mapping[str, Sequence[tuple[Key, ResourceName, str]]],
        today: datetime.date,
        standing: datetime.date,
        said: attested.Said,
        asked: Sequence[Preflight],
        known: Mapping[str, Known],
    ) -> None:
        self._today, self._standing, self._said, self._known = today, standing, said, known
        self._under, self._provided = under, provided
        self._organizations = organizations_of(asked)
        self._answers: dict[str, list[PreflightResult]] = {}
        for one in asked:
            self._answers.setdefault(one.account, []).extend(one.evidence())
        self._decided = {one.control: one for one in decisions.judge(said.decided, today=today, standing=standing)}
        self._limitations = decisions.judge_limitations(said.limitations, today=today, standing=standing)

    def account(self, key: Key, tally: Tally) -> AccountEvidence:
        """Return one account."""
        id_ = key[0]
        live = columns.Live(self._answers.get(id_, ()))
        people = columns.People(self._attested(id_), self._decided, self._limitations, tally.limited)
        return AccountEvidence(
            id=id_,
            known=self._known.get(id_, Known()),
            stacks=sorted(tally.stacks),
            regions=sorted(tally.regions),
            assemblies=list(tally.assemblies),
            resources=tally.resources,
            cells={control.id: self._cell(key, tally, control, live, people) for control in controls().values()},
            findings=_grouped(tally),
            live_open=sum(1 for one in live.answers if one.open),
            asked=id_ in self._answers,
        )

    def _attested(self, id_: str) -> Sequence[AttestationEvidence]:
        """Return what has to be attested of an account: what is attested of another one says nothing of it."""
        everything = self._said.attestations.items()
        about = {kind: [one for one in given if one.account in (None, id_)] for kind, given in everything}
        return attested.judge(
            about,
            today=self._today,
            standing=self._standing,
            accounts={id_} if id_ else (),
            organizations=self._organizations,
        )

    def _cell(self, key: Key, tally: Tally, control: Control, live: columns.Live, people: columns.People) -> Cell:
        rules = self._under[control.id]
        counts = Counts(
            **{
                outcome: sum(tally.outcomes[rule][outcome] for rule in rules if rule in tally.outcomes)
                for outcome in OUTCOMES
            }
        )
        shown = [one for one in people.attestations if control.id in one.controls]
        templates = columns.infrastructure(control, [rule not in tally.silent for rule in rules], counts)
        account = columns.live(control, live)
        persons = columns.people(control, replace(people, attestations=shown))
        taken = people.limitations is not None and people.limitations.status == "current"
        untaken = not taken and any(rule in tally.limited for rule in rules)
        provided: Sequence[Provided] = ()
        if templates.status == "nothing_to_check":
            provided = list(self._provided_to(key, tally, control))
        if provided:
            others = "; ".join(f"{one.resource} in the account {one.account}" for one in provided)
            said = f"{templates.reason} {others} acts for the whole organization, and passed its own checks."
            templates = replace(templates, reason=said)
        status, reason = columns.roll_up(templates, account, persons, untaken=untaken)
        return Cell(control, status, reason, templates, account, persons, counts, tally.known[control.id], provided)

    def _provided_to(self, key: Key, tally: Tally, control: Control) -> Iterator[Provided]:
        partitions = {partition_of(region) for region in tally.regions}
        for provider, name, partition in self._provided.get(control.id, ()):
            if key[0] and provider != key and partition in partitions:
                yield Provided(provider[0], name)


def _grouped(tally: Tally) -> Sequence[RuleFindings]:
    """Return findings by rule: errors before warnings, failures before what is undecided, then the most."""
    groups = [
        RuleFindings(
            rule_id=rule_id,
            severity=severity,
            outcome=outcome,
            fix=fix,
            count=tally.counts[rule_id, severity, outcome, fix],
            known=tally.debts[rule_id, severity, outcome, fix],
            places=[place_of(one) if one.construct_path or one.template else one.message for one in first],
        )
        for (rule_id, severity, outcome, fix), first in tally.findings.items()
    ]
    return sorted(groups, key=lambda one: (one.severity != "error", one.outcome != "failed", -one.count, one.rule_id))


def worst_first(one: AccountEvidence) -> tuple[object, ...]:
    counts = one.statuses
    bad = [-counts["open"], -one.errors, -one.warnings - one.live_open]
    return (*bad, -counts["not_attested"], -counts["nothing_to_check"], -counts["excepted"], one.name, one.id)
