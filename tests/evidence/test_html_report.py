from __future__ import annotations

import base64
import contextlib
import dataclasses
import datetime
import hashlib
import itertools
import json
import re
from collections import Counter
from pathlib import Path

import aws_cdk as cdk
import jsonschema
import pytest
from aws_cdk import aws_sqs as sqs

from hipaa_constructs import enforce_hipaa, secure_defaults
from hipaa_constructs.compliance.changes import Change
from hipaa_constructs.compliance.controls import read
from hipaa_constructs.evidence.collect import collect
from hipaa_constructs.evidence.html_report import MOST_NAMES, MOST_ROWS, as_html
from hipaa_constructs.evidence.json_report import as_json
from hipaa_constructs.evidence.model import (
    CHANGE_WORDS,
    COLUMN_WORDS,
    DISCLAIMER,
    STATUS_WORDS,
    Evidence,
    LimitationsReview,
    PreflightResult,
)
from hipaa_constructs.evidence.sheets import sheets
from tests.evidence.conftest import CONTROL, MARKUP, REASON, TODAY
from tests.evidence.pages import Element, parse


@pytest.fixture(scope="module")
def html(clinic: Evidence) -> str:
    return as_html(clinic)


@pytest.fixture(scope="module")
def page(html: str) -> Element:
    return parse(html)


def section(page: Element, anchor: str) -> Element:
    return page.one("section", id=anchor)


# -- one file, that asks for nothing and runs nothing but its own script ----------------------------------------------


def test_nothing_is_loaded_from_anywhere(page: Element) -> None:
    for element in page.all():
        assert not {"src", "srcset", "poster", "data", "action"} & set(element.attributes), element.tag
        assert element.tag not in {"link", "img", "iframe", "object", "embed", "base"}
        if "href" in element.attributes and not element.attributes["href"].startswith("#"):
            assert element.tag == "a"


def test_the_policy_admits_its_own_style_and_script_only(page: Element) -> None:
    (policy,) = (one.attributes["content"] for one in page.all("meta", http_equiv="Content-Security-Policy"))
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    for name, tag in (("style-src", "style"), ("script-src", "script")):
        body = page.one(tag).text_part
        assert rules[name] == f"'sha256-{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}'"


def test_no_element_brings_its_own_style_or_handler(page: Element) -> None:
    for element in page.all():
        assert not [name for name in element.attributes if name == "style" or name.startswith("on")], element.tag


def test_the_style_asks_for_nothing_either(page: Element) -> None:
    style = page.one("style").text_part
    assert "@import" not in style
    assert set(re.findall(r"url\(([^)]*)\)", style)) == {"#arrow"}


def test_the_same_evidence_gives_the_same_bytes(clinic_folder: Path, html: str) -> None:
    again = collect(clinic_folder, today=TODAY, acknowledgements=clinic_folder.parent / "hipaa-acknowledgements.toml")
    assert as_html(again) == html


# -- escaping ---------------------------------------------------------------------------------------------------------


def test_markup_in_a_construct_id_stays_text(page: Element, html: str) -> None:
    assert len(list(page.all("script"))) == 1
    assert MARKUP not in html
    assert any(MARKUP in code.text for code in section(page, "findings").all("code"))
    assert any(MARKUP in text.text for text in section(page, "data-flow").all("text"))


def test_control_characters_are_shown_by_their_escapes(html: str) -> None:
    assert CONTROL not in html
    assert "Bell\\x07" in html


def test_what_turns_the_writing_or_is_not_seen_is_shown(clinic: Evidence) -> None:
    note = "ma\u202edaer\u202c zero\u200bwidth \ud800"
    html = as_html(dataclasses.replace(clinic, notes=[note]))
    assert "ma\\u202edaer\\u202c zero\\u200bwidth \\ud800" in html
    assert not set(note[2:]) & set("\u202e\u202c\u200b\ud800") & set(html)


def test_markup_in_people_s_words_stays_text(clinic: Evidence) -> None:
    one = clinic.acknowledgements[0]
    words = '"><img src=x onerror=alert(1)>'
    hostile = dataclasses.replace(one.acknowledgement, reason=words, approved_by=words, ticket=words, path=words)
    attested = dataclasses.replace(
        clinic.attestations[0], status="current", owner=words, note=words, evidence="javascript:alert(1)"
    )
    page = parse(
        as_html(
            dataclasses.replace(
                clinic,
                notes=[words],
                acknowledgements=[dataclasses.replace(one, acknowledgement=hostile)],
                attestations=[attested, *clinic.attestations[1:]],
            )
        )
    )
    assert not list(page.all("img"))
    assert words in section(page, "acknowledgements").text
    assert not [link for link in page.all("a") if link.attributes["href"].startswith("javascript")]
    assert "javascript:alert(1)" in section(page, "attestations").text


