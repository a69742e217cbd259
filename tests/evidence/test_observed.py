"""What the rules saw where they passed."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from typing import Any

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.assess import assess
from hipaa_constructs.compliance.locate import Locator
from hipaa_constructs.evidence.checks import Names, outcomes_of, own_rules
from hipaa_constructs.evidence.html_report import as_html
from hipaa_constructs.evidence.json_report import as_json
from hipaa_constructs.evidence.model import Evidence, Observation
from hipaa_constructs.evidence.observed import observed_of

from .pages import parse

DATABASE = {"Engine": "postgres", "StorageEncrypted": True, "MasterUserPassword": "hunter2", "MultiAZ": "true"}


def observed(**resources: Any) -> Mapping[str, Sequence[Observation]]:
    app = App()
    text = json.dumps({"Resources": resources}, indent=1)
    app.add("t.json", json.loads(text))
    app.contents["t.json"] = text.encode()
    names = Names(app)
    assessment = assess(app, today=datetime.date(2026, 11, 22))
    rules = own_rules(assessment.answers, outcomes_of(assessment), names)
    return observed_of((result for result, _ in assessment.answers), rules, names, Locator(app))


def test_a_pass_names_the_value_that_the_rule_read_and_its_line() -> None:
    found = observed(Database={"Type": "AWS::RDS::DBInstance", "Properties": DATABASE})
    (one,) = found["HIPAA.Constructs-DatabaseEncrypted"]
    assert "StorageEncrypted = true" in one.values
    (zones,) = found["HIPAA.Constructs-MultiAz"]
    assert "MultiAZ = true" in zones.values


def test_what_failed_is_not_among_them() -> None:
    found = observed(Database={"Type": "AWS::RDS::DBInstance", "Properties": {**DATABASE, "StorageEncrypted": False}})
    assert "HIPAA.Constructs-DatabaseEncrypted" not in found


def test_each_resource_has_its_own_in_the_order_of_what_passed() -> None:
    def key(**properties: Any) -> Any:
        return {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": True, **properties}}

    found = observed(One=key(), Two={"Type": "AWS::KMS::Key"}, Three=key(KeySpec="SYMMETRIC_DEFAULT"))
    first, second = found["HIPAA.Constructs-KeyRotated"]
    assert "KeySpec is not set" in first.values
    assert "KeySpec = SYMMETRIC_DEFAULT" in second.values
    assert first.line is not None
    assert second.line is not None
    assert first.line < second.line


def test_what_may_be_a_secret_is_not_repeated() -> None:
    environment = {"Variables": {"TABLE": "hunter2", "URL": {"Ref": "Queue"}}}
    function = {"Environment": environment, "Code": {"ZipFile": "hunter2"}, "Runtime": "python3.13"}
    found = observed(
        Database={"Type": "AWS::RDS::DBInstance", "Properties": DATABASE},
        Function={"Type": "AWS::Lambda::Function", "Properties": function},
    )
    said = [words for every in found.values() for one in every for words in one.values]
    assert said
    assert not any("hunter2" in words for words in said)


def test_the_report_tells_them(clinic: Evidence) -> None:
    report = json.loads(as_json(clinic))
    rule = next(one for one in report["rules"] if one["observed"] and len(one["resources"]["passed"]) > 1)
    told = [place for group in rule["observed"] for place in group["resources"]]
    assert sorted(told) == sorted(rule["resources"]["passed"])
    assert all(len(group["lines"]) == len(group["resources"]) for group in rule["observed"])
    table = next(one for one in report["resources"] if one["construct_path"] == "Clinic/Table/Resource")
    assert isinstance(table["line"], int)
    assert table["source"].startswith("tests/evidence/conftest.py:")


def test_the_page_shows_them(clean: Evidence) -> None:
    page = parse(as_html(clean))
    shown = page.one("details", id="r-HIPAA-Constructs-KeyRotated").text
    assert "EnableKeyRotation = true" in shown
    assert "Clinic.template.json:" in shown
    assert "made at tests/evidence/conftest.py:" in shown
