"""What rules said of templates, to be said again of others in which all that they read for it is the same.

A draft changes a few resources, and most answers do not depend on them. What each answer was read from is noted
(``cloudformation/traces.py``); it is told again, unless a part of that is another one now.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from hipaa_constructs.cloudformation.model import App, Resource, Template
from hipaa_constructs.cloudformation.traces import (
    ALL,
    ATTRIBUTE,
    CALLED,
    DECLARED,
    NAMED,
    NOTED,
    PARAMETER,
    PARAMETERS,
    PROPERTIES,
    PROPERTY,
    TYPE,
    VALUES,
    WHOLE,
    WRITTEN,
    Part,
)
from hipaa_constructs.cloudformation.values import as_mapping, is_mapping
from hipaa_constructs.compliance.engine import Result, all_rules, result_of
from hipaa_constructs.compliance.fold import Answers
from hipaa_constructs.compliance.rule import Finding, Rule

# Of how many of the drafts that were judged before an answer is kept: those that are left go back to what was before.
_KEPT: Final = 8
# By which template, counted from 0, and by which logical id a resource is found.
_Place = tuple[int, str]
# What decides which values a parameter or a Region has, or which templates there are.
_STACKS: Final = ("AWS::CloudFormation::Stack", "AWS::CloudFormation::StackSet")
_PSEUDO: Final = ("AWS::AccountId", "AWS::Partition", "AWS::Region")


class _Kept(NamedTuple):
    """An answer, of which draft, and what was read for it; ``called`` are the places of resources by their names."""

    draft: _Judged
    read: frozenset[Part]
    called: Mapping[str, Sequence[_Place]]
    answer: _Answer | None


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a rule said of a resource, without the app in which it was judged."""

    result: Result
    place: _Place
    said_of: _Place | None
    finding: Finding | None


