"""Worlds: what a template becomes, for each answer to what only its deployment settles.

A *choice* is such a question: the value of a parameter, or whether a condition holds that nothing here decides. A
*world* answers the choices. Values are always resolved in one world, the present one, and each choice that a
resolution asks for is noted. So whoever asks a question about a template learns which choices its answer depends on,
and ``explore`` asks it again in every world that differs in one of those, and in no other.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Generic, NamedTuple, TypeVar

from hipaa_constructs.cloudformation.traces import Part, Trace
from hipaa_constructs.cloudformation.values import UNKNOWN, same

T = TypeVar("T")

# How many worlds one question is asked in. Seven conditions that are independent of each other make as many.
BOUND: Final = 128


class Other:
    """Any value but those that are listed."""

    def __repr__(self) -> str:
        return "OTHER"


OTHER: Final = Other()


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """What only deployment settles. One question is one object, however often it is asked.

    ``values`` are the answers that there can be; the first is the default one if ``narrowed``. ``subject`` is how
    messages call it; of a condition, ``values`` are true and false.
    """

    subject: str
    values: tuple[Any, ...]
    narrowed: bool

    def said(self, value: Any) -> str:
        """Return an answer in words, such as ``Stage is production``."""
        if isinstance(value, bool):
            return f"{self.subject} {'holds' if value else 'does not hold'}"
        if value is OTHER:
            listed = [str(one) or "empty" for one in self.values if one is not OTHER]
            return f"{self.subject} is {'not ' + listed[0] if len(listed) == 1 else 'none of ' + ', '.join(listed)}"
        return f"{self.subject} is {value if value != '' else 'empty'}"


World = Mapping[Choice, Any]


class _Made(NamedTuple):
    """What was worked out, and the answers that it depends on; what was read for it, where that is traced."""

    asked: Sequence[tuple[Choice, Any]]
    value: Any
    read: Trace | None


class _Fork(NamedTuple):
    """What is asked next, and what follows from each answer, by the answer's ``id()``."""

    choice: Choice
    after: dict[int, _Fork | _Made]


class Memo:
    """What was worked out in each world that differs for it.

    What is worked out asks in one order, and what it asks next depends on the answers before. So it is found by asking
    the same again, however many worlds there are.
    """

    __slots__ = ("_others", "_root")

    def __init__(self) -> None:
        self._root: _Fork | _Made | None = None
        # What asked in another order.
        self._others: list[_Made] = []

    @property
    def constant(self) -> bool:
        """Whether it is the same in every world."""
        return isinstance(self._root, _Made) and not self._root.asked

    def find(self, answer: Callable[[Choice], Any]) -> _Made | None:
        """Return what was worked out in a world that answers alike."""
        here = self._root
        while isinstance(here, _Fork):
            here = here.after.get(id(answer(here.choice)))
        if here is None and self._others:
            alike = (one for one in self._others if all(answer(choice) is value for choice, value in one.asked))
            return next(alike, None)
        return here

    def keep(self, made: _Made) -> None:
        """Keep what was worked out."""
        forks = [_Fork(choice, {}) for choice, _ in made.asked]
        steps = [id(value) for _, value in made.asked]
        here = self._root
        for depth, (fork, step) in enumerate(zip(forks, steps, strict=True)):
            if here is None:
                break
            if not isinstance(here, _Fork) or here.choice is not fork.choice:
                self._others.append(made)
                return
            forks[depth] = here
            here = here.after.get(step)
        if here is not None:
            self._others.append(made)
            return
        below: _Fork | _Made = made
        for fork, step in zip(reversed(forks), reversed(steps), strict=True):
            fork.after[step] = below
            below = fork
        self._root = below


class _Defaults(dict[Choice, Any]):
    """The answers of defaults alone: what no default answers is unknown."""

    def get(self, choice: Choice, default: Any = None) -> Any:
        return choice.values[0] if choice.narrowed else UNKNOWN


@dataclass(frozen=True, slots=True)
class Exploration(Generic[T]):
    """What was answered in each world that was tried, and whether those were all."""

    worlds: Sequence[tuple[World, T]]
    complete: bool


