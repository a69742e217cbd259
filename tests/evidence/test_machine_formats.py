from __future__ import annotations

import dataclasses
import importlib
import json
import re
import uuid
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import jsonschema
import pytest
from trestle.oscal.assessment_plan import AssessmentPlan
from trestle.oscal.assessment_results import AssessmentResults
from trestle.oscal.catalog import Catalog
from trestle.oscal.component import ComponentDefinition

from hipaa_constructs.compliance.assess import every_rule
from hipaa_constructs.evidence.documents import FORMATS
from hipaa_constructs.evidence.html_report import as_html
from hipaa_constructs.evidence.json_report import as_json
from hipaa_constructs.evidence.junit import as_junit
from hipaa_constructs.evidence.model import Evidence, PreflightResult
from hipaa_constructs.evidence.oscal import token
from hipaa_constructs.evidence.oscal_component import as_oscal_component
from hipaa_constructs.evidence.oscal_results import as_oscal_results
from hipaa_constructs.evidence.sarif_findings import as_sarif, as_sarif_with_exceptions

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["clinic", "clean"])
def evidence(request: pytest.FixtureRequest) -> Evidence:
    found: Evidence = request.getfixturevalue(request.param)
    return found


def test_json_obeys_its_schema(evidence: Evidence) -> None:
    schema = json.loads((ROOT / "docs" / "schema" / "report.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(as_json(evidence)), schema, format_checker=jsonschema.FormatChecker())


def test_json_refers_to_resources_by_position(clinic: Evidence) -> None:
    report = json.loads(as_json(clinic))
    by_id = {control["id"]: control for control in report["controls"]}
    for control in clinic.controls.values():
        for outcome, names in control.resources.items():
            places = [report["resources"][place] for place in by_id[control.id]["resources"][outcome]]
            assert [place["construct_path"] for place in places] == [name.construct_path for name in names]
    assert len(report["findings"]) == report["summary"]["findings"] == len(clinic.findings)


def test_sarif_obeys_its_schema_and_names_lines(evidence: Evidence) -> None:
    schema = json.loads((ROOT / "tests" / "schemas" / "sarif-2.1.0.json").read_text())
    log = json.loads(as_sarif(evidence))
    jsonschema.validate(log, schema)
    results = log["runs"][0]["results"]
    assert len(results) == len(evidence.findings)
    for result, finding in zip(results, evidence.findings, strict=True):
        if finding.resource_logical_id:
            # Whoever is to mend it sees the app's line, and what CDK made of it beside.
            made = result["locations"][0]["physicalLocation"]
            assert finding.source == f"{made['artifactLocation']['uri']}:{made['region']['startLine']}"
            assert made["artifactLocation"]["uri"] == "tests/evidence/conftest.py"
            (written,) = result["relatedLocations"]
            location = written["physicalLocation"]
            assert location["artifactLocation"]["uri"].endswith(finding.template)
            assert location["region"] == {"startLine": finding.line, "startColumn": finding.column}


def test_json_names_lines_of_app_and_template(clinic: Evidence) -> None:
    report = json.loads(as_json(clinic))
    accepted = [finding for one in report["acknowledgements"] for finding in one["findings"]]
    for finding in (*report["findings"], *accepted):
        if finding["resource_logical_id"]:
            assert finding["source"].startswith("tests/evidence/conftest.py:")
            assert finding["line"] > 1
    assert str(ROOT) not in as_json(clinic)


def test_sarif_names_every_rule_also_when_nothing_was_found(clean: Evidence) -> None:
    (run,) = json.loads(as_sarif(clean))["runs"]
    assert run["results"] == []
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert set(ids) == {rule.id for rule in every_rule()}
    assert len(ids) == len(set(ids))


def test_sarif_holds_what_was_accepted_as_suppressed(clinic: Evidence) -> None:
    schema = json.loads((ROOT / "tests" / "schemas" / "sarif-2.1.0.json").read_text())
    log = json.loads(as_sarif_with_exceptions(clinic))
    jsonschema.validate(log, schema)
    results = log["runs"][0]["results"]
    accepted = [result for result in results if "suppressions" in result]
    assert len(results) - len(accepted) == len(clinic.findings)
    assert len(accepted) == sum(len(one.findings) for one in clinic.acknowledgements) > 0
    said = {result["suppressions"][0]["justification"] for result in accepted}
    assert any("approved by Dana Cole until 2027-06-30" in one for one in said)
    assert {result["suppressions"][0]["kind"] for result in accepted} == {"inSource", "external"}
    assert not any("suppressions" in result for result in json.loads(as_sarif(clinic))["runs"][0]["results"])


@pytest.mark.parametrize("write", [as_sarif, as_sarif_with_exceptions])
def test_sarif_keeps_the_rules_of_its_validator(evidence: Evidence, write: Callable[[Evidence], str]) -> None:
    """What the SARIF Multitool asks for besides the schema, by its rules (github.com/microsoft/sarif-sdk)."""
    (run,) = json.loads(write(evidence))["runs"]
    rules = run["tool"]["driver"]["rules"]
    for rule in rules:
        # SARIF1001: a name is no repetition of the id; SARIF2012: it is an identifier in Pascal case.
        assert rule["name"] != rule["id"]
        assert re.fullmatch(r"[A-Z][A-Za-z0-9]*", rule["name"])
        # GH2012: code scanning shows what the rule asks.
        assert rule["fullDescription"]["text"]
    # SARIF2005: whoever reads a result is told where to learn more.
    assert run["tool"]["driver"]["informationUri"].startswith("https://")
    for result in run["results"]:
        # SARIF2001: messages end with a period; SARIF1012 and the standard's 3.27.6: a result refers to its rule.
        assert result["message"]["text"].endswith(".")
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        for location in (*result.get("locations", ()), *result.get("relatedLocations", ())):
            place = location.get("physicalLocation", {})
            # SARIF1002 and SARIF1007: addresses are valid and regions count from one.
            uri = place.get("artifactLocation", {}).get("uri", "x")
            assert uri == quote(unquote(uri), safe="/:%@+,;=~!$&'()*-._")
            assert all(number > 0 for number in place.get("region", {}).values() if isinstance(number, int))


def test_junit_shows_each_rule_as_a_test(clinic: Evidence) -> None:
    suites = ET.fromstring(as_junit(clinic))
    cases = {case.get("name"): case for case in suites.iter("testcase")}
    assert set(cases) == set(clinic.rules)
    for rule in clinic.rules.values():
        outcome = {child.tag for child in cases[rule.id]} - {"system-out"}
        counts = rule.counts
        if counts.failed:
            assert outcome == {"failure"}
        elif counts.unknown:
            assert outcome == {"error"}
        elif counts.passed:
            assert outcome == set()
        else:
            assert outcome == {"skipped"}
    assert int(suites.get("tests", "")) == len(clinic.rules)
    assert int(suites.get("failures", "")) == sum(1 for rule in clinic.rules.values() if rule.counts.failed)
    failure = cases["HIPAA.Constructs-QueueTlsRequired"].find("failure")
    assert failure is not None
    assert "<script>" in str(failure.text)
    assert "Bell\\x07" in str(failure.text)


def test_junit_shows_a_pack_that_did_not_run_as_an_error(clean: Evidence) -> None:
    rules = {
        name: dataclasses.replace(rule, ran=False, resources=dict.fromkeys(rule.resources, ()))
        for name, rule in clean.rules.items()
    }
    suites = ET.fromstring(as_junit(dataclasses.replace(clean, rules=rules)))
    assert int(suites.get("errors", "")) == len(rules)


def test_a_rule_that_is_told_in_a_finding_of_another_is_shown_as_failed(clinic: Evidence) -> None:
    by_rule = {one.rule_id: one for one in clinic.findings if one.outcome == "failed" and one.rule_id in clinic.rules}
    told, one, *_ = by_rule.values()
    evidence = dataclasses.replace(clinic, findings=[dataclasses.replace(one, tells=(told.rule_id,))])
    cases = ET.fromstring(as_junit(evidence)).iter("testcase")
    (failure,) = (case.find("failure") for case in cases if case.get("name") == told.rule_id)
    assert failure is not None
    assert one.message in str(failure.text)
    assert f"Also <code>{told.rule_id}" in as_html(evidence).replace("<wbr>", "")


def test_junit_shows_other_packs(clinic: Evidence) -> None:
    other = dataclasses.replace(clinic.findings[0], rule_id="PCI.DSS.321-S3BucketVersioningEnabled", controls=())
    suites = ET.fromstring(as_junit(dataclasses.replace(clinic, findings=[other])))
    assert [suite.get("name") for suite in suites] == ["hipaa-constructs", "cdk-nag", "other packs"]


def test_junit_shows_what_the_live_account_answered(clean: Evidence) -> None:
    asked = PreflightResult("Root", "111122223333", "2026-11-21", "It has MFA", "It has none", "failed", "Seen.", ())
    answers = [asked, dataclasses.replace(asked, id="Users", says="It has MFA", outcome="passed")]
    suites = ET.fromstring(as_junit(dataclasses.replace(clean, preflight=answers)))
    (suite,) = (one for one in suites if one.get("name") == "live account")
    root, users = suite.iter("testcase")
    failure = root.find("failure")
    assert failure is not None
    assert failure.get("message") == "It has none"
    assert users.find("failure") is None


def identifiers(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        if "uuid" in data:
            yield data["uuid"]
        for value in data.values():
            yield from identifiers(value)
    elif isinstance(data, list):
        for value in data:
            yield from identifiers(value)


def test_oscal_is_read_back_by_its_library(evidence: Evidence, tmp_path: Path) -> None:
    documents = oscal_documents(evidence)
    kinds = {
        "oscal-catalog.json": Catalog,
        "oscal-assessment-plan.json": AssessmentPlan,
        "oscal-component-definition.json": ComponentDefinition,
        "oscal-assessment-results.json": AssessmentResults,
    }
    assert set(documents) == set(kinds)
    for name, document in documents.items():
        file = tmp_path / name
        file.write_text(json.dumps(document))
        assert kinds[name].oscal_read(file) is not None
        found = list(identifiers(document))
        assert max(Counter(found).values()) == 1
        assert {uuid.UUID(one).version for one in found} == {5}


def oscal_schema() -> dict[str, Any]:
    """NIST's schema of all models, a file of the release of OSCAL 1.2.1 at github.com/usnistgov/OSCAL."""
    text = (ROOT / "tests" / "schemas" / "oscal-complete-1.2.1.json").read_text()
    # Letters and numbers of any script, which Python's patterns write in another way.
    found: dict[str, Any] = json.loads(text.replace(r"\\p{L}", r"[^\\W\\d_]").replace(r"\\p{N}", r"\\d"))
    return found


def test_oscal_obeys_nist_s_schema(evidence: Evidence) -> None:
    schema = oscal_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
    for name, document in oscal_documents(evidence).items():
        assert list(validator.iter_errors(document)) == [], name
        (model,) = document.values()
        assert f"/{model['metadata']['oscal-version']}/" in schema["$id"]
        model["metadata"]["titel"] = model["metadata"].pop("title")
        assert list(validator.iter_errors(document)), name


def test_oscal_results_agree_with_the_matrix(clinic: Evidence) -> None:
    (result,) = json.loads(as_oscal_results(clinic))["assessment-results"]["results"]
    findings = {finding["target"]["target-id"]: finding["target"]["status"]["state"] for finding in result["findings"]}
    for control in clinic.controls.values():
        expected = "satisfied" if control.status == "met" else "not-satisfied"
        assert findings[f"{token(control.id)}_obj"] == expected
    observed = {one["title"]: one for one in result["observations"]}
    for rule in clinic.rules.values():
        if rule.counts.total:
            subjects = observed[rule.id].get("subjects", [])
            assert len(subjects) == rule.counts.total - rule.counts.passed
    items = {item["uuid"] for item in result["local-definitions"]["inventory-items"]}
    assert {one["subject-uuid"] for entry in observed.values() for one in entry.get("subjects", [])} <= items
    assert {risk["status"] for risk in result["risks"]} == {"deviation-approved"}
    observations = {one["uuid"] for one in result["observations"]}
    related = {one["observation-uuid"] for entry in result["findings"] for one in entry.get("related-observations", [])}
    assert related <= observations


def test_oscal_components_claim_no_more_than_rules_show(clinic: Evidence) -> None:
    (component,) = json.loads(as_oscal_component(clinic))["component-definition"]["components"]
    (implementation,) = component["control-implementations"]
    claimed = {one["control-id"]: one for one in implementation["implemented-requirements"]}
    for control in clinic.controls.values():
        if not control.checks.total:
            assert token(control.id) not in claimed
            continue
        status = next(
            prop["value"] for prop in claimed[token(control.id)]["props"] if prop["name"] == "implementation-status"
        )
        decides = control.infrastructure.role == "decides"
        assert (status == "implemented") == (control.infrastructure.status == "passed" and decides)


def oscal_documents(evidence: Evidence) -> dict[str, Any]:
    """Every document of the format by its file's name, as data."""
    found = {}
    for name, module, function in FORMATS["oscal"]:
        render = getattr(importlib.import_module(f"hipaa_constructs.evidence.{module}"), function)
        found[name] = json.loads(render(evidence))
    return found


def values_of(data: Any, key: str) -> Iterator[Any]:
    if isinstance(data, dict):
        for name, value in data.items():
            if name == key:
                yield value
            yield from values_of(value, key)
    elif isinstance(data, list):
        for value in data:
            yield from values_of(value, key)


def test_oscal_ids_and_references_lead_somewhere(evidence: Evidence) -> None:
    documents = oscal_documents(evidence)
    known = set(values_of(documents["oscal-catalog.json"], "id"))
    for name, document in documents.items():
        uuids = set(values_of(document, "uuid"))
        for href in [*values_of(document, "href"), *values_of(document, "source")]:
            if not href.startswith("https://"):
                assert href in documents or href.removeprefix("#") in uuids, (name, href)
        assert set(values_of(document, "control-id")) <= known, name
        assert set(values_of(document, "target-id")) <= known, name


def test_the_oscal_catalogue_has_every_entry_once(evidence: Evidence) -> None:
    catalog = oscal_documents(evidence)["oscal-catalog.json"]
    ids = [one for one in values_of(catalog, "id") if not one.endswith("_obj")]
    assert len(ids) == len(set(ids)) == 69 + 5
    assert {token(control) for control in evidence.controls} <= set(ids)


def test_oscal_s_own_names_of_properties_are_used_where_it_has_them_alone(evidence: Evidence) -> None:
    for name, document in oscal_documents(evidence).items():
        for props in values_of(document, "props"):
            for one in props:
                assert "ns" in one or (name == "oscal-catalog.json" and one["name"] == "label"), (name, one)


def test_oscal_holds_what_people_did_not_attest_as_not_satisfied(clean: Evidence) -> None:
    (result,) = oscal_documents(clean)["oscal-assessment-results.json"]["assessment-results"]["results"]
    assert len(result["findings"]) == 69
    assert {one["target"]["status"]["state"] for one in result["findings"]} == {"not-satisfied"}


def test_oscal_tokens_are_as_distinct_as_citations(clinic: Evidence) -> None:
    assert len({token(citation) for citation in clinic.controls}) == 69
    assert token("164.312(a)(2)(iv)") == "hipaa-164.312.a.2.iv"


# By junit-10.xsd of Jenkins's xUnit plugin, github.com/jenkinsci/xunit-plugin: attributes and children of each element.
_JENKINS: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": (
        {"name"},
        {"time", "classname", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "skipped": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}


def test_junit_has_what_jenkins_schema_knows_and_no_more(evidence: Evidence) -> None:
    root = ET.fromstring(as_junit(evidence))
    assert root.tag == "testsuites"
    for element in root.iter():
        required, optional, children = _JENKINS[element.tag]
        assert required <= set(element.attrib) <= required | optional, element.tag
        assert {child.tag for child in element} <= children, element.tag
        if "time" in element.attrib:
            assert re.fullmatch(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?", element.attrib["time"])
