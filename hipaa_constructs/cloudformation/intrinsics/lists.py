"""``Fn::Select``, ``Fn::Split`` and ``Fn::Length``: lists, and texts that come to lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hipaa_constructs.cloudformation.intrinsics.arns import arn_parts, stands_behind_slash
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Gap,
    Part,
    Reference,
    SomeItems,
    Text,
    Unlisted,
    as_int,
    count,
)

if TYPE_CHECKING:
    from hipaa_constructs.cloudformation.model import Template


def select(template: Template, argument: Any, depth: int) -> Any:
    """``Fn::Select``: an item of a list."""
    if not isinstance(argument, Sequence) or isinstance(argument, str) or len(argument) != 2:
        return UNKNOWN
    index, items = as_int(template.resolve(argument[0], depth)), template.resolve(argument[1], depth)
    if not isinstance(index, int) or not isinstance(items, list) or index < 0:
        return UNKNOWN
    if isinstance(items, SomeItems):
        if items.gap is None or isinstance(items[0], Unlisted):
            return items[0]
        # Where there is no such item, nothing is deployed.
        return Text(Gap(f"{items.gap.shown[:-1]}[{index}]}}", ("Fn::Select", index, items.gap.key), single=True))
    return items[index] if index < len(items) else UNKNOWN


def split(template: Template, argument: Any, depth: int) -> Any:
    """``Fn::Split``: the items of a text."""
    if not isinstance(argument, Sequence) or isinstance(argument, str) or len(argument) != 2:
        return UNKNOWN
    separator, text = argument[0], template.resolve(argument[1], depth)
    if not isinstance(separator, str) or not separator:
        return UNKNOWN
    if text is UNKNOWN:
        return SomeItems()
    arn = arn_parts(text, separator, depth) if isinstance(text, Reference) else None
    if arn is not None:
        return arn
    return split_items(text, separator) if isinstance(text, (str, Reference)) else UNKNOWN


def length(template: Template, argument: Any, depth: int) -> Any:
    """``Fn::Length``: how many items a list has."""
    items = template.resolve(argument, depth)
    return count(items) if isinstance(items, list) else UNKNOWN


def split_items(text: Any, separator: str, *, strip: bool = False) -> Any:
    """Return what a text is split into; where only deployment can tell, no more than that there are items."""
    if not isinstance(text, (Reference, Text)):
        parts = str(text).split(separator)
        return [part.strip() for part in parts if part.strip()] if strip else parts
    items: list[list[Part]] = [[]]
    for part in text.parts if isinstance(text, Text) else (text,):
        if isinstance(part, str):
            first, *others = part.split(separator)
            items[-1].append(first)
            items.extend([other] for other in others)
        elif separator == "," and (isinstance(part, Reference) or part.single):
            # The name of one thing, in which there are no commas.
            items[-1].append(part)
        elif separator == "/" and isinstance(part, Reference) and stands_behind_slash(part):
            items[-1].append(part)
        else:
            return _some_items(text, separator)
    return [_whole([one.strip() if strip and isinstance(one, str) else one for one in item]) for item in items]


def _some_items(text: Any, separator: str) -> SomeItems:
    """Return the items of a text that has an unknown number of them; those of a list that was joined exist."""
    if isinstance(text, Text) and len(text.parts) == 1 and isinstance(text.parts[0], Gap) and separator == ",":
        return SomeItems(Text(*text.parts), text.parts[0])
    return SomeItems()


def _whole(parts: Sequence[Part]) -> Any:
    meaningful = [part for part in parts if part != ""]
    if len(meaningful) == 1 and not isinstance(meaningful[0], Gap):
        return meaningful[0]
    return Text(*meaningful) if meaningful else ""
