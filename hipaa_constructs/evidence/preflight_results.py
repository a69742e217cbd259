"""The answers of ``hipaa-constructs preflight`` about live accounts, read from its JSON."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import pydantic

from hipaa_constructs.cloudformation.load.files import read_json
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance.controls import controls, read
from hipaa_constructs.evidence.attestations import Membership
from hipaa_constructs.evidence.model import PreflightResult

# Older answers of an account are said to be old.
_RECENT_DAYS = 30


class _Result(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="ignore", strict=True)

    id: str
    title: str
    outcome: Literal["passed", "failed", "unknown"]
    message: str
    fix: str = ""
    controls: list[str] = []


class Preflight(pydantic.BaseModel):
    """One run: which account was asked, when, and what it answered."""

    model_config = pydantic.ConfigDict(extra="ignore", strict=True)

    schema_version: Annotated[str, pydantic.StringConstraints(pattern=r"^1\.")]
    account: str
    checked_at: str
    results: list[_Result]
    # Since 1.1; empty is none, and None is not known.
    organization: str | None = None

    def evidence(self) -> Sequence[PreflightResult]:
        """Return the answers; what did not pass carries what to do.

        Which entries a question is about is the catalogue's to say: a file that names none takes nothing away.
        """
        return [self._evidence(one) for one in self.results]

    def _evidence(self, one: _Result) -> PreflightResult:
        known = read("preflight.json").get(one.id.removeprefix("HIPAA.Preflight-"))
        finding = known["finding"] if known else f"Not so: {one.title}"
        cited = known["controls"] if known else [control for control in one.controls if control in controls()]
        says = {"passed": one.title, "failed": finding, "unknown": f"Not known: {one.title}"}
        return PreflightResult(
            id=one.id,
            account=self.account,
            checked_at=self.checked_at,
            title=one.title,
            says=says[one.outcome],
            outcome=one.outcome,
            message=one.message if one.outcome == "passed" else f"{one.message} {one.fix}".strip(),
            controls=tuple(cited),
        )

    def note(self, accounts: Collection[str], today: datetime.date) -> str:
        """Say which account was asked and when, and whether it is one of those that the templates are for."""
        said = f"Preflight asked the account {self.account} at {self.checked_at}."
        day = _day(self.checked_at)
        if day is None:
            said += " That is no time, so nobody knows how old its answers are."
        else:
            days = (today - day).days
            # A day's difference may be the time zone's.
            said += f" That is {days} days before this report." if days > _RECENT_DAYS else ""
            said += " That is after this report." if days < -1 else ""
        if accounts and self.account not in accounts:
            said += " None of these templates is for that account."
        return said


def read_file(file: Path) -> Preflight:
    """Read what ``hipaa-constructs preflight --output`` wrote.

    :raises UnusableInput: it cannot be read, or is something else.
    """
    try:
        return Preflight.model_validate(read_json(file))
    except pydantic.ValidationError as errors:
        error = errors.errors(include_url=False)[0]
        place = ".".join(str(part) for part in error["loc"]) or "the file"
        raise UnusableInput(str(file), f"it is no result of preflight: {place}: {error['msg']}") from None


def organizations_of(asked: Sequence[Preflight]) -> Mapping[str, Membership]:
    """Return the organization that each account said to be in when it was asked, the last answer of each.

    Left out is an account that did not tell.
    """
    found: dict[str, Membership] = {}
    for one in sorted(asked, key=lambda one: one.checked_at):
        day = _day(one.checked_at)
        if one.organization is not None and day is not None:
            found[one.account] = Membership(one.organization, day)
    return found


def _day(moment: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(moment[:10])
    except ValueError:
        return None
