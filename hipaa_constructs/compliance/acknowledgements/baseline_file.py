"""The file of the baseline, read and written; imports no aws_cdk."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance.acknowledgements.acknowledgement import bare
from hipaa_constructs.compliance.acknowledgements.baseline import Entry
from hipaa_constructs.compliance.rule import Debt
from hipaa_constructs.compliance.said import LONGEST_DAYS
from hipaa_constructs.compliance.toml_file import as_date, read_tables

DEFAULT_FILE = "hipaa-baseline.toml"
TABLE = "known"

_TEXTS = ("rule", "path", "fingerprint", "owner")
_DATES = ("first_seen", "until")
_KEYS = ("rule", "path", "fingerprint", "first_seen", "owner", "until")
_HEAD = """\
# Findings that are known and not mended yet: debt, each with who mends it and the last day on which it may be open.
# They fail nothing until then, and count as open in evidence. New findings fail. `hipaa-constructs baseline --update`
# takes out what is mended, and writes this file anew, without comments of yours.
"""


def read_baseline(file: Path, *, today: datetime.date) -> Sequence[Entry]:
    """Read a baseline.

    :param today: the day from which no entry may last longer than a year.
    :raises UnusableInput: it cannot be read, is not TOML, or holds a wrong key or value.
    """
    return [_entry(table, number, str(file), today) for number, table in enumerate(read_tables(file, TABLE), start=1)]


def read_present(file: Path | str | None, *, today: datetime.date) -> Sequence[Entry]:
    """Read the baseline that was named, or else the default one if it is there.

    :raises UnusableInput: as of ``read_baseline``.
    """
    if file is not None:
        return read_baseline(Path(file), today=today)
    default = Path(DEFAULT_FILE)
    return read_baseline(default, today=today) if default.is_file() else ()


def too_long(until: datetime.date, today: datetime.date) -> bool:
    """Whether a day is more than a year ahead."""
    return until > today + datetime.timedelta(days=LONGEST_DAYS)


def _entry(table: Mapping[str, Any], number: int, file: str, today: datetime.date) -> Entry:
    def refuse(key: str, problem: str) -> NoReturn:
        raise UnusableInput(file, f"entry {number}, {key}: {problem}")

    for key in table:
        if key not in _KEYS:
            refuse(repr(key), f"the key is unknown; allowed are {', '.join(_KEYS)}")
    for key in _TEXTS:
        if key not in table:
            refuse(key, "it is missing; write it as text")
        if not isinstance(table[key], str):
            refuse(key, f"got {table[key]!r}; it takes text")
        if not table[key].strip():
            refuse(key, "it is empty")
    dates: dict[str, datetime.date] = {}
    for key in _DATES:
        got = f"got {table[key]!r}" if key in table else "it is missing"
        dates[key] = as_date(table.get(key)) or refuse(key, f"{got}; it takes a date such as 2027-06-30")
    first_seen, until = dates["first_seen"], dates["until"]
    if until < first_seen:
        refuse("until", f"got {until}, before it was first seen on {first_seen}")
    if too_long(until, today):
        refuse("until", f"got {until}, more than a year ahead; give a day within a year, and look at it again then")
    return Entry(
        rule_id=bare(table["rule"].strip()),
        path=table["path"].strip().lstrip("/"),
        fingerprint=table["fingerprint"].strip(),
        debt=Debt(first_seen, table["owner"].strip(), until),
        source=file,
    )


def as_toml(entries: Iterable[Entry]) -> str:
    """Return a baseline as text, the same for the same entries in any order."""
    return "\n".join([_HEAD, *sorted(map(_table, entries))])


def _table(entry: Entry) -> str:
    return (
        f"[[{TABLE}]]\n"
        f"path = {_text(entry.path)}\n"
        f"rule = {_text(entry.rule_id)}\n"
        f"fingerprint = {_text(entry.fingerprint)}\n"
        f"first_seen = {entry.debt.first_seen}\n"
        f"owner = {_text(entry.debt.owner)}\n"
        f"until = {entry.debt.until}\n"
    )


def _text(value: str) -> str:
    """Write a basic string; JSON's escapes are among TOML's, which has one more sign to escape."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
