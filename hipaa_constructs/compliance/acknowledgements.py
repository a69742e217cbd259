"""Acknowledgements as data: what each covers, and where they are read from; imports no aws_cdk."""

from __future__ import annotations

import datetime
import fnmatch
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn

from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.compliance.unusable import UnusableInput

# Under this key the gate and the evidence find in the cloud assembly what was acknowledged in code.
METADATA_KEY = "hipaa-constructs:acknowledgement"
# CDK's own record of the same; it keeps only id and reason.
CDK_METADATA_KEY = "aws:cdk:acknowledged-rules"
DEFAULT_FILE = "hipaa-acknowledgements.toml"

Origin = Literal["code", "file", "library"]

_QUALIFIED = re.compile(r"([\w.\- ]+)::")
_TEXTS = {"rule": True, "path": True, "reason": True, "approved_by": True, "ticket": False, "compensating_control": False}
_KEYS = ("rule", "path", "reason", "approved_by", "expires", "ticket", "compensating_control")


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A finding that someone accepted: which, where, why, on whose word and until when.

    ``path`` is a construct path, which stands for the construct and all below it; with origin ``file`` it may hold
    ``*`` and ``?``. A resource without a construct path goes by ``<template name>/<logical id>``.
    ``source`` names the file and entry where the acknowledgement is written, if it is not written in code.
    """

    rule_id: str
    reason: str
    approved_by: str
    expires: datetime.date | None
    ticket: str | None
    compensating_control: str | None
    path: str
    origin: Origin
    source: str = ""

    def covers(self, finding: Finding) -> bool:
        """Whether rule and place are those of ``finding``, whatever the date."""
        return bare(self.rule_id) == bare(finding.rule_id) and self.reaches(place_of(finding))

    def reaches(self, place: str) -> bool:
        """Whether a construct path lies at or below what the acknowledgement names."""
        if self.origin == "file":
            pattern = self.path.rstrip("/").replace("[", "[[]")
            return fnmatch.fnmatchcase(place, pattern) or fnmatch.fnmatchcase(place, f"{pattern}/*")
        return self.path in ("", place) or place.startswith(f"{self.path}/")

    def expired(self, today: datetime.date) -> bool:
        """Whether its last day is over."""
        return self.expires is not None and self.expires < today


def place_of(finding: Finding) -> str:
    """Return where a finding lies: its construct path, or template and logical id where no construct made it."""
    return finding.construct_path or f"{finding.template}/{finding.resource_logical_id}"


def bare(rule_id: str) -> str:
    """Drop the pack before ``::`` where the rule's id repeats it, as in ``Pack::Pack-Rule``."""
    qualified = _QUALIFIED.match(rule_id)
    if qualified and rule_id[qualified.end() :].startswith(f"{qualified.group(1)}-"):
        return rule_id[qualified.end() :]
    return rule_id


def from_metadata(data: Any, path: str) -> Acknowledgement | None:
    """Return what ``acknowledge`` wrote on the construct at ``path``."""
    if not isinstance(data, Mapping) or not isinstance(data.get("rule_id"), str):
        return None
    texts = {key: value if isinstance(value := data.get(key), str) else None for key in _KEYS}
    return Acknowledgement(
        rule_id=bare(data["rule_id"]),
        reason=texts["reason"] or "",
        approved_by=texts["approved_by"] or "",
        expires=_iso_date(texts["expires"]),
        ticket=texts["ticket"],
        compensating_control=texts["compensating_control"],
        path=path,
        origin="library" if data.get("origin") == "library" else "code",
    )


def ungoverned(rule_id: str, reason: Any, path: str) -> Acknowledgement:
    """Return what CDK's own ``Validations.acknowledge`` wrote: an acknowledgement without approver and end."""
    return Acknowledgement(bare(rule_id), str(reason or ""), "", None, None, None, path, "code")


def read_file(file: Path) -> Sequence[Acknowledgement]:
    """Read a reviewed file of acknowledgements.

    :raises UnusableInput: it cannot be read, is not TOML, or holds a wrong key or value.
    """
    try:
        data = tomllib.loads(file.read_text("utf-8-sig"))
    except OSError as error:
        raise UnusableInput(str(file), f"cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise UnusableInput(str(file), f"is not UTF-8 text: {error.reason} at byte {error.start}") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        at = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        place = {"line": int(at.group(1)), "column": int(at.group(2))} if at else {}
        raise UnusableInput(str(file), f"not valid TOML: {str(error).partition(' (at ')[0]}", **place) from None
    for key in data:
        if key != "acknowledgement":
            raise UnusableInput(str(file), f"the key {key!r} is unknown; the file holds [[acknowledgement]] tables only")
    entries = data.get("acknowledgement", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise UnusableInput(str(file), "acknowledgement must be a list of tables; write each as [[acknowledgement]]")
    return [_entry(entry, number, str(file)) for number, entry in enumerate(entries, start=1)]


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
    expires = entry.get("expires")
    if isinstance(expires, datetime.datetime):
        expires = expires.date()
    elif isinstance(expires, str):
        expires = _iso_date(expires) or refuse("expires", f"got {expires!r}; it takes a date such as 2027-06-30")
    if not isinstance(expires, datetime.date):
        got = "it is missing" if expires is None else f"got {expires!r}"
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


def _iso_date(text: str | None) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text) if text else None
    except ValueError:
        return None


# The rules that acknowledgements themselves are held to stand in their own module; callers need only this one.
from hipaa_constructs.compliance.governance import Governed, govern  # noqa: E402

__all__ = [
    "CDK_METADATA_KEY",
    "DEFAULT_FILE",
    "METADATA_KEY",
    "Acknowledgement",
    "Governed",
    "bare",
    "from_metadata",
    "govern",
    "place_of",
    "read_file",
    "ungoverned",
]
