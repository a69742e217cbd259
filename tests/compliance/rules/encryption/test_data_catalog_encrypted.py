from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate
from tests.compliance.rules.support import judged, one, outcome, rule

SETTINGS = {"Settings": {"Type": "AWS::Glue::DataCatalogEncryptionSettings", "Properties": {}}}
DATABASE = one("AWS::Glue::Database", CatalogId="111122223333", DatabaseInput={"Name": "records"})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (DATABASE, "failed"),
        (one("AWS::Glue::Table", DatabaseName="records"), "failed"),
        (one("AWS::Glue::Connection"), "failed"),
        (one("AWS::Glue::Crawler"), "failed"),
        ({**DATABASE, **SETTINGS}, "passed"),
        ({**DATABASE, "Settings": {**SETTINGS["Settings"], "Condition": "Never"}}, "failed"),
        # Of a template, the first of the database, or what there is, stands for all.
        ({**one("AWS::Glue::Table"), "Records": {"Type": "AWS::Glue::Database"}}, "not_applicable"),
        # A job fills no catalog by itself.
        (one("AWS::Glue::Job"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    never = {"Conditions": {"Never": {"Fn::Equals": ["a", "b"]}}}
    assert outcome("data_catalog_encrypted", resources, **never) == expected


def test_another_stack_may_have_the_settings() -> None:
    assert judged("data_catalog_encrypted", DATABASE, SETTINGS) == "passed"


@pytest.mark.parametrize(
    ("account", "region", "expected"),
    [
        ("111122223333", "us-east-1", "passed"),
        ("111122223333", "us-west-2", "failed"),
        ("999988887777", None, "failed"),
    ],
)
def test_each_region_of_an_account_has_a_catalog(account: str, region: str, expected: str) -> None:
    app = App()
    app.add("a.json", {"Resources": DATABASE}, account="111122223333", region="us-east-1")
    app.add("b.json", {"Resources": SETTINGS}, account=account, region=region)
    (result,) = evaluate(app, [rule("data_catalog_encrypted")])
    assert result.verdict.outcome.value == expected


def test_it_is_said_once_in_a_template_with_what_the_settings_say_elsewhere() -> None:
    app = App()
    app.add(
        "a.json", {"Resources": {**DATABASE, "Two": DATABASE["Subject"], "Crawler": {"Type": "AWS::Glue::Crawler"}}}
    )
    findings = [result.finding() for result in evaluate(app, [rule("data_catalog_encrypted")])]
    assert [found.severity for found in findings if found] == ["warning"]
