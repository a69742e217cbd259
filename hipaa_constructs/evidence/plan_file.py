"""The file in which an organization says when it starts, who does what, and by when."""

from __future__ import annotations

import datetime
import difflib
from pathlib import Path
from typing import Annotated, Any

import pydantic

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance.toml_file import read_toml
from hipaa_constructs.evidence.model import Plan
from hipaa_constructs.evidence.plan_steps import last_day, weeks

_Owner = Annotated[str, pydantic.StringConstraints(strip_whitespace=True, max_length=200)]

# Later days leave no room for the weeks that are counted from them.
_LAST_YEAR = 8999

_ALLOWED = {
    "owner": "it takes text: the person or role that sees to it",
    "due": "it takes a date without quotes or time, such as 2026-12-06",
}


class _Entry(pydantic.BaseModel):
    """One table of the file."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, strict=True)

    owner: _Owner = ""
    due: datetime.date | None = None


def read_plan(file: Path) -> Plan:
    """Read the file. What it gives no day has until the last one of its week.

    :raises UnusableInput: it cannot be read, is not TOML, or holds a wrong key or value.
    """
    data = dict(read_toml(file))
    start = data.pop("start", None)
    if type(start) is not datetime.date:
        got = "it is missing" if start is None else f"got {start!r}"
        raise UnusableInput(str(file), f"start: {got}; it takes a date without quotes or time, such as 2026-11-30")
    if start.year > _LAST_YEAR:
        raise UnusableInput(str(file), f"start: got {start}; it takes a date before the year {_LAST_YEAR + 1}")
    entries = {name: _entry(name, value, str(file)) for name, value in data.items()}
    due = {name: last_day(start, week) for name, week in weeks().items()}
    due.update((name, one.due) for name, one in entries.items() if one.due is not None)
    return Plan(start, {name: one.owner for name, one in entries.items()}, due)


def _entry(name: str, value: Any, file: str) -> _Entry:
    if name not in weeks():
        near = difflib.get_close_matches(name, weeks(), n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise UnusableInput(file, f"[{name}] is unknown; allowed are start and {', '.join(weeks())}{hint}")
    if not isinstance(value, dict):
        raise UnusableInput(file, f"{name}: it takes a table; write it as [{name}]")
    try:
        return _Entry.model_validate(value)
    except pydantic.ValidationError as errors:
        error = errors.errors(include_url=False)[0]
        key = str(error["loc"][0])
        if error["type"] == "extra_forbidden":
            near = difflib.get_close_matches(key, _ALLOWED, n=1, cutoff=0.6)
            hint = f"; did you mean {near[0]}?" if near else ""
            problem = f"the key is unknown; allowed are {', '.join(_ALLOWED)}{hint}"
        else:
            problem = f"got {error['input']!r}; {_ALLOWED[key]}"
        raise UnusableInput(file, f"[{name}], {key}: {problem}") from None
