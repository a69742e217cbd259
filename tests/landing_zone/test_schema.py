"""The schema that editors use says the same as the loader, as far as one key alone tells."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from hipaa_constructs.landing_zone import parse_zone, schema
from tests.landing_zone.choices import CHOICES
from tests.landing_zone.organization.zone import RECORDS, SITE, given

ACCOUNT = {"account": "111122223333"}
SCHEMA = jsonschema.Draft202012Validator(schema.schema())


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema.schema())
    assert json.loads(schema.text()) == schema.schema()


@pytest.mark.parametrize(
    "config",
    [
        *({**ACCOUNT, **choice} for choice in CHOICES.values()),
        given(),
        given(owner="control_tower", accounts={}, shared={"audit": {"retention_years": 10}}),
        given(workloads=[{**RECORDS, "network": {"zones": 2}, "edge": None}]),
    ],
)
def test_what_the_loader_takes_the_schema_takes(config: dict[str, Any]) -> None:
    parse_zone(config, source="test")
    assert list(SCHEMA.iter_errors(json.loads(json.dumps(config)))) == []


@pytest.mark.parametrize(
    "config",
    [
        {},
        [],
        {**ACCOUNT, "netwrok": {}},
        {**ACCOUNT, "network": {"zones": 5}},
        {**ACCOUNT, "network": {"zones": "two"}},
        {**ACCOUNT, "detection": {"macie": "exists"}},
        {**ACCOUNT, "guardrails": {"organization_id": "o-a1b2c3d4e5"}},
        {"account": 111122223333},
        {"account": "1234"},
        {"organization": {}},
        {"organization": {"id": "acme"}},
        given(owner="terraform"),
        given(log_archive="100000000002"),
        given(accounts={"backups": "100000000002"}),
        given(accounts={"backup": "12"}),
        given(regions=[]),
        given(workloads=[{"name": "Records"}]),
        given(workloads=[{**RECORDS, "name": "Records 2"}]),
        given(workloads=[{**RECORDS, "regions": ["us-east-1", "us-west-2", "us-east-2"]}]),
        given(workloads=[{**SITE, "classification": "public"}]),
        given(shared=ACCOUNT),
        given(shared={"primary_region": "us-east-1"}),
        given(shared={"guardrails": None}),
    ],
)
def test_what_the_loader_refuses_the_schema_refuses(config: Any) -> None:
    with pytest.raises(ValueError, match="is not valid"):
        parse_zone(config, source="test")
    assert list(SCHEMA.iter_errors(json.loads(json.dumps(config))))


def test_every_key_says_what_it_is() -> None:
    found = schema.schema()
    sections = [found, *(one for one in found["$defs"].values() if "properties" in one)]
    for section in sections:
        for name, one in section["properties"].items():
            assert "description" in one or "$ref" in one, name
            assert "title" not in one, name
