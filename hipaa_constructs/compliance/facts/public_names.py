"""Subnets that are not part of the app, given under names that call them public."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.name_words import words_of
from hipaa_constructs.cloudformation.values import as_mapping
from hipaa_constructs.cloudformation.written import Source, Written, written_at

_PUBLIC = re.compile(r"public(?:subnets?(?:ids?)?)?")
# NonPublicSubnets, PublicAppPrivateSubnets: such a name does not say which they are.
_OTHERWISE = ("internal", "isolated", "no", "non", "nonpublic", "not", "private", "privatesubnet", "privatesubnets")
_STORED = re.compile(r"\{\{resolve:ssm:((?:[^{}:$]|\$\{[^}]*\})+)(?::\d+)?\}\}")
_OUTPUTS = ".Outputs."


def publicly_named(resource: Resource, paths: Iterable[str]) -> list[str]:
    """Return the names by which a resource is given what is called public, at paths that hold subnets.

    Such a name is that of a parameter, of an export of another stack, of an output of a nested one whose template is
    not at hand, or of what Systems Manager keeps. It proves nothing: whoever wrote it may have meant what stands
    before the network, and routes change while names stay.
    """
    found = (name for path in paths for written in written_at(resource, path) for name in _names(written))
    return list(dict.fromkeys(name for name in found if _is_public(name)))


def _names(written: Written) -> Iterator[str]:
    for part in written:
        if not isinstance(part, Source):
            continue
        yield part.imported
        if _OUTPUTS in part.attribute:
            yield part.attribute.partition(_OUTPUTS)[2]
        for template, name in part.parameters:
            yield name
            declared = as_mapping(template.parameters.get(name))
            if str(declared.get("Type")).startswith("AWS::SSM::Parameter::Value<"):
                yield str(declared.get("Default", ""))
    yield from _STORED.findall("".join(map(str, written)))


def _is_public(name: str) -> bool:
    words = words_of(name)
    return any(map(_PUBLIC.fullmatch, words)) and not any(word in _OTHERWISE for word in words)
