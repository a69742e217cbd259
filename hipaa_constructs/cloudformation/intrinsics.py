"""Intrinsic functions: what each comes to, as far as the app's templates tell.

Each takes the template that it stands in, its argument as written, and how deep it is nested.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hipaa_constructs.cloudformation import conditions
from hipaa_constructs.cloudformation.for_each import LOOP
from hipaa_constructs.cloudformation.values import (
    NO_VALUE,
    UNKNOWN,
    Reference,
    Text,
    Unlisted,
    as_int,
    as_mapping,
    same,
)
from hipaa_constructs.cloudformation.worlds import OTHER

if TYPE_CHECKING:
    from hipaa_constructs.cloudformation.model import Template

# Deeper nesting than any real template's; a cycle of references ends here as unknown.
_MAX_DEPTH = conditions.MAX_DEPTH


def resolve(template: Template, value: Any, depth: int = 0) -> Any:
    """Resolve the functions in ``value`` as far as the app's templates tell."""
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    if depth > _MAX_DEPTH:
        return UNKNOWN
    if isinstance(value, Mapping):
        if len(value) == 1:
            ((key, argument),) = value.items()
            if key == "Ref" or (isinstance(key, str) and (key.startswith("Fn::") or key == "Condition")):
                function = FUNCTIONS.get(key)
                if function is not None:
                    return function(template, argument, depth + 1)
                if key.startswith("Fn::"):
                    return UNKNOWN
        if "Fn::Transform" in value or (template.loops_left and any(str(key).startswith(LOOP) for key in value)):
            return UNKNOWN
        resolved = ((str(key), resolve(template, item, depth + 1)) for key, item in value.items())
        return {key: item for key, item in resolved if item is not NO_VALUE}
    if isinstance(value, Sequence):
        items = (resolve(template, item, depth + 1) for item in value)
        return [item for item in items if item is not NO_VALUE]
    return UNKNOWN


def _ref(template: Template, name: Any, depth: int) -> Any:
    if not isinstance(name, str):
        return UNKNOWN
    if name in template.resources:
        return Reference(template.resources[name])
    if name in template.parameters:
        return _parameter(template, name, depth)
    return _pseudo(template, name)


def _pseudo(template: Template, name: str) -> Any:
    if name == "AWS::NoValue":
        return NO_VALUE
    # A pseudo parameter is never empty nor a wildcard, so its name can stand for it in a string.
    unknown = Text("${" + name + "}") if name.startswith("AWS::") else UNKNOWN
    return template.pseudo_parameter(name, assumed=True) or unknown


def _parameter(template: Template, name: str, depth: int) -> Any:
    if template.parent is not None:
        given = as_mapping(as_mapping(template.parent.raw.get("Properties")).get("Parameters"))
        if name in given:
            return resolve(template.parent.template, given[name], depth)
    declared = as_mapping(template.parameters[name])
    kind = str(declared.get("Type", "String"))
    if name in template.given:
        return _listed(template.given[name], kind)
    choice = template.choices.parameter(name)
    if choice is not None:
        answer = template.app.worlds.take(choice)
        return Unlisted.of(name, map(str, choice.values)) if answer is OTHER else answer
    if "Default" not in declared or kind.startswith("AWS::SSM::Parameter::Value"):
        allowed = declared.get("AllowedValues")
        if isinstance(allowed, list) and len(allowed) == 1:
            return allowed[0]
        # CloudFormation deploys nothing where such a parameter names nothing that exists, so it is never empty.
        exists = kind.startswith("AWS::") and "List<" not in kind
        return Text("${?" + name + "}") if exists else UNKNOWN
    return _listed(declared["Default"], kind)


def _listed(value: Any, kind: str) -> Any:
    if "List" in kind and isinstance(value, str):
        return [item.strip() for item in value.split(",") if item.strip()]
    return value