# -- what it says -----------------------------------------------------------------------------------------------------


def test_it_says_what_it_is_and_is_not(page: Element) -> None:
    assert DISCLAIMER in section(page, "summary").text
    assert DISCLAIMER in page.one("footer").text


def test_the_verdict_counts_open_findings(page: Element, clinic: Evidence) -> None:
    verdict = next(one for one in page.all("p") if "verdict" in one.attributes.get("class", ""))
    assert f"{len(clinic.findings)} findings in the templates" in verdict.text
    assert f"{clinic.summary.errors} errors" in verdict.text


def answers(evidence: Evidence) -> dict[str, str]:
    page = parse(as_html(evidence))
    (found,) = (one for one in page.all("dl") if one.attributes.get("class") == "answers")
    return {next(one.all("dt")).text: next(one.all("dd")).text for one in found.all("div")}


def test_the_first_screen_answers_what_is_asked_first(clinic: Evidence) -> None:
    done, late, *others = clinic.attestations
    late = dataclasses.replace(late, status="overdue", owner="Sam Ortiz")
    done = dataclasses.replace(done, status="current", owner="Dana Cole")
    found = answers(dataclasses.replace(clinic, attestations=[done, late, *others]))
    assert list(found) == ["Met", "Open", "Excepted", "People\u2019s to-do", "Stores of PHI"]
    assert found["Met"] == f"{clinic.summary.controls.get('met', 0)}of 69 things asked"
    assert found["Open"].startswith(f"{len(clinic.findings)}{clinic.summary.errors} errors")
    assert found["Open"].endswith("no live account was asked")
    assert "by Dana Cole, first end 2026-12-01" in found["Excepted"]
    assert "Sam Ortiz: 1" in found["People\u2019s to-do"]
    assert f"no owner yet: {len(others)}" in found["People\u2019s to-do"]
    assert "Dana Cole" not in found["People\u2019s to-do"]
    held = [one for one in clinic.inventory if one.role in ("data", "copy") and one.classification == "PHI"]
    assert found["Stores of PHI"].startswith(str(len(held)))
    assert f"us-east-1: {sum(1 for one in held if one.region == 'us-east-1')}" in found["Stores of PHI"]
    assert "Clinic/Records" in found["Stores of PHI"]
    assert f"and {len(held) - 3} more" in found["Stores of PHI"]


def test_who_took_over_the_limitations_is_said_first(clean: Evidence) -> None:
    assert "by the library; taken over by nobody" in answers(clean)["Excepted"]
    review = LimitationsReview("Dana Cole", TODAY, TODAY + datetime.timedelta(days=365), "current")
    assert "by Dana Cole" in answers(dataclasses.replace(clean, limitations=review))["Excepted"]


def test_headings_lead_through_the_matrix(page: Element) -> None:
    matrix = page.one("table", id="matrix")
    groups = [heading.text for heading in matrix.all("h3")]
    assert groups[0] == "§164.308 Administrative safeguards"
    entries = [heading.text for heading in matrix.all("h4")]
    assert len(entries) == 69
    assert any(text.startswith("§164.312(b) Audit controls: ") for text in entries)


def test_without_findings_the_verdict_says_so(clean: Evidence) -> None:
    page = parse(as_html(clean))
    assert "No finding is open" in section(page, "summary").text
    assert "None." in section(page, "findings").text


def test_rules_that_did_not_run_are_not_called_good(clean: Evidence) -> None:
    rules = {name: dataclasses.replace(rule, ran=rule.origin != "cdk-nag") for name, rule in clean.rules.items()}
    summary = section(parse(as_html(dataclasses.replace(clean, rules=rules))), "summary")
    assert "rules of cdk-nag did not run" in summary.text
    assert "s-passed" not in next(summary.all("p")).attributes["class"]


