"""Properties that decide a rule: what they must be, and what the service does where they are absent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, Text, as_bool, as_int, as_list, spread
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Verdict, failed, unknown, worst

# Answers True, False or UNKNOWN about a value that is present.
Test = Callable[[Any], Any]


def is_true(value: Any) -> Any:
    """Whether a value is true, in either of CloudFormation's spellings."""
    return as_bool(value)


def is_false(value: Any) -> Any:
    """Whether a value is false, in either of CloudFormation's spellings."""
    read = as_bool(value)
    return UNKNOWN if read is UNKNOWN else not read


def is_present(value: Any) -> Any:
    """Whether a value says anything at all; an empty string does not."""
    return UNKNOWN if value is UNKNOWN else value not in ("", [], {})


def at_least(minimum: int) -> Test:
    """Return a test that a number is ``minimum`` or more."""

    def test(value: Any) -> Any:
        number = as_int(value)
        return UNKNOWN if number is UNKNOWN else number >= minimum

    return test


def one_of(*allowed: str) -> Test:
    """Return a test that a string is one of ``allowed``."""

    def test(value: Any) -> Any:
        return UNKNOWN if value is UNKNOWN or isinstance(value, (Reference, Text)) else value in allowed

    return test


@dataclass(frozen=True, slots=True)
class Setting:
    """A property that decides a rule for resources of one type.

    ``path`` is dotted; ``[]`` behind a name stands for every item of a list. ``default`` is what the service
    takes where the property is absent; None says that absence is not compliant. ``unless`` tells what the
    setting does not concern.
    """

    path: str
    test: Test
    default: Any = None
    unless: Callable[[Resource], bool] | None = None

    def judge(self, resource: Resource) -> Verdict:
        """Judge a resource by this setting alone."""
        if self.unless is not None and self.unless(resource):
            return NOT_APPLICABLE
        return worst(self._judge(value) for value in spread(resource.properties, self.path))

    def _judge(self, value: Any) -> Verdict:
        name = self.path.replace("[]", "")
        seen = self.default if value is None else value
        holds = False if seen is None else self.test(seen)
        if holds is True:
            return PASSED
        if holds is UNKNOWN:
            return unknown(f"{name} is known only at deployment.")
        if value is None:
            means = "" if seen is None else f", so it is {shown(seen)}"
            return failed(f"{name} is not set{means}.")
        return failed(f"{name} is {shown(seen)}.")


Table = Mapping[str, Setting]


def judge_by(table: Table) -> Callable[[Resource], Verdict]:
    """Return the check of a rule that asks one setting of each of its types."""
    return lambda resource: table[resource.type].judge(resource)


def shown(value: Any) -> str:
    """Return a value as a message shows it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(shown(item) for item in value) or "empty"
    return str(value)


def attributes(resource: Resource, path: str) -> Mapping[str, Any] | None:
    """Return a list of ``Key``/``Value`` pairs as a mapping; None where a key cannot be told."""
    items = as_list(resource.get(path))
    if items is UNKNOWN or any(not isinstance(item, Mapping) or item.get("Key") is UNKNOWN for item in items):
        return None
    return {str(item.get("Key")): item.get("Value") for item in items}
