"""Metric filters compared by what they take, not by how they are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import cache

# One comparison, such as ($.eventName, =, DeleteTrail), and what must hold together; a pattern takes what any of its
# alternatives takes. docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
_Term = tuple[str, str, str]
_Together = frozenset[_Term]
_TOKEN = re.compile(
    r"""\s*(?:(?P<mark>&&|\|\||[()])"""
    r"""|(?P<field>\$[\w.\[\]*-]+)\s*(?:(?P<is>NOT\s+EXISTS|EXISTS|IS\s+\w+)"""
    r"""|(?P<operator>!=|<=|>=|=|<|>)\s*(?P<value>"[^"]*"|%[^%]*%|[^\s()&|]+)))""",
    re.IGNORECASE,
)
# More would say that it is no pattern of ours, and take long.
_MOST = 512


def takes_all_of(written: str, wanted: str) -> bool:
    """Whether a filter takes every event that another one takes, as far as their comparisons tell."""
    if written == wanted:
        return True
    ours, theirs = _alternatives(written), _alternatives(wanted)
    return bool(theirs) and all(any(_is_wider(one, other) for one in ours) for other in theirs)


def _is_wider(one: _Together, other: _Together) -> bool:
    return all(any(_follows(term, given) for given in other) for term in one)


def _follows(term: _Term, given: _Term) -> bool:
    """Whether a comparison holds wherever the given one does."""
    if term == given:
        return True
    (field, operator, value), (of, known, named) = term, given
    return field == of and operator == known == "=" and fnmatchcase(named, value.replace("[", "[[]"))


@cache
def _alternatives(pattern: str) -> Sequence[_Together]:
    """Return what a pattern takes, any of several; nothing where it cannot be read."""
    text = pattern.strip()
    if not (text.startswith("{") and text.endswith("}")):
        return ()
    tokens = _tokens(text[1:-1])
    found, rest = _any(tokens) if tokens else ((), [""])
    return () if rest else found


def _tokens(text: str) -> list[_Term | str]:
    tokens: list[_Term | str] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            return []
        at = match.end()
        if match["mark"]:
            tokens.append(match["mark"])
        elif match["is"]:
            tokens.append((match["field"], " ".join(match["is"].upper().split()), ""))
        else:
            tokens.append((match["field"], match["operator"], match["value"].strip('"')))
    return tokens


_Read = tuple[Sequence[_Together], list[_Term | str]]


def _any(tokens: list[_Term | str]) -> _Read:
    found, rest = _all(tokens)
    while rest and rest[0] == "||":
        more, rest = _all(rest[1:])
        found = [*found, *more] if more else ()
    return found, rest


def _all(tokens: list[_Term | str]) -> _Read:
    found, rest = _one(tokens)
    while rest and rest[0] == "&&":
        more, rest = _one(rest[1:])
        found = [one | other for one in found for other in more] if len(found) * len(more) <= _MOST else ()
    return found, rest


def _one(tokens: list[_Term | str]) -> _Read:
    if not tokens:
        return (), [""]
    first, rest = tokens[0], tokens[1:]
    if isinstance(first, tuple):
        return [frozenset({first})], rest
    if first == "(":
        found, rest = _any(rest)
        return (found, rest[1:]) if rest and rest[0] == ")" else ((), [""])
    return (), [""]