def test_every_entry_has_a_row_with_its_status(page: Element, clinic: Evidence) -> None:
    rows = [row for row in page.one("table", id="matrix").all("tr") if "data-control" in row.attributes]
    assert len(rows) == len(clinic.controls) == 69
    for row, control in zip(rows, clinic.controls.values(), strict=True):
        assert row.attributes["data-status"] == control.status
        assert f"§{control.id}{control.control.title}" in next(row.all("th")).text
        assert STATUS_WORDS[control.status] in row.text


def test_checks_in_the_matrix_are_the_model_s(page: Element, clinic: Evidence) -> None:
    rows = [row for row in page.one("table", id="matrix").all("tr") if "data-control" in row.attributes]
    for row, control in zip(rows, clinic.controls.values(), strict=True):
        cells = [cell.text for cell in row.all("span") if "checks" in cell.attributes.get("class", "")]
        found = re.findall(r"([\d,]+) (\w+)", " ".join(cells))
        shown = {word: int(number.replace(",", "")) for number, word in found}
        assert shown == {name: count for name, count in dataclasses.asdict(control.checks).items() if count}


def test_the_three_columns_stand_beside_the_status(page: Element, clinic: Evidence) -> None:
    rows = [row for row in page.one("table", id="matrix").all("tr") if "data-control" in row.attributes]
    for row, control in zip(rows, clinic.controls.values(), strict=True):
        cells = [cell.text for cell in row.all("td")][-3:]
        for cell, column in zip(cells, (control.infrastructure, control.live, control.people), strict=True):
            assert cell.startswith(COLUMN_WORDS[column.status])
            assert ("never enough" in cell) == (column.role == "supports")


def test_an_entry_that_no_rule_checks_is_never_shown_as_passed(page: Element, clinic: Evidence) -> None:
    unchecked = [control for control in clinic.controls.values() if not control.checks.total]
    assert unchecked
    assert not [one.id for one in unchecked if "passed" in COLUMN_WORDS[one.infrastructure.status]]
    assert "Met" not in [next(row.all("td", class_="state")).text for row in page.all("tr", data_status="not_attested")]


def test_the_summary_counts_what_each_column_says(clean: Evidence) -> None:
    shown = section(parse(as_html(clean)), "summary").text
    needed = [one.infrastructure for one in clean.controls.values() if one.infrastructure.role == "decides"]
    passed = sum(1 for one in needed if one.status == "passed")
    assert passed
    assert f"Needed for {len(needed)}: " in shown
    assert f"{passed} checks passed" in shown
    assert "Needed for 69: 69 not attested." in shown


def test_what_is_missing_is_said_as_missing(page: Element) -> None:
    summary = section(page, "summary").text
    assert "Not attested: 34 AWS's business associate addendum" in summary
    assert "addressable specifications not decided" in summary


def test_the_live_account_s_findings_are_said_as_findings(clean: Evidence) -> None:
    found = PreflightResult(
        "HIPAA.Preflight-RootMfa",
        "111122223333",
        "2026-11-22T08:00:00Z",
        "The root user has MFA",
        "The root user has no MFA",
        "failed",
        "It signs in with a password alone.",
        ("164.312(d)",),
    )
    summary = dataclasses.replace(clean.summary, live_open=1)
    page = parse(as_html(dataclasses.replace(clean, preflight=[found], summary=summary)))
    shown = section(page, "summary").text
    assert "Open: 1 finding in the live account." in shown
    assert "The root user has no MFA" in shown
    assert "The root user has MFA" not in shown


def test_exceptions_and_limitations_stand_apart(clinic: Evidence) -> None:
    one = clinic.acknowledgements[0]
    ours = dataclasses.replace(one.acknowledgement, origin="library", approved_by="hipaa_constructs 1.0", expires=None)
    mixed = [one, dataclasses.replace(one, acknowledgement=ours)]
    page = parse(as_html(dataclasses.replace(clinic, acknowledgements=mixed)))
    titles = [title.text for title in section(page, "acknowledgements").all("h3")]
    assert titles == ["Exceptions of the organization", "Limitations of the library"]
    assert "Taken over by nobody yet" in section(page, "acknowledgements").text
    taken = LimitationsReview("Dana Cole", TODAY, TODAY + datetime.timedelta(days=365), "current")
    page = parse(as_html(dataclasses.replace(clinic, acknowledgements=mixed, limitations=taken)))
    assert "Taken over by Dana Cole on 2026-11-22" in section(page, "acknowledgements").text


