"""What is unknown for one cause, said once: a nested stack whose template was not given, or what the deployer chooses.

It is so of templates alone. In a CDK app each construct keeps its own, where it is acknowledged. Evidence counts what
is said once as unknown of every resource that it is about.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hipaa_constructs.cloudformation.intrinsics.texts import split_sub
from hipaa_constructs.cloudformation.model import Resource, Template
from hipaa_constructs.cloudformation.reads import Path
from hipaa_constructs.cloudformation.values import as_mapping
from hipaa_constructs.compliance.engine import Result
from hipaa_constructs.compliance.rule import Finding, listed
from hipaa_constructs.compliance.unread import RULE as TEMPLATE_READABLE
from hipaa_constructs.compliance.unread import STACK, missing_stacks

# Templates nest no deeper.
_MAX_DEPTH = 10
_Unknown = tuple[Resource, Finding]


@dataclass(frozen=True, slots=True)
class Gathered:
    """What is left to tell: of templates that cannot be read, and findings that stand for several.

    ``into`` names, by the ``id()`` of a finding, the one that it is part of.
    """

    unread: Sequence[Finding]
    told: Sequence[Finding]
    into: Mapping[int, Sequence[Finding]]


def gathered(
    answers: Iterable[tuple[Result, Finding | None]], unread: Sequence[Finding], apart: Collection[int]
) -> Gathered:
    """Put together what is unknown for one cause.

    :param apart: the ``id()`` of findings that stay as they are.
    """
    by_stack: dict[str, list[_Unknown]] = {}
    by_choice: dict[tuple[str, str], list[tuple[_Unknown, Sequence[str]]]] = {}
    for result, finding in answers:
        if finding is None or finding.outcome != "unknown" or id(finding) in apart:
            continue
        # What another pack found too has that one's severity; what a construct made is acknowledged there.
        if finding.also or finding.construct_path:
            continue
        here = result.resource.template
        names = list(_deployed(here, _at(result.resource, finding.place)))
        stacks = [template for template, name in names if _is_given_by_stack(template, name)]
        parameters = sorted({name for template, name in names if template is here and name in here.parameters})
        if stacks:
            by_stack.setdefault(stacks[0].name, []).append((result.resource, finding))
        elif parameters and here.parent is None:
            key = (finding.template, finding.rule_id)
            by_choice.setdefault(key, []).append(((result.resource, finding), parameters))
    into: dict[int, Sequence[Finding]] = {}
    left = []
    for one in unread:
        about = by_stack.get(one.template, ()) if _is_of_stacks(one) else ()
        told = _with_questions(one, about) if about else one
        into.update({id(finding): [told] for _, finding in about})
        left.append(told)
    once = []
    for found in by_choice.values():
        if len(found) > 1:
            told = _of_choices(found)
            into.update({id(finding): [told] for (_, finding), _ in found})
            once.append(told)
    return Gathered(left, once, into)


def _deployed(template: Template, written: Any, depth: int = 0) -> Iterator[tuple[Template, str]]:
    """Yield what a written value refers to, each with its template: of a nested one also what its parent gives."""
    for name in _names(written):
        yield template, name
        given = template.given_by_parent(name)
        if given is not None and template.parent is not None and depth < _MAX_DEPTH:
            yield from _deployed(template.parent.template, given, depth + 1)


def _is_given_by_stack(template: Template, name: str) -> bool:
    """Whether something is an output of a nested stack whose template is not at hand."""
    stack, found, _ = name.partition(".Outputs.")
    return bool(found) and any(one.logical_id == stack for one in missing_stacks(template))


def _is_of_stacks(finding: Finding) -> bool:
    return (finding.rule_id, finding.resource_type) == (TEMPLATE_READABLE.id, STACK) and "at hand" in finding.message


def _with_questions(finding: Finding, about: Sequence[_Unknown]) -> Finding:
    resources = dict.fromkeys(resource.logical_id for resource, _ in about)
    questions = "A question" if len(about) == 1 else f"{len(about)} questions"
    depend = "depends" if len(about) == 1 else "depend"
    return replace(
        finding,
        message=f"{finding.message} {questions} about {listed(resources)} {depend} on what they give: "
        f"{listed(dict.fromkeys(_name(one) for _, one in about))}.",
    )


def _of_choices(found: Sequence[tuple[_Unknown, Sequence[str]]]) -> Finding:
    (first, finding), _ = found[0]
    parameters = dict.fromkeys(name for _, names in found for name in names)
    others = dict.fromkeys(one.logical_id for (one, _), _ in found if one.logical_id != first.logical_id)
    told = "The parameter" if len(parameters) == 1 else "The parameters"
    more = f" So it is with {listed(others)}." if others else ""
    tells = "tells" if len(parameters) == 1 else "tell"
    return replace(finding, message=f"{finding.message}{more} {told} {listed(parameters)} {tells} at deployment.")


def _name(finding: Finding) -> str:
    return finding.rule_id.rpartition("-")[2]


def _at(resource: Resource, place: Path) -> Any:
    """Return what is written at a place of a resource, or where it would stand in."""
    value: Any = resource.raw
    for part in place:
        items: Mapping[Any, Any] = dict(enumerate(value)) if isinstance(value, list) else as_mapping(value)
        if part not in items:
            break
        value = items[part]
    return value if value is not resource.raw else None


def _names(written: Any) -> Iterator[str]:
    """Yield what a written value refers to: ``Vpc``, ``Network.Outputs.Subnet``."""
    if isinstance(written, list):
        for item in written:
            yield from _names(item)
    for key, value in as_mapping(written).items():
        if key == "Ref" and isinstance(value, str):
            yield value
        elif key == "Fn::GetAtt":
            yield value if isinstance(value, str) else ".".join(map(str, value if isinstance(value, list) else ()))
        elif key == "Fn::Sub":
            text, given = (value[0], value[1]) if isinstance(value, list) and len(value) == 2 else (value, {})
            yield from (name for _, name in split_sub(text) if name) if isinstance(text, str) else ()
            yield from _names(given)
        else:
            yield from _names(value)
