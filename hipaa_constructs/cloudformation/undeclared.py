"""Names that a template refers to and that nothing in it bears: CloudFormation refuses such a template.

``Ref``, ``Fn::GetAtt``, ``Fn::Sub`` and ``DependsOn`` take names of the same template's parameters and resources
(docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html, "Template error: unresolved resource
dependencies"). A fragment that other tools put together, and what macros, modules and includes add, cannot be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from hipaa_constructs.cloudformation import sam
from hipaa_constructs.cloudformation.for_each import TRANSFORM as LANGUAGE_EXTENSIONS
from hipaa_constructs.cloudformation.intrinsics.texts import split_sub
from hipaa_constructs.cloudformation.values import as_mapping, function_of

if TYPE_CHECKING:
    from hipaa_constructs.cloudformation.model import Template

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9]*")
# What AWS SAM and Elastic Beanstalk make themselves is called so.
_OF_TOOLS = ("Serverless", "AWSEB")
_WITHIN = ("DependsOn", "Properties")
_Place = tuple[str | int, ...]


def is_undeclared(template: Template, name: str) -> bool:
    """Whether CloudFormation would find nothing under a name, as far as the template alone tells."""
    return _is_without(template, name) and _is_whole(template)


def _is_without(template: Template, name: str) -> bool:
    if not _PLAIN.fullmatch(name) or name in template.parameters or name in template.resources:
        return False
    if name.startswith(_OF_TOOLS) or name in template.unread:
        return False
    resources = as_mapping(template.body.get("Resources"))
    # AWS SAM calls what it makes by the name of the resource that it makes it for.
    made = (str(one) for one, raw in resources.items() if str(as_mapping(raw).get("Type")).startswith(sam.TYPES))
    return name not in resources and not name.startswith(tuple(made))


def undeclared(template: Template) -> Mapping[str, _Place]:
    """Return each such name, and where the template refers to it first."""
    found: dict[str, _Place] = {}
    if _is_whole(template):
        for name, place in _named(template.body):
            if name not in found and _is_without(template, name):
                found[name] = place
    return found


def _is_whole(template: Template) -> bool:
    """Whether all that bears a name stands in the file: a template of its own, without what deployment adds."""
    body = template.body
    declared = body.get("Transform")
    macros = [one for one in (declared if isinstance(declared, list) else [declared]) if one is not None]
    if any(one not in (sam.TRANSFORM, LANGUAGE_EXTENSIONS) for one in macros) or template.loops_left:
        return False
    if not macros and "AWSTemplateFormatVersion" not in body:
        return False
    return not any(resource.type.endswith("::MODULE") for resource in template.resources.values()) and not (
        template.unread or _has_transform(body)
    )


def _has_transform(value: Any) -> bool:
    if isinstance(value, Mapping):
        return "Fn::Transform" in value or any(map(_has_transform, value.values()))
    return isinstance(value, list) and any(map(_has_transform, value))


def _named(body: Mapping[str, Any]) -> Iterator[tuple[str, _Place]]:
    for logical_id, raw in as_mapping(body.get("Resources")).items():
        for part in _WITHIN:
            written = as_mapping(raw).get(part)
            place: _Place = ("Resources", str(logical_id), part)
            if part == "DependsOn":
                names = written if isinstance(written, list) else [written]
                yield from ((name, place) for name in names if isinstance(name, str))
            else:
                yield from _within(written, place)
    for name, output in as_mapping(body.get("Outputs")).items():
        yield from _within(as_mapping(output).get("Value"), ("Outputs", str(name), "Value"))


def _within(value: Any, place: _Place) -> Iterator[tuple[str, _Place]]:
    function, argument = function_of(value)
    if function == "Ref":
        yield from ((argument, place) for _ in (1,) if isinstance(argument, str))
    elif function == "Fn::GetAtt":
        first = argument[0] if isinstance(argument, list) and argument else argument
        yield from ((first.partition(".")[0], place) for _ in (1,) if isinstance(first, str))
    elif function == "Fn::Sub":
        several = isinstance(argument, list) and len(argument) == 2
        text, given = (argument[0], as_mapping(argument[1])) if several else (argument, as_mapping(None))
        names = [name for _, name in split_sub(text) if name is not None] if isinstance(text, str) else []
        yield from ((name.partition(".")[0], place) for name in names if name not in given)
        yield from _within(dict(given), place)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _within(item, (*place, str(key)))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _within(item, (*place, number))
