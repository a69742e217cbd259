"""What a rule is, what it answers, and what a finding says."""

from __future__ import annotations

import datetime
import enum
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NoReturn, get_args

from hipaa_constructs.cloudformation.model import Resource, Template
from hipaa_constructs.cloudformation.reads import Path, said
from hipaa_constructs.cloudformation.values import Ternary, is_present
from hipaa_constructs.compliance.controls import controls as entries
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.gate import NAME

PREFIX = f"{NAME}-"

Severity = Literal["error", "warning"]
Needs = Literal["resource", "template", "app"]
# What a failure comes to that holds in no world of production: as much as any, a warning at most, or none.
OutsideProduction = Literal["same", "lesser", "none"]
# A note is nothing to mend: an alarm of another pack that is overruled.
Weight = Literal["error", "warning", "note"]


class Outcome(enum.StrEnum):
    """How a rule judges a resource."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule's answer about one resource: the outcome and, unless it passed, what was seen: a sentence for each part.

    ``severity`` overrides the rule's where one verdict weighs less than the others. ``said_of`` is the resource whose
    finding says what is so of this one too, since it is said once. ``inner`` are words of what was seen that name a
    part of the resource, such as a statement: where others differ by such words alone, the same is so of them.
    """

    outcome: Outcome
    seen: tuple[str, ...] = ()
    severity: Severity | None = None
    said_of: Resource | None = None
    inner: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """What was seen, as far as anybody reads on."""
        return " ".join(
            (*self.seen[:_SHOWN], *([f"And {left} more."] if (left := len(self.seen) - _SHOWN) > 0 else []))
        )


PASSED = Verdict(Outcome.PASSED)
NOT_APPLICABLE = Verdict(Outcome.NOT_APPLICABLE)


def failed(
    message: str, *, severity: Severity | None = None, at: str | None = None, inner: tuple[str, ...] = ()
) -> Verdict:
    """Answer that the resource is not compliant; ``message`` says what was seen, in one sentence.

    :param severity: less than the rule's, where one verdict weighs less than the others.
    :param at: what the finding points at: the dotted path of a property that the rule read, an attribute of the
        resource such as ``Type``, or an empty text for the resource itself.
        Default: the property that the message names, or else the one that was read last.
    :param inner: words of the message that name a part of the resource, which the fix is not about.
    """
    said(message, at)
    return Verdict(Outcome.FAILED, (message,), severity, inner=inner)


def unknown(message: str, *, at: str | None = None) -> Verdict:
    """Answer that only deployment can tell; ``message`` names the value that could not be known.

    :param at: as of ``failed``.
    """
    said(message, at)
    return Verdict(Outcome.UNKNOWN, (message,))


def judge(compliant: Ternary | bool, message: str, *, unknown_message: str = "", at: str | None = None) -> Verdict:
    """Turn an answer into a verdict; ``message`` says what was seen where it is no.

    :param at: as of ``failed``.
    """
    if compliant is True or compliant is Ternary.YES:
        return PASSED
    if compliant is False or compliant is Ternary.NO:
        return failed(message, at=at)
    return unknown(unknown_message or f"Only deployment tells whether this is so: {message}", at=at)


def said_of(first: Resource) -> Verdict:
    """Answer that the finding of another resource of the template says what is so of this one too."""
    return Verdict(Outcome.NOT_APPLICABLE, said_of=first)


def weaker(verdict: Verdict) -> Verdict:
    """Return the verdict with its failure weighing no more than a warning."""
    return replace(verdict, severity="warning") if verdict.outcome is Outcome.FAILED else verdict


def shown(value: object, absent: str = "absent") -> str:
    """Return a property's value as a message shows it."""
    return absent if is_present(value) is Ternary.NO else str(value)


def listed(items: Iterable[object]) -> str:
    """Return items as a message lists them, as far as anybody reads on."""
    shown = [str(item) for item in items]
    if len(shown) > _SHOWN:
        return f"{', '.join(shown[: _SHOWN - 1])} and {len(shown) - _SHOWN + 1} more"
    return ", ".join(shown)


