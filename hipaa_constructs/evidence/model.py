"""Evidence as data: what was checked, on what, with what outcome. Every document is a rendering of one ``Evidence``.

Two counts are kept apart. A *check* is one rule on one resource; rules hold checks, and a control's ``checks`` counts
them. A *resource* appears once for each control, under the worst outcome that any of the control's rules gave it.

An entry of the Security Rule has three columns: infrastructure (checks on templates), the live account (answers of
preflight) and people (attestations and decisions). Its status is the roll-up of the three.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement
from hipaa_constructs.compliance.changes import Change
from hipaa_constructs.compliance.changes import Outcome as ChangeOutcome
from hipaa_constructs.compliance.classification import DataClassification
from hipaa_constructs.compliance.controls import Control, Role
from hipaa_constructs.compliance.rule import Finding, Severity
from hipaa_constructs.cost.figures import Estimate

SCHEMA_VERSION = "2.6"
DISCLAIMER = (
    "This report is evidence about infrastructure as it was synthesized. It is not legal advice, and it is not a "
    "certification: no product can certify compliance with HIPAA."
)

CheckOutcome = Literal["passed", "failed", "acknowledged", "unknown"]
# From worst to best: what a resource counts as, where several rules judge it.
OUTCOMES: tuple[CheckOutcome, ...] = ("failed", "unknown", "acknowledged", "passed")

ControlStatus = Literal["open", "not_attested", "nothing_to_check", "excepted", "met", "not_applicable"]
# The roll-up of the three columns, from what needs most attention to what needs none.
STATUS_WORDS: Mapping[ControlStatus, str] = {
    "open": "Open",
    "not_attested": "Not attested",
    "nothing_to_check": "Nothing to check",
    "excepted": "Excepted",
    "met": "Met",
    "not_applicable": "Not applicable",
}
ColumnStatus = Literal[
    "failed",
    "unknown",
    "excepted",
    "passed",
    "nothing_to_check",
    "not_asked",
    "attested",
    "overdue",
    "not_attested",
    "alternative",
    "not_reasonable",
    "not_applicable",
    "none",
]
# What a single column comes to. None of these words says that an entry is met.
COLUMN_WORDS: Mapping[ColumnStatus, str] = {
    "failed": "Findings open",
    "unknown": "Not decided",
    "excepted": "Checks passed, with exceptions",
    "passed": "Checks passed",
    "nothing_to_check": "Nothing to check",
    "not_asked": "Not asked",
    "attested": "Attested",
    "overdue": "Overdue",
    "not_attested": "Not attested",
    "alternative": "Alternative measure",
    "not_reasonable": "Decided: not reasonable",
    "not_applicable": "Not applicable",
    "none": "Cannot show it",
}
# What became of a setting that the app had left out.
CHANGE_WORDS: Mapping[ChangeOutcome, str] = {
    "set": "Set",
    "left": "Left: it would replace the store",
    "unreached": "Out of reach",
}
AttestationStatus = Literal["current", "overdue", "missing"]
DecisionKind = Literal["implemented", "alternative", "not_reasonable", "not_applicable"]
AcknowledgementStatus = Literal["in_force", "ending", "expired", "unused"]
Encryption = Literal["customer_key", "aws_key", "none", "unknown"]
BackupCoverage = Literal["selected", "not_selected", "unknown", "not_applicable"]
# What a store is for: data; copies of other stores' data; logs; notices of AWS's services, and what was undeliverable.
StoreRole = Literal["data", "copy", "log", "notice"]


@dataclass(frozen=True, slots=True, order=True)
class ResourceName:
    """A resource as documents name it."""

    template: str
    logical_id: str
    type: str = ""
    construct_path: str = ""

    def __str__(self) -> str:
        return self.construct_path or f"{self.template}/{self.logical_id}"


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each outcome occurred."""

    passed: int = 0
    failed: int = 0
    acknowledged: int = 0
    unknown: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.passed + self.failed + self.acknowledged + self.unknown


@dataclass(frozen=True, slots=True)
class RuleEvidence:
    """A rule of this package or of cdk-nag's HIPAA pack, and what it answered about each resource.

    ``resources`` holds each inspected resource once, under one of the four outcomes, in template order.
    ``ran`` is False where the rule's pack left no report; then ``resources`` is empty. ``controls`` are those that the
    rule cites; ``counted`` those under which its checks count, which is the same for rules of this package.
    """

    id: str
    origin: Literal["hipaa-constructs", "cdk-nag"]
    title: str
    severity: Severity
    fix: str
    controls: tuple[str, ...]
    counted: tuple[str, ...]
    resource_types: tuple[str, ...]
    ran: bool
    resources: Mapping[CheckOutcome, Sequence[ResourceName]]

    @property
    def counts(self) -> Counts:
        """How many resources had each outcome."""
        return Counts(**{outcome: len(self.resources[outcome]) for outcome in OUTCOMES})


