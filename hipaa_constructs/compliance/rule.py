"""What a rule is, what it answers, and what a finding says."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.controls import rule_controls

PREFIX = "HIPAA.Constructs-"

Severity = Literal["error", "warning"]


class Outcome(enum.StrEnum):
    """How a rule judges a resource."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule's answer about one resource: the outcome and, unless it passed, what was seen.

    ``severity`` overrides the rule's where one verdict weighs less than the others.
    """

    outcome: Outcome
    message: str = ""
    severity: Severity | None = None


PASSED = Verdict(Outcome.PASSED)
NOT_APPLICABLE = Verdict(Outcome.NOT_APPLICABLE)


def failed(message: str, *, severity: Severity | None = None) -> Verdict:
    """Answer that the resource is not compliant; ``message`` says what was seen, in one sentence."""
    return Verdict(Outcome.FAILED, message, severity)


def unknown(message: str) -> Verdict:
    """Answer that only deployment can tell; ``message`` names the value that could not be known."""
    return Verdict(Outcome.UNKNOWN, message)


def judge(compliant: Any, message: str, *, unknown_message: str = "") -> Verdict:
    """Turn True, False or ``UNKNOWN`` into a verdict; an absent value (None) is not compliant."""
    if compliant is True:
        return PASSED
    if compliant is False or compliant is None:
        return failed(message)
    return unknown(unknown_message or f"Only deployment tells whether this is so: {message}")


def shown(value: Any, absent: str = "absent") -> str:
    """Return a property's value as a message shows it; ``UNKNOWN`` too, which has no truth to test."""
    return absent if value is None or value == "" else str(value)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict about a whole from those about its parts: failed before unknown before passed."""
    return max(verdicts, key=lambda verdict: _WEIGHT[verdict.outcome], default=NOT_APPLICABLE)


_WEIGHT = {Outcome.NOT_APPLICABLE: 0, Outcome.PASSED: 1, Outcome.UNKNOWN: 2, Outcome.FAILED: 3}


@dataclass(frozen=True, slots=True)
class Rule:
    """A check on final templates.

    ``name`` states the compliant condition. ``resource_types`` are the CloudFormation types it inspects; a rule about
    an app as a whole inspects the type that the control hangs on. ``phi_only`` rules do not apply to resources that are
    classified as holding no PHI.
    """

    name: str
    title: str
    severity: Severity
    resource_types: tuple[str, ...]
    fix: str
    check: Callable[[Resource], Verdict]
    phi_only: bool = False

    @property
    def id(self) -> str:
        """The public id, ``HIPAA.Constructs-<name>``."""
        return PREFIX + self.name

    @property
    def controls(self) -> tuple[str, ...]:
        """The controls that the rule checks, from the catalogue."""
        return rule_controls()[self.name]


@dataclass(frozen=True, slots=True)
class MetaRule:
    """A rule about the check itself, which looks at no resource: its acknowledgements, what could be read."""

    name: str
    title: str
    severity: Severity
    fix: str

    @property
    def id(self) -> str:
        """The public id, ``HIPAA.Constructs-<name>``."""
        return PREFIX + self.name

    @property
    def controls(self) -> tuple[str, ...]:
        """The controls that the rule checks, from the catalogue."""
        return rule_controls()[self.name]


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a resource does not meet, or that could not be decided."""

    rule_id: str
    severity: Severity
    outcome: Literal["failed", "unknown"]
    resource_logical_id: str
    resource_type: str
    template: str
    construct_path: str
    controls: tuple[str, ...]
    message: str
    fix: str

    def as_dict(self) -> Mapping[str, Any]:
        """Return the finding as JSON data."""
        return {name: getattr(self, name) for name in self.__slots__}
