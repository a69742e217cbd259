"""Patterns for what ARNs name, such as ``role/${Team}-*``, held against names and one another.

What only deployment fills in is the same only as itself.
"""

from __future__ import annotations

import fnmatch
import re
from functools import lru_cache
from typing import Final

_PLACEHOLDER: Final = re.compile(r"\$\{\??([^}]*)\}")
# What stands around a placeholder, in which no sign is a wildcard, and for a name that no pattern spells out.
_OPEN, _CLOSE, _ANY_NAME = "\ue001", "\ue002", "\ue000" * 80


def as_named(text: str) -> str:
    """Return a text as these functions compare it, in which ``${?Team}`` has no wildcard."""
    return _PLACEHOLDER.sub(rf"{_OPEN}\1{_CLOSE}", text)


def is_several(name: str) -> bool:
    """Whether a pattern has a wildcard."""
    return "*" in name or "?" in name


def is_whole_kind(name: str) -> bool:
    """Whether a pattern has all of a kind, such as ``role/*``."""
    return fnmatch.fnmatchcase(name.partition("/")[0] + "/" + _ANY_NAME, name)


def covers(pattern: str, name: str) -> bool:
    """Whether all that a name or another pattern stands for is of a pattern."""
    return bool(name) and fnmatch.fnmatchcase(name.replace("*", _ANY_NAME), pattern.replace("[", "[[]"))


@lru_cache(maxsize=4096)
def meet(one: str, other: str) -> bool:
    """Whether something may be of both of two patterns."""
    # For what is left of the first pattern, whether it meets what is left of the other, from the ends on.
    below = [not other[at:].strip("*") for at in range(len(other) + 1)]
    for here in reversed(one):
        row = [here == "*" and below[-1]]
        for at in reversed(range(len(other))):
            there, right = other[at], row[-1]
            if "*" in (here, there):
                row.append(right or below[at])
            else:
                row.append(below[at + 1] and (here == there or "?" in (here, there)))
        below = row[::-1]
    return below[0]
