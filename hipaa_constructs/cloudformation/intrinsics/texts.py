"""``Fn::Join``, ``Fn::Sub`` and what else comes to a text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hipaa_constructs.cloudformation.gaps import framework_gap, gap
from hipaa_constructs.cloudformation.intrinsics.references import get_att, ref
from hipaa_constructs.cloudformation.values import (
    NO_VALUE,
    UNKNOWN,
    Gap,
    Part,
    Reference,
    SomeItems,
    Text,
    Unlisted,
    as_mapping,
    literal_text,
)

if TYPE_CHECKING:
    from hipaa_constructs.cloudformation.model import Template


def join(template: Template, argument: Any, depth: int) -> Any:
    """``Fn::Join``: the items of a list in one text."""
    if not isinstance(argument, Sequence) or isinstance(argument, str) or len(argument) != 2:
        return UNKNOWN
    separator, written = argument
    if not isinstance(separator, str):
        return UNKNOWN
    if isinstance(written, list):
        return _concatenate(template, [(template.resolve(item, depth), item) for item in written], separator)
    items = template.resolve(written, depth)
    if isinstance(items, SomeItems):
        return _joined(items, separator)
    if not isinstance(items, list):
        return UNKNOWN
    named = ((item, {"Fn::Select": [number, written]}) for number, item in enumerate(items))
    return _concatenate(template, list(named), separator)


def _joined(items: SomeItems, separator: str) -> Any:
    if items.gap is None or isinstance(items[0], Unlisted):
        return items[0]
    # With commas, it is how the list was given.
    return Text(items.gap if separator == "," else Gap(items.gap.shown, ("Fn::Join", separator, items.gap.key)))


def sub(template: Template, argument: Any, depth: int) -> Any:
    """``Fn::Sub``: a text with what its variables come to."""
    text: Any = argument
    given: Mapping[str, Any] = {}
    if isinstance(argument, Sequence) and not isinstance(argument, str) and len(argument) == 2:
        text, given = argument[0], as_mapping(argument[1])
    if not isinstance(text, str):
        return UNKNOWN
    found: list[tuple[Any, Any]] = []
    for literal, name in split_sub(text):
        if literal:
            found.append((literal, literal))
        if name is None:
            continue
        if name in given:
            found.append((template.resolve(given[name], depth), given[name]))
        elif ":" in name.replace("::", ""):
            # CloudFormation has no such names.
            found.append((Text(framework_gap(name)), {"Ref": name}))
        elif "." in name and name not in template.parameters:
            found.append((get_att(template, name, depth), {"Fn::GetAtt": name}))
        else:
            found.append((ref(template, name, depth), {"Ref": name}))
    return _concatenate(template, found, "")


def base64(template: Template, argument: Any, depth: int) -> Any:
    """``Fn::Base64``."""
    # What is written in user data is looked at, so the text is kept in clear.
    return template.resolve(argument, depth)


def to_json_string(template: Template, argument: Any, depth: int) -> Any:
    """``Fn::ToJsonString``: a value as JSON text."""
    value = template.resolve(argument, depth)
    try:
        return json.dumps(value)
    except (TypeError, ValueError):
        return UNKNOWN


def _concatenate(template: Template, found: Sequence[tuple[Any, Any]], separator: str) -> Any:
    """Join values, each given with how it is written; what is unknown stays visible as a gap that is named after it."""
    given = [one for one in found if one[0] is not NO_VALUE]
    if len(given) == 1:
        return given[0][0]
    meaningful = given if separator else [one for one in given if not (type(one[0]) is str and not one[0])]
    if len(meaningful) == 1:
        return meaningful[0][0]
    parts: list[Part] = []
    literal = True
    for number, (value, written) in enumerate(meaningful):
        if number and separator:
            parts.append(separator)
        if isinstance(value, (Mapping, list)):
            return UNKNOWN
        if isinstance(value, Text):
            parts.extend(value.parts)
        elif value is UNKNOWN:
            parts.append(gap(template, written))
        elif isinstance(value, (str, Reference)):
            parts.append(value)
        else:
            parts.append(literal_text(value))
        literal = literal and isinstance(parts[-1], str) and not isinstance(value, Text)
    return "".join(map(str, parts)) if literal else Text(*parts)


def split_sub(text: str) -> Iterator[tuple[str, str | None]]:
    """Yield the literals of ``Fn::Sub`` text, each with the name that stands behind it; None at the end."""
    position = 0
    for match in re.finditer(r"\$\{(!?)([^}]*)\}", text):
        literal = text[position : match.start()]
        position = match.end()
        if match.group(1):
            yield literal + "${" + match.group(2) + "}", None
        else:
            yield literal, match.group(2).strip()
    yield text[position:], None