def test_a_limitation_names_its_source_and_who_took_it_over(clean: Evidence) -> None:
    limited = [one.acknowledgement for one in clean.acknowledgements if one.acknowledgement.origin == "library"]
    assert limited
    shown = section(parse(as_html(clean)), "acknowledgements")
    links = {link.attributes["href"] for link in shown.all("a") if not link.attributes["href"].startswith("#")}
    assert links == {f"https://{one.cited}" for one in limited}
    assert "nobody yetstated by hipaa_constructs" in shown.text
    taken = LimitationsReview("Dana Cole", TODAY, TODAY + datetime.timedelta(days=365), "current")
    shown = section(parse(as_html(dataclasses.replace(clean, limitations=taken))), "acknowledgements")
    assert "Dana Colestated by hipaa_constructs" in shown.text
    assert "nobody yet" not in shown.text


def test_an_exception_says_when_it_is_reviewed(page: Element) -> None:
    assert "review by 2027-05-31, until 2027-06-30" in section(page, "acknowledgements").text


def test_breach_notification_decides_nothing(page: Element) -> None:
    shown = section(page, "breach").text
    assert "nothing here decides it" in shown
    assert "60 calendar days after discovery" in shown
    assert "Procedure of breach assessment and notification" in shown


def test_the_proposed_rule_is_marked_as_proposed(page: Element) -> None:
    shown = section(page, "proposed")
    assert "Proposed, not law" in shown.text
    assert "2026-10-23" in [time.text for time in shown.all("time")]
    rows = [row.text for row in shown.all("tr") if list(row.all("td"))]
    assert len(rows) == len(read("proposed_rule.json")["items"])
    (restore,) = (row for row in rows if "Restore within 72 hours" in row)
    assert "Test of a restore from backup: not attested." in restore


def test_details_state_duty_and_reason(page: Element, clinic: Evidence) -> None:
    details = [one for one in section(page, "controls").all("details") if "data-status" in one.attributes]
    assert len(details) == 69
    for detail, control in zip(details, clinic.controls.values(), strict=True):
        assert control.duty in detail.text
        assert control.reason in detail.text


def test_open_findings_are_listed_with_what_was_seen(page: Element, clinic: Evidence) -> None:
    findings = section(page, "findings")
    rows = Counter(row.text for row in findings.all("tr") if list(row.all("td")))
    assert sum(rows.values()) == len(clinic.findings)
    for finding in clinic.findings:
        assert any(" ".join(finding.message.split()) in row for row in rows), finding.message
        assert finding.rule_id in findings.text


def test_acknowledgements_have_owner_reason_and_end(page: Element) -> None:
    shown = section(page, "acknowledgements")
    assert REASON in shown.text
    assert "Dana Cole, security official" in shown.text
    assert "2027-06-30" in [time.text for time in shown.all("time")]
    assert "SEC-9" in shown.text
    assert "Ends soon" in shown.text


def test_acknowledgements_that_say_the_same_stand_together(clinic: Evidence) -> None:
    one = clinic.acknowledgements[0]
    twins = [
        dataclasses.replace(one, acknowledgement=dataclasses.replace(one.acknowledgement, path=path))
        for path in ("Clinic/A", "Clinic/B")
    ]
    page = parse(as_html(dataclasses.replace(clinic, acknowledgements=twins)))
    (row,) = (row for row in section(page, "acknowledgements").all("tr") if list(row.all("td")))
    assert "Clinic/A" in row.text
    assert "Clinic/B" in row.text


def test_the_inventory_puts_first_what_needs_attention(clinic: Evidence) -> None:
    data = [store for store in clinic.inventory if store.role == "data" and store.classification == "PHI"]
    bare = dataclasses.replace(data[-1], encryption="none")
    others = [store for store in clinic.inventory if store is not data[-1]]
    page = parse(as_html(dataclasses.replace(clinic, inventory=[*others, bare])))
    rows = [row for row in section(page, "inventory").all("tr") if list(row.all("td"))]
    assert len(rows) == len(clinic.inventory)
    assert next(rows[0].all("td", data_label="Encryption")).text.startswith("None")
    assert "1 store without encryption" in section(page, "summary").text


