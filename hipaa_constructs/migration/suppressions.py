"""What a suppression of cdk-nag 2 is here; imports no aws_cdk."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass

from hipaa_constructs.compliance.nag import prefixes
from hipaa_constructs.compliance.twins import nag_twins, twin_of

# The rules of cdk-nag's that report each value as a finding of its own, which an id without it does not accept
# (packs/aws-solutions.ts of cdk-nag 3.0, where they call themselves granular).
_GRANULAR = frozenset(f"AwsSolutions-{name}" for name in ("DOC5", "EKS2", "IAM4", "IAM5", "OS9", "RDS16"))
_SELF = "CdkNagValidationFailure"
REGEX = "A regular expression stands for findings that nobody named; an acknowledgement names one: RuleId[Finding]."


@dataclass(frozen=True, slots=True)
class Approval:
    """Who answers for what is carried over, and until when; nobody can make that up."""

    approved_by: str
    expires: datetime.date


@dataclass(frozen=True, slots=True)
class Found:
    """A suppression, or another use of cdk-nag 2, and what becomes of it.

    ``becomes`` are the ids to acknowledge. ``why`` says why it is left to people; empty where it is carried over.
    ``note`` is what to know all the same. ``path`` is the construct path for a reviewed file, where that is the way.
    """

    file: str
    line: int
    rule_id: str
    becomes: tuple[str, ...] = ()
    why: str = ""
    note: str = ""
    path: str = ""
    reason: str = ""

    def __str__(self) -> str:
        """Say it in one line."""
        becomes = f" -> {', '.join(self.becomes)}" if self.becomes else ""
        said = " ".join(part for part in (self.why, self.note) if part)
        return f"{self.file}:{self.line}: {self.rule_id}{becomes}{f'  ({said})' if said else ''}"


def becomes(rule_id: str, applies_to: Sequence[str] | None) -> tuple[tuple[str, ...], str]:
    """Return the ids to acknowledge for a suppression, and why there are none where there are none.

    :param applies_to: the findings that it was limited to. Default: all of the rule.
    """
    if rule_id == _SELF:
        return (), "cdk-nag 3 has no such rule: what it cannot judge, the gate reports as unknown."
    if applies_to:
        return tuple(f"{rule_id}[{finding}]" for finding in applies_to), ""
    twin = twin_of(rule_id)
    own = twin.own.get("*", ()) if twin and len(twin.own) == 1 else ()
    if len(own) == 1:
        return own, ""
    if rule_id in _GRANULAR:
        return (), "cdk-nag 3 reports each value as a finding of its own: acknowledge those that synth shows."
    return (rule_id,), ""


def note_of(rule_id: str) -> str:
    """Return what to know of an id that stays as it is."""
    twin = twin_of(rule_id)
    own = sorted({one for ids in twin.own.values() for one in ids}) if twin else []
    if len(own) > 1:
        return f"Several rules here are about it: {', '.join(own)}."
    known = rule_id.startswith(prefixes()) or rule_id in nag_twins()
    return "" if known else "No pack known here has such a rule."


def as_toml(found: Found, approval: Approval) -> str:
    """Return entries of the reviewed file for a suppression that names a path."""
    return "\n".join(
        "\n".join(
            (
                "[[acknowledgement]]",
                f"rule = {_quoted(rule_id)}",
                f"path = {_quoted(found.path)}",
                f"reason = {_quoted(found.reason)}",
                f"approved_by = {_quoted(approval.approved_by)}",
                f"expires = {approval.expires}",
                "",
            )
        )
        for rule_id in found.becomes
    )


def _quoted(text: str) -> str:
    # A basic string of TOML takes the escapes of JSON, but for DEL, which it does not take as it is.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
