"""The evidence of many accounts: the entries of each, judged as in a report of its own, and the worst accounts first.

Assemblies are taken in one after the other, and of each only counts are kept, so that memory is that of the largest.
What one account shows says nothing of another. A resource whose template says that it acts for the whole organization
is named where another account has nothing of its own, and no entry is met by it.
"""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from hipaa_constructs.cloudformation.model import App, Resource, Template
from hipaa_constructs.cloudformation.partitions import partition_of
from hipaa_constructs.cloudformation.values import Ternary, is_one_of, is_present, is_true
from hipaa_constructs.compliance.acknowledgements.acknowledgement import place_of
from hipaa_constructs.compliance.controls import Control, controls, read, services_as_of
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.compliance.rule import Finding, Outcome
from hipaa_constructs.evidence import attestations as attested
from hipaa_constructs.evidence import columns, decisions, nag
from hipaa_constructs.evidence.judged import Judged
from hipaa_constructs.evidence.labels import some
from hipaa_constructs.evidence.made import judged_by
from hipaa_constructs.evidence.model import (
    OUTCOMES,
    AttestationEvidence,
    CheckOutcome,
    Counts,
    Made,
    PreflightResult,
    ResourceName,
)
from hipaa_constructs.evidence.organization_model import (
    AccountEvidence,
    AssemblyEvidence,
    Cell,
    Known,
    OrganizationEvidence,
    Provided,
    RuleFindings,
    label_of,
)
from hipaa_constructs.evidence.preflight_results import Preflight, organizations_of
from hipaa_constructs.evidence.provenance import versions_of

# Of each rule's findings in an account, so many places are named; the account's own report has all of them.
MOST_PLACES = 5

# What acts for every account of its organization, if its template says so.
_FOR_ALL: Mapping[str, Callable[[Resource], Ternary]] = {
    "AWS::CloudTrail::Trail": lambda one: is_true(one.get("IsOrganizationTrail")),
    "AWS::Config::ConfigurationAggregator": lambda one: is_present(one.get("OrganizationAggregationSource")),
    "AWS::Config::OrganizationConfigRule": lambda one: Ternary.YES,
    "AWS::Config::OrganizationConformancePack": lambda one: Ternary.YES,
    "AWS::AccessAnalyzer::Analyzer": lambda one: is_one_of(
        one.get("Type"), "ORGANIZATION", "ORGANIZATION_UNUSED_ACCESS", "ORGANIZATION_INTERNAL_ACCESS"
    ),
}


# A rule, and the severity, outcome and fix of its findings.
_Group = tuple[str, str, str, str]
# An account's id, and for stacks that name none, the folder of their assembly.
_Key = tuple[str, str]


@dataclass
class _Tally:
    """What was counted of one account so far."""

    stacks: dict[str, None] = field(default_factory=dict)
    regions: set[str] = field(default_factory=set)
    assemblies: dict[str, None] = field(default_factory=dict)
    resources: int = 0
    # By rule: how often each outcome occurred, and whether it ran in every assembly of the account.
    outcomes: dict[str, Counter[CheckOutcome]] = field(default_factory=lambda: defaultdict(Counter))
    silent: set[str] = field(default_factory=set)
    limited: set[str] = field(default_factory=set)
    findings: dict[_Group, list[Finding]] = field(default_factory=dict)
    counts: Counter[_Group] = field(default_factory=Counter)
    debts: Counter[_Group] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)


