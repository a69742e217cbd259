"""What the documents say of an estimate, and of what changed."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.cost.compare import Comparison
from hipaa_constructs.cost.document import as_json, plain
from hipaa_constructs.cost.estimate import estimate
from hipaa_constructs.cost.figures import Estimate
from hipaa_constructs.cost.markdown import MARKER, as_markdown, comparison_as_markdown
from hipaa_constructs.cost.prices import Price
from hipaa_constructs.cost.text import as_text, comparison_as_text
from hipaa_constructs.cost.usage import Usage
from hipaa_constructs.evidence.cost_page import cost_as_html
from tests.cost.stand_in import TODAY, StandInBook, add, app_of, priced, usage_of

SCHEMAS = Path(__file__).parents[2] / "docs" / "schema"
KEY, QUEUE, NAT = "AWS::KMS::Key", "AWS::SQS::Queue", "AWS::EC2::NatGateway"


def estimated(resources: dict[str, Any], usage: Usage | None = None, **prices: Price | None) -> Estimate:
    book = StandInBook({name.replace("__", "."): price for name, price in prices.items()})
    return estimate(app_of(resources), book, usage or usage_of(keys__requests="2.5"), today=TODAY)


def changed() -> Comparison:
    before = estimated({"Key": KEY, "Nat": NAT, "Queue": QUEUE})
    return Comparison(before, estimated({"Key": KEY, "Other": KEY, "Queue": QUEUE}, kms__key_month=None))


def flowing(text: str) -> str:
    return " ".join(text.split())


# -- changes -------------------------------------------------------------------------------------------------------


def test_a_change_is_what_differs() -> None:
    comparison = changed()
    # The keys lost their price, and the gateway is gone.
    assert comparison.usd == -(1460 + 1)
    assert [(one.name, one.before, one.after) for one in comparison.services] == [
        ("VPC", 1460, 0),
        ("KMS", D("3.5"), D("2.5")),
    ]
    resources = {one.name: one.usd for one in comparison.resources}
    assert resources == {"stack.json/Nat": -1460, "stack.json/Key": D("-2.25"), "stack.json/Other": D("1.25")}
    assert [one.name for one in comparison.choices] == ["NAT gateways and public addresses", "Encryption keys"]
    assert not Comparison(comparison.after, comparison.after).resources


D = Decimal


def test_changes_are_told_with_what_has_no_price() -> None:
    text = flowing(comparison_as_text(changed()))
    assert "Changed: -1,461.00 US dollars a month, from 1,463.50 to 2.50" in text
    assert "lines without a price: 0 before, 2 now" in text
    assert "VPC 1,460.00 0.00 -1,460.00" in text
    markdown = comparison_as_markdown(changed())
    assert markdown.startswith(f"{MARKER}\n### Cost: -1,461.00 US dollars a month\n")
    assert "| VPC | 1,460.00 | 0.00 | -1,460.00 |" in markdown
    assert "<code>stack.json/Nat</code>" in markdown
    assert "Without a price: 0 lines before, 2 now." in markdown


def test_names_are_no_markup() -> None:
    odd = app_of({"A": (KEY, {})}, stack_path="<b>@team|#1</b>")
    found = estimate(odd, StandInBook(), usage_of(), today=TODAY)
    nothing = estimate(App(), StandInBook(), usage_of(), today=TODAY)
    markdown = comparison_as_markdown(Comparison(nothing, found))
    assert "<b>" not in markdown
    assert "@team" not in markdown
    page = cost_as_html(found, Comparison(nothing, found))
    assert "&lt;b&gt;" in page
    assert "<b>@team" not in page


# -- an estimate ---------------------------------------------------------------------------------------------------


def test_text_tells_sums_choices_years_and_assumptions() -> None:
    found = estimated(
        {"Nat": NAT, "Key": (KEY, {"EnableKeyRotation": True})},
        usage_of(network__nat_gb=20, growth__activity_percent=10),
    )
    text = as_text(found)
    assert max(map(len, text.splitlines())) <= 80
    words = flowing(text)
    assert "Cost: 1,481.00 US dollars a month at the end of the first year, 1,461.00 of it fixed." in words
    assert "All 1,461.00 20.00 1,481.00" in words
    assert "stack.json/Nat 1,460.00 20.00 1,480.00" in words
    assert "Encryption keys 1.00 0.00 1.00 For: 164.312(a)(2)(iv) Less: One key" in words
    assert "All 1,481 1,484 1,487 1,490 1,492 1,495 1,498" in words
    assert "Encryption keys 1 2 3 3 3 3 3" in words
    assert "network.nat_gb 20.00 20 GB a month: through NAT gateways" in words
    assert "at least" not in words


def test_text_tells_what_is_not_in_the_sums() -> None:
    resources = {"Key": KEY, "Other": KEY, "Broker": "AWS::AmazonMQ::Broker", "Role": "AWS::IAM::Role"}
    words = flowing(as_text(estimated(resources, kms__key_month=None)))
    assert "Cost: at least 2.50 US dollars" in words
    assert "at least; 2 lines unpriced" in words
    assert "kms.key_month: 2 of a key-month, 2 lines" in words
    assert "AWS::AmazonMQ::Broker Broker: nobody has said what it costs" in words
    assert "1: identities and policies cost nothing" in words


def test_old_prices_and_those_of_elsewhere_are_told() -> None:
    price = priced([(None, "1")], nearest=True, priced_region="us-west-2", read=datetime.date(2026, 1, 1))
    found = estimated({"Key": KEY}, kms__key_month=price)
    for said in (flowing(as_text(found)), as_markdown(found), cost_as_html(found)):
        assert "1 price of those used are older than 180 days" in said.replace("&#95;", "_")
        assert "1 line in us-east-1 bears the prices of us-west-2" in said
        assert "No Region is named by stack.json; us-east-1 is assumed" in said


def test_prices_that_others_state_and_lists_that_were_not_taken_are_told() -> None:
    quoted = priced([(None, "1")], quoted=True)
    book = StandInBook({"kms.key_month": quoted}, notes=["list.json: several prices of kms.requests"])
    found = estimate(app_of({"Key": KEY, "Nat": NAT}, region="us-east-1"), book, usage_of(), today=TODAY)
    for said in (flowing(as_text(found)), as_markdown(found), cost_as_html(found)):
        assert "1 of the 5 prices used are quoted by others than AWS" in said
        assert "list.json: several prices of kms.requests" in said.replace("&#95;", "_")


@pytest.mark.parametrize("compared", [False, True])
def test_json_follows_its_schema(compared: bool) -> None:
    app = app_of({"Key": KEY, "Broker": "AWS::AmazonMQ::Broker", "Role": "AWS::IAM::Role", "Nat": NAT})
    add(app, "other.json", {"Queue": QUEUE}, region="us-west-2")
    old = priced([(None, "1")], nearest=True, read=datetime.date(2026, 1, 1))
    book = StandInBook({"sqs.requests": None, "kms.key_month": old})
    found = estimate(app, book, Usage.at("10k"), today=TODAY)
    written = json.loads(as_json(found, Comparison(found, estimated({"Key": KEY})) if compared else None))
    schema = json.loads((SCHEMAS / "cost.schema.json").read_text())
    jsonschema.validate(written, schema)
    assert ("comparison" in written) is compared
    assert [one["usd"] for one in written["lines"] if one["price"] == "sqs.requests"] == [None]
    assert written["total"]["unpriced"] == 1
    assert {one["priced_region"] for one in written["lines"] if one["price"] == "kms.key_month"} == {"us-east-1"}


def test_the_report_has_the_same_schema() -> None:
    cost = json.loads((SCHEMAS / "cost.schema.json").read_text())
    report = json.loads((SCHEMAS / "report.schema.json").read_text())
    nothing, within = report["properties"]["cost"]["anyOf"]
    assert nothing == {"type": "null"}
    alone = {key: one for key, one in cost["properties"].items() if key != "comparison"}
    assert within["properties"] == alone
    assert (within["required"], within["type"]) == (cost["required"], cost["type"])


def test_the_page_shows_lines_and_folds_assumptions() -> None:
    found = estimated({"Key": KEY, "Nat": NAT}, kms__key_month=None)
    page = cost_as_html(found)
    assert "KMS: 1 of a key-month, a key that is not rotated: <strong>no price known</strong>" in page
    assert "At least 1,462.50 US dollars a month" in page
    assert "<script" not in page
    assert page.count("<details>") == 3


def test_quantities_are_written_in_full() -> None:
    assert [plain(D(one)) for one in ("1000000000", "0.0000001", "1E+3", "2.5")] == ["1000000000", "0", "1000", "2.5"]
