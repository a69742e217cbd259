"""A template's ``Rules``: combinations of parameters that CloudFormation refuses to deploy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hipaa_constructs.cloudformation.conditions import compared, told_equal
from hipaa_constructs.cloudformation.values import UNKNOWN, Unknown, as_list, as_mapping, negated
from hipaa_constructs.cloudformation.worlds import World

if TYPE_CHECKING:
    from hipaa_constructs.cloudformation.model import Template


def accepts(template: Template, rule: Any, world: World) -> bool:
    """Whether a rule lets a world pass; one that asks for more than the world answers does."""
    written = as_mapping(rule)

    def refused() -> bool:
        applies = _holds(template, written["RuleCondition"]) if "RuleCondition" in written else True
        asserted = [_holds(template, as_mapping(one).get("Assert")) for one in as_list(written.get("Assertions"))]
        return applies is True and any(holds is False for holds in asserted)

    answer, asked = template.app.worlds.within(world, refused)
    return not (answer and all(choice in world for choice in asked))


def _holds(template: Template, written: Any) -> bool | Unknown:
    """Return what a rule's function comes to; the functions of conditions, and some that rules alone have."""
    if not isinstance(written, Mapping) or len(written) != 1:
        return UNKNOWN
    ((function, argument),) = written.items()
    if function == "Fn::Not":
        return negated(_holds(template, as_list(argument)[0] if as_list(argument) else None))
    if function in ("Fn::And", "Fn::Or"):
        decisive: bool = function == "Fn::Or"
        parts = [_holds(template, one) for one in as_list(argument)]
        if any(part is decisive for part in parts):
            return decisive
        return UNKNOWN if any(part is UNKNOWN for part in parts) else not decisive
    sides = as_list(argument)
    if function == "Fn::Equals" and len(sides) == 2:
        return told_equal(*(compared(template, side, 0) for side in sides))
    if function == "Fn::Contains" and len(sides) == 2 and isinstance(sides[0], list):
        given = compared(template, sides[1], 0)
        found = [told_equal(compared(template, one, 0), given) for one in sides[0]]
        if any(one is True for one in found):
            return True
        return UNKNOWN if any(one is UNKNOWN for one in found) else False
    return UNKNOWN
