"""AWS's own price list files, in the form of AWS's page on them.

https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-service-price-list-file-for-services.html
"""

from __future__ import annotations

import csv
import json
import tracemalloc
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hipaa_constructs.cost.price_list import PriceListError, Selector
from hipaa_constructs.cost.prices import Tier, read_prices

BOOK = read_prices()
NAT = "vpc.nat_gateway_hour"
ENDPOINT_GB = "vpc.interface_endpoint_gb"


def product(
    sku: str, service: str, usage_type: str, region: str, family: str = "", **attributes: str
) -> dict[str, Any]:
    return {
        "sku": sku,
        "productFamily": family,
        "attributes": {
            "servicecode": service,
            "location": "somewhere",
            "locationType": "AWS Region",
            "usagetype": usage_type,
            "regionCode": region,
            **attributes,
        },
    }


def on_demand(
    sku: str, *rates: tuple[str, str, str], currency: str = "USD", begun: str = "2026-11-01"
) -> dict[str, Any]:
    term = f"{sku}.JRTCKXETXF"
    dimensions = {
        f"{term}.{number}": {
            "rateCode": f"{term}.{number}",
            "description": "what it is",
            "unit": "Hrs",
            "beginRange": begin,
            "endRange": end,
            "appliesTo": [],
            "pricePerUnit": {currency: usd},
        }
        for number, (begin, end, usd) in enumerate(rates)
    }
    return {
        term: {
            "offerTermCode": "JRTCKXETXF",
            "sku": sku,
            "effectiveDate": f"{begun}T00:00:00Z",
            "priceDimensions": dimensions,
            "termAttributes": {},
        }
    }


def offer(products: list[dict[str, Any]], terms: dict[str, dict[str, Any]], code: str = "AmazonEC2") -> dict[str, Any]:
    return {
        "formatVersion": "v1.0",
        "disclaimer": "This pricing list is for informational purposes only.",
        "offerCode": code,
        "version": "20261120174521",
        "publicationDate": "2026-11-20T17:45:21Z",
        "products": {each["sku"]: each for each in products},
        "terms": {
            "OnDemand": terms,
            "Reserved": {"A1": {"A1.X": {"priceDimensions": {"A1.X.Y": {"pricePerUnit": {"USD": "9"}}}}}},
        },
        "attributesList": {},
    }


NAT_IN_EUROPE = offer(
    [product("A1", "AmazonEC2", "EUC1-NatGateway-Hours", "eu-central-1", "NAT Gateway")],
    {"A1": on_demand("A1", ("0", "Inf", "0.0777000000"))},
)


def written(path: Path, content: Any, **layout: Any) -> Path:
    path.write_text(json.dumps(content, **layout), "utf-8")
    return path


def as_csv(path: Path, offered: dict[str, Any]) -> Path:
    """Write an offer as AWS does in CSV: five rows about the file, then a row for each rate."""
    header = ["SKU", "OfferTermCode", "RateCode", "TermType", "PriceDescription", "EffectiveDate", "StartingRange"]
    header += ["EndingRange", "Unit", "PricePerUnit", "Currency", "Product Family", "serviceCode", "Location"]
    header += ["Location Type", "usageType", "operation", "Region Code", "Operating System", "Pre Installed S/W"]
    header += ["Tenancy", "CapacityStatus"]
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, quoting=csv.QUOTE_ALL)
        rows.writerow(["FormatVersion", offered["formatVersion"]])
        rows.writerow(["Disclaimer", offered["disclaimer"]])
        rows.writerow(["Publication Date", offered["publicationDate"]])
        rows.writerow(["Version", offered["version"]])
        rows.writerow(["OfferCode", offered["offerCode"]])
        rows.writerow(header)
        for kind, by_sku in offered["terms"].items():
            for sku, terms in by_sku.items():
                about = offered["products"].get(sku, {"productFamily": "", "attributes": {}})
                had = about["attributes"]
                for term in terms.values():
                    for code, rate in term["priceDimensions"].items():
                        ((currency, usd),) = rate["pricePerUnit"].items()
                        row = [sku, "JRTCKXETXF", code, kind, "what it is", "2026-11-01", rate.get("beginRange", "0")]
                        row += [rate.get("endRange", "Inf"), "Hrs", usd, currency, about["productFamily"]]
                        row += [had.get("servicecode", ""), "somewhere", had.get("locationType", "")]
                        names = "usagetype operation regionCode operatingSystem preInstalledSw tenancy capacitystatus"
                        rows.writerow([*row, *(had.get(name, "") for name in names.split())])
    return path