@dataclass(frozen=True, slots=True)
class Observation:
    """What a rule read of a resource that passed, in words, and the line of it in the template.

    ``values`` are empty where the rule looked at other resources alone.
    """

    values: tuple[str, ...]
    line: int | None


@dataclass(frozen=True, slots=True)
class RuntimeCheck:
    """What watches a control after deployment: an AWS Config rule or an alarm.

    ``deployed`` are the resources of the templates that set it up; empty where none does.
    """

    kind: Literal["config_rule", "alarm"]
    name: str
    controls: tuple[str, ...]
    deployed: Sequence[ResourceName]


@dataclass(frozen=True, slots=True)
class ConfigRuleEvidence:
    """One of the conformance pack's rules: whether synth proves the same, or only run time can.

    ``proven_by`` are ids of the rules that make the same check at synth; empty where only run time can tell.
    """

    name: str
    source_identifier: str
    controls: tuple[str, ...]
    proven_by: tuple[str, ...]
    deployed: Sequence[ResourceName]


@dataclass(frozen=True, slots=True)
class Column:
    """What templates, the live account or people say of an entry, in a word and in a sentence."""

    role: Role
    status: ColumnStatus
    reason: str


@dataclass(frozen=True, slots=True)
class ControlEvidence:
    """One of the 69 entries of the Security Rule, with everything that is known about it.

    ``rules`` are ids into ``Evidence.rules`` whose checks count here; ``cited`` are those of cdk-nag that cite the
    entry and do not count. ``reason`` says in a sentence why the status is what it is. ``duty`` is what people must
    still do. ``attestations`` are ids into ``Evidence.attestations``, ``answers`` into ``Evidence.preflight``.
    """

    control: Control
    status: ControlStatus
    reason: str
    infrastructure: Column
    live: Column
    people: Column
    rules: tuple[str, ...]
    cited: tuple[str, ...]
    checks: Counts
    resources: Mapping[CheckOutcome, Sequence[ResourceName]]
    runtime: Sequence[RuntimeCheck]
    duty: str
    attestations: tuple[str, ...]
    answers: tuple[str, ...]

    @property
    def id(self) -> str:
        """The citation, such as ``164.312(b)``."""
        return self.control.id


@dataclass(frozen=True, slots=True)
class AcknowledgementEvidence:
    """A governed exception, what it covers, and what is wrong with it.

    ``findings`` are those that it accepts; ``problems`` are what is wrong with it.
    """

    acknowledgement: Acknowledgement
    status: AcknowledgementStatus
    findings: Sequence[Finding]
    problems: Sequence[str]


@dataclass(frozen=True, slots=True)
class StoreEvidence:
    """A resource that keeps data: what data, where, under whose key, and what else keeps it.

    ``classified_by`` says in words why the classification is what it is. ``key`` is the resource that encrypts it, or
    the key's name as written; empty where there is none or it is unknown. ``backup`` is what the app's backup
    selections come to, whether or not a rule asks for one; ``not_applicable`` is what no plan of AWS Backup takes.
    ``plans``, ``copies`` and ``retention`` are words: which plans take it, where copies are, how long what is kept.
    """

    resource: ResourceName
    region: str
    role: StoreRole
    classification: DataClassification
    classified_by: str
    encryption: Encryption
    key: str
    backup: BackupCoverage
    plans: Sequence[str]
    copies: Sequence[str]
    retention: Sequence[str]