def test_the_inventory_shows_data_first_and_folds_helpers(clinic: Evidence) -> None:
    store = clinic.inventory[0]
    roles = ("notice", "log", "copy", "data")
    stores = [
        dataclasses.replace(
            store, role=role, resource=dataclasses.replace(store.resource, construct_path=f"Clinic/{role}")
        )
        for role in roles
    ]
    shown = section(parse(as_html(dataclasses.replace(clinic, inventory=stores))), "inventory")
    names = [next(row.all("code")).text for row in shown.all("tr") if list(row.all("td"))]
    assert names == ["Clinic/data", "Clinic/copy", "Clinic/log", "Clinic/notice"]
    folded = [
        next(row.all("code")).text
        for one in shown.all("details")
        for row in one.all("td", data_label="Store and Region")
    ]
    assert folded == ["Clinic/log", "Clinic/notice"]


def test_the_inventory_flags_only_what_somebody_accepted(clinic: Evidence) -> None:
    rule = clinic.rules["HIPAA.Constructs-BucketEncryptedWithCustomerKey"]
    buckets = [one for one in clinic.inventory if one.resource.type == "AWS::S3::Bucket"]
    store = next(one for one in buckets if one.encryption == "aws_key" and one.role == "data")

    def cell(outcome: str) -> str:
        found = {**dict.fromkeys(rule.resources, ()), outcome: (store.resource,)}
        rules = {**clinic.rules, rule.id: dataclasses.replace(rule, resources=found)}
        page = parse(as_html(dataclasses.replace(clinic, inventory=[store], rules=rules)))
        shown = next(section(page, "inventory").all("td", data_label="Encryption"))
        return " ".join(use.attributes["href"] for use in shown.all("use")) + shown.text

    assert cell("passed") == "Key that AWS manages"
    assert cell("acknowledged") == "#i-acknowledgedKey that AWS manages (exception)"


def test_templates_are_named_with_their_hashes(page: Element, clinic: Evidence) -> None:
    shown = section(page, "provenance").text
    for template in clinic.templates:
        assert template.name in shown
        assert template.sha256 in shown
    for text in (clinic.versions.aws_cdk_lib, clinic.versions.cdk_nag, clinic.catalogue_date, clinic.services_date):
        assert text in shown


def test_config_rules_say_who_proves_them(page: Element, clinic: Evidence) -> None:
    shown = section(page, "runtime")
    proven = sum(1 for rule in clinic.config_rules if rule.proven_by)
    assert f"make the same check for {proven}, and only run time can tell {130 - proven}" in shown.text
    assert sum(1 for row in shown.all("tr") if "only run time can tell" in row.text) == 130 - proven


def test_notes_about_the_evidence_stand_on_the_first_page(clinic: Evidence) -> None:
    page = parse(as_html(dataclasses.replace(clinic, notes=["The pack did not run."])))
    assert "The pack did not run." in section(page, "summary").text


def test_an_attestation_links_to_its_evidence(clinic: Evidence) -> None:
    done = dataclasses.replace(
        clinic.attestations[0],
        status="current",
        date=TODAY,
        due=TODAY + datetime.timedelta(days=365),
        owner="Dana Cole",
        evidence="https://wiki.clinic.example/baa",
    )
    page = parse(as_html(dataclasses.replace(clinic, attestations=[done, *clinic.attestations[1:]])))
    shown = section(page, "attestations")
    assert "https://wiki.clinic.example/baa" in [link.attributes["href"] for link in shown.all("a")]
    assert "Dana Cole" in shown.text
    assert f"{TODAY:%Y-%m-%d}" in shown.text


# -- size -------------------------------------------------------------------------------------------------------------


def test_long_lists_are_counted_where_they_are_cut(clinic: Evidence) -> None:
    store = clinic.inventory[0]
    stores = [
        dataclasses.replace(store, resource=dataclasses.replace(store.resource, logical_id=f"Store{number}"))
        for number in range(MOST_ROWS + 50)
    ]
    rule = next(rule for rule in clinic.rules.values() if rule.resources["passed"])
    names = [
        dataclasses.replace(rule.resources["passed"][0], construct_path=f"Clinic/Thing{n}")
        for n in range(MOST_NAMES + 7)
    ]
    many = dataclasses.replace(rule, resources={**rule.resources, "failed": names})
    page = parse(as_html(dataclasses.replace(clinic, inventory=stores, rules={**clinic.rules, rule.id: many})))
    inventory = section(page, "inventory")
    assert sum(1 for row in inventory.all("tr") if list(row.all("td"))) == MOST_ROWS
    assert "and 50 more, in report.json" in inventory.text
    assert "and 7 more, in report.json" in section(page, "rules").text


