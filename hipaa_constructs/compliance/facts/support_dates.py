"""Until when AWS mends versions of runtimes and engines, and what a rule says of one on a day."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from hipaa_constructs.compliance.controls import read
from hipaa_constructs.compliance.rule import PASSED, Verdict, failed


@dataclass(frozen=True, slots=True)
class Support:
    """The last days of AWS's standard support, and of its Extended Support where there is one.

    ``extended`` is None where there is one, and no day was found. ``before`` is the oldest version that the table
    names, where the version is older: its own support ended before that one's. Where no day was found of what AWS's
    list names no more, ``standard`` is the day when the list was read, and ``is_listed`` is false.
    """

    standard: datetime.date
    has_extended: bool
    extended: datetime.date | None
    before: str = ""
    is_listed: bool = True


# Where a version or a name has parts: 8.0.mysql_aurora.3.08.0, standard:7.0, 16.4-limitless.
_BOUNDARY = re.compile(r"[.:-]")

_BY_NAME = ("lambda",)


def support_of(what: str, version: str) -> Support | None:
    """Return what is announced of a version, such as ``postgres`` and ``13.4``; None if that is nothing.

    An entry holds for all versions that begin with its parts; of several, the longest is meant. What is older than
    all of them has no support where the oldest has none, and a minor version none where a later one of its major has
    none. Runtimes of Lambda are names as a whole: another is none of them.
    """
    table = _table(what)
    if what in _BY_NAME:
        return table.get(version)
    if version not in table and (ended := _outlived(table, version)):
        return ended
    ends = [end for found in _BOUNDARY.finditer(version) for end in found.span()]
    for end in (len(version), *reversed(ends)):
        if version[:end] in table:
            return table[version[:end]]
    return _older(table, version.split("."))


def newest(what: str, beginning: str) -> str:
    """Return the version that AWS mends longest of those that begin so, such as ``nodejs``; of several the latest."""
    dated = {name: support for name, support in _table(what).items() if support and name.startswith(beginning)}
    return max(dated, key=lambda name: (dated[name].standard, [int(one) for one in re.findall(r"\d+", name)]))


def _outlived(table: Mapping[str, Support | None], version: str) -> Support | None:
    """Return what holds of a minor version that stands nowhere, by the next one of its major; None if nothing does."""
    number = _numbers(version)
    later = sorted(
        (one for one in table if _numbers(one)[:-1] == number[:-1] and _numbers(one)[-1:] > number[-1:]), key=_numbers
    )
    support = table[later[0]] if len(number) > 1 and later and version.rpartition(".")[0] in table else None
    return support and replace(support, has_extended=False, extended=None, before=later[0])


def _older(table: Mapping[str, Support | None], parts: Sequence[str]) -> Support | None:
    """Return what holds of a version that is older than all of a table; None if it is not, or has no numbers."""
    oldest = min(filter(_numbers, table), key=_numbers, default="")
    differing = next((pair for pair in zip(parts, oldest.split("."), strict=False) if pair[0] != pair[1]), ("", ""))
    if not all(part.isdigit() for part in differing) or int(differing[0]) > int(differing[1]):
        return None
    support = table[oldest]
    return support and replace(support, has_extended=False, extended=None, before=oldest)


@cache
def _numbers(version: str) -> tuple[int, ...]:
    parts = version.split(".")
    return tuple(map(int, parts)) if all(part.isdigit() for part in parts) else ()


def judge_support(name: str, what: str, version: str, today: datetime.date, *, at: str | None = None) -> Verdict:
    """Judge a version by the day; ``name`` is how messages call it, and ``at`` is as of ``failed``.

    Who mends it is AWS, or the vendor that its table names.

    In Extended Support AWS mends critical and high vulnerabilities alone, for a fee, which is a warning; after it, or
    where there is none, nothing is mended, or AWS upgrades when it likes.
    """
    support = support_of(what, version)
    if support is None or today <= support.standard:
        return PASSED
    table = read("support_dates.json")["lifecycles"][what]
    as_of, vendor = table["as_of"], table.get("vendor", "AWS")
    if support.has_extended and (support.extended is None or today <= support.extended):
        until = f" to {support.extended}" if support.extended else ""
        return failed(
            f"{name} is past its standard support, which ended on {support.standard}, and in Extended Support{until} "
            f"(read on {as_of}).",
            severity="warning",
            at=at,
        )
    if not support.is_listed:
        return failed(f"{name} is not on {vendor}'s list of what it supports any more (read on {as_of}).", at=at)
    if support.before:
        return failed(
            f"{name} is older than {support.before}, and has no support of {vendor}'s (read on {as_of}).", at=at
        )
    end = support.extended or support.standard
    return failed(f"{name} has had no support of {vendor}'s since {end} (read on {as_of}).", at=at)


@cache
def _table(what: str) -> dict[str, Support | None]:
    table = read("support_dates.json")["lifecycles"][what]
    read_on = datetime.date.fromisoformat(table["as_of"])
    return {
        version: Support(
            standard=datetime.date.fromisoformat(days[0]) if days[0] else read_on,
            has_extended=len(days) > 1,
            extended=datetime.date.fromisoformat(days[1]) if len(days) > 1 and days[1] else None,
            is_listed=bool(days[0]),
        )
        if days
        else None
        for version, days in table["versions"].items()
    }