@pytest.mark.parametrize("layout", [{}, {"indent": 2}, {"separators": (" : ", " , ")[::-1]}])
def test_a_file_takes_the_tables_place_in_its_region(tmp_path: Path, layout: dict[str, Any]) -> None:
    book = BOOK.with_price_list([written(tmp_path / "index.json", NAT_IN_EUROPE, **layout)])
    found = book.price(NAT, "eu-central-1")
    assert found is not None
    assert found.tiers == (Tier(None, Decimal("0.0777000000")),)
    assert found.read == date(2026, 11, 20)
    assert (found.nearest, found.quoted) == (False, False)
    assert found.source == (
        "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonEC2/20261120174521/eu-central-1/index.json"
    )
    for region in ("us-east-1", "us-gov-west-1"):
        assert book.price(NAT, region) == BOOK.price(NAT, region)
    assert BOOK.price(NAT, "eu-central-1") != found


def test_a_file_of_all_regions_prices_those_that_the_table_lacks(tmp_path: Path) -> None:
    products = [
        product("A1", "AmazonEC2", "NatGateway-Hours", "us-east-1"),
        product("A2", "AmazonEC2", "EU-NatGateway-Hours", "eu-west-1"),
        product("A3", "AmazonEC2", "USE1-LAX1-NatGateway-Hours", "us-west-2-lax-1"),
    ]
    terms = {sku: on_demand(sku, ("0", "Inf", usd)) for sku, usd in (("A1", "1"), ("A2", "2"), ("A3", "3"))}
    book = BOOK.with_price_list([written(tmp_path / "index.json", offer(products, terms))])
    found = {region: book.price(NAT, region) for region in ("us-east-1", "eu-west-1", "eu-west-3", "us-west-2")}
    assert [each and (each.cost(Decimal(1)), each.nearest) for each in found.values()] == [
        (Decimal(1), False),
        (Decimal(2), False),
        (Decimal(2), True),
        (Decimal("0.045"), False),
    ]
    own = found["us-east-1"]
    assert own is not None
    assert own.source.endswith("/AmazonEC2/20261120174521/index.json")


def test_tiers_are_read_in_order_of_their_ranges(tmp_path: Path) -> None:
    file = offer(
        [product("A1", "AmazonVPC", "VpcEndpoint-Bytes", "us-east-1", "VpcEndpoint", operation="VpcEndpoint")],
        {"A1": on_demand("A1", ("5242880", "Inf", "3"), ("0", "1048576", "1"), ("1048576", "5242880", "2"))},
        code="AmazonVPC",
    )
    for path in (written(tmp_path / "index.json", file), as_csv(tmp_path / "index.csv", file)):
        found = BOOK.with_price_list([path]).price(ENDPOINT_GB, "us-east-1")
        assert found is not None
        assert found.tiers == (
            Tier(Decimal(1048576), Decimal(1)),
            Tier(Decimal(5242880), Decimal(2)),
            Tier(None, Decimal(3)),
        )


def test_csv_says_what_json_says(tmp_path: Path) -> None:
    linux = {"operatingSystem": "Linux", "preInstalledSw": "NA", "tenancy": "Shared", "capacitystatus": "Used"}
    file = offer(
        [
            product("A1", "AmazonEC2", "EUC1-BoxUsage:m7i.large", "eu-central-1", operation="RunInstances", **linux),
            product(
                "A2",
                "AmazonEC2",
                "EUC1-BoxUsage:m7i.large",
                "eu-central-1",
                operation="RunInstances:0002",
                **{**linux, "operatingSystem": "Windows"},
            ),
        ],
        {"A1": on_demand("A1", ("0", "Inf", "1")), "A2": on_demand("A2", ("0", "Inf", "2"))},
    )
    for path in (written(tmp_path / "index.json", file), as_csv(tmp_path / "index.csv", file)):
        found = BOOK.with_price_list([path]).price("ec2.instance_hour.m7i_large", "eu-central-1")
        assert found is not None
        assert (found.cost(Decimal(1)), found.read) == (Decimal(1), date(2026, 11, 20))