# -- for everyone -----------------------------------------------------------------------------------------------------


def test_ids_are_unique_and_links_lead_somewhere(page: Element) -> None:
    ids = Counter(one.attributes["id"] for one in page.all() if "id" in one.attributes)
    assert not [name for name, count in ids.items() if count > 1]
    for element in page.all():
        href = element.attributes.get("href", "")
        if href.startswith("#"):
            assert href[1:] in ids, href


def test_every_table_says_what_its_columns_are(page: Element) -> None:
    for table in page.all("table"):
        head = next(table.all("thead"))
        assert all(cell.attributes.get("scope") == "col" for cell in head.all("th"))
        columns = sum(1 for _ in head.all("th"))
        within = {id(row) for inner in table.all("table") for row in inner.all("tr")}
        for row in (row for row in table.all("tr") if id(row) not in within):
            cells = [part for part in row.parts if isinstance(part, Element)]
            assert len(cells) == columns or row.attributes.get("class") in ("group", "detail")


def test_what_scrolls_can_be_reached_by_keyboard_and_is_named(page: Element) -> None:
    for element in page.all("div"):
        if element.attributes.get("class") in ("scroll", "picture"):
            assert element.attributes["tabindex"] == "0"
            assert element.attributes["role"] == "region"
            assert element.attributes["aria-label"]


def test_pictures_say_what_they_show(page: Element) -> None:
    for picture in page.all("svg"):
        assert picture.attributes.get("aria-hidden") == "true" or picture.attributes.get("aria-label")
    assert any(one.attributes.get("role") == "img" for one in section(page, "data-flow").all("svg"))


def test_landmarks_and_headings_are_in_order(page: Element) -> None:
    assert next(page.all("html")).attributes["lang"] == "en"
    for tag in ("header", "nav", "main", "footer", "h1"):
        assert len(list(page.all(tag))) == 1
    assert next(page.one("body").all("a")).attributes["href"] == "#main"
    levels = [int(one.tag[1]) for one in page.all() if re.fullmatch(r"h[1-6]", one.tag)]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels)), levels


def test_what_secure_defaults_did_is_shown_and_what_it_left_stands_open(clinic: Evidence) -> None:
    made = [
        Change("Clinic/Queue", "AWS::SQS::Queue", "enforce_ssl", ("QueuePolicy",), "set", "TLS alone."),
        Change(
            "Clinic/Db", "AWS::RDS::DBInstance", "storage_encryption_key", ("KmsKeyId",), "left", "Copy it <first>."
        ),
        Change("Clinic/Raw", "AWS::S3::Bucket", "enforce_ssl", (), "unreached", "Use the L2."),
    ]
    page = as_html(dataclasses.replace(clinic, changes=made))
    section = page.partition('<section id="defaults"')[2].partition("</section>")[0]
    assert "Copy it &lt;first&gt;." in section
    for one in made:
        assert f"<code>{one.setting}</code>" in section
        assert CHANGE_WORDS[one.outcome] in section
    # What nobody has to do anything about is folded.
    assert section.count("<details open>") == 2
    assert section.count("<details>") == 1
    assert "the app does not call" not in section
    assert "the app does not call <code>secure_defaults</code>" in as_html(clinic)
    rows = json.loads(as_json(dataclasses.replace(clinic, changes=made)))["secure_defaults"]
    assert [row["outcome"] for row in rows] == ["set", "left", "unreached"]
    schema = json.loads((Path(__file__).parents[2] / "docs" / "schema" / "report.schema.json").read_text())
    jsonschema.validate(json.loads(as_json(dataclasses.replace(clinic, changes=made))), schema)
    (sheet,) = (one for one in sheets(dataclasses.replace(clinic, changes=made)) if one.name == "Secure defaults")
    assert [row[4] for row in sheet.rows] == [CHANGE_WORDS[one.outcome] for one in made]


def test_changes_are_read_from_the_app(app: cdk.App) -> None:
    secure_defaults(app)
    sqs.Queue(cdk.Stack(app, "Clinic"), "Queue")
    enforce_hipaa(app)
    with contextlib.suppress(RuntimeError):
        app.synth()
    found = collect(app.outdir, today=datetime.date(2026, 11, 28)).changes
    assert {one.outcome for one in found} <= {"set", "left", "unreached"}
    assert any(one.path.startswith("Clinic/Queue") and one.outcome == "set" for one in found)
