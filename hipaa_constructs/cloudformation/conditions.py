"""The conditions of a template: what each comes to, and the functions that they are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Gap,
    Reference,
    Ternary,
    Text,
    Unknown,
    Unlisted,
    as_bool,
    as_mapping,
    literal_text,
    same,
)
from hipaa_constructs.cloudformation.worlds import OTHER, Memo

if TYPE_CHECKING:
    from hipaa_constructs.cloudformation.model import Template

# A condition that refers to itself through this many others comes to unknown.
MAX_DEPTH = 60
# What CloudFormation fills in by where a template is deployed.
PSEUDO: Final = ("AWS::AccountId", "AWS::Partition", "AWS::Region")


class Conditions:
    """The named conditions of one template."""

    def __init__(self, template: Template) -> None:
        self._template = template
        self._known: dict[str, Memo] = {}
        # Those that are being worked out: one that refers to itself never comes to anything.
        self._pending: set[str] = set()

    def holds(self, name: Any, depth: int = 0) -> bool | Unknown:
        """Return what a named condition comes to in the present world; ``UNKNOWN`` if there is none of that name."""
        if not isinstance(name, str) or depth > MAX_DEPTH or name in self._pending:
            return UNKNOWN
        written = as_mapping(self._template.body.get("Conditions"))
        if name not in written:
            return UNKNOWN
        return self._template.app.worlds.memo(
            self._known.setdefault(name, Memo()), lambda: self._worked_out(name, written[name], depth)
        )

    def _worked_out(self, name: str, written: Any, depth: int) -> bool | Unknown:
        self._pending.add(name)
        try:
            comes_to = as_bool(self._template.resolve(written, depth + 1))
        finally:
            self._pending.discard(name)
        if isinstance(comes_to, bool):
            return comes_to
        holds: bool | Unknown = self._template.app.worlds.take(self._template.choices.named_condition(name))
        return holds

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
    """``Fn::Equals``: what the two sides come to, or an answer of the present world where nothing tells."""
    if not isinstance(argument, Sequence) or isinstance(argument, str) or len(argument) != 2:
        return UNKNOWN
    answer = told_equal(*(compared(template, side, depth) for side in argument))
    if answer is Ternary.UNKNOWN:
        return template.app.worlds.take(template.choices.condition(argument))
    return answer is Ternary.YES


def told_equal(left: Any, right: Any) -> Ternary:
    """Whether two resolved sides are equal, as far as they tell."""
    if same(left, right):
        return Ternary.YES
    for side, other in ((left, right), (right, left)):
        if isinstance(side, (bool, int, float)) or _is_literal(side):
            if _is_literal(other) or isinstance(other, (bool, int, float)):
                return Ternary.of(literal_text(side) == literal_text(other))
            if isinstance(other, Unlisted) and literal_text(side) in other.listed:
                return Ternary.NO
            if side == "" and _is_never_empty(other):
                return Ternary.NO
    return Ternary.UNKNOWN


def compared(template: Template, written: Any, depth: int) -> Any:
    """Resolve what a condition compares, or a mapping's key: here the Region and its like are answered too."""
    name = written.get("Ref") if isinstance(written, Mapping) and len(written) == 1 else None
    if name in PSEUDO and name not in template.parameters:
        known = template.pseudo_parameter(name)
        if known is not None:
            return known
        if template.app.worlds.exploring:
            choice = template.choices.pseudo(name)
            answer = template.app.worlds.take(choice)
            return Unlisted.of(name, map(literal_text, choice.values)) if answer is OTHER else answer
    return template.resolve(written, depth)


def _is_never_empty(value: Any) -> bool:
    """Whether a value names something that exists, or has text around its gaps."""
    if not isinstance(value, Text):
        return isinstance(value, Reference)
    return any(not isinstance(part, Gap) or part.single for part in value.parts)


def _is_literal(value: Any) -> bool:
    return isinstance(value, str) and not isinstance(value, Text)


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
    answer: Any = not decisive
    # One after the other, as deployment does: what comes after a decisive one is not asked for.
    for item in argument:
        value = as_bool(template.resolve(item, depth))
        if value is decisive:
            return decisive
        answer = answer if isinstance(value, bool) else UNKNOWN
    return answer