class Ledger:
    """The answers about what templates were and might be."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, _Place], deque[_Kept]] = {}
        self._changes: dict[tuple[int, int], frozenset[Part] | None] = {}

    def answers(self, app: App) -> Answers:
        """Return what ``answer`` of ``compliance/assess.py`` does, asking anew only what may differ.

        :param app: one that is traced, and that nothing was asked of yet.
        """
        draft = _Judged(app)
        answers: list[tuple[Result, Finding | None]] = []
        for rule in all_rules():
            for resource in app.of_type(*rule.resource_types):
                found = self._answer(draft, rule, resource)
                if found is not None:
                    answers.append(found)
        return answers

    def _answer(self, draft: _Judged, rule: Rule, resource: Resource) -> tuple[Result, Finding | None] | None:
        kept = self._kept.setdefault((rule.id, draft.place(resource)), deque(maxlen=_KEPT))
        known = next((one for one in reversed(kept) if self._holds(one, draft)), None)
        if known is None:
            known = draft.asked(rule, resource)
            kept.append(known)
        return None if known.answer is None else draft.told(known.answer)

    def _holds(self, kept: _Kept, draft: _Judged) -> bool:
        """Whether all that was read for an answer is the same in another draft."""
        pair = kept.draft.number, draft.number
        if pair not in self._changes:
            self._changes[pair] = _changed(kept.draft, draft)
        changed = self._changes[pair]
        return (
            changed is not None
            and changed.isdisjoint(kept.read)
            and all(draft.called(name) == places for name, places in kept.called.items())
        )


class _Judged:
    """A draft that is judged: its templates as they are written, and its resources by their places."""

    _count = 0

    def __init__(self, app: App) -> None:
        _Judged._count += 1
        self.number = _Judged._count
        self._places = {
            one: (number, logical_id)
            for number, template in enumerate(app.templates)
            for logical_id, one in template.resources.items()
        }
        self._resources = {place: one for one, place in self._places.items()}
        self._numbers = {template: number for number, template in enumerate(app.templates)}
        self._called: dict[str, Sequence[_Place]] = {}
        self._known: dict[Part, Part] = {}
        self._app = app
        # Before anything is noted: what is asked for here is asked for by each answer.
        self.raws = {place: one.raw for one, place in self._places.items()}
        for template in app.templates:
            # So that what these find in the resources is no part of each answer: it is compared as a whole.
            template.choices.literals("")
        self.common = [_common(template) for template in app.templates]
        self.parameters = [_parameters(template) for template in app.templates]
        self.types = {kind: tuple(map(self.place, found)) for kind, found in app.resources.items()}
        self.ids = [tuple(template.resources) for template in app.templates]

    def place(self, resource: Resource) -> _Place:
        """Return where a resource is found in each draft."""
        return self._places[resource]

    def asked(self, rule: Rule, resource: Resource) -> _Kept:
        """Ask a rule of a resource."""

        def ask() -> tuple[Result, Finding | None] | None:
            result = result_of(rule, resource)
            return None if result is None else (result, result.finding())

        found, trace = self._app.worlds.reading(ask)
        parts = trace.parts()
        called = {str(part[2]): self.called(str(part[2])) for part in parts if part[1] == CALLED}
        read = frozenset(self._portable(part) for part in parts if part[1] != CALLED)
        if found is None:
            return _Kept(self, read, called, None)
        result, finding = found
        said_of = result.verdict.said_of
        answer = _Answer(result, self.place(result.resource), None if said_of is None else self.place(said_of), finding)
        return _Kept(self, read, called, answer)

    def told(self, answer: _Answer) -> tuple[Result, Finding | None]:
        """Return an answer as one about this draft."""
        resource = self._resources[answer.place]
        said_of = None if answer.said_of is None else self._resources[answer.said_of]
        verdict = answer.result.verdict if said_of is None else replace(answer.result.verdict, said_of=said_of)
        finding = None if answer.finding is None else replace(answer.finding)
        return Result(answer.result.rule, resource, verdict), finding

    def called(self, name: str) -> Sequence[_Place]:
        """Return the places of the resources that may have a physical name."""
        if name not in self._called:
            self._called[name] = tuple(map(self.place, self._app.called(name)))
        return self._called[name]

    def _portable(self, part: Part) -> Part:
        """Return a part by the place of what it is of, one object for all that are equal."""
        if part not in self._known:
            of = part[0]
            place: Hashable = None
            if isinstance(of, Resource):
                place = self._places[of]
            elif isinstance(of, Template):
                place = self._numbers[of]
            self._known[part] = (place, *part[1:])
        return self._known[part]


def _common(template: Template) -> str:
    """Return what all answers may depend on: everything but the resources, and which values are told apart."""
    body = template.body
    choices = template.choices
    return repr(
        [
            template.name,
            template.use,
            {key: body[key] for key in sorted(body, key=str) if key not in NOTED},
            # With one or none of them nothing is read part by part.
            len(template.parameters) + len(as_mapping(body.get("Conditions"))) > 1,
            [_told(choices.pseudo(name)) for name in _PSEUDO],
            choices.mapped_regions and sorted(choices.mapped_regions),
            [template.unread, template.loops_left],
            [(one.logical_id, one.raw) for one in template.resources.values() if one.type in _STACKS],
        ]
    )


def _parameters(template: Template) -> Mapping[str, tuple[str, Any]]:
    """Return which values of each parameter are told apart, and how it is declared."""
    return {
        name: (repr(_told(template.choices.parameter(name))), declared)
        for name, declared in template.parameters.items()
    }


def _told(choice: Any) -> object:
    return None if choice is None else (choice.subject, choice.values, choice.narrowed)


def _changed(before: _Judged, after: _Judged) -> frozenset[Part] | None:
    """Return what may differ from one draft to another; None where anything may."""
    if before.common != after.common:
        return None
    changed: set[Part] = set()
    # What is gone, or new, is found only by asking which resources there are.
    for place in before.raws.keys() & after.raws.keys():
        old, new = before.raws[place], after.raws[place]
        if old is not new and repr(old) != repr(new):
            if not _is_plain(old) or not _is_plain(new) or old["Type"] != new["Type"]:
                return None
            changed |= {(place, *part) for part in _parts_changed(old, new)}
            changed.add((place[0], WRITTEN, "Resources"))
    for number, (old_ids, new_ids) in enumerate(zip(before.ids, after.ids, strict=True)):
        if old_ids != new_ids:
            changed |= {(number, ALL), (number, WRITTEN, "Resources"), (None, ALL)}
            changed |= {(number, NAMED, name) for name in set(new_ids) ^ set(old_ids)}
    for number, (old_ones, new_ones) in enumerate(zip(before.parameters, after.parameters, strict=True)):
        if list(old_ones) != list(new_ones):
            changed |= {(number, PARAMETERS), (number, WRITTEN, "Parameters")}
            changed |= {(number, PARAMETER, name) for name in old_ones.keys() ^ new_ones.keys()}
        for name in old_ones.keys() & new_ones.keys():
            (old_values, old), (new_values, new) = old_ones[name], new_ones[name]
            if not is_mapping(old) or not is_mapping(new):
                return None
            if old_values != new_values:
                changed.add((number, VALUES, name))
            differing = list(_differing(old, new))
            if differing:
                changed |= {(number, DECLARED, name, one) for one in (*differing, None)}
                changed.add((number, WRITTEN, "Parameters"))
    changed |= {
        (None, TYPE, kind)
        for kind in before.types.keys() | after.types.keys()
        if before.types.get(kind) != after.types.get(kind)
    }
    return frozenset(changed)


def _is_plain(raw: Mapping[str, Any]) -> bool:
    """Whether a resource writes its properties one by one."""
    properties = raw.get("Properties") or {}
    return is_mapping(properties) and not any(str(key).startswith("Fn::") for key in properties)


def _parts_changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Part]:
    """Yield the parts of a resource that are not what they were."""
    yield (WHOLE,)
    yield from ((ATTRIBUTE, name) for name in _differing(old, new))
    before, after = old.get("Properties") or {}, new.get("Properties") or {}
    yield from ((PROPERTY, str(name)) for name in _differing(before, after))
    if list(before) != list(after):
        yield (PROPERTIES,)


def _differing(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> Iterator[Any]:
    absent = object()
    for name in old.keys() | new.keys():
        before, after = old.get(name, absent), new.get(name, absent)
        if before is not after and repr(before) != repr(after):
            yield name
