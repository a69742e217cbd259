"""What Node answers about a construct and never answers otherwise: it is asked once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

About = TypeVar("About")
Answer = TypeVar("Answer")


class AskedOnce(Generic[About, Answer]):
    """A question about an object of the CDK, whose answer is kept as long as the object is there."""

    def __init__(self, ask: Callable[[About], Answer]) -> None:
        functools.update_wrapper(self, ask)
        self._ask = ask
        self._known: WeakKeyDictionary[About, Answer] = WeakKeyDictionary()

    def __call__(self, about: About) -> Answer:
        answer = self._known.get(about)
        if answer is None:
            answer = self._known[about] = self._ask(about)
        return answer

    def note(self, about: About, answer: Answer) -> None:
        """Take an answer that is known already."""
        self._known[about] = answer
