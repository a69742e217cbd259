"""How estimates say amounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal

from hipaa_constructs.cost.amounts import AMOUNTS, SCALES
from hipaa_constructs.cost.figures import Estimate, Sum

NOT_AN_OFFER = (
    "An estimate by list prices, on demand, without tax, discounts, commitments or credits; AWS's bill is what counts."
)


def dollars(usd: Decimal) -> str:
    """Return an amount with its cents."""
    return f"{usd:,.2f}"


def signed(usd: Decimal) -> str:
    """Return a difference with its sign."""
    return f"{usd:+,.2f}"


def amount(quantity: Decimal) -> str:
    """Return a quantity as people read it, of three decimals at most."""
    text = f"{quantity:,.3f}"
    return text.rstrip("0").rstrip(".")


def at_least(one: Sum) -> str:
    """Return what a sum leaves out, or nothing."""
    return f"at least; {counted(one.unpriced, 'line')} unpriced" if one.unpriced else ""


def counted(number: int, noun: str) -> str:
    """Return a number of things."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def headline(estimate: Estimate) -> str:
    """Return the estimate in one sentence."""
    total = estimate.total
    least = "at least " if total.unpriced or estimate.not_priced else ""
    fixed = f"{dollars(total.fixed)} of it fixed"
    return f"{least}{dollars(total.usd)} US dollars a month at the end of the first year, {fixed}"


def basis(estimate: Estimate) -> str:
    """Return what an estimate rests on."""
    usage = estimate.usage
    given = f", and {counted(len(usage.given), 'amount')} of {usage.file}" if usage.given else ""
    return f"Use: {usage.scale}, {SCALES[usage.scale]}{given}. Prices: as of {estimate.as_of} and later."


def warnings(estimate: Estimate) -> Iterator[str]:
    """Yield what a reader has to know of the figures."""
    if estimate.aged:
        oldest = estimate.aged[0]
        yield (
            f"{counted(len(estimate.aged), 'price')} of those used are older than 180 days, the oldest "
            f"of {oldest.read} ({oldest.price}): look them up, or give AWS's price list with --prices."
        )
    used = {line.price for line in estimate.lines if line.source}
    quoted = {line.price for line in estimate.lines if line.quoted}
    if quoted:
        of = f"{len(quoted):,} of the {counted(len(used), 'price')} used"
        yield f"{of} are quoted by others than AWS: --format json names the source of each, --prices takes AWS's own."
    yield from estimate.notes
    elsewhere = Counter((line.region, line.priced_region) for line in estimate.lines if line.priced_region)
    for (region, priced), number in sorted(elsewhere.items()):
        bear = "bears" if number == 1 else "bear"
        yield f"{counted(number, 'line')} in {region} {bear} the prices of {priced}, the nearest that is known."
    if estimate.assumed:
        yield f"No Region is named by {', '.join(estimate.assumed)}; {estimate.region} is assumed (--region)."


def assumption(estimate: Estimate, key: str) -> str:
    """Return an amount of the usage as a sentence."""
    one = AMOUNTS[key]
    return f"{amount(estimate.usage.amounts[key])} {one.unit}: {one.what}"


def missing(estimate: Estimate) -> Mapping[str, tuple[Decimal, str, int]]:
    """Return the prices that are not known: how much is billed by each, its unit, and on how many lines."""
    found: dict[str, tuple[Decimal, str, int]] = {}
    for line in estimate.lines:
        if line.usd is None:
            quantity, _, number = found.get(line.price, (Decimal(0), "", 0))
            found[line.price] = (quantity + line.quantity, line.unit, number + 1)
    return dict(sorted(found.items()))


def resource_name(stack: str, path: str) -> str:
    """Return a resource with its stack, without the ends that every construct's resource has."""
    short = path
    while short.endswith(("/Resource", "/Default")):
        short = short.rpartition("/")[0]
    return short if short.startswith(f"{stack}/") else f"{stack}/{short}"
