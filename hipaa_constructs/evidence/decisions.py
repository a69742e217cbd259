"""What the organization decided about entries of the Security Rule, and that it took over the library's limitations.

An addressable specification is implemented, replaced by an alternative, or found not reasonable and appropriate, with
the reason written down (45 CFR 164.306(d)(3)). A few entries are for some organizations only, such as clearinghouses.
"""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Iterator, MutableMapping, Sequence
from typing import Annotated, Any, Literal, TypeVar

import pydantic

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance.controls import controls
from hipaa_constructs.evidence.model import AttestationStatus, Decision, DecisionKind, LimitationsReview

TABLES = ("addressable", "not_applicable", "limitations")
_REVIEW_DAYS = 365
_MOST_DAYS = 1096

_Line = Annotated[str, pydantic.StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
_Days = Annotated[int, pydantic.Field(ge=1, le=_MOST_DAYS)]
_Table = TypeVar("_Table", bound="_Dated")


class _Dated(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, strict=True)

    date: datetime.date
    review_days: _Days = _REVIEW_DAYS

    def due(self) -> datetime.date:
        return self.date + datetime.timedelta(days=self.review_days)


class Decided(_Dated):
    """One table: entries about which the same was decided."""

    controls: Annotated[list[str], pydantic.Field(min_length=1)]
    decision: Literal["implemented", "alternative", "not_reasonable", "not_applicable"]
    approved_by: _Line
    reason: _Line | None = None
    alternative: _Line | None = None


class Limitations(_Dated):
    """Who looked at what the library excepts for itself, and takes it over."""

    reviewed_by: _Line


_ALLOWED = {
    "controls": 'it takes a list of entries, such as ["164.312(a)(2)(iv)"]',
    "decision": 'it takes "implemented", "alternative" or "not_reasonable"',
    "approved_by": "it takes text: the person or role that decided",
    "reason": "it takes text: why",
    "alternative": "it takes text: what is done instead",
    "reviewed_by": "it takes text: the person who takes the library's limitations over",
    "date": "it takes a date without quotes or time, such as 2026-11-22",
    "review_days": f"it takes a whole number, 1 to {_MOST_DAYS}",
}
# What a decision cannot be made without.
_NEEDS: dict[DecisionKind, tuple[Literal["reason", "alternative"], ...]] = {
    "implemented": (),
    "alternative": ("alternative", "reason"),
    "not_reasonable": ("reason",),
    "not_applicable": ("reason",),
}


def take(data: MutableMapping[str, Any], file: str) -> tuple[Sequence[Decided], Limitations | None]:
    """Take the decisions out of the file's data, checked.

    :raises UnusableInput: a table has a wrong key or value, or decides what cannot be decided so.
    """
    decided = [*_addressable(data.pop("addressable", []), file), *_not_applicable(data.pop("not_applicable", []), file)]
    taken: dict[str, DecisionKind] = {}
    for one in decided:
        for control in one.controls:
            if control in taken:
                raise UnusableInput(file, f"{control} is decided twice: {taken[control]} and {one.decision}; keep one")
            taken[control] = one.decision
    review = data.pop("limitations", None)
    if review is None:
        return decided, None
    if not isinstance(review, dict):
        raise UnusableInput(file, "limitations: it takes a table; write it as [limitations]")
    return decided, _read(Limitations, review, "limitations", file)


def _addressable(value: Any, file: str) -> Iterator[Decided]:
    for table in _tables(value, "addressable", file):
        if table.get("decision") == "not_applicable":
            raise UnusableInput(file, f"[addressable], decision: got 'not_applicable'; {_ALLOWED['decision']}")
        one = _read(Decided, table, "addressable", file)
        for control in one.controls:
            if controls()[control].requirement != "addressable":
                raise UnusableInput(
                    file, f"[addressable], controls: {control} is not addressable, so it has to be implemented"
                )
        yield one


def _not_applicable(value: Any, file: str) -> Iterator[Decided]:
    for table in _tables(value, "not_applicable", file):
        if "decision" in table:
            raise UnusableInput(file, "[not_applicable], decision: the key is unknown here; the table says it")
        one = _read(Decided, {**table, "decision": "not_applicable"}, "not_applicable", file)
        for control in one.controls:
            if not controls()[control].may_not_apply:
                raise UnusableInput(
                    file,
                    f"[not_applicable], controls: {control} applies to every organization; an addressable "
                    "specification that is not reasonable goes under [[addressable]]",
                )
        yield one


def _tables(value: Any, name: str, file: str) -> Sequence[dict[str, Any]]:
    tables = value if isinstance(value, list) else [value]
    if not all(isinstance(table, dict) for table in tables):
        raise UnusableInput(file, f"{name}: it takes tables; write each as [[{name}]]")
    return tables


def _read(kind: type[_Table], table: dict[str, Any], name: str, file: str) -> _Table:
    try:
        one = kind.model_validate(table)
    except pydantic.ValidationError as errors:
        error = errors.errors(include_url=False)[0]
        key = str(error["loc"][0])
        if error["type"] == "extra_forbidden":
            near = difflib.get_close_matches(key, kind.model_fields, n=1, cutoff=0.6)
            problem = f"the key is unknown{f'; did you mean {near[0]}?' if near else ''}"
        elif error["type"] == "missing":
            problem = f"it is missing; {_ALLOWED[key]}"
        else:
            problem = f"got {error['input']!r}; {_ALLOWED[key]}"
        raise UnusableInput(file, f"[{name}], {key}: {problem}") from None
    if isinstance(one, Decided):
        for control in one.controls:
            if control not in controls():
                raise UnusableInput(
                    file, f"[{name}], controls: got {control!r}; `hipaa-constructs controls` lists them"
                )
        for needed in _NEEDS[one.decision]:
            if getattr(one, needed) is None:
                raise UnusableInput(file, f"[{name}], {needed}: it is missing; {_ALLOWED[needed]}")
    return one


def judge(
    decided: Sequence[Decided], *, today: datetime.date, standing: datetime.date | None = None
) -> Sequence[Decision]:
    """Return the decisions, one an entry, in the Security Rule's order, without those of a later day."""
    found = {
        control: Decision(
            control=control,
            kind=one.decision,
            reason=one.reason or "",
            alternative=one.alternative or "",
            approved_by=one.approved_by,
            date=one.date,
            due=one.due(),
            status=_status(one, standing or today),
        )
        for one in decided
        if one.date <= today
        for control in one.controls
    }
    return [found[control] for control in controls() if control in found]


def judge_limitations(
    one: Limitations | None, *, today: datetime.date, standing: datetime.date | None = None
) -> LimitationsReview | None:
    """Return the review of the library's limitations, if there is one by that day."""
    if one is None or one.date > today:
        return None
    return LimitationsReview(one.reviewed_by, one.date, one.due(), _status(one, standing or today))


def _status(one: _Dated, today: datetime.date) -> AttestationStatus:
    return "overdue" if one.due() < today else "current"
