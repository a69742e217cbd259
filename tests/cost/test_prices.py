"""The table of prices: each figure has a source, and tiers add up as AWS bills them."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipaa_constructs.compliance.controls import read
from hipaa_constructs.cost.prices import MAX_AGE, REGIONS, Price, PriceBook, Tier, _book, read_prices

BOOK = read_prices()
# AWS's own pages, and what repeats its price list: where a figure may come from.
AWS_HOSTS = {"aws.amazon.com", "docs.aws.amazon.com"}
SOURCE = {"page": {"url": "https://aws.amazon.com/vpc/pricing/", "read": "2026-06-01"}}


def table(**entry: Any) -> dict[str, Any]:
    written = {"id": "vpc.thing_hour", "unit": "hour", "what": "A thing", **entry}
    written.setdefault("figures", [{"regions": ["us-east-1"], "usd": "0.5", "source": "page"}])
    return {"as_of": "2026-06-30", "sources": copy.deepcopy(SOURCE), "prices": [written]}


def price(tiers: list[tuple[str | None, str]]) -> Price:
    figures = [{"regions": ["us-east-1"], "usd": [list(tier) for tier in tiers], "source": "page"}]
    found = _book(table(figures=figures)).price("vpc.thing_hour", "us-east-1")
    assert found is not None
    return found


def test_every_price_names_a_source_that_is_aws_or_says_that_it_quotes() -> None:
    for name in BOOK.ids:
        for region in REGIONS:
            found = BOOK.price(name, region)
            if found is not None:
                host = urlsplit(found.source).hostname
                assert found.quoted is (host not in AWS_HOSTS), f"{name} in {region}: {found.source}"
                assert found.read <= date.today()


def test_quoted_files_are_named_by_their_commit() -> None:
    for name, source in read("prices.json")["sources"].items():
        parts = urlsplit(source["url"])
        if parts.hostname == "github.com":
            commit = parts.path.split("/")[4]
            assert len(commit) == 40, f"{name}: {commit}"


def test_every_source_is_used() -> None:
    written = read("prices.json")
    used = {group["source"] for entry in written["prices"] for group in entry["figures"]}
    used |= {entry["free_source"] for entry in written["prices"] if "free_source" in entry}
    assert used == set(written["sources"])


def test_ids_are_service_and_dimension_in_lower_snake() -> None:
    for name in BOOK.ids:
        service, _, dimension = name.partition(".")
        assert service.isalnum() or "_" in service
        assert dimension
        assert name == name.lower()
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_.")


def test_a_region_without_a_price_takes_the_nearest_with_a_mark() -> None:
    own = BOOK.price("vpc.nat_gateway_hour", "eu-central-1")
    assert own is not None
    assert (own.region, own.nearest, own.priced_region) == ("eu-central-1", False, "eu-central-1")
    for region, nearest in (
        ("us-west-1", "us-west-2"),
        ("us-east-2", "us-east-1"),
        ("ca-central-1", "us-east-1"),
        ("sa-east-1", "us-east-1"),
        ("eu-west-1", "eu-central-1"),
        ("me-south-1", "eu-central-1"),
        ("af-south-1", "eu-central-1"),
        ("ap-southeast-2", "us-west-2"),
        ("us-gov-east-1", "us-gov-west-1"),
    ):
        found = BOOK.price("vpc.nat_gateway_hour", region)
        assert found is not None
        assert (found.region, found.nearest, found.priced_region) == (region, True, nearest)


def test_no_price_crosses_into_another_partition() -> None:
    assert BOOK.price("vpc.nat_gateway_hour", "cn-north-1") is None
    only = _book(table())
    assert only.price("vpc.thing_hour", "us-gov-west-1") is None
    assert only.price("vpc.thing_hour", "eu-central-1") is not None


def test_an_unknown_id_has_no_price() -> None:
    assert BOOK.price("vpc.no_such_thing", "us-east-1") is None


def test_a_partitions_price_is_that_of_all_its_regions() -> None:
    group = {"regions": ["aws"], "usd": "0.5", "source": "page"}
    found = _book(table(figures=[group])).price("vpc.thing_hour", "eu-north-1")
    assert found is not None
    assert (found.nearest, found.priced_region) == (False, "eu-north-1")


def test_what_is_free_comes_first_once() -> None:
    book = _book(table(free="10", free_source="page"))
    found = book.price("vpc.thing_hour", "us-east-1")
    assert found is not None
    assert found.tiers == (Tier(Decimal(10), Decimal(0)), Tier(None, Decimal("0.5")))
    assert found.cost(Decimal(10)) == 0
    assert found.cost(Decimal(12)) == 1
    # What is free is given once: who has taken some of it elsewhere has the rest.
    assert [found.cost(Decimal(12), taken=Decimal(taken)) for taken in (0, 4, 10, 99)] == [1, 3, 6, 6]
    assert found.cost(Decimal(5), taken=Decimal(8)) == Decimal("1.5")
    govcloud = {"regions": ["us-gov-west-1"], "usd": "0.5", "source": "page"}
    elsewhere = _book(table(free="10", free_source="page", figures=[govcloud])).price("vpc.thing_hour", "us-gov-west-1")
    assert elsewhere is not None
    assert elsewhere.cost(Decimal(12)) == 6
    tiers = [["10", "0"], [None, "0.5"]]
    group = {"regions": ["us-east-1"], "usd": tiers, "source": "page"}
    free_already = _book(table(free="10", free_source="page", figures=[group])).price("vpc.thing_hour", "us-east-1")
    assert free_already is not None
    assert free_already.cost(Decimal(12)) == 1


def test_old_prices_are_stale_after_180_days() -> None:
    read_on = date(2026, 6, 1)
    book = _book(table())
    found = book.price("vpc.thing_hour", "us-east-1")
    assert found is not None
    assert book.as_of == found.read == read_on
    for thing in (book, found):
        assert not thing.stale(read_on + MAX_AGE)
        assert thing.stale(read_on + MAX_AGE + timedelta(days=1))


def test_the_book_is_as_old_as_its_oldest_price() -> None:
    written = table()
    written["sources"]["older"] = {"url": "https://aws.amazon.com/kms/pricing/", "read": "2025-01-01"}
    written["prices"].append(
        {
            "id": "kms.key_month",
            "unit": "key-month",
            "what": "A key",
            "figures": [{"regions": ["us-east-1"], "usd": "1", "source": "older"}],
        }
    )
    assert _book(written).as_of == date(2025, 1, 1)


def with_figures(*groups: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    return lambda written: written["prices"][0].update(figures=[*groups])


def in_figures(**changed: Any) -> Callable[[dict[str, Any]], None]:
    return lambda written: written["prices"][0]["figures"][0].update(changed)


@pytest.mark.parametrize(
    ("breaks", "says"),
    [
        (lambda written: written["prices"][0].update(unit="furlong"), "unit furlong is not known"),
        (in_figures(usd=[["10", "1"], ["5", "1"], [None, "1"]]), "each ends above the one before"),
        (in_figures(usd=[["0", "1"], [None, "1"]]), "each ends above the one before"),
        (in_figures(usd=[["10", "1"]]), "the last is open"),
        (in_figures(usd=[[None, "1"], [None, "1"]]), "the last is open"),
        (in_figures(usd=[]), "the last is open"),
        (in_figures(usd="-1"), "below 0"),
        (in_figures(regions=["us-east-9"]), "Region us-east-9"),
        (in_figures(regions=["us-east-1", "us-east-1"]), "two prices for us-east-1"),
        (with_figures(), "left out of the table"),
        (lambda written: written["sources"]["page"].update(url="http://aws.amazon.com/"), "https"),
        (lambda written: written["sources"]["page"].update(read="2026-07-01"), "after the table's as_of"),
        (lambda written: written["prices"][0].update(free="10"), "free_source"),
        (lambda written: written["prices"].append(written["prices"][0]), "stands twice"),
    ],
)
def test_a_table_that_is_not_in_order_fails(breaks: Callable[[dict[str, Any]], None], says: str) -> None:
    written = table()
    _book(written)
    breaks(written)
    with pytest.raises(ValueError, match=says):
        _book(written)


# How tiers add up

quantities = st.decimals(min_value=0, max_value=10**12, places=6, allow_nan=False, allow_infinity=False)
rates = st.decimals(min_value=0, max_value=1000, places=9, allow_nan=False, allow_infinity=False)


@st.composite
def tiered(draw: st.DrawFn) -> Price:
    tops = sorted(draw(st.sets(st.integers(min_value=1, max_value=10**9), max_size=5)))
    return price([(None if top is None else str(top), str(draw(rates))) for top in [*tops, None]])


@given(tiered(), quantities)
def test_the_cost_is_what_each_unit_costs_in_its_own_tier(found: Price, quantity: Decimal) -> None:
    bounds = [Decimal(0), *(tier.up_to for tier in found.tiers if tier.up_to is not None), Decimal("Infinity")]
    shares = [max(Decimal(0), min(quantity, high) - low) for low, high in itertools.pairwise(bounds)]
    assert sum(shares) == quantity
    assert found.cost(quantity) == sum(
        (share * tier.usd for share, tier in zip(shares, found.tiers, strict=True)), Decimal(0)
    )


@given(tiered(), quantities, quantities)
def test_more_never_costs_less(found: Price, one: Decimal, other: Decimal) -> None:
    low, high = sorted((one, other))
    assert 0 <= found.cost(low) <= found.cost(high)


@given(tiered())
def test_at_a_bound_the_next_price_begins(found: Price) -> None:
    for tier, following in itertools.pairwise(found.tiers):
        assert tier.up_to is not None
        assert found.cost(tier.up_to + 1) - found.cost(tier.up_to) == following.usd


@given(quantities)
def test_one_tier_is_a_product(quantity: Decimal) -> None:
    assert price([(None, "0.045")]).cost(quantity) == quantity * Decimal("0.045")


def test_less_than_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="it takes 0 or more"):
        price([(None, "1")]).cost(Decimal(-1))


def test_nothing_costs_nothing() -> None:
    for name in BOOK.ids:
        found = BOOK.price(name, "us-east-1")
        assert found is None or found.cost(Decimal(0)) == 0


def test_a_book_shows_itself_shortly() -> None:
    assert len(repr(BOOK)) < 200
    assert isinstance(BOOK, PriceBook)
