"""Evidence as data: what was checked, on what, with what outcome. Every document is a rendering of one ``Evidence``.

Two counts are kept apart. A *check* is one rule on one resource; rules hold checks, and a control's ``checks`` counts
them. A *resource* appears once for each control, under the worst outcome that any of the control's rules gave it.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement
from hipaa_constructs.compliance.classification import DataClassification
from hipaa_constructs.compliance.controls import Control
from hipaa_constructs.compliance.rule import Finding, Severity

SCHEMA_VERSION = "1.0"
DISCLAIMER = (
    "This report is evidence about infrastructure as it was synthesized. It is not legal advice, and it is not a "
    "certification: no product can certify compliance with HIPAA."
)

CheckOutcome = Literal["passed", "failed", "acknowledged", "unknown"]
# From worst to best: what a resource counts as, where several rules judge it.
OUTCOMES: tuple[CheckOutcome, ...] = ("failed", "unknown", "acknowledged", "passed")

ControlStatus = Literal["failed", "unknown", "acknowledged", "passed", "not_inspected", "no_rule"]
# ``acknowledged``: nothing failed, but some findings were accepted. ``not_inspected``: rules exist, and the app
# holds nothing that they inspect. ``no_rule``: no rule can show that the control is met; people or AWS meet it.
STATUS_WORDS: Mapping[ControlStatus, str] = {
    "failed": "Failed",
    "unknown": "Unknown",
    "acknowledged": "Passed with acknowledgements",
    "passed": "Passed",
    "not_inspected": "Nothing to inspect",
    "no_rule": "No rule shows this",
}
AttestationStatus = Literal["current", "overdue", "missing"]
AcknowledgementStatus = Literal["in_force", "ending", "expired", "unused"]
Encryption = Literal["customer_key", "aws_key", "none", "unknown"]
BackupCoverage = Literal["selected", "not_selected", "unknown", "not_applicable"]


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
    ``ran`` is False where the rule's pack left no report; then ``resources`` is empty.
    """

    id: str
    origin: Literal["hipaa-constructs", "cdk-nag"]
    title: str
    severity: Severity
    fix: str
    controls: tuple[str, ...]
    resource_types: tuple[str, ...]
    ran: bool
    resources: Mapping[CheckOutcome, Sequence[ResourceName]]

    @property
    def counts(self) -> Counts:
        """How many resources had each outcome."""
        return Counts(**{outcome: len(self.resources[outcome]) for outcome in OUTCOMES})


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
class ControlEvidence:
    """One of the 69 entries of the Security Rule, with everything that is known about it.

    ``rules`` are ids into ``Evidence.rules``. ``reason`` says in a sentence why the status is what it is.
    ``duty`` is what people must still do. ``attestations`` are ids into ``Evidence.attestations``.
    """

    control: Control
    status: ControlStatus
    reason: str
    rules: tuple[str, ...]
    checks: Counts
    resources: Mapping[CheckOutcome, Sequence[ResourceName]]
    runtime: Sequence[RuntimeCheck]
    duty: str
    attestations: tuple[str, ...]

    @property
    def id(self) -> str:
        """The citation, such as ``164.312(b)``."""
        return self.control.id


@dataclass(frozen=True, slots=True)
class AcknowledgementEvidence:
    """A governed exception, what it covers, and what is wrong with it.

    ``findings`` are those that it accepts; ``problems`` are governance findings' messages.
    """

    acknowledgement: Acknowledgement
    status: AcknowledgementStatus
    findings: Sequence[Finding]
    problems: Sequence[str]


@dataclass(frozen=True, slots=True)
class StoreEvidence:
    """A resource that keeps data: what data, under whose key, and whether a backup plan takes it.

    ``key`` is the resource that encrypts it, or the key's name as written; empty where there is none or it is unknown.
    """

    resource: ResourceName
    classification: DataClassification
    encryption: Encryption
    key: str
    backup: BackupCoverage


@dataclass(frozen=True, slots=True)
class AttestationEvidence:
    """Something that infrastructure cannot show, and that someone says was done.

    ``due`` is when it has to be done again. What is missing has neither date nor owner.
    """

    id: str
    title: str
    controls: tuple[str, ...]
    status: AttestationStatus
    date: datetime.date | None
    due: datetime.date | None
    review_days: int
    owner: str
    evidence: str
    account: str
    note: str


@dataclass(frozen=True, slots=True)
class PreflightResult:
    """An answer of ``hipaa-constructs preflight`` about the live account."""

    id: str
    title: str
    outcome: Literal["passed", "failed", "unknown"]
    message: str
    controls: tuple[str, ...]


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
class Summary:
    """What a manager reads first."""

    controls: Mapping[ControlStatus, int]
    checks: Counts
    findings: int
    errors: int
    warnings: int
    acknowledgements: int
    stores: int
    attestations_open: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a report says. ``controls`` has the 69 entries in the Security Rule's order.

    ``findings`` are open: failed or unknown, and accepted by nobody; governance of acknowledgements is among them.
    ``notes`` are sentences about what limits this evidence, such as a pack that did not run.
    ``app`` holds the templates themselves, for pictures and for lines in files.
    """

    today: datetime.date
    versions: Versions
    catalogue_date: str
    services_date: str
    notes: Sequence[str]
    summary: Summary
    packs: Sequence[PackRun]
    templates: Sequence[TemplateEvidence]
    controls: Mapping[str, ControlEvidence]
    rules: Mapping[str, RuleEvidence]
    config_rules: Sequence[ConfigRuleEvidence]
    findings: Sequence[Finding]
    acknowledgements: Sequence[AcknowledgementEvidence]
    inventory: Sequence[StoreEvidence]
    attestations: Sequence[AttestationEvidence]
    preflight: Sequence[PreflightResult]
    app: App = field(repr=False, compare=False)
