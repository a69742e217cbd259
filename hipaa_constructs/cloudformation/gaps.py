"""What tells one unknown value from another: the expression that it is written as.

What is written alike comes to the same at deployment; ``Ref``, ``Fn::Sub`` and ``Fn::Join`` of one parameter are
written alike, and so is what a nested stack's parameter was given. What stands for other things in another template,
such as a mapping, is told apart by its template.
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Gap,
    Reference,
    as_int,
    as_mapping,
    function_of,
    parameter_gap,
)

if TYPE_CHECKING:
    from hipaa_constructs.cloudformation.model import Template

# Deeper than any real expression; what is beyond is told apart by all that is written.
_MAX_DEPTH = 40
# How CDK names what one stack gives another: the resource's logical id and the attribute, each with a hash behind.
_EXPORT_OF_CDK = re.compile(
    r"(?P<stack>[\w-]+):ExportsOutput(?:FnGetAtt|Ref)(?P<id>\w+?)(?:[0-9A-F]{8})(?P<attribute>\w*?)[0-9A-F]{8}"
)
# What would be read as the end of the gap, or as part of an ARN or a path.
_NOT_SHOWN = re.compile(r"[^\w.\[\] -]+")


def gap(template: Template, written: Any, depth: int = 0) -> Gap:
    """Return the gap that a value leaves which ``UNKNOWN`` stands for, by how it is written."""
    function, argument = function_of(written)
    if depth > _MAX_DEPTH:
        return _gap("?", id(template), json.dumps(written, sort_keys=True, default=str))
    if function == "Ref" and isinstance(argument, str):
        return _parameter(template, argument, depth)
    if function == "Fn::GetAtt":
        output = template.nested_output(argument)
        name = ".".join(map(str, argument)) if isinstance(argument, list) else str(argument)
        return gap(*output, depth + 1) if output else _gap(name, id(template), name)
    if function == "Fn::ImportValue":
        exported = template.app.exported(template.resolve(argument), template)
        return gap(*exported, depth + 1) if exported else _imported(template, argument, depth)
    if function in ("Fn::Sub", "Fn::Join"):
        single = _only_part(function, argument)
        if single is not None:
            return gap(template, single, depth + 1)
    if function == "Fn::Select" and isinstance(argument, list) and len(argument) == 2:
        return _selected(template, argument[0], argument[1], depth)
    if function == "Fn::If" and isinstance(argument, list) and len(argument) == 3:
        holds = template.condition(argument[0])
        if isinstance(holds, bool):
            return gap(template, argument[1 if holds else 2], depth + 1)
    if function in ("Fn::If", "Fn::FindInMap", "Fn::Transform") or not function:
        # Conditions, mappings and macros are each template's own.
        return _gap(
            function.removeprefix("Fn::") or "?", id(template), json.dumps(written, sort_keys=True, default=str)
        )
    return _call_of(function.removeprefix("Fn::"), template, argument, depth)


def framework_gap(name: str) -> Gap:
    """Return the gap that a variable of the Serverless Framework leaves, which is not each template's own."""
    return Gap("${" + name.strip() + "}", ("the Serverless Framework", name.strip()))


def _parameter(template: Template, name: str, depth: int) -> Gap:
    given = template.given_by_parent(name)
    if given is not None and template.parent is not None:
        return gap(template.parent.template, given, depth + 1)
    return parameter_gap(name) if name in template.parameters else _gap(name, id(template), name)


def _selected(template: Template, index: Any, items: Any, depth: int) -> Gap:
    number = as_int(template.resolve(index))
    if isinstance(number, int) and isinstance(items, list) and 0 <= number < len(items):
        conditional = any(function_of(item)[0] == "Fn::If" or item == {"Ref": "AWS::NoValue"} for item in items)
        if not conditional:
            return gap(template, items[number], depth + 1)
    shown, key = _described(template, items, depth)
    known = isinstance(number, int)
    return _gap(
        f"{shown}[{number if known else '?'}]", "Select", number if known else _described(template, index, depth), key
    )


def _call_of(function: str, template: Template, argument: Any, depth: int) -> Gap:
    parts = [_described(template, part, depth) for part in (argument if isinstance(argument, list) else [argument])]
    shown = parts[-1][0] if parts else ""
    return _gap(shown if function == "Split" else f"{function} {shown}".strip(), function, *(key for _, key in parts))


def _imported(template: Template, name: Any, depth: int) -> Gap:
    """Return the gap that another stack fills; of an export that CDK names, shown as the stack, resource and value."""
    shown, _ = _described(template, name, depth)
    of_cdk = _EXPORT_OF_CDK.fullmatch(shown)
    plain = f"{of_cdk['stack']} {of_cdk['id']}.{of_cdk['attribute'] or 'Ref'}" if of_cdk else shown
    return Gap(_gap(f"imported {plain}".strip()).shown, _call_of("ImportValue", template, name, depth).key)


def _described(template: Template, written: Any, depth: int) -> tuple[str, Hashable]:
    """Return how a part of an expression is shown, and its key, also of one that is known."""
    if isinstance(written, (list, Mapping)) and not function_of(written)[0]:
        items = enumerate(written) if isinstance(written, list) else sorted(written.items())
        return "", tuple((name, _described(template, item, depth + 1)[1]) for name, item in items)
    value = template.resolve(written)
    if value is UNKNOWN or isinstance(value, (list, Mapping)):
        unknown = gap(template, written, depth + 1)
        return unknown.shown[3:-1], unknown.key
    if isinstance(value, (str, Reference)):
        return str(value).strip("${?}"), value
    return str(value), json.dumps(value, default=str)


def _only_part(function: str, argument: Any) -> Any:
    """Return what ``Fn::Sub`` or ``Fn::Join`` fills in, if it adds nothing to it."""
    if function == "Fn::Join":
        items = argument[1] if isinstance(argument, list) and len(argument) == 2 else None
        return items[0] if isinstance(items, list) and len(items) == 1 else None
    several = isinstance(argument, list) and len(argument) == 2
    text, given = (argument[0], as_mapping(argument[1])) if several else (argument, as_mapping(None))
    whole = re.fullmatch(r"\$\{\s*([^!}][^}]*?)\s*\}", text) if isinstance(text, str) else None
    if whole is None:
        return None
    name = whole.group(1)
    return given.get(name, {"Fn::GetAtt": name} if "." in name else {"Ref": name})


def _gap(shown: str, *key: Hashable) -> Gap:
    return Gap("${?" + _NOT_SHOWN.sub(".", shown)[:60] + "}", key)
