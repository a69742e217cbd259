"""Properties that decide a rule: what they must be, and what the service does where they are absent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Resolved,
    Ternary,
    Unknown,
    as_int,
    as_items,
    is_mapping,
    is_one_of,
    placed,
)
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Verdict, failed, unknown, worst

# Answers about a value that is present.
Test = Callable[[Any], Ternary]


def at_least(minimum: int) -> Test:
    """Return a test that a number is ``minimum`` or more."""

    def test(value: Resolved) -> Ternary:
        number = as_int(value)
        return Ternary.UNKNOWN if isinstance(number, Unknown) else Ternary.of(number is not None and number >= minimum)

    return test


def one_of(*allowed: str) -> Test:
    """Return a test that a string is one of ``allowed``."""
    return lambda value: is_one_of(value, *allowed)


@dataclass(frozen=True, slots=True)
class Setting:
    """A property that decides a rule for resources of one type.

    ``path`` is dotted; ``[]`` behind a name stands for every item of a list. ``default`` is what the service
    takes where the property is absent; None says that absence is not compliant. ``unless`` tells what the
    setting does not concern. ``value`` is what to set so that it complies.
    """

    path: str
    test: Test
    default: object = None
    unless: Callable[[Resource], bool] | None = None
    value: object = True

    def judge(self, resource: Resource) -> Verdict:
        """Judge a resource by this setting alone."""
        if self.unless is not None and self.unless(resource):
            return NOT_APPLICABLE
        return worst(self._judge(name, value) for name, value in placed(resource.properties, self.path))

    def _judge(self, name: str, value: Resolved) -> Verdict:
        seen: object = self.default if value is None else value
        holds = Ternary.NO if seen is None else self.test(seen)
        if holds is Ternary.YES:
            return PASSED
        if holds is Ternary.UNKNOWN:
            return unknown(f"{name} is known only at deployment.")
        if value is None:
            means = "" if seen is None else f", so it is {shown(seen)}"
            return failed(f"{name} is not set{means}.")
        return failed(f"{name} is {shown(seen)}.")


Table = Mapping[str, Setting]


def judge_by(table: Table) -> Callable[[Resource], Verdict]:
    """Return the check of a rule that asks one setting of each of its types."""
    return lambda resource: table[resource.type].judge(resource)


def to_set(table: Mapping[str, Setting | Sequence[Setting]]) -> Mapping[str, Mapping[str, object]]:
    """Return what each type of a table has to set, by path."""
    return {
        kind: {setting.path: setting.value for setting in ([row] if isinstance(row, Setting) else row)}
        for kind, row in table.items()
    }


def shown(value: object) -> str:
    """Return a value as a message shows it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(shown(item) for item in value) or "empty"
    return str(value)


def attributes(resource: Resource, path: str) -> Mapping[str, Resolved] | None:
    """Return a list of ``Key``/``Value`` pairs as a mapping; None where a key cannot be told."""
    pairs = as_items(resource.get(path))
    known = [pair for pair in pairs if is_mapping(pair) and pair.get("Key") is not UNKNOWN]
    return {str(pair.get("Key")): pair.get("Value") for pair in known} if len(known) == len(pairs) else None