def test_what_is_free_for_everyone_stays_free(tmp_path: Path) -> None:
    file = offer(
        [product("A1", "awskms", "us-west-2-KMS-Requests", "us-west-2")],
        {"A1": on_demand("A1", ("0", "Inf", "0.000003"))},
        code="awskms",
    )
    found = BOOK.with_price_list([written(tmp_path / "index.json", file)]).price("kms.requests", "us-west-2")
    assert found is not None
    assert found.tiers == (Tier(Decimal(20000), Decimal(0)), Tier(None, Decimal("0.000003")))


def test_of_two_terms_the_last_that_began_counts(tmp_path: Path) -> None:
    older, newer = (
        on_demand("A1", ("0", "Inf", usd), begun=day) for usd, day in (("1", "2025-01-01"), ("2", "2026-11-01"))
    )
    file = offer(
        [product("A1", "AmazonEC2", "NatGateway-Hours", "us-east-1")],
        {"A1": {"A1.new": newer["A1.JRTCKXETXF"], "A1.old": older["A1.JRTCKXETXF"]}},
    )
    found = BOOK.with_price_list([written(tmp_path / "index.json", file)]).price(NAT, "us-east-1")
    assert found is not None
    assert found.cost(Decimal(1)) == 2


def test_products_that_disagree_leave_the_table_and_a_note(tmp_path: Path) -> None:
    products = [product(sku, "AmazonEC2", "NatGateway-Hours", "us-east-1") for sku in ("A1", "A2")]
    terms = {sku: on_demand(sku, ("0", "Inf", usd)) for sku, usd in (("A1", "1"), ("A2", "2"))}
    path = written(tmp_path / "index.json", offer(products, terms))
    book = BOOK.with_price_list([path])
    assert book.price(NAT, "us-east-1") == BOOK.price(NAT, "us-east-1")
    assert book.notes[0] == f"{path}: several prices of {NAT} in us-east-1; the table's stays"


def test_what_a_file_lacks_of_its_service_is_said(tmp_path: Path) -> None:
    file = offer(
        [product("A1", "awskms", "us-east-1-KMS-Keys", "us-east-1")],
        {"A1": on_demand("A1", ("0", "Inf", "7"))},
        code="awskms",
    )
    path = written(tmp_path / "index.json", file)
    assert BOOK.with_price_list([path]).notes == (f"{path}: no price of kms.requests; the table's stay",)


def test_several_files_add_up(tmp_path: Path) -> None:
    keys = offer(
        [product("B1", "awskms", "us-east-1-KMS-Keys", "us-east-1", "Encryption Key")],
        {"B1": on_demand("B1", ("0", "Inf", "7"))},
        code="awskms",
    )
    paths = [as_csv(tmp_path / "nat.csv", NAT_IN_EUROPE), written(tmp_path / "kms.json", keys)]
    book = BOOK.with_price_list(paths)
    for name, region, usd in ((NAT, "eu-central-1", "0.0777"), ("kms.key_month", "us-east-1", "7")):
        found = book.price(name, region)
        assert found is not None
        assert found.cost(Decimal(1)) == Decimal(usd)


