"""What the rules saw where they passed: the values that they read, and the lines where these stand.

A rule that passed is asked again while what it reads of the resource is noted. What it looked at in other resources,
such as who refers to this one, is not among the values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from sys import intern
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.reads import Path, watched
from hipaa_constructs.cloudformation.values import Reference, Text, Unknown, literal_text
from hipaa_constructs.compliance.engine import Result
from hipaa_constructs.compliance.locate import Locator
from hipaa_constructs.compliance.rule import Outcome, Rule
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.model import Observation, ResourceName, RuleEvidence

# So many values of one check are told, and so many characters of each.
_MOST_VALUES = 4
_MOST_CHARACTERS = 80
# What may stand there is never repeated, whether or not a rule takes it for a secret.
_SECRET = re.compile(r"(?i)password|secret|token|credential|environment|variables|userdata|command|zipfile|content")


def observed_of(
    results: Iterable[Result], rules: Mapping[str, RuleEvidence], names: Names, locator: Locator
) -> Mapping[str, Sequence[Observation]]:
    """Return, by rule of this package, one observation for each resource that passed, in their order."""
    passed: dict[int, tuple[Resource, list[Rule]]] = {}
    for result in results:
        if result.verdict.outcome is Outcome.PASSED and result.rule.resource_types != ("*",):
            passed.setdefault(id(result.resource), (result.resource, []))[1].append(result.rule)
    seen: dict[tuple[str, ResourceName], Observation] = {}
    for resource, asked in passed.values():
        name = names.of(resource)
        for rule, (values, place) in zip(asked, _watched(resource, asked), strict=True):
            seen[rule.id, name] = Observation(values, locator.line_of(name.template, name.logical_id, place))
    none = Observation((), None)
    return {
        identifier: [seen.get((identifier, name), none) for name in rule.resources["passed"]]
        for identifier, rule in rules.items()
        if rule.origin == "hipaa-constructs" and rule.resources["passed"]
    }


def lines_of(names: Names, locator: Locator) -> Mapping[ResourceName, tuple[int | None, str]]:
    """Return where each resource stands: the line in its template, and the app's line that makes it."""
    return {
        name: (locator.line_of(name.template, name.logical_id), locator.source_of(name.construct_path))
        for name in names.all()
    }


def _watched(resource: Resource, rules: Sequence[Rule]) -> Sequence[tuple[tuple[str, ...], Path]]:
    """Return what each rule reads of a resource, and the first place that it reads."""
    read = []
    with watched(resource) as reads:
        for rule in rules:
            try:
                rule.check(resource)
            except Exception:
                # What trips a rule in this world did not in those that were judged; then nothing is told.
                reads.take()
            read.append(reads.take())
    properties = resource.properties
    told: list[tuple[tuple[str, ...], Path]] = []
    for paths in read:
        # What is set says more than what is not.
        present: list[tuple[Any, Path, Path]] = []
        absent: list[tuple[Any, Path, Path]] = []
        for path, place in paths:
            value = _value(path, properties, resource)
            (absent if value is None else present).append((value, path, place))
            if len(present) == _MOST_VALUES:
                break
        found = [*present, *absent][:_MOST_VALUES]
        values = [intern(f"{_dotted(path)} {_shown(value, path)}") for value, path, _ in found]
        values += [intern(f"and {len(paths) - _MOST_VALUES} more")] if len(paths) > _MOST_VALUES else []
        told.append((tuple(values), next((place for _, _, place in found if place), ())))
    return told


def _value(path: Path, properties: Any, resource: Resource) -> Any:
    value: Any = properties if path[0] in properties else resource.raw
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step] if step < len(value) else None
        else:
            break
    return value


def _dotted(path: Path) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _shown(value: Any, path: Path) -> str:
    if value is None:
        return "is not set"
    if any(_SECRET.search(str(step)) for step in path):
        return "is set"
    if isinstance(value, Unknown):
        return "is known at deployment"
    if isinstance(value, Reference):
        return f"= {value.resource.logical_id}"
    if isinstance(value, (list, Mapping)):
        return f"has {len(value)} item{'' if len(value) == 1 else 's'}"
    text = str(value) if isinstance(value, (str, Text)) else literal_text(value)
    return f"= {text}" if len(text) <= _MOST_CHARACTERS else f"= {text[: _MOST_CHARACTERS - 1]}…"
