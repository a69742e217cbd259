"""What is unknown for one cause, said once.

A cause is a nested stack whose template was not given, what the deployer chooses, or what a template names and nobody
declares. It is so of templates alone. In a CDK app each construct keeps its own, where it is acknowledged. Evidence
counts what is said once as unknown of every resource that it is about.
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
# What is unknown, each with the names that would tell it.
_ByNames = list[tuple[_Unknown, Sequence[str]]]


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
    by_part: dict[str, _ByNames] = {}
    by_choice: dict[tuple[str, str], _ByNames] = {}
    for result, finding in answers:
        if finding is None or finding.outcome != "unknown" or id(finding) in apart:
            continue
        # What another pack found too has that one's severity; what a construct made is acknowledged there.
        if finding.also or finding.construct_path:
            continue
        one = (result.resource, finding)
        names = list(_deployed(result.resource.template, _at(result.resource, finding.place)))
        stacks = [template for template, name in names if _is_given_by_stack(template, name)]
        absent = sorted({name.partition(".")[0] for template, name in names if not _is_declared(template, name)})
        chosen = sorted({name for template, name in names if template.parent is None and name in template.parameters})
        if stacks:
            by_stack.setdefault(stacks[0].name, []).append(one)
        elif absent:
            by_part.setdefault(finding.template, []).append((one, absent))
        elif chosen:
            by_choice.setdefault((finding.template, finding.rule_id), []).append((one, chosen))
    into: dict[int, Sequence[Finding]] = {}
    left = []
    for unseen in unread:
        about = by_stack.get(unseen.template, ()) if _is_of_stacks(unseen) else ()
        told = _with_questions(unseen, about) if about else unseen
        into.update({id(finding): [told] for _, finding in about})
        left.append(told)
    once = []
    for say, groups in (
        (_of_part, by_part.values()),
        (_of_choice, _several_rules(by_choice.values())),
        (_of_choices, by_choice.values()),
    ):
        for group in groups:
            found = [one for one in group if id(one[0][1]) not in into]
            if len(found) > 1:
                told = say(found)
                into.update({id(finding): [told] for (_, finding), _ in found})
                once.append(told)
    return Gathered(left, once, into)


def _several_rules(groups: Iterable[_ByNames]) -> Iterable[_ByNames]:
    """Return what several rules do not know of a template for the same parameters."""
    alike: dict[tuple[str, Sequence[str]], list[_ByNames]] = {}
    for group in groups:
        names = tuple(sorted({name for _, parameters in group for name in parameters}))
        alike.setdefault((group[0][0][1].template, names), []).append(group)
    return [[one for group in found for one in group] for found in alike.values() if len(found) > 1]


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


def _is_declared(template: Template, name: str) -> bool:
    """Whether a template declares what it names; what macros make of it may declare more."""
    first = name.partition(".")[0]
    return (
        first.startswith("AWS::")
        or first in template.resources
        or first in template.parameters
        or first in template.unread
        or bool({"Transform", "Fn::Transform"} & template.body.keys())
    )


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


def _of_part(found: _ByNames) -> Finding:
    """Say of a template that it is a part of another: CloudFormation refuses what names things that are not there."""
    names = dict.fromkeys(name for _, absent in found for name in absent)
    message = f"{_questions(found)} on what the template names and does not declare: {listed(names)}."
    fix = "CloudFormation deploys no such template. Check the one that this is a part of, put together."
    return _of_template(found, message, fix)


def _of_choice(found: _ByNames) -> Finding:
    parameters = dict.fromkeys(name for _, names in found for name in names)
    several = "s" if len(parameters) > 1 else ""
    # All of them, since whoever accepts this accepts each.
    rules = ", ".join(dict.fromkeys(_name(finding) for (_, finding), _ in found))
    message = f"{_questions(found)} on the parameter{several} {listed(parameters)}, which deployment tells: {rules}."
    given = " ".join(f"--parameter {name}=VALUE" for name in parameters)
    return _of_template(found, message, f"Check the template with what it is deployed with: {given}.")


def _questions(found: _ByNames) -> str:
    return f"{len(found)} questions about {listed(dict.fromkeys(one.logical_id for (one, _), _ in found))} depend"


def _of_template(found: _ByNames, message: str, fix: str) -> Finding:
    (_, first), _ = found[0]
    return replace(
        first,
        rule_id=TEMPLATE_READABLE.id,
        severity=TEMPLATE_READABLE.severity,
        controls=TEMPLATE_READABLE.controls,
        message=message,
        fix=fix,
    )


def _of_choices(found: _ByNames) -> Finding:
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