@pytest.mark.parametrize(
    ("usage_type", "selected"),
    [
        ("NatGateway-Hours", True),
        ("EUC1-NatGateway-Hours", True),
        ("EU-NatGateway-Hours", True),
        ("UGW1-NatGateway-Hours", True),
        ("us-gov-west-1-NatGateway-Hours", True),
        ("EUC1-RegionalNatGateway-Hours", False),
        ("IA-NatGateway-Hours", False),
        ("USE1-ATL1-NatGateway-Hours", False),
        ("NatGateway-Hours-Other", False),
        ("", False),
    ],
)
def test_usage_types_begin_with_a_regions_name_or_not(usage_type: str, selected: bool) -> None:
    attributes = {"usagetype": usage_type, "servicecode": "AmazonEC2"}
    assert Selector("AmazonEC2", "NatGateway-Hours").selects(attributes) is selected


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("<html>", "neither a price list in JSON nor one in CSV"),
        ("", "neither a price list in JSON nor one in CSV"),
        ("a,b\n1,2\n", "neither a price list in JSON nor one in CSV"),
        ("{}", "a file without offerCode and version and publicationDate"),
        ('{"Resources": {"A": {"Type": "AWS::KMS::Key"}}}', "a file without offerCode"),
        ('{"products": []}', "Savings Plans"),
        ('{"formatVersion": "v1.0", "offers": {}}', "an index of price lists"),
        (json.dumps(NAT_IN_EUROPE)[:-40], "cut off"),
        ('{"products": {"A1": 3}}', "not in the form of a price list"),
    ],
)
def test_a_file_that_is_no_price_list_is_refused_in_words(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "file"
    path.write_text(content, "utf-8")
    with pytest.raises(PriceListError, match=says) as refused:
        BOOK.with_price_list([path])
    assert str(path) in str(refused.value)
    assert "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonVPC/current/us-east-1/index.csv" in str(
        refused.value
    )


def test_a_price_list_of_nothing_that_is_asked_for_is_refused(tmp_path: Path) -> None:
    file = offer([product("A1", "AmazonConnect", "USE1-chat", "us-east-1")], {}, code="AmazonConnect")
    with pytest.raises(PriceListError, match=r"a price list of AmazonConnect with no price .* it asks for .*AmazonVPC"):
        BOOK.with_price_list([written(tmp_path / "index.json", file)])


def test_prices_in_another_currency_are_not_taken_for_dollars(tmp_path: Path) -> None:
    file = offer(
        [product("A1", "AmazonEC2", "CNN1-NatGateway-Hours", "cn-north-1")],
        {"A1": on_demand("A1", ("0", "Inf", "0.4"), currency="CNY")},
    )
    for path in (written(tmp_path / "index.json", file), as_csv(tmp_path / "index.csv", file)):
        with pytest.raises(PriceListError, match="no price that the estimate asks for"):
            BOOK.with_price_list([path])


@pytest.mark.parametrize("usd", ["abc", "-1", "NaN", "", "Inf"])
def test_a_price_that_is_no_amount_is_refused(tmp_path: Path, usd: str) -> None:
    file = offer(
        [product("A1", "AmazonEC2", "NatGateway-Hours", "us-east-1")], {"A1": on_demand("A1", ("0", "Inf", usd))}
    )
    for path in (written(tmp_path / "index.json", file), as_csv(tmp_path / "index.csv", file)):
        with pytest.raises(PriceListError, match=f"the price {usd}, no amounts"):
            BOOK.with_price_list([path])


def test_ranges_and_days_that_are_none_are_refused(tmp_path: Path) -> None:
    nat = product("A1", "AmazonEC2", "NatGateway-Hours", "us-east-1")
    file = offer([nat], {"A1": on_demand("A1", ("x", "Inf", "1"))})
    with pytest.raises(PriceListError, match="from x to Inf"):
        BOOK.with_price_list([written(tmp_path / "index.json", file)])
    undated = {**offer([nat], {"A1": on_demand("A1", ("0", "Inf", "1"))}), "publicationDate": "yesterday"}
    with pytest.raises(PriceListError, match="publicationDate yesterday, which is no day"):
        BOOK.with_price_list([written(tmp_path / "index.json", undated)])


def test_csv_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    file = offer(
        [product("A1", "AmazonEC2", "NatGateway-Hours", "us-east-1")], {"A1": on_demand("A1", ("0", "Inf", "1"))}
    )
    path = as_csv(tmp_path / "index.csv", file)
    path.write_text(path.read_text("utf-8").rstrip().rpartition(",")[0], "utf-8")
    with pytest.raises(PriceListError, match=r"CSV that is cut off: line .* columns"):
        BOOK.with_price_list([path])


def test_a_missing_or_packed_file_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(PriceListError, match="No such file"):
        BOOK.with_price_list([tmp_path / "missing.json"])
    (tmp_path / "index.csv.gz").write_bytes(b"\x1f\x8b\x08\x00\xff\xfe\xfd")
    with pytest.raises(PriceListError, match="unpacked first"):
        BOOK.with_price_list([tmp_path / "index.csv.gz"])


def test_a_large_file_is_read_in_little_memory(tmp_path: Path) -> None:
    others = [product(f"Z{number}", "AmazonEC2", f"BoxUsage:z{number}", "us-east-1") for number in range(12_000)]
    terms = {each["sku"]: on_demand(each["sku"], ("0", "Inf", "1")) for each in others}
    nat = product("A1", "AmazonEC2", "NatGateway-Hours", "us-east-1")
    path = written(tmp_path / "index.json", offer([*others, nat], {**terms, "A1": on_demand("A1", ("0", "Inf", "5"))}))
    del others, terms
    size = path.stat().st_size
    tracemalloc.start()
    try:
        book = BOOK.with_price_list([path])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    found = book.price(NAT, "us-east-1")
    assert found is not None
    assert found.cost(Decimal(1)) == 5
    assert size > 6_000_000
    assert peak < 6_000_000
