"""What AWS takes of a template, a policy or a resource at most, and how much of it is known before deployment."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, Text, is_mapping
from hipaa_constructs.compliance.controls import read
from hipaa_constructs.compliance.rule import PASSED, Verdict, failed


@dataclass(frozen=True, slots=True)
class Quota:
    """How much AWS takes at most, by which of its pages; where it is adjustable, how much before it is raised."""

    limit: int
    source: str
    adjustable: bool = False

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Quota:
        """Make it of an entry of the catalogue."""
        return cls(entry["limit"], entry["source"], entry.get("adjustable", False))

    def judge(self, name: str, known: int, unit: str) -> Verdict:
        """Judge what is known of something; a quota that AWS may have raised is worth a warning.

        :param known: how much there is at least.
        """
        if known <= self.limit:
            return PASSED
        takes = f"{self.limit} unless the quota was raised" if self.adjustable else self.limit
        return failed(
            f"{name} has {known} {unit} or more; AWS takes {takes} ({self.source}).",
            severity="warning" if self.adjustable else None,
        )


@cache
def quotas() -> Mapping[str, Any]:
    """Return the table of quotas."""
    table: Mapping[str, Any] = read("quotas.json")
    return table


def known_characters(document: object) -> int:
    """Return how long a policy is as compact JSON, at least: what deployment fills in counts nothing."""
    return 0 if document is UNKNOWN else len("".join(_compact(document).split()))


def known_bytes(value: object) -> int:
    """Return how many bytes a text has, or the compact JSON of anything else, at least."""
    known = _known(value)
    return len((known if isinstance(known, str) else _json(known)).encode("utf-8", "surrogatepass"))


def _compact(value: object) -> str:
    return _json(_known(value))


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _known(value: object) -> object:
    """Return a value without what only deployment fills in."""
    if is_mapping(value):
        return {str(key): _known(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_known(item) for item in value]
    if value is UNKNOWN or isinstance(value, Reference):
        return ""
    if isinstance(value, Text):
        return "".join(part for part in value.parts if isinstance(part, str))
    # What stands for a secret, or a parameter's value, is no part of what is deployed.
    return re.sub(r"\{\{resolve:.*?\}\}", "", value) if isinstance(value, str) else value