class Merge:
    """Takes in assemblies one after the other, and keeps of each what a report of many accounts needs."""

    def __init__(self) -> None:
        self._tallies: dict[_Key, _Tally] = defaultdict(_Tally)
        self._assemblies: list[AssemblyEvidence] = []
        # Where a stack was seen first, by account, Region and name, of which CloudFormation has one.
        self._seen: dict[tuple[str, str, str], str] = {}
        # The rules of all packs, with the entries under which they count.
        self._counted: dict[str, tuple[str, ...]] = {}
        # What acts for all, and by entry the outcomes that it had.
        self._shared: dict[tuple[_Key, ResourceName], dict[str, set[CheckOutcome]]] = {}

    def add(self, judged: Judged) -> None:
        """Count what one assembly shows of each of its accounts."""
        places = _Places(judged)
        for template in judged.app.templates:
            tally = self._tallies[places.by_template[template.name]]
            tally.resources += len(template.resources)
            tally.assemblies[str(judged.folder)] = None
            if template.parent is None:
                tally.stacks[template.stack_name or template.name] = None
            if template.region:
                tally.regions.add(template.region)
        self._count_rules(judged, places)
        self._count_findings(judged, places)
        for finding, one in judged.assessment.governed.acknowledged:
            if one.origin == "library":
                for key in places.of_finding(finding):
                    self._tallies[key].limited.add(nag.base(finding.rule_id))
        self._assemblies.append(
            AssemblyEvidence(
                folder=str(judged.folder),
                stacks=sum(1 for template in judged.app.templates if template.parent is None),
                accounts=len(places.keys),
                resources=sum(len(template.resources) for template in judged.app.templates),
                versions=versions_of(judged.report, judged.tree),
                report_only=judged.report_only,
                notes=[*judged.limits(), *judged.since(), *self._again(judged)],
            )
        )

    def _again(self, judged: Judged) -> Iterator[str]:
        """Return which assemblies before this one have stacks of it: their resources and findings count twice."""
        elsewhere: Counter[str] = Counter()
        for template in judged.app.templates:
            if template.parent is None and template.account and template.region:
                key = (template.account, template.region, template.stack_name or template.name)
                first = self._seen.setdefault(key, str(judged.folder))
                if first != str(judged.folder):
                    elsewhere[first] += 1
        for folder, count in elsewhere.items():
            yield f"{some(count, 'stack is', 'stacks are')} in {folder} too, and counted twice here."

    def _count_rules(self, judged: Judged, places: _Places) -> None:
        shared = _for_all(judged)
        whole = {rule.id for rule in all_rules() if rule.resource_types == ("*",)}
        for rule in judged.rules.values():
            self._counted[rule.id] = rule.counted
            if not rule.ran:
                for key in places.keys:
                    self._tallies[key].silent.add(rule.id)
            for outcome in OUTCOMES:
                if rule.id in whole and outcome == "passed":
                    continue
                for name in rule.resources[outcome]:
                    for key in places.of_name(name, outcome):
                        self._tallies[key].outcomes[rule.id][outcome] += 1
                        if name in shared:
                            by_entry = self._shared.setdefault((key, name), defaultdict(set))
                            for control in rule.counted:
                                by_entry[control].add(outcome)
        # A rule about every resource asks one question of an account, as it does of an app.
        asked = {
            (places.by_template[result.resource.template.name], result.rule.id)
            for result, _ in judged.assessment.answers
            if result.rule.id in whole and result.verdict.outcome is Outcome.PASSED
        }
        for key, rule_id in asked:
            outcomes = self._tallies[key].outcomes[rule_id]
            if not outcomes:
                outcomes["passed"] = 1

    def _count_findings(self, judged: Judged, places: _Places) -> None:
        for finding in judged.open:
            cited = judged.rules.get(nag.base(finding.rule_id))
            group = (finding.rule_id, finding.severity, finding.outcome, finding.fix)
            for key in places.of_finding(finding):
                tally = self._tallies[key]
                tally.counts[group] += 1
                named = tally.findings.setdefault(group, [])
                if len(named) < MOST_PLACES:
                    named.append(finding)
                if finding.baseline is not None:
                    tally.debts[group] += 1
                    tally.known.update(cited.counted if cited else finding.controls)

    def result(
        self,
        *,
        today: datetime.date,
        standing: datetime.date,
        made: Made,
        said: attested.Said,
        asked: Sequence[Preflight] = (),
        known: Mapping[str, Known] | None = None,
        notes: Sequence[str] = (),
    ) -> OrganizationEvidence:
        """Return what the assemblies that were taken in, live accounts and people come to.

        :param standing: the day on which exceptions, attestations and decisions have to be in force.
        :param said: what people attested and decided.
        :param asked: answers of live accounts.
        :param known: what the configuration tells of accounts, by id.
        :param notes: more sentences about what limits the evidence.
        """
        merged = _Merged(self, today, standing, said, asked, known or {})
        accounts = [merged.account(key, tally) for key, tally in self._tallies.items()]
        every = {one.id for one in accounts if one.id}
        accounts.sort(key=_worst_first)
        unbuilt = sorted(f"{one.name or one.role} ({id_})" for id_, one in (known or {}).items() if id_ not in every)
        told = [
            *notes,
            *([f"No assembly here has a stack of: {', '.join(unbuilt)}."] if unbuilt else []),
            *(one.note(every, today) for one in asked),
            *judged_by(today, made),
        ]
        return OrganizationEvidence(
            today=today,
            made=made,
            catalogue_date=read("controls.json")["as_of"],
            services_date=services_as_of(),
            notes=told,
            assemblies=self._assemblies,
            accounts=accounts,
        )

    def counted_under(self) -> Mapping[str, Sequence[str]]:
        """Return the rules that count under each entry."""
        under: dict[str, list[str]] = {control: [] for control in controls()}
        for rule_id, counted in self._counted.items():
            for control in counted:
                under[control].append(rule_id)
        return under

    def provided_under(self) -> Mapping[str, Sequence[tuple[_Key, ResourceName, str]]]:
        """Return by entry what acts for all and passed all checks that count there, with the partition that it is in.

        Of stacks that name no account nobody can tell whom they are for.
        """
        under: dict[str, list[tuple[_Key, ResourceName, str]]] = defaultdict(list)
        for (key, name), by_entry in self._shared.items():
            regions = self._tallies[key].regions
            if not key[0] or not regions:
                continue
            for control, outcomes in by_entry.items():
                if outcomes == {"passed"}:
                    under[control].append((key, name, partition_of(min(regions))))
        return under