@dataclass(frozen=True, slots=True)
class AttestationEvidence:
    """Something that infrastructure cannot show, and that someone says was done.

    ``due`` is when it has to be done again. What is missing has neither date nor owner. ``beyond`` are provisions of
    45 CFR part 164 besides the 69 entries. ``organization`` is the one that it was attested for; empty for whichever.
    """

    id: str
    title: str
    controls: tuple[str, ...]
    beyond: tuple[str, ...]
    status: AttestationStatus
    date: datetime.date | None
    due: datetime.date | None
    review_days: int
    owner: str
    evidence: str
    account: str
    note: str
    organization: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the organization decided about an entry: that it does not apply, or how an addressable one is met.

    ``due`` is when it has to be reviewed. Decisions that are overdue, or of a later day, count for nothing.
    """

    control: str
    kind: DecisionKind
    reason: str
    alternative: str
    approved_by: str
    date: datetime.date
    due: datetime.date
    status: AttestationStatus


@dataclass(frozen=True, slots=True)
class Plan:
    """When the organization starts, and of each step of the timeline, by its id, who sees to it and by when."""

    start: datetime.date
    owners: Mapping[str, str]
    due: Mapping[str, datetime.date]


@dataclass(frozen=True, slots=True)
class LimitationsReview:
    """Who took over the exceptions that the library states for itself, and when that is due again."""

    reviewed_by: str
    date: datetime.date
    due: datetime.date
    status: AttestationStatus


@dataclass(frozen=True, slots=True)
class PreflightResult:
    """An answer of ``hipaa-constructs preflight`` about a live account.

    ``title`` is what has to hold, and ``says`` what was found, as a finding where it does not hold.
    """

    id: str
    account: str
    checked_at: str
    title: str
    says: str
    outcome: Literal["passed", "failed", "unknown"]
    message: str
    controls: tuple[str, ...]

    @property
    def name(self) -> str:
        """The id as the catalogue has it, such as ``RootMfa``."""
        return self.id.removeprefix("HIPAA.Preflight-")

    @property
    def open(self) -> bool:
        """Whether it is a finding; what only a deployment would meet is none."""
        return self.outcome != "passed" and bool(self.controls)


@dataclass(frozen=True, slots=True)
class PackRun:
    """A validation plugin in the report of the synth, by its own words."""

    name: str
    version: str
    ran: bool
    conclusion: str
    violations: int
    suppressed: int


@dataclass(frozen=True, slots=True)
class TemplateEvidence:
    """A template, identified by the SHA-256 of its bytes."""

    name: str
    stack_path: str
    account: str
    region: str
    resources: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Versions:
    """What made the templates and this report; empty where the cloud assembly does not say."""

    aws_cdk_lib: str
    cdk_nag: str
    hipaa_constructs: str
    assembly_schema: str
    report_schema: str = SCHEMA_VERSION


@dataclass(frozen=True, slots=True)
class Made:
    """When, by whom and from what a report was made; empty where nothing tells.

    ``at`` is a moment in UTC, which ``SOURCE_DATE_EPOCH`` pins. ``dirty`` is whether files under version control were
    changed since ``commit``. ``run`` is the address or name of the CI run.
    """

    at: datetime.datetime
    by: str = ""
    run: str = ""
    commit: str = ""
    dirty: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """What a manager reads first. ``known`` are those of ``findings`` that the baseline holds."""

    controls: Mapping[ControlStatus, int]
    checks: Counts
    findings: int
    errors: int
    warnings: int
    acknowledgements: int
    stores: int
    attestations_open: int
    live_open: int
    known: int = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a report says. ``controls`` has the 69 entries in the Security Rule's order.

    ``findings`` are open: failed or unknown, and accepted by nobody; what is wrong with acknowledgements is among them.
    Those that the baseline holds are among them, and say so. ``report_only`` is whether the gate let the synth pass
    whatever it found. ``overruled`` are alarms of cdk-nag's that a rule here, or the template, shows to be false.
    ``notes`` are sentences about what limits this evidence, such as a pack that did not run. ``limitations`` is None
    where nobody took over what the library excepts for itself.
    ``observed`` has, by rule of this package, what it saw of each resource under "passed", in the same order;
    ``lines`` where each resource stands: the line in its template, and the app's line that makes it, or an empty text.
    ``changes`` are what ``secure_defaults`` recorded: what it set, and what it left and did not reach.
    ``plan`` is who does what by when, by ``hipaa-plan.toml``; None where there is no such file.
    ``cost`` is what the app costs by ``hipaa-usage.yaml``; None where there is no such file.
    ``app`` holds the templates themselves, for pictures and for lines in files.
    """

    today: datetime.date
    made: Made
    versions: Versions
    catalogue_date: str
    services_date: str
    notes: Sequence[str]
    summary: Summary
    packs: Sequence[PackRun]
    templates: Sequence[TemplateEvidence]
    controls: Mapping[str, ControlEvidence]
    rules: Mapping[str, RuleEvidence]
    observed: Mapping[str, Sequence[Observation]]
    lines: Mapping[ResourceName, tuple[int | None, str]]
    config_rules: Sequence[ConfigRuleEvidence]
    findings: Sequence[Finding]
    overruled: Sequence[Finding]
    acknowledgements: Sequence[AcknowledgementEvidence]
    inventory: Sequence[StoreEvidence]
    attestations: Sequence[AttestationEvidence]
    decisions: Sequence[Decision]
    limitations: LimitationsReview | None
    preflight: Sequence[PreflightResult]
    changes: Sequence[Change]
    plan: Plan | None
    cost: Estimate | None
    app: App = field(repr=False, compare=False)
    report_only: bool = False

    @property
    def failing(self) -> Sequence[Finding]:
        """The open findings that the baseline does not hold."""
        return [finding for finding in self.findings if finding.baseline is None]