class Worlds:
    """The choices of an app, and the world in which values are resolved at present."""

    def __init__(self, *, traced: bool = False) -> None:
        """Make those of an app; ``traced`` is whether it is noted what of the app is read."""
        self.traced = traced
        # What is read for each computation under way, the innermost last, where that is traced.
        self._reading: list[Trace] = []
        self._choices: dict[str, Choice] = {}
        # Answers that differ from the default; None while no world is looked at.
        self._answers: World | None = None
        # What each computation under way has asked for, the innermost last.
        self._asked: list[dict[Choice, Any]] = []

    @property
    def exploring(self) -> bool:
        """Whether one world is looked at.

        Else all that can be deployed counts as there, and what no default answers is unknown.
        """
        return self._answers is not None

    def choice(
        self, subject: str, values: Sequence[Any], *, narrowed: bool, scope: str = "", shown: str = ""
    ) -> Choice:
        """Return the choice of these words and answers; templates that ask for the same share it.

        :param shown: how messages call it. Default: by the words that tell it from others.
        """
        key = json.dumps([scope, subject, [repr(value) for value in values], narrowed])
        if key not in self._choices:
            self._choices[key] = Choice(shown or subject, tuple(values), narrowed)
        return self._choices[key]

    def take(self, choice: Choice) -> Any:
        """Return the present world's answer, and note that it was asked for."""
        answer = self._answer(choice)
        if self._asked:
            self._asked[-1][choice] = answer
        return answer

    def memo(self, known: Memo, make: Callable[[], T]) -> T:
        """Return what ``make`` comes to in the present world, worked out once for all that it cannot tell apart."""
        before = known.find(self._answer)
        if before is not None:
            if before.asked and self._asked:
                self._asked[-1].update(before.asked)
            if before.read is not None and self._reading:
                self._reading[-1].take(before.read)
            found: T = before.value
            return found
        read = None
        if self.traced:
            (made, noted), read = self.reading(lambda: self._noting(make))
        else:
            made, noted = self._noting(make)
        known.keep(_Made(tuple(noted.items()), made, read))
        return made

    def note(self, part: Part) -> None:
        """Note that a part of the app is read."""
        if self._reading:
            self._reading[-1].note(part)

    def reading(self, make: Callable[[], T]) -> tuple[T, Trace]:
        """Return what ``make`` comes to, and what is read for it, which counts as read by whoever asks, too."""
        read = Trace()
        self._reading.append(read)
        try:
            return make(), read
        finally:
            self._reading.pop()
            if self._reading:
                self._reading[-1].take(read)

    def unnoted(self, make: Callable[[], T]) -> T:
        """Return what ``make`` comes to, for someone who notes by himself what he takes of it."""
        before, self._reading = self._reading, []
        try:
            return make()
        finally:
            self._reading = before

    def explore(self, ask: Callable[[], T], bound: int = BOUND) -> Exploration[T]:
        """Ask in every world that can make a difference, those that differ least from the default first."""
        tried = list(islice(self.each(ask), bound))
        return Exploration([(world, answer) for world, answer, _ in tried], complete=tried[-1][2])

    def each(self, ask: Callable[[], T]) -> Iterator[tuple[World, T, bool]]:
        """Yield one by one what ``explore`` finds, with whether it was the last."""
        # Each entry: how many answers are not the default, a number that keeps the order, the answers that are set.
        pending: list[tuple[int, int, tuple[tuple[Choice, Any], ...]]] = [(0, 0, ())]
        number = 0
        while pending:
            _, _, fixed = heapq.heappop(pending)
            answer, asked = self.within(dict(fixed), ask)
            path = list(asked.items())
            # What was set is not asked for in every world; it is then no part of this one's path.
            taken = {choice for choice, _ in fixed}
            for position, (choice, value) in enumerate(path):
                if choice in taken:
                    continue
                for other in choice.values:
                    if other is not value:
                        number += 1
                        branch = (*fixed, *_before(path[:position], taken), (choice, other))
                        heapq.heappush(pending, (_strange(branch), number, branch))
            yield asked, answer, not pending

    def within(self, world: World, ask: Callable[[], T]) -> tuple[T, World]:
        """Ask in one world; return the answer, and the choices that it depends on."""
        before = self._answers, self._asked
        self._answers, self._asked = world, []
        try:
            return self._noting(ask)
        finally:
            self._answers, self._asked = before

    def by_defaults(self, ask: Callable[[], T]) -> T:
        """Ask with what defaults leave out left out; what no default answers is unknown, and may be there."""
        return self.within(_Defaults(), ask)[0]

    def every(self, make: Callable[[], T], bound: int = BOUND) -> list[T]:
        """Return the different values that ``make`` comes to in all worlds, without asking in the present one."""
        values: list[T] = []
        for _, value in self.explore(make, bound).worlds:
            if not any(value is known or same(value, known) for known in values):
                values.append(value)
        return values

    def _answer(self, choice: Choice) -> Any:
        if self._answers is None:
            return choice.values[0] if choice.narrowed else UNKNOWN
        return self._answers.get(choice, choice.values[0])

    def _noting(self, make: Callable[[], T]) -> tuple[T, dict[Choice, Any]]:
        asked: dict[Choice, Any] = {}
        self._asked.append(asked)
        try:
            return make(), asked
        finally:
            self._asked.pop()
            if self._asked:
                self._asked[-1].update(asked)


def _before(path: Sequence[tuple[Choice, Any]], fixed: Set[Choice]) -> Iterator[tuple[Choice, Any]]:
    return ((choice, answer) for choice, answer in path if choice not in fixed)


def _strange(answers: Sequence[tuple[Choice, Any]]) -> int:
    return sum(1 for choice, answer in answers if answer is not choice.values[0])
