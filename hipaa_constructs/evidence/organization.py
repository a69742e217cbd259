"""The evidence of many accounts: the entries of each, judged as in a report of its own, and the worst accounts first.

Assemblies are taken in one after the other, and of each only counts are kept, so that memory is that of the largest.
What one account shows says nothing of another. A resource whose template says that it acts for the whole organization
is named where another account has nothing of its own, and no entry is met by it.
"""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from hipaa_constructs.cloudformation.partitions import partition_of
from hipaa_constructs.compliance.controls import controls, read, services_as_of
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.compliance.rule import Outcome
from hipaa_constructs.evidence import attestations as attested
from hipaa_constructs.evidence import nag
from hipaa_constructs.evidence.judged import Judged
from hipaa_constructs.evidence.labels import some
from hipaa_constructs.evidence.made import judged_by
from hipaa_constructs.evidence.model import OUTCOMES, CheckOutcome, Made, ResourceName
from hipaa_constructs.evidence.organization_accounts import Accounts, worst_first
from hipaa_constructs.evidence.organization_counts import Key, Places, Tally, acting_for_all
from hipaa_constructs.evidence.organization_model import AssemblyEvidence, Known, OrganizationEvidence, label_of
from hipaa_constructs.evidence.preflight_results import Preflight
from hipaa_constructs.evidence.provenance import versions_of

# Of each rule's findings in an account, so many places are named; the account's own report has all of them.
_MOST_PLACES = 5


class Merge:
    """Takes in assemblies one after the other, and keeps of each what a report of many accounts needs."""

    def __init__(self) -> None:
        self._tallies: dict[Key, Tally] = defaultdict(Tally)
        self._assemblies: list[AssemblyEvidence] = []
        # Where a stack was seen first, by account, Region and name, of which CloudFormation has one.
        self._seen: dict[tuple[str, str, str], str] = {}
        # The rules of all packs, with the entries under which they count.
        self._counted: dict[str, tuple[str, ...]] = {}
        # What acts for all, and by entry the outcomes that it had.
        self._shared: dict[tuple[Key, ResourceName], dict[str, set[CheckOutcome]]] = {}

    def add(self, judged: Judged) -> None:
        """Count what one assembly shows of each of its accounts."""
        places = Places(judged)
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

    def _count_rules(self, judged: Judged, places: Places) -> None:
        shared = acting_for_all(judged)
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

    def _count_findings(self, judged: Judged, places: Places) -> None:
        for finding in judged.open:
            cited = judged.rules.get(nag.base(finding.rule_id))
            group = (finding.rule_id, finding.severity, finding.outcome, finding.fix)
            for key in places.of_finding(finding):
                tally = self._tallies[key]
                tally.counts[group] += 1
                named = tally.findings.setdefault(group, [])
                if len(named) < _MOST_PLACES:
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
        merged = Accounts(self._counted_under(), self._provided_under(), today, standing, said, asked, known or {})
        accounts = [merged.account(key, tally) for key, tally in self._tallies.items()]
        every = {one.id for one in accounts if one.id}
        accounts.sort(key=worst_first)
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

    def _counted_under(self) -> Mapping[str, Sequence[str]]:
        """Return the rules that count under each entry."""
        under: dict[str, list[str]] = {control: [] for control in controls()}
        for rule_id, counted in self._counted.items():
            for control in counted:
                under[control].append(rule_id)
        return under

    def _provided_under(self) -> Mapping[str, Sequence[tuple[Key, ResourceName, str]]]:
        """Return by entry what acts for all and passed all checks that count there, with the partition that it is in.

        Of stacks that name no account nobody can tell whom they are for.
        """
        under: dict[str, list[tuple[Key, ResourceName, str]]] = defaultdict(list)
        for (key, name), by_entry in self._shared.items():
            regions = self._tallies[key].regions
            if not key[0] or not regions:
                continue
            for control, outcomes in by_entry.items():
                if outcomes == {"passed"}:
                    under[control].append((key, name, partition_of(min(regions))))
        return under


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
