"""What is said once a template: at one resource that does not comply, for all of them that do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.compliance.facts.cdk_functions import is_cdk_helper
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Outcome, Verdict, named, said_of

Judge = Callable[[Resource], Verdict]


@dataclass(frozen=True, slots=True)
class Failing:
    """The resources of a template that fail, in its order; ``certain`` is the first that does so in every world."""

    resources: Sequence[Resource]
    certain: Resource | None
    judge: Judge

    def first(self, resource: Resource) -> Resource:
        """Return the resource that speaks for one of them in the present world, in which that one fails."""
        if self.certain is not None:
            return self.certain
        return next(one for one in self.resources if one is resource or _fails(one, self.judge) is Outcome.FAILED)


def say_once(resource: Resource, judge: Judge, types: Sequence[str]) -> Verdict:
    """Return what a judge says of a resource; where others of its template fail too, for them at one of them.

    What CDK adds by itself is told apart, since one notice stands for all that is found of it.

    :param judge: answers ``NOT_APPLICABLE`` of resources that are told otherwise. It is a function of a module, by
        whose name its answers are kept.
    :param types: the types of resources that are told together.
    """
    if is_cdk_helper(resource):
        return judge(resource)
    failing = failing_with(resource, judge, types)
    # The last to be judged, so that what it says is noted of what it reads.
    verdict = judge(resource)
    if verdict.outcome is not Outcome.FAILED or failing is None:
        return verdict
    first = failing.first(resource)
    if first is not resource:
        return said_of(first)
    others = [one for one in failing.resources if one is not resource]
    if not others:
        return verdict
    return replace(verdict, seen=(*verdict.seen, f"The same is so of {named(others)}."))


def failing_with(resource: Resource, judge: Judge, types: Sequence[str]) -> Failing | None:
    """Return those of a template, of these types, that a judge finds with a resource; None if it is not one of them."""
    app = resource.template.app
    key = f"said once: {judge.__module__}.{judge.__qualname__} {' '.join(types)}"
    failing = app.cached(key, partial(_failing, judge=judge, types=types)).get(id(resource.template))
    return failing if failing is not None and resource in failing.resources else None


def _fails(resource: Resource, judge: Judge) -> Outcome:
    return (judge(resource) if resource.exists else NOT_APPLICABLE).outcome


def _failing(app: App, judge: Judge, types: Sequence[str]) -> Mapping[int, Failing]:
    """Return which resources of each template fail, by its identity: each is asked in all worlds of its own."""
    found: dict[int, list[Resource]] = {}
    certain: dict[int, Resource] = {}
    for kind in types:
        for one in app.resources.get(kind, ()):
            if is_cdk_helper(one):
                continue
            explored = app.worlds.explore(partial(_fails, one, judge))
            answers = {answer for world, answer in explored.worlds if one.template.allows(world)}
            if Outcome.FAILED in answers:
                found.setdefault(id(one.template), []).append(one)
                if answers == {Outcome.FAILED} and explored.complete:
                    certain.setdefault(id(one.template), one)
    return {key: Failing(resources, certain.get(key), judge) for key, resources in found.items()}
