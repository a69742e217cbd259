"""The answers as data: what was asked of which account, and what it said; ``hipaa-constructs report`` reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

SCHEMA_VERSION = "1.1"

Outcome = Literal["passed", "failed", "unknown"]
Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Result:
    """One answer.

    ``unknown`` means that the account did not say, for want of a permission or otherwise; ``fix`` then names what is
    needed. ``resources`` are those that fail, ``permissions`` what the check needs.
    """

    id: str
    title: str
    severity: Severity
    outcome: Outcome
    message: str
    fix: str
    controls: tuple[str, ...]
    permissions: tuple[str, ...]
    resources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """All answers of one run; before a deployment, with the landing zone's configuration that fits the account.

    ``organization`` is the id of the one that the account is in; empty if it is in none, and None if it did not say.
    """

    account: str
    regions: tuple[str, ...]
    checked_at: str
    results: tuple[Result, ...]
    configuration: Mapping[str, Any] | None = None
    organization: str | None = None

    def open(self, fail_on: Severity) -> Sequence[Result]:
        """Return what did not pass, of the given severity or worse; an unknown is never a pass."""
        counted = ("error",) if fail_on == "error" else ("error", "warning")
        return [result for result in self.results if result.outcome != "passed" and result.severity in counted]


def as_json(report: Report) -> str:
    """Write a report; keys are added in later versions, but none of them changes its meaning within ``1.x``."""
    data = {"schema_version": SCHEMA_VERSION, **asdict(report)}
    for key in ("configuration", "organization"):
        if data[key] is None:
            del data[key]
    return json.dumps(data, indent=2) + "\n"
