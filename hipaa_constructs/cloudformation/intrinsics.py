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
from hipaa_constructs.cloudformation.gaps import gap
from hipaa_constructs.cloudformation.values import (
    NO_VALUE,
    UNKNOWN,
    Gap,
    Part,
    Reference,
    SomeItems,
    Text,
    Unlisted,
    as_int,
    as_mapping,
    count,
    literal_text,
    parameter_gap,
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
    known = template.pseudo_parameter(name, assumed=True)
    if known or not name.startswith("AWS::") or name == "AWS::NotificationARNs":
        return known or UNKNOWN
    # A pseudo parameter is never empty nor a wildcard, so its name can stand for it in a string. The account and the
    # Region count as the same everywhere; all others are each stack's own.
    own = () if name in conditions.PSEUDO or name == "AWS::URLSuffix" else (id(template),)
    return Text(Gap("${" + name + "}", (name, *own), single=True))


def _parameter(template: Template, name: str, depth: int) -> Any:
    declared = as_mapping(template.parameters[name])
    kind = str(declared.get("Type", "String"))
    if template.parent is not None:
        written = template.given_by_parent(name)
        value = NO_VALUE if written is None else resolve(template.parent.template, written, depth)
        # What a nested stack is not given has its default, whatever else its template would allow.
        if value is NO_VALUE:
            return _declared(name, declared, kind)
        if value is UNKNOWN:
            return _any_value(gap(template.parent.template, written, depth), kind)
        return _given(name, value, kind)
    if name in template.given:
        return _given(name, template.given[name], kind)
    choice = template.choices.parameter(name)
    if choice is not None:
        answer = template.app.worlds.take(choice)
        if answer is not OTHER:
            return _given(name, answer, kind)
        unlisted = Unlisted.of(name, map(literal_text, choice.values))
        return SomeItems(unlisted, parameter_gap(name)) if _is_list(kind) else unlisted
    return _declared(name, declared, kind)


def _declared(name: str, declared: Mapping[str, Any], kind: str) -> Any:
    """Return a parameter's default, or what stands for any value that its type allows."""
    default, allowed = declared.get("Default"), declared.get("AllowedValues")
    if default is None and isinstance(allowed, list) and len(allowed) == 1:
        default = allowed[0]
    # CloudFormation deploys nothing where such a parameter names nothing that exists.
    if default is None or (default == "" and _exists(kind)):
        return _any_value(parameter_gap(name), kind)
    return _given(name, default, kind)


# Whose value is looked up in Systems Manager's Parameter Store at deployment, under the name that is given.
_STORED = "AWS::SSM::Parameter::Value"


def _given(name: str, value: Any, kind: str) -> Any:
    """Return what a parameter of some type comes to by the value that it is given."""
    if kind.startswith(_STORED):
        key = value if isinstance(value, (str, Reference)) else str(value)
        return _any_value(Gap("${?" + name + "}", (_STORED, key)), kind)
    return _items(value, ",", strip=True) if _is_list(kind) and not isinstance(value, list) else value


def _any_value(unknown: Gap, kind: str) -> Any:
    """Return what stands for any value of a type: what exists is never empty, and there is no list without items."""
    if _is_list(kind):
        return SomeItems(Text(unknown), unknown) if "<AWS::" in kind else SomeItems()
    if not _exists(kind):
        return UNKNOWN
    return Text(Gap(unknown.shown, unknown.key, single=not kind.startswith(_STORED)))


def _exists(kind: str) -> bool:
    """Whether CloudFormation takes no value of a type but the name of something that exists."""
    return kind.startswith("AWS::") or "<AWS::" in kind


def _is_list(kind: str) -> bool:
    return "List" in kind


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
        output = template.nested_output([argument[0], attribute])
        return resolve(*output, depth) if output else UNKNOWN
    return Reference(resource, attribute)


def _import_value(template: Template, argument: Any, depth: int) -> Any:
    exported = template.app.exported(resolve(template, argument, depth), template)
    return resolve(exported[0], exported[1], depth) if exported else UNKNOWN


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
    separator, written = argument
    if not isinstance(separator, str):
        return UNKNOWN
    if isinstance(written, list):
        return _concatenate(template, [(resolve(template, item, depth), item) for item in written], separator)
    items = resolve(template, written, depth)
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


def _sub(template: Template, argument: Any, depth: int) -> Any:
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
            found.append((resolve(template, given[name], depth), given[name]))
        elif "." in name and name not in template.parameters:
            found.append((_get_att(template, name, depth), {"Fn::GetAtt": name}))
        else:
            found.append((_ref(template, name, depth), {"Ref": name}))
    return _concatenate(template, found, "")


def _select(template: Template, argument: Any, depth: int) -> Any:
    if not isinstance(argument, Sequence) or isinstance(argument, str) or len(argument) != 2:
        return UNKNOWN
    index, items = as_int(resolve(template, argument[0], depth)), resolve(template, argument[1], depth)
    if not isinstance(index, int) or not isinstance(items, list) or index < 0:
        return UNKNOWN
    if isinstance(items, SomeItems):
        if items.gap is None or isinstance(items[0], Unlisted):
            return items[0]
        # Where there is no such item, nothing is deployed.
        return Text(Gap(f"{items.gap.shown[:-1]}[{index}]}}", ("Fn::Select", index, items.gap.key), single=True))
    return items[index] if index < len(items) else UNKNOWN


def _split(template: Template, argument: Any, depth: int) -> Any:
    if not isinstance(argument, Sequence) or isinstance(argument, str) or len(argument) != 2:
        return UNKNOWN
    separator, text = argument[0], resolve(template, argument[1], depth)
    if not isinstance(separator, str) or not separator:
        return UNKNOWN
    if text is UNKNOWN:
        return SomeItems()
    return _items(text, separator) if isinstance(text, (str, Reference)) else UNKNOWN


def _items(text: Any, separator: str, *, strip: bool = False) -> Any:
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
    return count(items) if isinstance(items, list) else UNKNOWN


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
