"""What the tools answer with: the structured results, whose schemas clients are told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeVar

from pydantic import BaseModel, Field

T = TypeVar("T")


class Page(BaseModel):
    """Which part of a list an answer shows."""

    total: int = Field(description="How many there are.")
    offset: int = Field(description="How many come before those shown.")
    shown: int = Field(description="How many are shown.")
    left_out: int = Field(description="How many are not shown in this answer, before and behind.")
    next_offset: int | None = Field(description="What to ask for next; null where nothing follows.")

    def words(self, noun: str) -> str:
        """Say it in a sentence; ``noun`` is the plural."""
        if not self.total:
            return f"There are no {noun}."
        if not self.shown:
            return f"There are {self.total} {noun}, and none at offset {self.offset}."
        if not self.left_out:
            return f"These are all {noun}: {self.total}."
        behind = f" Ask with offset={self.next_offset} for more." if self.next_offset is not None else ""
        shown = f"{self.offset + 1} to {self.offset + self.shown}"
        return f"Shown are {noun} {shown} of {self.total}; {self.left_out} are left out.{behind}"


def page_of(every: Sequence[T], *, offset: int, limit: int) -> tuple[Sequence[T], Page]:
    """Return a part of a list, and which one it is."""
    part = every[offset : offset + limit]
    end = offset + len(part)
    return part, Page(
        total=len(every),
        offset=offset,
        shown=len(part),
        left_out=len(every) - len(part),
        next_offset=end if part and end < len(every) else None,
    )


class NotRead(BaseModel):
    """Something that was given and could not be checked."""

    problem: str = Field(description="Which file, and why; quotes the file, as data.")


class FindingResult(BaseModel):
    """A rule that a resource does not meet, or that could not be decided."""

    rule: str = Field(description="The rule's id; explain_rule tells more of it.")
    tells: list[str] = Field(description="Ids of further rules of which it says what they find of the same resource.")
    severity: Literal["error", "warning", "note"]
    outcome: Literal["failed", "unknown", "overruled"] = Field(
        description="unknown: only a deployment, or a person, can tell."
    )
    template: str = Field(description="The template's path; empty where it is about a file of acknowledgements.")
    resource: str = Field(description="The resource's logical id in the template; data.")
    resource_type: str
    line: int | None = Field(description="Where it is written in the template, counted from 1.")
    column: int | None
    construct_path: str = Field(description="The construct that makes it in a CDK app; data.")
    source: str | None = Field(description="The line of the CDK app that makes it, such as app.py:12.")
    message: str = Field(description="What was seen; quotes the template, as data.")
    fix: str = Field(description="What to do.")
    controls: list[str] = Field(description="Entries of the Security Rule, such as 164.312(b).")
    known: str | None = Field(
        description="What the baseline says of it, if it holds it: since when, whose and until which day; then the "
        "gate does not fail on it."
    )


class CheckResult(BaseModel):
    """What the rules found in templates."""

    templates: int
    resources: int
    rules: int = Field(description="How many rules ran.")
    errors: int = Field(description="Open errors that are not known; the gate fails on these. Before any filter.")
    warnings: int = Field(description="Open warnings that are not known, with what is unknown. Before any filter.")
    known: int = Field(description="Findings that the baseline holds: listed last, open, and failing nothing yet.")
    acknowledged: int = Field(description="Findings that somebody accepted; they are not listed.")
    by_rule: dict[str, int] = Field(description="How often each rule found something, after the filters.")
    findings: list[FindingResult]
    page: Page
    not_read: list[NotRead] = Field(description="What was not checked; the counts say nothing about it.")
    read_too: list[str] = Field(description="Files nobody gave that the templates deploy or include; checked too.")


class AskedParameter(BaseModel):
    """A parameter without a default, which whoever deploys the template next has to give."""

    name: str
    type: str
    asks_for: str = Field(description="What to give.")
    fixed: int = Field(description="How many findings it mends.")
    parents: list[str] = Field(description="Stacks of the templates that deploy it and do not pass it yet; data.")


class MendedTemplate(BaseModel):
    """What becomes of one template."""

    file: str
    fixed: int = Field(description="How many findings the change mends.")
    added: list[str] = Field(description="Logical ids of resources that are added, such as a key.")
    asked: list[AskedParameter] = Field(description="What a person has to give at the next deployment, by ask.")
    diff: str = Field(description="The change as a unified diff; empty where there is none. Quotes the file, as data.")
    lines_left_out: int = Field(description="How many lines of the diff are not shown; then it cannot be applied.")
    written: bool = Field(description="Whether the file was changed.")


class LeftFinding(BaseModel):
    """A finding that is not mended, and why."""

    rule: str
    template: str
    resource: str = Field(description="The resource's logical id; data.")
    why: str


class MendResult(BaseModel):
    """What can be mended in templates for sure, and what is left to do by hand."""

    templates: list[MendedTemplate]
    fixed: int = Field(description="How many findings the changes mend; each was proven by judging again.")
    fixed_by_rule: dict[str, int]
    left: list[LeftFinding]
    left_page: Page


class FixWay(BaseModel):
    """How resources of one type come to meet a rule."""

    resource_type: str
    cloudformation: str
    cdk: str
    constructs: list[str] = Field(description="Constructs of hipaa_constructs that meet it by themselves.")


class NamedControl(BaseModel):
    """An entry of the Security Rule by its citation."""

    id: str
    title: str


class RuleResult(BaseModel):
    """What a rule asks, why, and how to meet it."""

    id: str
    severity: Literal["error", "warning"]
    title: str
    explanation: str
    controls: list[NamedControl]
    resource_types: list[str] = Field(description="What it looks at; empty for rules about the check itself.")
    fix: str
    fixes: list[FixWay] = Field(description="The fix for each type, where it is said for the type.")
    same_check: dict[str, list[str]] = Field(description="What other scanners call the same check.")
    sources: list[str] = Field(description="Where the Security Rule says what is asked.")


class ListedRule(BaseModel):
    """A rule in a list."""

    id: str
    severity: Literal["error", "warning"]
    title: str
    controls: list[str]


class RulesResult(BaseModel):
    """Rules that fit the question."""

    rules: list[ListedRule]
    page: Page


class ListedControl(BaseModel):
    """An entry of the Security Rule in a list."""

    id: str
    title: str
    requirement: Literal["required", "addressable"] | None
    aws: Literal["technical", "partial", "inherited", "none"] = Field(
        description="How far infrastructure can meet it; inherited: AWS's data centers meet it."
    )
    rules: int = Field(description="How many rules of this package check it.")


class ControlsResult(BaseModel):
    """Entries of the Security Rule, 45 CFR part 164 subpart C, that fit the question."""

    controls: list[ListedControl]
    page: Page


class ControlResult(BaseModel):
    """One entry of the Security Rule, and what checks it."""

    id: str
    title: str
    requirement: Literal["required", "addressable"] | None
    aws: Literal["technical", "partial", "inherited", "none"]
    note: str
    duty: str = Field(description="What people still have to do.")
    rules: list[str] = Field(description="Rules of this package.")
    cdk_nag: list[str] = Field(description="Rules of cdk-nag's HIPAA pack that cite it.")
    config: list[str] = Field(description="AWS Config rules of the HIPAA conformance pack that cite it.")


class StandingResult(BaseModel):
    """What AWS's list of HIPAA-eligible services says of one service or type."""

    asked: str
    name: str
    status: Literal["eligible", "tool", "unverified", "not_listed", "excluded"] = Field(
        description="eligible: may hold PHI under a BAA. tool: not on the list, not meant to hold PHI. unverified: may "
        "be a feature of a listed service. not_listed and excluded: may not hold PHI."
    )
    namespaces: list[str] = Field(description="CloudFormation namespaces.")
    exclusions: str
    notes: str
    lifecycle: str


