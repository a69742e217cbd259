from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.classification import METADATA_KEY, TAG_KEY, DataClassification, classification_of
from tests.compliance.rules.support import GIVEN, outcome, rule

GOVERNED = {"classification": "NO_PHI", "reason": "It holds opening hours.", "approved_by": "Dana Cole"}


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ({"Metadata": {METADATA_KEY: GOVERNED}}, "passed"),
        ({"Metadata": {METADATA_KEY: {"classification": "NO_PHI"}}}, "failed"),
        ({"Metadata": {METADATA_KEY: {**GOVERNED, "approved_by": 7}}}, "failed"),
        ({"Properties": {"Tags": [{"Key": TAG_KEY, "Value": "NO_PHI"}]}}, "failed"),
        ({"Metadata": {METADATA_KEY: {"classification": "PHI"}}}, "not_applicable"),
        # What counts for nothing is not passed over.
        ({"Metadata": {METADATA_KEY: {"classification": "nophi"}}}, "failed"),
        ({"Metadata": {METADATA_KEY: {"Classification": "NO_PHI"}}}, "failed"),
        ({"Metadata": {METADATA_KEY: "NO_PHI"}}, "failed"),
        ({"Metadata": {METADATA_KEY: ["PHI"]}}, "failed"),
        ({"Metadata": {"Comment": "NO_PHI"}}, "not_applicable"),
        ({"Properties": {"Tags": [{"Key": TAG_KEY, "Value": "nophi"}]}}, "failed"),
        ({"Properties": {"Tags": [{"Key": TAG_KEY, "Value": "PHI"}]}}, "not_applicable"),
        ({"Properties": {"Tags": [{"Key": TAG_KEY, "Value": GIVEN}]}}, "not_applicable"),
        ({"Properties": {"Tags": [{"Key": "data-classification", "Value": "nophi"}]}}, "not_applicable"),
        # What says nothing, as of acknowledgements.
        ({"Metadata": {METADATA_KEY: {**GOVERNED, "reason": "TODO"}}}, "failed"),
        ({"Metadata": {METADATA_KEY: {**GOVERNED, "reason": "not applicable, by design"}}}, "failed"),
        ({"Metadata": {METADATA_KEY: {**GOVERNED, "approved_by": "TBD"}}}, "failed"),
        ({"Metadata": {METADATA_KEY: {**GOVERNED, "approved_by": "x"}}}, "failed"),
        ({"Metadata": {METADATA_KEY: {**GOVERNED, "approved_by": "X. Okafor"}}}, "passed"),
        ({}, "not_applicable"),
    ],
)
def test_a_template_says_it_in_metadata(resource: Mapping[str, Any], expected: str) -> None:
    assert outcome("classification_governed", {"Subject": {"Type": "AWS::SQS::Queue", **resource}}) == expected


def _on(day: datetime.date, expires: object, kind: str = "classification_governed") -> tuple[str, str]:
    """Judge a bucket whose classification has an end, on a day: the outcome, and what is said."""
    app = App()
    app.today = day
    said = {**GOVERNED, "expires": expires}
    app.add("t.json", {"Resources": {"Subject": {"Type": "AWS::S3::Bucket", "Metadata": {METADATA_KEY: said}}}})
    judged = rule(kind).check(app.templates[0].resources["Subject"])
    return judged.outcome.value, judged.message


TODAY = datetime.date(2026, 6, 1)


@pytest.mark.parametrize(
    ("expires", "told"),
    [
        ("2026-05-31", "that ended on 2026-05-31, so that it counts as PHI"),
        ("2026-06-01", "that ends on 2026-06-01, today"),
        ("2026-07-01", "that ends on 2026-07-01, in 30 days"),
        ("2027-06-03", "that ends on 2027-06-03, more than a year ahead"),
        ("next year", "its end is no date as YYYY-MM-DD: 'next year'"),
        (2027, "its end is no date as YYYY-MM-DD: '2027'"),
        ("2026-07-02", ""),
        ("2027-06-02", ""),
        (None, ""),
    ],
)
def test_an_end_is_held_to_what_those_of_acknowledgements_are(expires: object, told: str) -> None:
    message = f"It is classified as NO_PHI, and {told}."
    assert _on(TODAY, expires) == (("failed", message) if told else ("passed", ""))


def test_what_ended_counts_as_phi() -> None:
    app = App()
    app.today = TODAY
    for name, expires in (("Ended", "2026-05-31"), ("Last", "2026-06-01")):
        metadata = {METADATA_KEY: {**GOVERNED, "expires": expires}}
        app.add(f"{name}.json", {"Resources": {name: {"Type": "AWS::S3::Bucket", "Metadata": metadata}}})
    found = [classification_of(resource) for template in app.templates for resource in template.resources.values()]
    assert found == [DataClassification.PHI, DataClassification.NO_PHI]


@pytest.mark.parametrize(
    ("said", "own", "counts_as", "expected"),
    [
        (GOVERNED, {}, "NO_PHI", ["passed", "not_applicable"]),
        ({"classification": "NO_PHI"}, {}, "NO_PHI", ["failed", "not_applicable"]),
        ("NO_PHI", {}, "PHI", ["failed", "not_applicable"]),
        (GOVERNED, {"classification": "PHI"}, "PHI", ["not_applicable", "passed"]),
        (None, {}, "PHI", ["not_applicable", "not_applicable"]),
    ],
)
def test_the_metadata_of_a_template_holds_for_what_says_nothing_else(
    said: Any, own: Mapping[str, str], counts_as: str, expected: list[str]
) -> None:
    app = App()
    metadata = {"Metadata": {METADATA_KEY: own}} if own else {}
    resources = {"First": {"Type": "AWS::S3::Bucket", **metadata}, "Second": {"Type": "AWS::SQS::Queue"}}
    app.add("t.json", {"Metadata": {} if said is None else {METADATA_KEY: said}, "Resources": resources})
    app.add("other.json", {"Resources": {"Third": {"Type": "AWS::S3::Bucket"}}})
    first, second = app.templates[0].resources.values()
    (third,) = app.templates[1].resources.values()
    assert classification_of(first) == counts_as
    assert classification_of(third) == "PHI"
    check = rule("classification_governed").check
    assert [check(one).outcome.value for one in (first, second)] == expected