def named(resources: Sequence[Resource]) -> str:
    """Return the resources that a finding speaks for as a message names them: three, and how many more."""
    names = ", ".join(one.logical_id for one in resources[:_NAMED])
    return names if len(resources) <= _NAMED else f"{names} and {len(resources) - _NAMED} more"


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict about a whole from those about its parts: failed before unknown before passed.

    It says what was seen of all parts that are as bad as the worst one, those that weigh most first.
    """
    by_outcome: dict[Outcome, list[Verdict]] = {}
    for verdict in verdicts:
        by_outcome.setdefault(verdict.outcome, []).append(verdict)
    found = by_outcome[max(by_outcome, key=_WEIGHT.__getitem__)] if by_outcome else [NOT_APPLICABLE]
    if len(found) == 1 or not found[0].seen:
        return found[0]
    # None is the severity of the rule itself, and any other is less.
    found.sort(key=lambda verdict: verdict.severity is not None)
    return Verdict(
        found[0].outcome,
        tuple(dict.fromkeys(part for verdict in found for part in verdict.seen)),
        found[0].severity,
        inner=tuple(dict.fromkeys(part for verdict in found for part in verdict.inner)),
    )


# More would not be read.
_SHOWN = 5
_NAMED = 3
_WEIGHT = {Outcome.NOT_APPLICABLE: 0, Outcome.PASSED: 1, Outcome.UNKNOWN: 2, Outcome.FAILED: 3}


@dataclass(frozen=True, slots=True)
class Rule:
    """A check on final templates.

    ``name`` states the compliant condition. ``resource_types`` are the CloudFormation types it inspects; a rule about
    an app as a whole inspects the type that the control hangs on. ``controls`` are entries of the Security Rule, by
    their ids. ``fix`` says in a sentence what to do; ``fixes`` say it for each type in CloudFormation and in CDK.
    ``phi_only`` rules do not apply to resources that are classified as holding no PHI. ``needs`` is what has to be at
    hand, or else the rule may fail what complies: the ``resource`` by itself, its ``template``, where parts of it are
    resources of their own, such as a bucket's policy, or the whole ``app``, where another stack may hold what is asked
    for, such as a backup plan. ``production_only`` rules ask nothing of what a template shows to be another environment
    than production. ``title`` and ``explanation`` are taken from the rule's module when that is loaded.

    :raises ValueError: a field breaks the form: of which rule, what it got, and how to mend it.
    """

    name: str
    severity: Severity
    resource_types: tuple[str, ...]
    controls: tuple[str, ...]
    fix: str
    check: Callable[[Resource], Verdict]
    phi_only: bool = False
    production_only: bool = False
    needs: Needs = "resource"
    fixes: tuple[Fix, ...] = ()
    title: str = ""
    explanation: str = ""

    def __post_init__(self) -> None:
        _require_form(self.name, self.severity, self.controls, self.fix)
        wrong = [kind for kind in self.resource_types if kind != "*" and not _TYPE.fullmatch(kind)]
        if wrong or not self.resource_types or len(set(self.resource_types)) < len(self.resource_types):
            refuse_rule(
                self.name, "resource_types", wrong or self.resource_types, "Name each CloudFormation type once, or '*'."
            )
        if self.needs not in get_args(Needs):
            refuse_rule(self.name, "needs", self.needs, f"Take one of {', '.join(get_args(Needs))}.")
        if not callable(self.check):
            refuse_rule(self.name, "check", self.check, "Give a function of one resource that returns a Verdict.")
        strange = {kind for fix in self.fixes for kind in fix.resource_types} - set(self.resource_types)
        if strange and "*" not in self.resource_types:
            refuse_rule(self.name, "fixes", sorted(strange), "Name types that the rule looks at.")

    def fix_of(self, resource_type: str, resource: Resource | None = None) -> Fix | None:
        """Return how resources of a type come to meet the rule, where that is said for the type.

        :param resource: one of the type, to which the fix is then tailored.
        """
        found = next((fix for fix in self.fixes if fix.covers(resource_type, resource)), None)
        return found if found is None or resource is None else found.for_resource(resource)

    @property
    def id(self) -> str:
        """The public id, ``HIPAA.Constructs-<name>``."""
        return PREFIX + self.name


@dataclass(frozen=True, slots=True)
class MetaRule:
    """A rule about the check itself, which looks at no resource: its acknowledgements, what could be read.

    ``explanation`` says what is compliant and what is not, and why, as a module's docstring does of a ``Rule``.

    :raises ValueError: as of a ``Rule``.
    """

    name: str
    title: str
    severity: Severity
    controls: tuple[str, ...]
    fix: str
    explanation: str

    def __post_init__(self) -> None:
        _require_form(self.name, self.severity, self.controls, self.fix)

    @property
    def id(self) -> str:
        """The public id, ``HIPAA.Constructs-<name>``."""
        return PREFIX + self.name

    def finding(
        self,
        message: str,
        *,
        template: Template | None = None,
        resource: Resource | None = None,
        construct_path: str = "",
        place: Path = (),
        outcome: Literal["failed", "unknown"] = "failed",
    ) -> Finding:
        """Return what was found of a template, of one of its resources, of a construct, or of the app."""
        where = resource.template if resource else template
        return Finding(
            rule_id=self.id,
            severity=self.severity,
            outcome=outcome,
            resource_logical_id=resource.logical_id if resource else "",
            resource_type=resource.type if resource else "",
            template=where.name if where else "",
            construct_path=construct_path
            or (resource.construct_path if resource else "")
            or (where.stack_path if where else ""),
            controls=self.controls,
            message=message,
            fix=self.fix,
            place=place,
        )


def refuse_rule(name: str, field: str, got: object, fix: str) -> NoReturn:
    """Raise the error that a wrongly written rule ends in."""
    raise ValueError(f"rule {name}, {field}: got {got!r}. {fix}")


def _require_form(name: str, severity: str, controls: tuple[str, ...], fix: str) -> None:
    if not _NAME.fullmatch(name):
        refuse_rule(name, "name", name, "State the compliant condition in CamelCase, such as KeyRotated.")
    if severity not in get_args(Severity):
        refuse_rule(name, "severity", severity, f"Take one of {', '.join(get_args(Severity))}.")
    strange = [control for control in controls if control not in entries()]
    if strange or not controls or len(set(controls)) < len(controls):
        refuse_rule(
            name,
            "controls",
            strange or controls,
            "Name each entry once, by an id of catalogue/controls.json.",
        )
    if not fix.strip():
        refuse_rule(name, "fix", fix, "Say in a sentence what to do.")


_NAME = re.compile(r"([A-Z][a-z0-9]+)+")
_TYPE = re.compile(r"\w+(::\w+)+")


@dataclass(frozen=True, slots=True)
class Debt:
    """Of a finding that is known and not mended yet: since when, who mends it, and what its last day is."""

    first_seen: datetime.date
    owner: str
    until: datetime.date

    def age(self, today: datetime.date) -> int:
        """Return for how many days it has been known."""
        return max((today - self.first_seen).days, 0)

    def said(self) -> str:
        """Return it in words."""
        return f"known since {self.first_seen}, to be mended by {self.owner} until {self.until}"

    def as_dict(self) -> Mapping[str, str]:
        """Return it as JSON data."""
        return {
            "first_seen": self.first_seen.isoformat(),
            "owner": self.owner,
            "until": self.until.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a resource does not meet, or that could not be decided.

    ``place`` is the path of what it is about, within the resource or, without one, within the template. ``line`` and
    ``column``, which count from 1, say where that is written; ``source``, such as ``app.py:12``, which line of an app
    makes the resource. All are empty where they are not known. ``also`` are ids of other packs' rules that found the
    same, ``tells`` those of rules of this package whose findings this one tells too. ``inner`` are words of the message
    that name a part of the resource, by which alone others may differ. An alarm of another pack that is overruled is a
    note. ``baseline`` is what the baseline says of a finding that it holds, which is open and fails nothing; None for
    all others.
    """

    rule_id: str
    severity: Weight
    outcome: Literal["failed", "unknown", "overruled"]
    resource_logical_id: str
    resource_type: str
    template: str
    construct_path: str
    controls: tuple[str, ...]
    message: str
    fix: str
    place: Path = ()
    line: int | None = None
    column: int | None = None
    source: str | None = None
    also: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()
    baseline: Debt | None = None
    inner: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say it on one line: ``rule id: construct path``, or the logical id where no construct is known."""
        return f"{self.rule_id}: {self.construct_path or self.resource_logical_id or self.template}"

    def as_dict(self) -> Mapping[str, Any]:
        """Return the finding as JSON data."""
        data = {name: getattr(self, name) for name in self.__slots__ if name not in ("place", "inner")}
        return {**data, "baseline": self.baseline.as_dict() if self.baseline else None}
