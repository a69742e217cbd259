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
    if not one or not other:
        return one == other or set(one + other) == {"*"}
    if one[0] == "*":
        return meet(one[1:], other) or meet(one, other[1:])
    if other[0] == "*":
        return meet(other, one)
    return (one[0] == other[0] or "?" in (one[0], other[0])) and meet(one[1:], other[1:])