def _get_att(template: Template, argument: Any, depth: int) -> Any:
    if isinstance(argument, str):
        argument = argument.split(".", 1)
    if not isinstance(argument, Sequence) or len(argument) < 2:
        return UNKNOWN
    resource = template.resources.get(argument[0]) if isinstance(argument[0], str) else None
    if resource is None:
        return UNKNOWN
    attribute = resolve(template, argument[1], depth) if len(argument) == 2 else ".".join(map(str, argument[1:]))
    if not isinstance(attribute, str):
        return UNKNOWN
    if resource.type == "AWS::CloudFormation::Stack" and attribute.startswith("Outputs."):
        nested = template.app.nested(resource)
        output = as_mapping(as_mapping(nested.body.get("Outputs")).get(attribute[8:])) if nested else {}
        return resolve(nested, output["Value"], depth) if nested and "Value" in output else UNKNOWN
    return Reference(resource, attribute)


def _import_value(template: Template, argument: Any, depth: int) -> Any:
    name = resolve(template, argument, depth)
    exporter = template.app.exported(name) if isinstance(name, str) else None
    return resolve(exporter[0], exporter[1], depth) if exporter else UNKNOWN


def _get_stack_output(template: Template, argument: Any, depth: int) -> Any:
    stack, region, output = (
        resolve(template, as_mapping(argument).get(key), depth) for key in ("StackName", "Region", "OutputName")
    )
    for other in template.app.templates:
        if same(other.stack_name, stack) and (region is None or same(region, other.region)) and isinstance(output, str):
            found = as_mapping(as_mapping(other.body.get("Outputs")).get(output))
            return resolve(other, found["Value"], depth) if "Value" in found else UNKNOWN
    return UNKNOWN


def _join(template: Template, argument: Any, depth: int) -> Any:
    if not isinstance(argument, Sequence) or isinstance(argument, str) or len(argument) != 2:
        return UNKNOWN
    separator, items = argument[0], resolve(template, argument[1], depth)
    if not isinstance(separator, str) or not isinstance(items, list):
        return UNKNOWN
    written = argument[1] if isinstance(argument[1], list) else [argument[1]]
    return _concatenate(items, separator, [_parameter_named(item) for item in written])


def _sub(template: Template, argument: Any, depth: int) -> Any:
    text: Any = argument
    given: Mapping[str, Any] = {}
    if isinstance(argument, Sequence) and not isinstance(argument, str) and len(argument) == 2:
        text, given = argument[0], as_mapping(argument[1])
    if not isinstance(text, str):
        return UNKNOWN
    parts: list[Any] = []
    names: list[str] = []
    for literal, name in _split_sub(text):
        parts.append(literal)
        names.append("")
        if name is None:
            continue
        names.append(name if name not in given else _parameter_named(given[name]))
        if name in given:
            parts.append(resolve(template, given[name], depth))
        elif "." in name and name not in template.parameters:
            parts.append(_get_att(template, name, depth))
        else:
            parts.append(_ref(template, name, depth))
    return _concatenate(parts, "", names)


def _select(template: Template, argument: Any, depth: int) -> Any:
    if not isinstance(argument, Sequence) or isinstance(argument, str) or len(argument) != 2:
        return UNKNOWN
    index, items = as_int(resolve(template, argument[0], depth)), resolve(template, argument[1], depth)
    if isinstance(index, int) and isinstance(items, list) and 0 <= index < len(items):
        return items[index]
    return UNKNOWN


def _split(template: Template, argument: Any, depth: int) -> Any:
    if not isinstance(argument, Sequence) or isinstance(argument, str) or len(argument) != 2:
        return UNKNOWN
    separator, text = argument[0], resolve(template, argument[1], depth)
    if not isinstance(separator, str) or not separator or not isinstance(text, str):
        return UNKNOWN
    return UNKNOWN if isinstance(text, Text) else text.split(separator)


