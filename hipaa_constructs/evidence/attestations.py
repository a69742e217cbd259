"""What infrastructure cannot show: the file of attestations, checked, and what of it is overdue or missing.

The file also holds what the organization decided about entries, which ``decisions.py`` reads.
"""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

import pydantic

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance.toml_file import read_toml
from hipaa_constructs.evidence import decisions
from hipaa_constructs.evidence.attestation_kinds import Kind, kinds
from hipaa_constructs.evidence.model import AttestationEvidence, AttestationStatus

_MOST_DAYS = 1096

_Line = Annotated[str, pydantic.StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class Attestation(pydantic.BaseModel):
    """One table of the file."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, strict=True)

    date: datetime.date
    owner: _Line
    evidence: _Line
    review_days: Annotated[int, pydantic.Field(ge=1, le=_MOST_DAYS)] | None = None
    account: Annotated[str, pydantic.StringConstraints(pattern=r"^\d{12}$")] | None = None
    organization: Annotated[str, pydantic.StringConstraints(pattern=r"^o-[a-z0-9]{10,32}$")] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Membership:
    """The organization that an account was in on a day; empty where it was in none."""

    organization: str
    day: datetime.date


@dataclass(frozen=True, slots=True)
class Said:
    """All that the file says: attestations by kind, decisions about entries, and who took over the limitations."""

    attestations: Mapping[str, Sequence[Attestation]] = field(default_factory=dict)
    decided: Sequence[decisions.Decided] = ()
    limitations: decisions.Limitations | None = None


def read_file(file: Path) -> Said:
    """Read a file of attestations.

    :raises UnusableInput: it cannot be read, is not TOML, or holds a wrong key or value.
    """
    data = dict(read_toml(file))
    decided, limitations = decisions.take(data, str(file))
    return Said({name: _tables(name, value, str(file)) for name, value in data.items()}, decided, limitations)


def _tables(name: str, value: Any, file: str) -> Sequence[Attestation]:
    kind = kinds().get(name)
    if kind is None:
        near = difflib.get_close_matches(name, [*kinds(), *decisions.TABLES], n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]}?" if near else ""
        allowed = ", ".join([*kinds(), *decisions.TABLES])
        raise UnusableInput(file, f"[{name}] is unknown; allowed are {allowed}{hint}")
    tables = value if isinstance(value, list) else [value]
    if not all(isinstance(table, dict) for table in tables):
        raise UnusableInput(file, f"{name}: it takes a table; write it as [{name}]")
    if len(tables) > 1 and not kind.per_account:
        raise UnusableInput(file, f"[{name}]: got {len(tables)} tables; allowed is one, with the latest date")
    found = [_table(kind, table, file) for table in tables]
    accounts = [one.account for one in found]
    for account in accounts:
        if accounts.count(account) > 1:
            raise UnusableInput(file, f"[{name}]: the account {account} has several tables; allowed is one for each")
    return found


def _table(kind: Kind, table: Mapping[str, Any], file: str) -> Attestation:
    if "account" in table and not kind.per_account:
        raise UnusableInput(file, f"[{kind.id}], account: the key is unknown here; it holds for all accounts")
    if "organization" in table and not kind.per_account:
        raise UnusableInput(file, f"[{kind.id}], organization: the key is unknown here; no account's place changes it")
    try:
        return Attestation.model_validate(table)
    except pydantic.ValidationError as errors:
        error = errors.errors(include_url=False)[0]
        key = ".".join(str(part) for part in error["loc"])
        raise UnusableInput(file, f"[{kind.id}], {key}: {_problem(key, error)}") from None


def _problem(key: str, error: Any) -> str:
    if error["type"] == "missing":
        return f"it is missing; {_ALLOWED[key]}"
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, _ALLOWED, n=1, cutoff=0.6)
        hint = f"; did you mean {near[0]}?" if near else ""
        return f"the key is unknown; allowed are {', '.join(_ALLOWED)}{hint}"
    return f"got {error['input']!r}; {_ALLOWED[key]}"


_ALLOWED = {
    "date": "it takes a date without quotes or time, such as 2026-11-22",
    "owner": "it takes text: the person or role that answers for it",
    "evidence": "it takes text: a link to, or the place of, the record",
    "review_days": f"it takes a whole number, 1 to {_MOST_DAYS}",
    "account": 'it takes the account\'s 12 digits in quotes, such as "111122223333"',
    "organization": 'it takes the id of the organization that the account was in, such as "o-a1b2c3d4e5"',
    "note": "it takes text",
}


def judge(
    attested: Mapping[str, Sequence[Attestation]],
    *,
    today: datetime.date,
    accounts: Collection[str],
    standing: datetime.date | None = None,
    organizations: Mapping[str, Membership] | None = None,
) -> Sequence[AttestationEvidence]:
    """Return everything that has to be attested: current, overdue or missing on a day.

    :param accounts: the accounts of the templates; each needs what is attested for each account.
    :param standing: the day on which they must not be overdue. Default: ``today``.
    :param organizations: where accounts said to be, by account: what was attested of an account in another organization
        is overdue since. Default: no account was asked.
    """
    ends = standing or today
    judged: list[AttestationEvidence] = []
    for kind in kinds().values():
        given = attested.get(kind.id, ())
        if kind.per_account:
            by_account = {one.account or "": one for one in given}
            # One without an account speaks for all: an organization accepts AWS's addendum for its members.
            wanted = sorted({*accounts, *by_account} - {""}) or [""]
            for account in wanted:
                one = by_account.get(account, by_account.get(""))
                judged.append(_moved(_evidence(kind, one, account, today, ends), (organizations or {}).get(account)))
        else:
            judged.append(_evidence(kind, given[0] if given else None, "", today, ends))
    return judged


def _evidence(
    kind: Kind, one: Attestation | None, account: str, today: datetime.date, standing: datetime.date
) -> AttestationEvidence:
    if one is not None and one.date > today:
        # A report for an earlier day does not know of it yet.
        one = None
    days = one.review_days if one is not None and one.review_days else kind.review_days
    due = one.date + datetime.timedelta(days=days) if one is not None else None
    status: AttestationStatus = "missing" if due is None else "overdue" if due < standing else "current"
    return AttestationEvidence(
        id=f"{kind.id}:{account}" if account else kind.id,
        title=kind.title,
        controls=kind.controls,
        beyond=kind.beyond,
        status=status,
        date=one.date if one else None,
        due=due,
        review_days=days,
        owner=one.owner if one else "",
        evidence=one.evidence if one else "",
        account=account,
        note=one.note if one else "",
        organization=(one.organization or "") if one else "",
    )


def _moved(one: AttestationEvidence, now: Membership | None) -> AttestationEvidence:
    """Say of what was attested of an account that is in another organization since: it is to be attested again."""
    if now is None or one.due is None or not one.organization or one.organization == now.organization:
        return one
    there = f"in the organization {now.organization}" if now.organization else "in no organization"
    said = f"Attested for {one.organization}, and on {now.day} the account is {there}: attest it again."
    return replace(one, status="overdue", due=min(one.due, now.day), note=f"{said} {one.note}".strip())