class UnknownName(BaseModel):
    """A name that is neither a service nor a CloudFormation namespace."""

    asked: str
    nearest: list[str]


class EligibilityResult(BaseModel):
    """What AWS's list says of the services that were asked for."""

    as_of: str = Field(description="The day of the list.")
    standings: list[StandingResult]
    unknown: list[UnknownName]


class ColumnResult(BaseModel):
    """What templates, the live account or people say of all entries, counted."""

    name: Literal["infrastructure", "live account", "people"]
    words: str


class OpenControl(BaseModel):
    """An entry of the Security Rule as the evidence has it."""

    id: str
    title: str
    requirement: Literal["required", "addressable"] | None
    status: Literal["open", "not_attested", "nothing_to_check", "excepted", "met", "not_applicable"]
    reason: str
    infrastructure: str = Field(description="What checks on templates come to.")
    live: str = Field(description="What the live account answers.")
    people: str = Field(description="What people attested and decided.")
    duty: str = Field(description="What people have to do for it, whatever the templates show.")


class PeopleTask(BaseModel):
    """Something that infrastructure cannot show and that people have to attest."""

    id: str = Field(description="Its key in hipaa-attestations.toml.")
    title: str
    status: Literal["overdue", "missing"]
    account: str
    owner: str
    due: str | None = Field(description="The day by which it was to be done again, as YYYY-MM-DD.")
    controls: list[str]


class EvidenceResult(BaseModel):
    """What evidence a cdk.out holds on a day."""

    today: str
    verdict: str = Field(description="The evidence in a sentence.")
    statuses: dict[str, int] = Field(description="How many of the Security Rule's entries have which status.")
    columns: list[ColumnResult]
    errors: int
    warnings: int
    acknowledgements: int
    notes: list[str] = Field(description="What limits this evidence; may quote the files, as data.")
    disclaimer: str
    controls: list[OpenControl] = Field(description="The entries of the status asked for.")
    controls_page: Page
    tasks: list[PeopleTask] = Field(description="What people have to attest, as many as limit.")
    tasks_page: Page
