"""What a pull request shows, read as a host does: with a parser of CommonMark, and of tables as GitHub has them."""

from __future__ import annotations

import datetime
import html
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt  # rich brings it along

from hipaa_constructs.compliance.markdown import LIMIT, MARKER, as_markdown
from hipaa_constructs.compliance.output import Summary
from hipaa_constructs.compliance.rule import Debt, Finding

HOST = MarkdownIt("commonmark").enable(["table", "strikethrough"])
SUMMARY = Summary(templates=1, resources=2, rules=155, acknowledged=0)
FINDING = Finding(
    rule_id="HIPAA.Constructs-KeyRotated",
    severity="error",
    outcome="failed",
    resource_logical_id="Key",
    resource_type="AWS::KMS::Key",
    template="keys.yaml",
    construct_path="",
    controls=("164.312(a)(2)(iv)",),
    message="EnableKeyRotation is not set.",
    fix="Set EnableKeyRotation: true.",
    line=3,
)
NASTY = [
    "a|b",
    "a\\|b",
    "`code`",
    "``",
    "*bold* _it_ __x__ ~~gone~~",
    "</details><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!-- --> ]]> <![CDATA[",
    "&lt;b&gt; &amp; &#124;",
    "[link](https://evil.example)",
    "![image](https://evil.example/x.png)",
    "https://evil.example www.evil.example HTTP://EVIL.example",
    "@octocat @org/team",
    "fixes #12 and !13 and ~label",
    "fixes GH-12 and gh-13",
    "someone@hospital.example",
    "$x$ {{ }} ${{ github.token }}",
    "\\",
    "# title",
    "- item",
    "/close",
    "日本語 ü é",
]


def rows_of(text: str) -> list[list[str]]:
    """Return the cells of the tables as a reader sees them."""
    shown = HOST.render(text)
    rows = re.findall(r"<tr>\n(.*?)</tr>", shown, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[_seen(cell) for cell in row] for row in cells if row[0] != "Severity"]


def _seen(cell: str) -> str:
    without = re.sub(r"<!-- -->|</?code>", "", cell).replace("<br>", "\n")
    # What is left of tags was written by the finding, and is shown as text.
    assert "<" not in without, cell
    return html.unescape(without).replace("\u200b", "")


def many(number: int) -> Sequence[Finding]:
    return [
        replace(FINDING, template=f"t{index % 7}.yaml", severity="warning" if index % 3 else "error", line=index)
        for index in range(1, number + 1)
    ]


def test_a_clean_check_says_so_and_what_was_looked_at() -> None:
    assert as_markdown([], SUMMARY) == (
        f"{MARKER}\n### HIPAA: no findings\n\n"
        "2 resources in 1 template, 155 rules: 0 errors, 0 warnings, 0 acknowledged.\n"
    )


def test_a_finding_is_a_row_with_rule_severity_resource_message_fix_and_line() -> None:
    text = as_markdown([FINDING], SUMMARY)
    assert "### HIPAA: 1 error\n" in text
    assert rows_of(text) == [
        [
            "error",
            "HIPAA.Constructs-KeyRotated",
            "Key\nAWS::KMS::Key",
            "EnableKeyRotation is not set.",
            "Set EnableKeyRotation: true.",
            "3",
        ]
    ]


def test_tables_are_folded_and_those_with_errors_come_first() -> None:
    warning = replace(FINDING, template="a.yaml", severity="warning")
    unplaced = replace(FINDING, template="", resource_logical_id="", resource_type="", line=None)
    text = as_markdown([warning, unplaced, FINDING], SUMMARY)
    titles = re.findall(r"<details><summary>(.*?)</summary>", text)
    assert titles == ["<code>keys.yaml</code>: 1 error", "<code>a.yaml</code>: 1 warning", "Acknowledgements: 1 error"]
    assert text.count("</details>") == 3


def test_the_line_of_the_app_goes_before_that_of_its_template_and_other_ids_are_told() -> None:
    one = replace(FINDING, construct_path="Clinic/Key/Resource", source="app.py:12", also=("AwsSolutions-KMS5",))
    ((_, rule, resource, _, _, line),) = rows_of(as_markdown([one], SUMMARY))
    assert rule == "HIPAA.Constructs-KeyRotated\nalso AwsSolutions-KMS5"
    assert (resource, line) == ("Clinic/Key/Resource\nAWS::KMS::Key", "app.py:12")


def test_what_is_undecided_is_called_unknown_and_a_fix_is_told_once_a_table() -> None:
    found = [replace(FINDING, severity="warning", outcome="unknown", resource_logical_id=name) for name in "ab"]
    first, second = rows_of(as_markdown(found, SUMMARY))
    assert (first[0], first[4]) == ("unknown", FINDING.fix)
    assert second[4] == "as above"
    assert "### HIPAA: 2 unknown\n" in as_markdown(found, SUMMARY)


def test_what_is_undecided_is_no_warning_in_the_counts() -> None:
    unknown = replace(FINDING, severity="warning", outcome="unknown")
    warning = replace(FINDING, severity="warning")
    assert SUMMARY.line([FINDING, warning, unknown, unknown]).endswith("1 error, 1 warning, 2 unknown, 0 acknowledged")
    debt = Debt(datetime.date(2026, 11, 1), "key team", datetime.date(2027, 3, 31))
    assert SUMMARY.line([replace(unknown, baseline=debt)]).endswith("0 errors, 0 warnings, 1 known, 0 acknowledged")


