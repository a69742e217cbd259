"""What is counted of each account of an organization, and which account something is of."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hipaa_constructs.cloudformation.model import App, Resource, Template
from hipaa_constructs.cloudformation.values import Ternary, is_one_of, is_present, is_true
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.evidence.judged import Judged
from hipaa_constructs.evidence.model import CheckOutcome, ResourceName

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
Group = tuple[str, str, str, str]
# An account's id, and for stacks that name none, the folder of their assembly.
Key = tuple[str, str]


@dataclass
class Tally:
    """What was counted of one account so far."""

    stacks: dict[str, None] = field(default_factory=dict)
    regions: set[str] = field(default_factory=set)
    assemblies: dict[str, None] = field(default_factory=dict)
    resources: int = 0
    # By rule: how often each outcome occurred, and whether it ran in every assembly of the account.
    outcomes: dict[str, Counter[CheckOutcome]] = field(default_factory=lambda: defaultdict(Counter))
    silent: set[str] = field(default_factory=set)
    limited: set[str] = field(default_factory=set)
    findings: dict[Group, list[Finding]] = field(default_factory=dict)
    counts: Counter[Group] = field(default_factory=Counter)
    debts: Counter[Group] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)


class Places:
    """Which account of an assembly something is of."""

    def __init__(self, judged: Judged) -> None:
        self.by_template = {one.name: _key_of(one, judged.folder) for one in judged.app.templates}
        self.keys = sorted(set(self.by_template.values()))
        stacks = {one.stack_path: self.by_template[one.name] for one in judged.app.templates if one.stack_path}
        # The longest first, since a stack may lie in a stage that is called like another stack.
        self._stacks = sorted(stacks.items(), key=lambda item: -len(item[0]))

    def of_name(self, name: ResourceName, outcome: CheckOutcome) -> Collection[Key]:
        """Return the accounts that an outcome counts for: what names none counts in all where it is no pass."""
        if name.template in self.by_template:
            return (self.by_template[name.template],)
        key = self._at(name.construct_path.rpartition(" on ")[2])
        return (key,) if key else () if outcome == "passed" else self.keys

    def of_finding(self, finding: Finding) -> Collection[Key]:
        """Return the accounts that a finding is about: all, where it names none."""
        if finding.template in self.by_template:
            return (self.by_template[finding.template],)
        key = self._at(finding.construct_path)
        return (key,) if key else self.keys

    def _at(self, path: str) -> Key | None:
        return next((key for stack, key in self._stacks if path == stack or path.startswith(f"{stack}/")), None)


def _key_of(template: Template, folder: Path) -> Key:
    return (template.account, "") if template.account else ("", str(folder))


def acting_for_all(judged: Judged) -> Collection[ResourceName]:
    """Return the resources whose template says that they act for a whole organization."""
    app: App = judged.app
    found = (resource for kind in _FOR_ALL for resource in app.of_type(kind))
    return {judged.names.of(one) for one in found if _FOR_ALL[one.type](one) is Ternary.YES}
