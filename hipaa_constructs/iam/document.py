"""Policy documents: every field a list, whatever form the template used."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, Text, Unknown, as_list

_NOTHING_KNOWN = re.compile(r"\$\{\?[^}]*\}")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; an item that could not be resolved is ``UNKNOWN`` in its list.

    ``principals`` and ``not_principals`` hold ``(kind, value)`` pairs, with the kind ``*`` for a bare wildcard.
    """

    effect: Any
    sid: str
    actions: Sequence[Any]
    not_actions: Sequence[Any]
    resources: Sequence[Any]
    not_resources: Sequence[Any]
    principals: Sequence[tuple[str, Any]]
    not_principals: Sequence[tuple[str, Any]]
    conditions: Any

    @property
    def allows(self) -> bool:
        """Whether the effect is Allow; an effect that is not known counts as one."""
        return not self.denies

    @property
    def denies(self) -> bool:
        """Whether the effect is certainly Deny."""
        return isinstance(self.effect, str) and self.effect == "Deny"

    def names_everyone(self) -> bool:
        """Whether the principal is a wildcard: anybody, of any account."""
        return any(value == "*" for kind, value in self.principals if kind in ("*", "AWS"))

    def covers_action(self, action: str) -> bool:
        """Whether a statement's action patterns (or its NotAction) include ``action``, such as ``s3:PutObject``."""
        if self.not_actions:
            return not any(matches(pattern, action) for pattern in self.not_actions)
        return any(matches(pattern, action) for pattern in self.actions)

    def covers_resource(self, target: Resource, tail: str = "") -> bool:
        """Whether the statement is about ``target``, or about what follows it, such as ``/*`` for objects."""
        return any(_covers(value, target, tail) for value in self.resources)

    def condition_values(self, key: str) -> Mapping[str, Any]:
        """Return the values that a condition key is compared with, by operator; keys ignore case."""
        if not isinstance(self.conditions, Mapping):
            return {}
        return {
            operator: as_list(value)
            for operator, entries in self.conditions.items()
            if isinstance(entries, Mapping)
            for name, value in entries.items()
            if name.lower() == key.lower()
        }


def statements(document: Any) -> Sequence[Statement] | Unknown:
    """Return the statements of a resolved policy document, or of its JSON text; ``UNKNOWN`` if it cannot be read."""
    document = parsed(document)
    if document is None:
        return []
    if not isinstance(document, Mapping):
        return UNKNOWN
    entries = as_list(document.get("Statement"))
    if entries is UNKNOWN or any(not isinstance(entry, Mapping) for entry in entries):
        return UNKNOWN
    return [_statement(entry) for entry in entries]


def parsed(document: Any) -> Any:
    """Return a policy document as data, whether it was written as data or as JSON text."""
    if not isinstance(document, str):
        return document
    try:
        data = json.loads(document)
    except ValueError:
        return UNKNOWN
    return _filled_in(data, document.references) if isinstance(document, Text) else data


def _filled_in(value: Any, references: Sequence[Reference]) -> Any:
    """Put back what deployment fills into a policy's text: references, and what nobody knows."""
    if isinstance(value, Mapping):
        return {key: _filled_in(item, references) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled_in(item, references) for item in value]
    if not isinstance(value, str) or "${" not in value:
        return value
    named = [reference for reference in references if str(reference) in value]
    if len(named) == 1 and value == str(named[0]):
        return named[0]
    if _NOTHING_KNOWN.fullmatch(value):
        return UNKNOWN
    # Others are IAM's own variables, such as ${aws:username}.
    return Text(value, named) if named or "${?" in value or "${AWS::" in value else value


def matches(pattern: Any, action: str) -> bool:
    """Whether an action pattern with wildcards covers an action; IAM ignores case here."""
    return isinstance(pattern, str) and fnmatch.fnmatchcase(action.lower(), pattern.lower().replace("[", "[[]"))


def _covers(value: Any, target: Resource, tail: str) -> bool:
    if isinstance(value, Reference):
        return value.resource is target and not tail
    if not isinstance(value, str):
        return False
    if value == "*":
        return True
    app = target.template.app
    if isinstance(value, Text):
        end = value.rpartition("}")[2]
        # A resource policy can only be about its own resource, so a name that is not known is the target's.
        denoted = app.target(value, target.type) is target or "${?" in value
    else:
        end = next(end for end in ("/*", "*", "") if value.endswith(end))
        denoted = app.target(value.removesuffix(end), target.type) is target
    return denoted and end in (tail, "*")


def _statement(entry: Mapping[str, Any]) -> Statement:
    def several(name: str) -> Sequence[Any]:
        value = as_list(entry.get(name))
        return [UNKNOWN] if isinstance(value, Unknown) else value

    return Statement(
        effect=entry.get("Effect"),
        sid=str(entry.get("Sid", "")),
        actions=several("Action"),
        not_actions=several("NotAction"),
        resources=several("Resource"),
        not_resources=several("NotResource"),
        principals=list(_principals(entry.get("Principal"))),
        not_principals=list(_principals(entry.get("NotPrincipal"))),
        conditions=entry.get("Condition"),
    )


def _principals(value: Any) -> Iterator[tuple[str, Any]]:
    if value is None:
        return
    if value is UNKNOWN or isinstance(value, (str, Text, Reference)):
        yield "*", value
    elif isinstance(value, Mapping):
        for kind, items in value.items():
            listed = as_list(items)
            for item in [UNKNOWN] if isinstance(listed, Unknown) else listed:
                yield kind, item
