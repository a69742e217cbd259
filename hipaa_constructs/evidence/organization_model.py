"""What a report of many accounts is made of: accounts, the entries of each, and the assemblies that showed them."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hipaa_constructs.compliance.controls import Control
from hipaa_constructs.evidence.model import STATUS_WORDS, Column, ControlStatus, Counts, Made, ResourceName, Versions

SCHEMA_VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class Known:
    """What the landing zone's configuration tells of an account."""

    name: str = ""
    role: str = ""
    environment: str = ""


@dataclass(frozen=True, slots=True)
class Provided:
    """A resource of another account that acts for all, and passed the checks that count under an entry."""

    account: str
    resource: ResourceName


@dataclass(frozen=True, slots=True)
class Cell:
    """What one entry of the Security Rule comes to in one account, as in a report of that account alone.

    ``known`` are those open findings under the entry that the baseline holds. ``provided`` is empty where the account
    has checks of its own.
    """

    control: Control
    status: ControlStatus
    reason: str
    infrastructure: Column
    live: Column
    people: Column
    checks: Counts
    known: int
    provided: Sequence[Provided]


@dataclass(frozen=True, slots=True)
class RuleFindings:
    """Open findings of one rule in one account; ``known`` of them the baseline holds. ``places`` are the first."""

    rule_id: str
    severity: str
    outcome: str
    fix: str
    count: int
    known: int
    places: Sequence[str]


@dataclass(frozen=True, slots=True)
class AccountEvidence:
    """One account, or the stacks of one assembly that name no account: ``id`` is empty then.

    ``stacks`` are the names of its stacks, ``assemblies`` the folders that they are from.
    """

    id: str
    known: Known
    stacks: Sequence[str]
    regions: Sequence[str]
    assemblies: Sequence[str]
    resources: int
    cells: Mapping[str, Cell]
    findings: Sequence[RuleFindings]
    live_open: int
    asked: bool

    @property
    def name(self) -> str:
        """What people call it: by the configuration, or else by what its stacks' names begin with."""
        return (
            self.known.name
            or self.known.role.replace("_", " ")
            or "-".join(_shared_start([stack.split("-") for stack in self.stacks]))
        )

    @property
    def statuses(self) -> Mapping[ControlStatus, int]:
        """How many entries have each status."""
        counted = Counter(cell.status for cell in self.cells.values())
        return {status: counted[status] for status in STATUS_WORDS}

    @property
    def errors(self) -> int:
        """Open errors in its templates."""
        return sum(one.count for one in self.findings if one.severity == "error")

    @property
    def warnings(self) -> int:
        """Open warnings in its templates."""
        return sum(one.count for one in self.findings) - self.errors

    @property
    def debts(self) -> int:
        """Open findings that the baseline holds."""
        return sum(one.known for one in self.findings)

    @property
    def failing(self) -> int:
        """Open findings that the baseline does not hold, and those in the live account."""
        return self.errors + self.warnings - self.debts + self.live_open


@dataclass(frozen=True, slots=True)
class AssemblyEvidence:
    """A cdk.out that was taken in."""

    folder: str
    stacks: int
    accounts: int
    resources: int
    versions: Versions
    report_only: bool
    notes: Sequence[str]


@dataclass(frozen=True, slots=True)
class OrganizationEvidence:
    """All that a report of many accounts says. ``accounts`` are those with most to do first."""

    today: datetime.date
    made: Made
    catalogue_date: str
    services_date: str
    notes: Sequence[str]
    assemblies: Sequence[AssemblyEvidence]
    accounts: Sequence[AccountEvidence]
    schema_version: str = SCHEMA_VERSION

    @property
    def failing(self) -> int:
        """Open findings of all accounts, but what the baseline holds."""
        return sum(one.failing for one in self.accounts)

    @property
    def statuses(self) -> Mapping[ControlStatus, int]:
        """How many cells, each an entry in an account, have each status."""
        return {status: sum(one.statuses[status] for one in self.accounts) for status in STATUS_WORDS}


def label_of(one: AccountEvidence) -> str:
    """Return what to call an account in a line."""
    name = one.name
    if not one.id:
        return f"stacks of no account ({name or one.assemblies[0]})"
    return f"{name} ({one.id})" if name else one.id


def _shared_start(every: Sequence[list[str]]) -> list[str]:
    """Return the parts with which all begin."""
    least, most = min(every), max(every)
    differ = (number for number, (one, other) in enumerate(zip(least, most, strict=False)) if one != other)
    return least[: next(differ, min(len(least), len(most)))]