def test_what_the_baseline_holds_comes_last_with_its_owner_and_counts_as_known() -> None:
    debt = Debt(datetime.date(2026, 1, 2), "@ada | platform", datetime.date(2027, 1, 2))
    known = replace(FINDING, resource_logical_id="Old", baseline=debt)
    text = as_markdown([known, replace(FINDING, severity="warning", template="z.yaml")], SUMMARY)
    assert "### HIPAA: 1 new warning, 1 known\n" in text
    titles = re.findall(r"<summary>(.*?)</summary>", text)
    assert titles == ["<code>z.yaml</code>: 1 warning", "<code>keys.yaml</code>: 1 known"]
    said = "known since 2026-01-02, to be mended by @ada | platform until 2027-01-02"
    assert rows_of(text)[1][3] == f"EnableKeyRotation is not set.\n{said}"
    alone = as_markdown([known], SUMMARY)
    assert "### HIPAA: 1 known\n" in alone
    # What is known gives way to what is new.
    text = as_markdown([*[known] * 3_000, FINDING], SUMMARY)
    assert rows_of(text)[0][2] == "Key\nAWS::KMS::Key"
    assert re.search(r"Left out, .*: \d+ known in 1 template\.", text)


def test_overruled_alarms_are_counted_only() -> None:
    text = as_markdown([replace(FINDING, severity="note", outcome="overruled")], SUMMARY)
    assert "### HIPAA: no findings" in text
    assert "1 overruled" in text
    assert rows_of(text) == []


def test_what_could_not_be_read_never_looks_clean() -> None:
    text = as_markdown([], SUMMARY, unusable=[f"- {number}.yaml: <b>bad</b>" for number in range(12)])
    assert "### HIPAA: not all could be checked; no findings" in text
    assert "<li>- 0.yaml: &#60;b&#62;bad&#60;/b&#62;</li>" in text
    assert "<li>and 7 more</li>" in text


@pytest.mark.parametrize("text", NASTY)
def test_what_others_wrote_is_shown_as_it_is(text: str) -> None:
    one = replace(
        FINDING,
        rule_id=f"X[{text}]",
        resource_logical_id=text,
        resource_type=text,
        message=text,
        fix=text,
        source=text,
        template=text,
    )
    shown = as_markdown([one], SUMMARY)
    assert rows_of(shown) == [["error", f"X[{text}]", f"{text}\n{text}", text, text, text]]
    for active in ("<a ", "<img", "<script", "<em>", "<strong>", "<s>"):
        assert active not in HOST.render(shown)
    # Neither a link nor a mention is made of it by what a host does beyond CommonMark.
    assert not re.search(r"://|www\.|@|&#64;\w|&#35;\w|#\d+(?!\d*;)", shown.replace(MARKER, ""), re.IGNORECASE)
    assert shown.count("<details>") == shown.count("</details>") == 1


def test_what_steers_a_display_is_shown_as_an_escape() -> None:
    one = replace(FINDING, resource_logical_id="a\u202eb\u0000\x1b[31m\n\n</details>", message="x\n\n| y |\u2066")
    ((_, _, resource, message, _, _),) = rows_of(as_markdown([one], SUMMARY))
    assert resource == "a\\u202eb\\x00\\x1b[31m\\n\\n</details>\nAWS::KMS::Key"
    assert message == "x | y |\\u2066"


@settings(max_examples=150)
@given(st.lists(st.text(max_size=20), min_size=4, max_size=4))
def test_any_text_stays_one_row_of_six_cells(texts: list[str]) -> None:
    name, kind, message, fix = texts
    one = replace(FINDING, resource_logical_id=name, resource_type=kind, message=message, fix=fix, template=name)
    text = as_markdown([one], SUMMARY)
    assert [len(row) for row in rows_of(text)] == [6]
    assert len(text.encode()) <= LIMIT


@pytest.mark.parametrize("number", [1, 200, 5_000])
def test_it_fits_into_a_comment_and_counts_what_does_not(number: int) -> None:
    found = many(number)
    text = as_markdown(found, SUMMARY)
    assert len(text.encode()) <= LIMIT
    rows = rows_of(text)
    errors = [one for one in found if one.severity == "error"]
    if len(rows) == number:
        assert "Left out" not in text
        return
    # Errors stay before warnings do, and as many as fit.
    assert {row[0] for row in rows} == {"error"} or len([row for row in rows if row[0] == "error"]) == len(errors)
    assert len(text.encode()) > LIMIT - 2_000
    (left,) = re.findall(r"Left out, .*?: (.*?) in \d templates\.", text)
    told = sum(int(count) for count in re.findall(r"(\d+) (?:error|warning)", left))
    assert told + len(rows) == number


def test_names_without_end_are_cut() -> None:
    one = replace(FINDING, resource_logical_id="n" * 70_000, message="m" * 70_000, fix="", template="t" * 70_000)
    text = as_markdown([one], SUMMARY)
    assert len(rows_of(text)) == 1
    assert "…" in text


@pytest.mark.parametrize("sign", ["|", "ü", "\U0001f600", "@a", "\U000e0001"])
def test_the_head_alone_fits_whatever_could_not_be_read(sign: str) -> None:
    text = as_markdown(many(3), SUMMARY, unusable=[sign * 70_000] * 12)
    assert len(text.encode()) <= LIMIT
