"""The catalogue: complete, consistent, and dated."""

from __future__ import annotations

import datetime
import re

import pytest

from hipaa_constructs.compliance.controls import (
    config_rules,
    controls,
    excluded_types,
    nag_rules,
    namespace_statuses,
    read,
    services,
    services_as_of,
)
from hipaa_constructs.compliance.eligibility import look_up, nearest


def test_the_security_rule_has_all_its_entries() -> None:
    assert len(controls()) == 69
    for identifier, control in controls().items():
        assert re.fullmatch(r"164\.3(08|10|12|14|16)(\([a-z0-9A-Z]+\))+", identifier)
        assert control.title
        assert control.standard is None or control.standard in controls()


def test_other_peoples_rules() -> None:
    assert len(nag_rules()) == 90
    assert len(config_rules()) == 130
    for rule in nag_rules().values():
        assert set(rule.controls) <= set(controls())
        assert rule.resource_types


def test_services() -> None:
    assert len(services()) == 173
    datetime.date.fromisoformat(services_as_of())
    assert set(namespace_statuses().values()) == {"eligible", "tool", "unverified", "not_listed"}
    listed = {space for service in services() for space in service.namespaces}
    assert listed <= set(namespace_statuses())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Amazon S3", ["Amazon S3"]),
        ("s3", ["Amazon S3"]),
        ("aws lambda", ["AWS Lambda"]),
        ("AWS::Lambda::Function", ["AWS::Lambda::Function"]),
        ("aws::lambda", ["AWS::Lambda"]),
        ("lightsail", ["AWS::Lightsail"]),
        ("AWS::Nothing::X", []),
        ("", []),
        ("::", []),
        ("dynamodbb", []),
    ],
)
def test_looking_up(name: str, expected: list[str]) -> None:
    assert [standing.name for standing in look_up(name)] == expected


PAGES = {
    "AWS": "docs.aws.amazon.com/",
    "Microsoft": "learn.microsoft.com/",
    "MongoDB": "mongodb.com/",
    "Node.js": "github.com/nodejs/",
    "Oracle": "oracle.com/",
}


def test_support_ends_no_earlier_in_extended_support_and_each_table_has_its_source() -> None:
    for name, table in read("support_dates.json")["lifecycles"].items():
        assert table["source"].startswith(PAGES[table.get("vendor", "AWS")]), name
        datetime.date.fromisoformat(table["as_of"])
        for version, days in table["versions"].items():
            known = [datetime.date.fromisoformat(day) for day in days if day is not None]
            assert len(days) <= 2, (name, version)
            # What the list names no more has no second day either.
            assert days[:1] != [None] or len(days) == 1, (name, version)
            assert known == sorted(known), (name, version)


def test_a_word_of_several_names_finds_them_all() -> None:
    assert len(look_up("directory")) > 1


def test_what_the_list_excludes_is_not_eligible() -> None:
    for kind in excluded_types():
        assert [standing.status for standing in look_up(kind)] == ["excluded"]


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    assert "AWS::DynamoDB" in " ".join(nearest("dynamodbb")) or "Amazon DynamoDB" in nearest("dynamodbb")
