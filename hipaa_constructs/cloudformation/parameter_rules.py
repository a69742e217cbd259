"""A template's ``Rules``: combinations of parameters that CloudFormation refuses to deploy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hipaa_constructs.cloudformation.conditions import compared, told_equal
from hipaa_constructs.cloudformation.values import Ternary, all_of, any_of, as_items, as_mapping, negate
from hipaa_constructs.cloudformation.worlds import World

if TYPE_CHECKING:
    from hipaa_constructs.cloudformation.model import Template


def allows(template: Template, rule: Any, world: World) -> bool:
    """Whether a rule lets a world pass; one that asks for more than the world answers does."""
    written = as_mapping(rule)

    def refused() -> bool:
        applies = _holds(template, written["RuleCondition"]) if "RuleCondition" in written else Ternary.YES
        asserted = [_holds(template, as_mapping(one).get("Assert")) for one in as_items(written.get("Assertions"))]
        return applies is Ternary.YES and any(holds is Ternary.NO for holds in asserted)

    answer, asked = template.app.worlds.within(world, refused)
    return not (answer and all(choice in world for choice in asked))


def guards(template: Template, rule: Any, world: World) -> bool:
    """Whether an assertion of a rule speaks against a world, be it on a condition that the world does not answer."""

    def spoken_against() -> bool:
        written = as_mapping(rule)
        return any(
            _holds(template, as_mapping(one).get("Assert")) is Ternary.NO for one in as_items(written.get("Assertions"))
        )

    answer, asked = template.app.worlds.within(world, spoken_against)
    return answer and all(choice in world for choice in asked)


def _holds(template: Template, written: Any) -> Ternary:
    """Return what a rule's function comes to; the functions of conditions, and some that rules alone have."""
    if not isinstance(written, Mapping) or len(written) != 1:
        return Ternary.UNKNOWN
    ((function, argument),) = written.items()
    sides = as_items(argument)
    if function == "Fn::Not":
        return negate(_holds(template, sides[0] if sides else None))
    if function in ("Fn::And", "Fn::Or"):
        return (any_of if function == "Fn::Or" else all_of)(_holds(template, one) for one in sides)
    if function == "Fn::Equals" and len(sides) == 2:
        return told_equal(*(compared(template, side, 0) for side in sides))
    if function == "Fn::Contains" and len(sides) == 2 and isinstance(sides[0], list):
        given = compared(template, sides[1], 0)
        return any_of(told_equal(compared(template, one, 0), given) for one in sides[0])
    return Ternary.UNKNOWN
