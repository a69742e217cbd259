"""An estimate as text of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from hipaa_constructs.cost.choices import CHOICES
from hipaa_constructs.cost.compare import Change, Comparison
from hipaa_constructs.cost.figures import Estimate, Sum
from hipaa_constructs.cost.items import YEARS
from hipaa_constructs.cost.words import (
    NOT_AN_OFFER,
    amount,
    assumption,
    at_least,
    basis,
    counted,
    dollars,
    headline,
    missing,
    resource_name,
    signed,
    warnings,
)

_WIDTH = 80
_NAME = 44
_MOST_RESOURCES = 15
_DEAREST = 5


def as_text(estimate: Estimate) -> str:
    """Return an estimate as text; JSON has every line of it."""
    return "\n".join(_lines(estimate)) + "\n"


def comparison_as_text(comparison: Comparison) -> str:
    """Return what changed as text."""
    return "\n".join(_changed(comparison)) + "\n"


def _lines(estimate: Estimate) -> Iterator[str]:
    yield from _wrapped(f"Cost: {headline(estimate)}.")
    yield from _wrapped(basis(estimate))
    for warning in warnings(estimate):
        yield from _wrapped(f"Note: {warning}")
    yield ""
    yield _row("US dollars a month", "fixed", "usage", "total")
    yield _sum("All", estimate.total)
    if estimate.total.unpriced:
        yield from _wrapped(f"{at_least(estimate.total)}; their sums bear a +", 2)
    yield from _sums("By stack", estimate.by_stack)
    yield from _sums("By service", estimate.by_service)
    resources = {resource_name(stack, name): one for (stack, name), one in estimate.by_resource.items()}
    dearest = dict(list(resources.items())[:_MOST_RESOURCES])
    yield from _sums(f"By resource, the dearest {len(dearest)} of {len(resources)}", dearest)
    yield from _choices(estimate)
    yield from _years(estimate)
    yield "\nAssumed, with what rests on it (US dollars a month)"
    for key, one in estimate.rests.items():
        given = " (given)" if key in estimate.usage.given else ""
        yield _row(f"  {key}{given}", "", "", dollars(one.usd), "+" if one.unpriced else "")
        yield from _wrapped(assumption(estimate, key), 4)
    yield from _missing(estimate)
    yield ""
    yield from _wrapped(NOT_AN_OFFER)


def _choices(estimate: Estimate) -> Iterator[str]:
    yield f"\nThe {_DEAREST} dearest choices"
    for name, one in list(estimate.by_choice.items())[:_DEAREST]:
        choice = CHOICES[name]
        yield _sum(f"  {choice.title}", one)
        if choice.controls:
            yield from _wrapped(f"For: {', '.join(choice.controls)}", 4)
        yield from _wrapped(f"Less: {choice.less}", 4)
        yield from _wrapped(f"Decides: {choice.decides}", 4)


def _years(estimate: Estimate) -> Iterator[str]:
    yield "\nA month at the end of each year"
    yield _yearly("", [str(year) for year in range(1, YEARS + 1)])
    yield _yearly("All", map(_whole, estimate.all_years))
    for name in estimate.by_choice:
        yield _yearly(f"  {CHOICES[name].title}", map(_whole, estimate.years[name]))


def _missing(estimate: Estimate) -> Iterator[str]:
    if estimate.total.unpriced:
        yield "\nNo price known, and not in the sums"
        for price, (quantity, unit, number) in missing(estimate).items():
            yield from _wrapped(f"{price}: {amount(quantity)} of a {unit}, {counted(number, 'line')}", 2)
    if estimate.not_priced:
        yield "\nNot measured, and not in the sums"
        for one in estimate.not_priced:
            yield from _wrapped(f"{one.type} {one.resource}: {one.reason}", 2)
    free = sum(sum(kinds.values()) for kinds in estimate.free.values())
    yield f"\nCost nothing themselves: {free:,} resources"
    for reason, kinds in estimate.free.items():
        yield from _wrapped(f"{sum(kinds.values()):,}: {reason}", 2)


def _changed(comparison: Comparison) -> Iterator[str]:
    before, after = comparison.before.total, comparison.after.total
    yield from _wrapped(
        f"Changed: {signed(comparison.usd)} US dollars a month, from {dollars(before.usd)} to {dollars(after.usd)}; "
        f"lines without a price: {before.unpriced} before, {after.unpriced} now."
    )
    for title, changes in (
        ("By service", comparison.services),
        ("By choice", comparison.choices),
        ("By resource", comparison.resources),
    ):
        if changes:
            yield f"\n{_row(title, 'before', 'after', 'more')}"
            yield from map(_change, changes)


def _change(change: Change) -> str:
    return _row(f"  {change.name}", dollars(change.before), dollars(change.after), signed(change.usd))


def _sums(title: str, sums: Mapping[str, Sum]) -> Iterator[str]:
    yield f"\n{title}"
    for name, one in sums.items():
        yield _sum(f"  {name}", one)


def _sum(name: str, one: Sum) -> str:
    return _row(name, dollars(one.fixed), dollars(one.usage), dollars(one.usd), "+" if one.unpriced else "")


def _row(name: str, *cells: str) -> str:
    *amounts, after = cells if len(cells) == 4 else (*cells, "")
    return f"{_head(name, _NAME)}{''.join(f' {cell:>10}' for cell in amounts)} {after}".rstrip()


def _yearly(name: str, cells: Iterable[str]) -> str:
    return _head(name, _WIDTH - 7 * YEARS) + "".join(f" {cell:>6}" for cell in cells)


def _head(name: str, width: int) -> str:
    """Return a name as wide as a column; one that is wider has a line of its own."""
    return f"{name:<{width}}" if len(name) < width else f"{name}\n{'':<{width}}"


def _whole(usd: Decimal) -> str:
    return f"{usd:,.0f}"


def _wrapped(text: str, indent: int = 0) -> Sequence[str]:
    space = " " * indent
    return textwrap.wrap(
        text, _WIDTH, initial_indent=space, subsequent_indent=space, break_on_hyphens=False, break_long_words=False
    )
