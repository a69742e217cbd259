"""Intrinsic functions: what each comes to, as far as the app's templates tell.

Each takes the template that it stands in, its argument as written, and how deep it is nested.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hipaa_constructs.cloudformation import conditions
from hipaa_constructs.cloudformation.for_each import LOOP
from hipaa_constructs.cloudformation.intrinsics import lists, references, texts
from hipaa_constructs.cloudformation.values import NO_VALUE, UNKNOWN

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


FUNCTIONS: Mapping[str, Callable[[Template, Any, int], Any]] = {
    "Ref": references.ref,
    "Condition": conditions.condition,
    "Fn::And": conditions.and_,
    "Fn::Base64": texts.base64,
    "Fn::Equals": conditions.equals,
    "Fn::FindInMap": references.find_in_map,
    "Fn::GetAtt": references.get_att,
    "Fn::GetStackOutput": references.get_stack_output,
    "Fn::If": conditions.if_,
    "Fn::ImportValue": references.import_value,
    "Fn::Join": texts.join,
    "Fn::Length": lists.length,
    "Fn::Not": conditions.not_,
    "Fn::Or": conditions.or_,
    "Fn::Select": lists.select,
    "Fn::Split": lists.split,
    "Fn::Sub": texts.sub,
    "Fn::ToJsonString": texts.to_json_string,
}