def _find_in_map(template: Template, argument: Any, depth: int) -> Any:
    if not isinstance(argument, Sequence) or isinstance(argument, str) or len(argument) < 3:
        return UNKNOWN
    value: Any = template.body.get("Mappings")
    for key in argument[:3]:
        resolved = conditions.compared(template, key, depth)
        if isinstance(resolved, Text) and not isinstance(resolved, Unlisted):
            return UNKNOWN
        if not isinstance(resolved, (str, int)) or not isinstance(value, Mapping):
            return UNKNOWN
        resolved = str(resolved)
        if resolved not in value:
            # With AWS::LanguageExtensions, a fourth argument says what else is meant.
            given = as_mapping(argument[3]) if len(argument) > 3 else {}
            return resolve(template, given["DefaultValue"], depth) if "DefaultValue" in given else UNKNOWN
        value = value[resolved]
    return resolve(template, value, depth)


def _length(template: Template, argument: Any, depth: int) -> Any:
    items = resolve(template, argument, depth)
    return len(items) if isinstance(items, list) else UNKNOWN


def _base64(template: Template, argument: Any, depth: int) -> Any:
    # What is written in user data is looked at, so the text is kept in clear.
    return resolve(template, argument, depth)


def _to_json_string(template: Template, argument: Any, depth: int) -> Any:
    value = resolve(template, argument, depth)
    try:
        return json.dumps(value)
    except (TypeError, ValueError):
        return UNKNOWN


FUNCTIONS: Mapping[str, Callable[[Template, Any, int], Any]] = {
    "Ref": _ref,
    "Condition": conditions.condition,
    "Fn::And": conditions.and_,
    "Fn::Base64": _base64,
    "Fn::Equals": conditions.equals,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAtt": _get_att,
    "Fn::GetStackOutput": _get_stack_output,
    "Fn::If": conditions.if_,
    "Fn::ImportValue": _import_value,
    "Fn::Join": _join,
    "Fn::Length": _length,
    "Fn::Not": conditions.not_,
    "Fn::Or": conditions.or_,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
    "Fn::ToJsonString": _to_json_string,
}


def _concatenate(parts: Sequence[Any], separator: str, names: Sequence[str]) -> Any:
    """Join what can be shown; a part that is unknown stays visible as ``${?}`` within its text, with its name."""
    if len(parts) == 1:
        return parts[0]
    shown: list[str] = []
    references: list[Reference] = []
    dynamic = False
    # What was left out has no name either; then no name is certain.
    named = zip(parts, names if len(names) == len(parts) else [""] * len(parts), strict=True)
    meaningful = [(part, name) for part, name in named if separator or part is UNKNOWN or part != ""]
    if len(meaningful) == 1:
        return meaningful[0][0]
    for part, name in meaningful:
        if isinstance(part, (Mapping, list)):
            return UNKNOWN
        if part is UNKNOWN:
            shown.append(f"${{?{name}}}")
            dynamic = True
        elif isinstance(part, Reference):
            shown.append(str(part))
            references.append(part)
        else:
            if isinstance(part, Text):
                dynamic = True
                references.extend(part.references)
            shown.append("true" if part is True else "false" if part is False else str(part))
    text = separator.join(shown)
    return Text(text, references) if references or dynamic else text


def _parameter_named(written: Any) -> str:
    """Return what a ``Ref`` names, so that texts of two unknown parameters are not taken for the same."""
    name = written.get("Ref") if isinstance(written, Mapping) and len(written) == 1 else None
    return name if isinstance(name, str) else ""


def _split_sub(text: str) -> Iterator[tuple[str, str | None]]:
    position = 0
    for match in re.finditer(r"\$\{(!?)([^}]*)\}", text):
        literal = text[position : match.start()]
        position = match.end()
        if match.group(1):
            yield literal + "${" + match.group(2) + "}", None
        else:
            yield literal, match.group(2).strip()
    yield text[position:], None
