"""The reviewed file of acknowledgements; imports no aws_cdk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement, bare
from hipaa_constructs.compliance.toml_file import as_date, read_tables

DEFAULT_FILE = "hipaa-acknowledgements.toml"

# Each with whether it has to be there.
_TEXTS = {
    "rule": True,
    "path": True,
    "reason": True,
    "approved_by": True,
    "ticket": False,
    "compensating_control": False,
}
_KEYS = ("rule", "path", "reason", "approved_by", "expires", "ticket", "compensating_control")


def read_file(file: Path) -> Sequence[Acknowledgement]:
    """Read a reviewed file of acknowledgements.

    :raises UnusableInput: it cannot be read, is not TOML, or holds a wrong key or value.
    """
    entries = read_tables(file, "acknowledgement")
    return [_entry(entry, number, str(file)) for number, entry in enumerate(entries, start=1)]


def read_present(file: Path | None) -> Sequence[Acknowledgement]:
    """Read the reviewed file that was named, or else the default one if it is there.

    :raises UnusableInput: as of ``read_file``.
    """
    if file is not None:
        return read_file(file)
    default = Path(DEFAULT_FILE)
    return read_file(default) if default.is_file() else ()


def _entry(entry: Mapping[str, Any], number: int, file: str) -> Acknowledgement:
    source = f"{file}, entry {number}"

    def refuse(key: str, problem: str) -> NoReturn:
        raise UnusableInput(file, f"entry {number}, {key}: {problem}")

    for key in entry:
        if key not in _KEYS:
            refuse(repr(key), f"the key is unknown; allowed are {', '.join(_KEYS)}")
    for key, required in _TEXTS.items():
        value = entry.get(key)
        if value is None and not required:
            continue
        if value is None:
            refuse(key, "it is missing; write it as text")
        if not isinstance(value, str):
            refuse(key, f"got {value!r}; it takes text")
        # An empty reason or approver is a finding of the gate; without rule and path nobody knows what is meant.
        if key in ("rule", "path") and not value.strip():
            refuse(key, "it is empty")
    expires = as_date(entry.get("expires"))
    if expires is None:
        got = f"got {entry['expires']!r}" if "expires" in entry else "it is missing"
        refuse("expires", f"{got}; it takes a date such as 2027-06-30")
    return Acknowledgement(
        rule_id=bare(entry["rule"].strip()),
        reason=entry["reason"],
        approved_by=entry["approved_by"],
        expires=expires,
        ticket=entry.get("ticket"),
        compensating_control=entry.get("compensating_control"),
        path=entry["path"].strip().lstrip("/"),
        origin="file",
        source=source,
    )
