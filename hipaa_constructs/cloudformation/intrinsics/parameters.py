"""What a parameter comes to: what it is given, an answer of the present world, its default, or any value at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hipaa_constructs.cloudformation.gaps import gap
from hipaa_constructs.cloudformation.intrinsics.lists import split_items
from hipaa_constructs.cloudformation.values import (
    NO_VALUE,
    UNKNOWN,
    Gap,
    Reference,
    SomeItems,
    Text,
    Unlisted,
    as_mapping,
    literal_text,
    parameter_gap,
)
from hipaa_constructs.cloudformation.worlds import OTHER

if TYPE_CHECKING:
    from hipaa_constructs.cloudformation.model import Template


def parameter(template: Template, name: str, depth: int) -> Any:
    """Return what a parameter of the template comes to in the present world."""
    declared = as_mapping(template.parameters[name])
    kind = str(declared.get("Type", "String"))
    if template.parent is not None:
        written = template.given_by_parent(name)
        value = NO_VALUE if written is None else template.parent.template.resolve(written, depth)
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
    if default is None and not _is_list(kind) and not kind.startswith(_STORED):
        shape = _shape(name, declared.get("AllowedPattern"))
        if shape is not None:
            return shape
    # CloudFormation deploys nothing where such a parameter names nothing that exists.
    if default is None or (default == "" and _exists(kind)):
        return _any_value(parameter_gap(name), kind)
    return _given(name, default, kind)


# CloudFormation takes no value that the whole pattern does not match.
_MASK = re.compile(r"\\?/(\d{1,3}|\((?:\?:)?\d{1,3}(?:\|\d{1,3})*\))\$?")
_DIGEST = "@sha256:"
_OF_DIGEST = re.compile(re.escape(_DIGEST) + r"(?:\[0-9a-f\]|\[a-f0-9\]|\[A-Fa-f0-9\])\{64\}\$?")


def _shape(name: str, pattern: object) -> Text | None:
    """Return what every value is like that a parameter's pattern allows, where the pattern tells.

    That is how an address range ends, by the widest of the sizes, that an image is named by its digest, or that an ARN
    or an address of AWS is given at all.
    """
    if not isinstance(pattern, str):
        return None
    before, slash, size = pattern.rpartition("/")
    mask = _MASK.fullmatch(f"{slash}{size}")
    if mask is not None and _is_one_way(before):
        return Text(parameter_gap(name), f"/{min(map(int, re.findall(r'[0-9]+', mask[1])))}")
    before, at, digest = pattern.rpartition(_DIGEST)
    if _OF_DIGEST.fullmatch(f"{at}{digest}") and _is_one_way(before):
        return Text(parameter_gap(name), _DIGEST, Gap("${digest}", ("digest", name)))
    says = pattern.removeprefix("^").startswith("arn:") or pattern.removesuffix("$").endswith(r"amazonaws\.com")
    return Text(parameter_gap(name)) if says and _is_one_way(pattern) else None


def _is_one_way(pattern: str) -> bool:
    """Whether a pattern is no choice between several, apart from those within its parentheses."""
    depth = 0
    for character in _ESCAPED.sub("", pattern):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "|" and depth == 0:
            return False
    return depth == 0


_ESCAPED = re.compile(r"\\.|\[[^\]]*\]")
# Whose value is looked up in Systems Manager's Parameter Store at deployment, under the name that is given.
_STORED = "AWS::SSM::Parameter::Value"


def _given(name: str, value: Any, kind: str) -> Any:
    """Return what a parameter of some type comes to by the value that it is given."""
    if kind.startswith(_STORED):
        key = value if isinstance(value, (str, Reference)) else str(value)
        return _any_value(Gap("${?" + name + "}", (_STORED, key)), kind)
    return split_items(value, ",", strip=True) if _is_list(kind) and not isinstance(value, list) else value


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