class _Places:
    """Which account of an assembly something is of."""

    def __init__(self, judged: Judged) -> None:
        self.by_template = {one.name: _key_of(one, judged.folder) for one in judged.app.templates}
        self.keys = sorted(set(self.by_template.values()))
        stacks = {one.stack_path: self.by_template[one.name] for one in judged.app.templates if one.stack_path}
        # The longest first, since a stack may lie in a stage that is called like another stack.
        self._stacks = sorted(stacks.items(), key=lambda item: -len(item[0]))

    def of_name(self, name: ResourceName, outcome: CheckOutcome) -> Collection[_Key]:
        """Return the accounts that an outcome counts for: what names none counts in all where it is no pass."""
        if name.template in self.by_template:
            return (self.by_template[name.template],)
        key = self._at(name.construct_path.rpartition(" on ")[2])
        return (key,) if key else () if outcome == "passed" else self.keys

    def of_finding(self, finding: Finding) -> Collection[_Key]:
        """Return the accounts that a finding is about: all, where it names none."""
        if finding.template in self.by_template:
            return (self.by_template[finding.template],)
        key = self._at(finding.construct_path)
        return (key,) if key else self.keys

    def _at(self, path: str) -> _Key | None:
        return next((key for stack, key in self._stacks if path == stack or path.startswith(f"{stack}/")), None)


class _Merged:
    """Makes of what was counted what each account comes to."""

    def __init__(
        self,
        merge: Merge,
        today: datetime.date,
        standing: datetime.date,
        said: attested.Said,
        asked: Sequence[Preflight],
        known: Mapping[str, Known],
    ) -> None:
        self._today, self._standing, self._said, self._known = today, standing, said, known
        self._under, self._provided = merge.counted_under(), merge.provided_under()
        self._organizations = organizations_of(asked)
        self._answers: dict[str, list[PreflightResult]] = {}
        for one in asked:
            self._answers.setdefault(one.account, []).extend(one.evidence())
        self._decided = {one.control: one for one in decisions.judge(said.decided, today=today, standing=standing)}
        self._limitations = decisions.judge_limitations(said.limitations, today=today, standing=standing)

    def account(self, key: _Key, tally: _Tally) -> AccountEvidence:
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

    def _cell(self, key: _Key, tally: _Tally, control: Control, live: columns.Live, people: columns.People) -> Cell:
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

    def _provided_to(self, key: _Key, tally: _Tally, control: Control) -> Iterator[Provided]:
        partitions = {partition_of(region) for region in tally.regions}
        for provider, name, partition in self._provided.get(control.id, ()):
            if key[0] and provider != key and partition in partitions:
                yield Provided(provider[0], name)


def _grouped(tally: _Tally) -> Sequence[RuleFindings]:
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


def _worst_first(one: AccountEvidence) -> tuple[object, ...]:
    counts = one.statuses
    bad = [-counts["open"], -one.errors, -one.warnings - one.live_open]
    return (*bad, -counts["not_attested"], -counts["nothing_to_check"], -counts["excepted"], one.name, one.id)


def _key_of(template: Template, folder: Path) -> _Key:
    return (template.account, "") if template.account else ("", str(folder))


def _for_all(judged: Judged) -> Collection[ResourceName]:
    """Return the resources whose template says that they act for a whole organization."""
    app: App = judged.app
    found = (resource for kind in _FOR_ALL for resource in app.of_type(kind))
    return {judged.names.of(one) for one in found if _FOR_ALL[one.type](one) is Ternary.YES}


def said_of(evidence: OrganizationEvidence) -> str:
    """Return what a terminal shows."""
    every = evidence.accounts
    named = sum(1 for one in every if one.id)
    nameless = len(every) - named
    rest = f", and stacks of {some(nameless, 'assembly', 'assemblies')} that name none" if nameless else ""
    found = sum(one.errors + one.warnings for one in every)
    debts = sum(one.debts for one in every)
    lines = [
        f"{some(named, 'account')}{rest}, {sum(one.resources for one in every):,} resources in "
        f"{some(len(evidence.assemblies), 'assembly', 'assemblies')}",
        f"{some(found, 'open finding')} ({sum(one.errors for one in every)} errors, "
        f"{sum(one.warnings for one in every)} warnings){f', {debts} of them known' if debts else ''}; "
        f"{sum(one.live_open for one in every)} in live accounts",
        "The worst: " + "; ".join(f"{label_of(one)}: {one.statuses['open']} open" for one in every[:3]),
        *(f"Note: {note}" for note in evidence.notes),
        *(f"Note: {one.folder}: {note}" for one in evidence.assemblies for note in one.notes),
    ]
    return "\n".join(lines)
