"""What stands in a template, whichever world it is deployed in: every branch, default and mapping that a value can be.

Values are resolved in one world elsewhere. Here the question is what whoever can read the template reads.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from typing import TYPE_CHECKING, Any

from hipaa_constructs.cloudformation.intrinsics.references import stack_output
from hipaa_constructs.cloudformation.intrinsics.texts import split_sub
from hipaa_constructs.cloudformation.undeclared import is_undeclared
from hipaa_constructs.cloudformation.values import as_int, as_mapping, function_of

if TYPE_CHECKING:
    from hipaa_constructs.cloudformation.model import Resource, Template

# How many of the ways are followed in which the branches of one value come together.
_MOST = 64
_MAX_DEPTH = 40


@dataclass(frozen=True, slots=True)
class Source:
    """A part of a value that does not stand in a template.

    ``parameters`` are those that it comes through, from the inside out, each with its template: none for what another
    resource gives, of which ``attribute`` says which and what, as in ``Key.Arn``, where ``Fn::GetAtt`` names it.
    ``pseudo`` is the name of a pseudo parameter, whose value is no secret, and ``undeclared`` that of what is neither
    a parameter nor a resource, though the template refers to it. ``imported`` is the name by which another stack gives
    it that is not of the app.
    """

    parameters: tuple[tuple[Template, str], ...] = ()
    pseudo: str = ""
    attribute: str = ""
    undeclared: str = ""
    imported: str = ""

    def __str__(self) -> str:
        return "${" + (self.pseudo or self.undeclared or (self.parameters[0][1] if self.parameters else "?")) + "}"


# A value as it is joined from literals and what does not stand in a template.
Written = tuple[str | Source, ...]


def written_at(resource: Resource, path: str) -> Iterator[Written]:
    """Yield all that the property at a dotted path is written as; ``[]`` behind a name stands for every item."""
    for template, value in places(resource.template, resource.raw.get("Properties"), path):
        yield from alternatives(template, value)


def places(template: Template, value: Any, path: str) -> Iterator[tuple[Template, Any]]:
    """Yield what stands at a path of written data, in every branch on the way there."""
    function, argument = function_of(value)
    if function == "Fn::If":
        for branch in argument[1:] if isinstance(argument, list) else ():
            yield from places(template, branch, path)
    elif not path or (path == "[]" and function):
        yield template, value
    else:
        name, _, rest = path.partition(".")
        if name == "[]":
            for item in value if isinstance(value, list) else ():
                yield from places(template, item, rest)
        else:
            key = name.removesuffix("[]")
            found = as_mapping(value).get(key)
            if found is not None:
                below = ".".join(part for part in ("[]" if name.endswith("[]") else "", rest) if part)
                yield from places(template, found, below)


def alternatives(template: Template, value: Any, depth: int = 0) -> Sequence[Written]:
    """Return all that a value is written as, or that any item of a list is; ``AWS::NoValue`` is nothing at all."""
    if isinstance(value, bool):
        return [("true" if value else "false",)]
    if isinstance(value, (str, int, float)):
        return [(str(value),)]
    if isinstance(value, list):
        return _all(template, value, depth + 1) if depth <= _MAX_DEPTH else [(Source(),)]
    function, argument = function_of(value)
    if depth > _MAX_DEPTH:
        return [(Source(),)]
    if function == "Ref" and isinstance(argument, str):
        return _referred(template, argument, depth + 1)
    if function == "Fn::If" and isinstance(argument, list):
        return _all(template, argument[1:], depth + 1)
    if function in ("Fn::Sub", "Fn::Join"):
        return _joined(template, _parts(function, argument), depth + 1)
    if function == "Fn::Base64":
        return alternatives(template, argument, depth + 1)
    if function == "Fn::ToJsonString":
        return _joined(template, list(_json_parts(argument)), depth + 1)
    if function == "Fn::FindInMap" and isinstance(argument, list):
        return _all(template, list(_mapped(template, argument)), depth + 1)
    if function == "Fn::Select" and isinstance(argument, list) and len(argument) == 2:
        items, number = argument[1], as_int(argument[0])
        if isinstance(items, list) and isinstance(number, int) and number >= 0:
            items = items[number : number + 1]
        return alternatives(template, items, depth + 1) if items else [(Source(),)]
    if function == "Fn::Split" and isinstance(argument, list) and len(argument) == 2:
        # The whole text is what can be read of each of its items.
        return alternatives(template, argument[1], depth + 1)
    if function in ("Fn::GetStackOutput", "Fn::ImportValue"):
        return _imported(template, argument, depth + 1, named=function == "Fn::GetStackOutput")
    output = template.nested_output(argument) if function == "Fn::GetAtt" else None
    if output is not None:
        return alternatives(*output, depth + 1)
    return [(Source(attribute=_attribute(argument) if function == "Fn::GetAtt" else ""),)]


def _imported(template: Template, argument: Any, depth: int, *, named: bool) -> Sequence[Written]:
    """Return what another stack gives, by its name among all exports, or as the output of one that is ``named``."""
    if named:
        given = stack_output(template, argument, depth)
        argument = as_mapping(argument).get("OutputName")
    else:
        given = template.app.exported(template.resolve(argument), template)
    if given:
        return alternatives(*given, depth)
    names = alternatives(template, argument, depth)
    return [(Source(imported="".join(map(str, name))),) for name in names] or [(Source(),)]


def _attribute(argument: Any) -> str:
    return ".".join(map(str, argument)) if isinstance(argument, list) else str(argument)


def _referred(template: Template, name: str, depth: int) -> Sequence[Written]:
    if name == "AWS::NoValue":
        return []
    if name not in template.parameters:
        pseudo = name if name.startswith("AWS::") else ""
        return [(Source(pseudo=pseudo, undeclared=name if is_undeclared(template, name) else ""),)]
    declared = as_mapping(template.parameters[name])
    given = template.given_by_parent(name)
    if given is not None and template.parent is not None:
        own = (template, name)
        return [
            tuple(part if isinstance(part, str) else _through(own, part) for part in one)
            for one in alternatives(template.parent.template, given, depth)
        ]
    allowed = declared.get("AllowedValues")
    literals = [declared.get("Default"), *(allowed if isinstance(allowed, list) else ())]
    # The default of such a parameter is a name under which the value is stored.
    stored = str(declared.get("Type")).startswith("AWS::SSM::")
    texts = [] if stored else [str(one) for one in literals if isinstance(one, (str, int, float))]
    return [(Source(((template, name),)),), *((text,) for text in dict.fromkeys(texts))]


def _through(parameter: tuple[Template, str], source: Source) -> Source:
    return replace(source, parameters=(parameter, *source.parameters))


def _all(template: Template, values: Iterable[Any], depth: int) -> Sequence[Written]:
    return list(islice((one for value in values for one in alternatives(template, value, depth)), _MOST))


def _joined(template: Template, parts: Sequence[Any], depth: int) -> Sequence[Written]:
    # What stands in the template first, so that where there are too many ways, that one is among those followed.
    ways = [sorted(alternatives(template, part, depth), key=_hidden) or [("",)] for part in parts]
    return [tuple(part for one in way for part in one) for way in islice(product(*ways), _MOST)]


def _hidden(written: Written) -> int:
    return sum(1 for part in written if isinstance(part, Source) and not part.pseudo)


def _parts(function: str, argument: Any) -> Sequence[Any]:
    several = isinstance(argument, list) and len(argument) == 2
    if function == "Fn::Join":
        items = argument[1] if several and isinstance(argument[1], list) else [argument]
        separator = argument[0] if several else ""
        return [part for item in items for part in (separator, item)][1:]
    text, given = (argument[0], as_mapping(argument[1])) if several else (argument, as_mapping(None))
    parts: list[Any] = []
    for literal, name in split_sub(text) if isinstance(text, str) else ():
        parts.append(literal)
        if name is not None:
            parts.append(given.get(name, {"Fn::GetAtt": name} if "." in name else {"Ref": name}))
    return parts


def _json_parts(value: Any) -> Iterator[Any]:
    """Yield the parts of what ``Fn::ToJsonString`` makes: JSON's own signs, and what stands between them."""
    if function_of(value)[0]:
        yield from ('"', value, '"')
    elif isinstance(value, Mapping):
        for number, (key, item) in enumerate(value.items()):
            yield f"{'{' if not number else ', '}{json.dumps(str(key))}: "
            yield from _json_parts(item)
        yield "}" if value else "{}"
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield "[" if not number else ", "
            yield from _json_parts(item)
        yield "]" if value else "[]"
    else:
        yield json.dumps(value, default=str)


def _mapped(template: Template, argument: Sequence[Any]) -> Iterator[Any]:
    """Yield what a mapping holds under the keys that are given; under all where a key is not written out."""
    found = [as_mapping(template.body.get("Mappings"))]
    for key in argument[:3]:
        chosen = [key] if isinstance(key, str) else None
        found = [
            item for one in found for name, item in as_mapping(one).items() if chosen is None or str(name) in chosen
        ]
    for one in found:
        yield from one if isinstance(one, list) else [one]
    if len(argument) > 3:
        yield as_mapping(argument[3]).get("DefaultValue")
