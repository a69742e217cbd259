"""What is said once a template: at one resource that does not comply, for all of them that do not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import as_mapping
from hipaa_constructs.compliance.facts.cdk_functions import is_cdk_helper
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Outcome, Verdict, named, said_of

Judge = Callable[[Resource], Verdict]
# What of a resource is the cause of its failure, the same in every world.
Cause = Callable[[Resource], object]


@dataclass(frozen=True, slots=True)
class Failing:
    """The resources of a template that fail, in its order; ``certain`` is the first that does so in every world."""

    resources: Sequence[Resource]
    certain: Resource | None
    judge: Judge

    def first(self, resource: Resource) -> Resource:
        """Return the resource that speaks for one of them in the present world, in which that one fails.

        It is one that names the other, so that each world in which one fails is told of somewhere.
        """
        if self.certain is not None and self._speaks_for(self.certain, resource):
            return self.certain
        before = self.resources[: self.resources.index(resource)]
        speakers = (
            one for one in before if self._speaks_for(one, resource) and _fails(one, self.judge) is Outcome.FAILED
        )
        return next(speakers, resource)

    def told_with(self, first: Resource) -> Sequence[Resource]:
        """Return of which others it is so, as far as they are there, wherever the first one says so."""
        if first is self.certain:
            return [one for one in self.resources if one is not first and self._speaks_for(first, one)]
        # Where one before it fails, that one speaks.
        after = self.resources[self.resources.index(first) + 1 :]
        return [
            one
            for one in after
            if (self.certain is None or not self._speaks_for(self.certain, one)) and self._speaks_for(first, one)
        ]

    def _speaks_for(self, first: Resource, other: Resource) -> bool:
        return first is other or self._is_so_of_both(first, other)

    def _is_so_of_both(self, first: Resource, other: Resource) -> bool:
        """Whether both fail in some world, and in each in which the first one fails and the other is there."""
        names = f"{id(first.template)} {first.logical_id} {other.logical_id}"
        return first.template.app.cached(
            f"said with: {self.judge.__module__}.{self.judge.__qualname__} {names}",
            lambda _: _in_both(first, other, self.judge),
        )


def say_once(
    resource: Resource,
    judge: Judge,
    types: Sequence[str],
    cause: Cause | None = None,
) -> Verdict:
    """Return what a judge says of a resource; where others of its template fail too, for them at one of them.

    What CDK adds by itself is told apart, since one notice stands for all that is found of it.

    :param judge: answers ``NOT_APPLICABLE`` of resources that are told otherwise. It is a function of a module, by
        whose name its answers are kept.
    :param types: the types of resources that are told together.
    :param cause: of what those have to have in common that are told together. It is a function of a module as well.
        Default: nothing.
    """
    if is_cdk_helper(resource):
        return judge(resource)
    failing = failing_with(resource, judge, types, cause)
    # The last to be judged, so that what it says is noted of what it reads.
    verdict = judge(resource)
    if verdict.outcome is not Outcome.FAILED or failing is None:
        return verdict
    first = failing.first(resource)
    if first is not resource:
        return said_of(first)
    others = failing.told_with(resource)
    return replace(verdict, seen=(*verdict.seen, f"The same is so of {named(others)}.")) if others else verdict


def failing_with(
    resource: Resource,
    judge: Judge,
    types: Sequence[str],
    cause: Cause | None = None,
) -> Failing | None:
    """Return those of a template, of these types, that a judge finds with a resource; None if it is not one of them."""
    app, cause = resource.template.app, cause or _any_cause
    key = f"said once: {judge.__module__}.{judge.__qualname__} {cause.__qualname__} {' '.join(types)}"
    found = app.cached(key, partial(_failing, judge=judge, types=types, cause=cause))
    failing = found.get((id(resource.template), cause(resource)))
    return failing if failing is not None and resource in failing.resources else None


def _in_both(first: Resource, other: Resource, judge: Judge) -> bool:
    def ask() -> bool | None:
        if _fails(first, judge) is not Outcome.FAILED or not other.exists:
            return None
        return judge(other).outcome is Outcome.FAILED

    explored = first.template.app.worlds.explore(ask).worlds
    return {answer for world, answer in explored if first.template.allows(world)} - {None} == {True}


def _fails(resource: Resource, judge: Judge) -> Outcome:
    return (judge(resource) if resource.exists else NOT_APPLICABLE).outcome


def as_written(*paths: str) -> Cause:
    """Return a cause that is the type of a resource and what is written in some of its properties, by their names."""

    def written(resource: Resource) -> object:
        properties = as_mapping(resource.raw.get("Properties"))
        return resource.type, *(json.dumps(properties.get(path), sort_keys=True, default=str) for path in paths)

    written.__qualname__ = f"as written in {' '.join(paths)}"
    return written


def _any_cause(_: Resource) -> object:
    return None


def _failing(app: App, judge: Judge, types: Sequence[str], cause: Cause) -> Mapping[tuple[int, object], Failing]:
    """Return which resources of each template fail, by its identity and cause: each is asked in all its worlds."""
    found: dict[tuple[int, object], list[Resource]] = {}
    certain: dict[tuple[int, object], Resource] = {}
    for kind in types:
        for one in app.resources.get(kind, ()):
            if is_cdk_helper(one):
                continue
            explored = app.worlds.explore(partial(_fails, one, judge))
            answers = {answer for world, answer in explored.worlds if one.template.allows(world)}
            if Outcome.FAILED in answers:
                key = (id(one.template), cause(one))
                found.setdefault(key, []).append(one)
                if answers == {Outcome.FAILED} and explored.complete:
                    certain.setdefault(key, one)
    return {key: Failing(alike, certain.get(key), judge) for key, alike in found.items()}
