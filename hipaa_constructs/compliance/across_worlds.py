"""One verdict about a resource, from those in each world that can be deployed.

Failed in every world is failed. Failed in some is failed too, and the message names them: an error where the default
world fails, or where neither a default nor the template's ``Rules`` speak against the failing one, and a warning
elsewhere. What a rule on recovery finds outside production alone is a warning too, or no finding if the rule says so.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.reads import Path, watched
from hipaa_constructs.cloudformation.worlds import BOUND, Choice, World
from hipaa_constructs.compliance.production import fails_outside_production_alone
from hipaa_constructs.compliance.rule import (
    NOT_APPLICABLE,
    PASSED,
    Outcome,
    OutsideProduction,
    Verdict,
    unknown,
    weaker,
    worst,
)

# More would not be read.
_SHOWN = 3
# How many worlds are tried before it is said that not all were. Few questions come to so many.
_MOST: Final = 8 * BOUND
_GOOD = (Outcome.PASSED, Outcome.NOT_APPLICABLE)


def judge_everywhere(
    resource: Resource, check: Callable[[Resource], Verdict], *, outside_production: OutsideProduction = "same"
) -> Verdict | None:
    """Judge a resource in each world that differs for it; None where it is deployed in none of them.

    :param outside_production: what a failure comes to that holds in no world of production, where the template tells
        that from other environments.
    """
    worlds = resource.template.app.worlds

    def judge() -> Verdict | None:
        return check(resource) if resource.exists else None

    each = worlds.each(judge)
    answers, complete = _tried(each, BOUND)
    if len(answers) == 1:
        return answers[0][1]
    verdict = _summed_up(resource, answers, outside_production)
    if complete or not _is_good(verdict):
        return verdict
    there = _is_always_there(resource)
    if not there and _is_good_wherever(resource, check):
        return verdict
    more, complete = _tried(each, _MOST - BOUND)
    answers += more
    # Where it always is there, each answer was what is asked of it wherever it is.
    if there and complete and all(_is_good(answer) for _, answer in answers):
        return verdict
    verdict = _summed_up(resource, answers, outside_production)
    if complete or not _is_good(verdict):
        return verdict
    return unknown(
        f"Only {_MOST} of the ways in which parameters and conditions can come together were tried; it holds in "
        "those. Name the values that are deployed: --parameter NAME=VALUE."
    )


def _is_good(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.outcome in _GOOD


def _is_good_wherever(resource: Resource, check: Callable[[Resource], Verdict]) -> bool:
    """Whether nothing is found in any world, be the resource there or not.

    Whether it is there may depend on far more choices than what is asked of it.
    """
    # The first that is not good is enough, and says it before the others are tried.
    complete = False
    for _, verdict, is_last in islice(resource.template.app.worlds.each(partial(check, resource)), _MOST):
        if verdict.outcome not in _GOOD:
            return False
        complete = is_last
    return complete


def _is_always_there(resource: Resource) -> bool:
    """Whether a resource is deployed in every world."""
    there = list(islice(resource.template.app.worlds.each(lambda: resource.exists), 2))
    return len(there) == 1 and there[0][1]


def _tried(
    each: Iterator[tuple[World, Verdict | None, bool]], most: int
) -> tuple[list[tuple[World, Verdict | None]], bool]:
    """Return the answers of the next worlds, and whether those were the last."""
    tried = list(islice(each, most))
    return [(world, answer) for world, answer, _ in tried], tried[-1][2]


def of_all_uses(judged: Sequence[tuple[Resource, Verdict]]) -> tuple[Resource, Verdict]:
    """Return one verdict about what several nested stacks make of a resource, and for which of them it is given.

    The worst counts; its message names the nested stacks that it is about, unless all are alike.
    """
    if len(judged) == 1:
        return judged[0]
    outcome = worst(verdict for _, verdict in judged).outcome
    found = [(use, verdict) for use, verdict in judged if verdict.outcome is outcome]
    # An error in one of them is one.
    first, verdict = min(found, key=lambda one: one[1].severity == "warning")
    if not verdict.message or len(found) == len(judged):
        return first, verdict
    named = [use.template.use for use, _ in found]
    more = "" if len(named) <= _SHOWN else f" and {len(named) - _SHOWN} more"
    message = f"{verdict.message.removesuffix('.')} (as deployed by {', '.join(named[:_SHOWN])}{more})."
    return first, dataclasses.replace(verdict, seen=(message,))


def place_of(resource: Resource, check: Callable[[Resource], Verdict], outcome: Outcome) -> Path:
    """Return the path, within a resource, of what its verdict is about, in the first world that has this outcome."""

    def watch() -> tuple[Outcome, Path] | None:
        if not resource.exists:
            return None
        with watched(resource) as reads:
            verdict = check(resource)
            return verdict.outcome, reads.place_of(verdict.message)

    # The first is enough: nobody asks the others.
    tried = islice(resource.template.app.worlds.each(watch), _MOST)
    for number, (world, answer, last) in enumerate(tried):
        only = last and number == 0
        if answer and answer[0] is outcome and (only or resource.template.allows(world)):
            return answer[1]
    return ()


def _summed_up(
    resource: Resource, answers: Sequence[tuple[World, Verdict | None]], outside_production: OutsideProduction
) -> Verdict | None:
    tried = [(world, verdict) for world, verdict in answers if resource.template.allows(world)]
    judged = [(world, verdict) for world, verdict in tried if verdict is not None]
    if not judged:
        return None
    for outcome in (Outcome.FAILED, Outcome.UNKNOWN):
        found = [one for one in judged if one[1].outcome is outcome]
        # Where an error is one only in worlds that somebody has to choose, the lesser failures count as much.
        gravest = [one for one in found if one[1].severity is None]
        others = [one for one in judged if not any(one is grave for grave in gravest)]
        # Where a resource is not there at all, nothing of it fails either.
        absent = [world for world, verdict in tried if verdict is None]
        fine = [world for world, verdict in judged if verdict.outcome is not outcome]
        if outside_production == "none" and fails_outside_production_alone(
            [world for world, _ in found], [*fine, *absent]
        ):
            continue
        if outside_production == "lesser" and fails_outside_production_alone(
            [world for world, _ in gravest], [*(world for world, _ in others), *absent]
        ):
            least = [one for one in others if one[1].outcome is outcome]
            told = [_in_words(resource, some, judged, tried)[0] for some in (gravest, least) if some]
            return weaker(dataclasses.replace(told[0], seen=tuple(part for one in told for part in one.seen)))
        for failing in filter(None, (gravest, found)):
            verdict, weighs = _in_words(resource, failing, judged, tried)
            if weighs or failing is found:
                return verdict
    # What another finding says of it in some worlds is no pass.
    elsewhere = next((verdict for _, verdict in judged if verdict.said_of is not None), NOT_APPLICABLE)
    passed = any(verdict.outcome is Outcome.PASSED for _, verdict in judged)
    return PASSED if passed and elsewhere is NOT_APPLICABLE else elsewhere


def _in_words(
    resource: Resource,
    found: Sequence[tuple[World, Verdict]],
    judged: Sequence[tuple[World, Verdict]],
    tried: Sequence[tuple[World, Verdict | None]],
) -> tuple[Verdict, bool]:
    """Return what is said of some of the worlds, and whether any of them is as good as the default."""
    first = found[0][1]
    if len(found) == len(judged):
        return dataclasses.replace(first, seen=tuple(_in_all(found, tried))), True
    bad = [world for world, _ in found]
    good = [world for world, _ in tried if not any(world is one for one in bad)]
    named = _distinct(_described(world, good) for world in bad)
    weighs = any(_weighs(one) and not _is_guarded(resource, one) for one in named)
    weaker = first.outcome is Outcome.FAILED and not weighs
    return dataclasses.replace(
        first,
        seen=tuple(_in_each(found, tried, named)),
        severity="warning" if weaker else first.severity,
    ), weighs


def _in_each(
    found: Sequence[tuple[World, Verdict]], tried: Sequence[tuple[World, Verdict | None]], named: list[Named]
) -> Iterator[str]:
    """Yield what is seen in worlds: each part of those that have it, for it may tell the value.

    :param named: the answers that tell all of these worlds from the others.
    """
    together: dict[tuple[int, ...], list[str]] = {}
    for part in dict.fromkeys(part for _, verdict in found for part in verdict.seen):
        there = tuple(number for number, (_, verdict) in enumerate(found) if part in verdict.seen)
        together.setdefault(there, []).append(part)
    for there, parts in together.items():
        message = dataclasses.replace(found[there[0]][1], seen=tuple(parts)).message
        if len(there) == len(found):
            yield _said_when(message, named)
            continue
        worlds = [found[number][0] for number in there]
        others = [world for world, _ in tried if not any(world is one for one in worlds)]
        yield _said_when(message, _distinct(_described(world, others) for world in worlds))


def _in_all(found: Sequence[tuple[World, Verdict]], tried: Sequence[tuple[World, Verdict | None]]) -> Sequence[str]:
    """Return what is seen in worlds that all come to the same: each part of the worlds that have it, unless all do."""
    parts = dict.fromkeys(part for _, verdict in found for part in verdict.seen)
    shared = [part for part in parts if all(part in verdict.seen for _, verdict in found)]
    differing = [part for part in parts if part not in shared]
    told = []
    for part in differing[:_SHOWN]:
        there = [world for world, verdict in found if part in verdict.seen]
        others = [world for world, _ in tried if not any(world is one for one in there)]
        told.append(_said_when(part, _distinct(_described(world, others) for world in there)))
    if len(differing) > _SHOWN:
        told.append("Else it differs again.")
    return *shared, *told


Named = tuple[tuple[Choice, object], ...]


def _said_when(message: str, named: Sequence[Named]) -> str:
    when = "; or when ".join(" and ".join(choice.said(value) for choice, value in one) for one in named[:_SHOWN])
    more = "" if len(named) <= _SHOWN else f"; or in {len(named) - _SHOWN} more cases"
    return f"{message.removesuffix('.')} (when {when}{more})."


def _described(world: World, good: Sequence[World]) -> Named:
    """Return the fewest answers of a failing world that no world has where nothing fails."""
    kept = dict(world)
    # The answers that are not the default are what a reader looks for, so the others go first.
    for choice in sorted(world, key=lambda one: world[one] is not one.values[0]):
        without = {other: value for other, value in kept.items() if other is not choice}
        if without and not any(_agrees(without, one) for one in good):
            kept = without
    return tuple(kept.items())


def _agrees(answers: World, world: World) -> bool:
    """Whether a world gives these answers; one that was not asked would give any."""
    return all(choice not in world or world[choice] == value for choice, value in answers.items())


def _distinct(found: Iterable[Named]) -> list[Named]:
    return list(dict.fromkeys(found))


def _weighs(answers: Named) -> bool:
    """Whether a world of these answers is the default one, or as good as any other."""
    return all(value is choice.values[0] or not choice.narrowed for choice, value in answers)


def _is_guarded(resource: Resource, answers: Named) -> bool:
    """Whether the template's ``Rules`` speak against what somebody has to choose, for want of a default."""
    chosen = {choice: value for choice, value in answers if not choice.narrowed}
    return bool(chosen) and resource.template.guards(chosen)
