"""The conditions of a template: what each comes to, and the functions that they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, Text, Unknown, as_bool, as_mapping, same

if TYPE_CHECKING:
    from hipaa_constructs.cloudformation.model import Template

# A condition that refers to itself through this many others comes to unknown.
MAX_DEPTH = 60


class Conditions:
    """The named conditions of one template, each worked out once."""

    def __init__(self, template: Template) -> None:
        self._template = template
        self._known: dict[str, bool | Unknown] = {}

    def holds(self, name: Any, depth: int = 0) -> bool | Unknown:
        """Return what a named condition comes to."""
        if not isinstance(name, str) or depth > MAX_DEPTH:
            return UNKNOWN
        if name not in self._known:
            self._known[name] = UNKNOWN  # what a condition that refers to itself comes to
            written = as_mapping(self._template.body.get("Conditions"))
            self._known[name] = as_bool(self._template.resolve(written.get(name, UNKNOWN), depth + 1))
        return self._known[name]

    def forget(self) -> None:
        """Drop what was worked out before the template's body was complete."""
        self._known.clear()


def condition(template: Template, argument: Any, depth: int) -> Any:
    """``Condition``: what another condition comes to."""
    return template.condition(argument, depth)


def if_(template: Template, argument: Any, depth: int) -> Any:
    """``Fn::If``: the branch that the condition chooses, or what both branches come to."""
    if not isinstance(argument, Sequence) or isinstance(argument, str) or len(argument) != 3:
        return UNKNOWN
    holds = template.condition(argument[0], depth)
    if holds is UNKNOWN:
        then, otherwise = template.resolve(argument[1], depth), template.resolve(argument[2], depth)
        return then if same(then, otherwise) else UNKNOWN
    return template.resolve(argument[1 if holds else 2], depth)


def equals(template: Template, argument: Any, depth: int) -> Any:
    """``Fn::Equals``."""
    if not isinstance(argument, Sequence) or isinstance(argument, str) or len(argument) != 2:
        return UNKNOWN
    left, right = template.resolve(argument[0], depth), template.resolve(argument[1], depth)
    if any(side is UNKNOWN or isinstance(side, (Reference, Text)) for side in (left, right)):
        return True if same(left, right) and left is not UNKNOWN else UNKNOWN
    return str(left) == str(right)


def not_(template: Template, argument: Any, depth: int) -> Any:
    """``Fn::Not``."""
    if not isinstance(argument, Sequence) or len(argument) != 1:
        return UNKNOWN
    value = as_bool(template.resolve(argument[0], depth))
    return UNKNOWN if value is UNKNOWN else not value


def and_(template: Template, argument: Any, depth: int) -> Any:
    """``Fn::And``."""
    return _any_or_all(template, argument, depth, decisive=False)


def or_(template: Template, argument: Any, depth: int) -> Any:
    """``Fn::Or``."""
    return _any_or_all(template, argument, depth, decisive=True)


def _any_or_all(template: Template, argument: Any, depth: int, *, decisive: bool) -> Any:
    if not isinstance(argument, Sequence) or isinstance(argument, str):
        return UNKNOWN
    values = [as_bool(template.resolve(item, depth)) for item in argument]
    if any(value is decisive for value in values):
        return decisive
    return UNKNOWN if any(value is UNKNOWN for value in values) else not decisive
