"""Which findings a baseline holds, whatever the order, and what is wrong with it."""

from __future__ import annotations

import datetime
import itertools
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.acknowledgements.acknowledgement import place_of
from hipaa_constructs.compliance.acknowledgements.baseline import Debts, Entry, judge, match
from hipaa_constructs.compliance.acknowledgements.baseline_file import as_toml, read_baseline
from hipaa_constructs.compliance.acknowledgements.fingerprint import Fingerprints
from hipaa_constructs.compliance.assess import Assessment, assess
from hipaa_constructs.compliance.rule import Debt, Finding

TODAY = datetime.date(2026, 11, 28)
DEBT = Debt(datetime.date(2026, 11, 1), "storage team", datetime.date(2027, 3, 31))
KEY_ROTATED = "HIPAA.Constructs-KeyRotated"
RULES = ("HIPAA.Constructs-KeyRotated", "HIPAA.Constructs-BucketTlsRequired", "HIPAA.Security-S3BucketLoggingEnabled")


def finding(rule: str = KEY_ROTATED, path: str = "Clinic/Key/Resource", content: str = "a") -> Finding:
    return Finding(rule, "error", "failed", "Key", "AWS::KMS::Key", "Clinic", path, (), content, "")


def printed(one: Finding) -> str:
    return f"{one.rule_id} {one.message}"


def entry(one: Finding, debt: Debt = DEBT) -> Entry:
    return Entry(one.rule_id, place_of(one), printed(one), debt, "hipaa-baseline.toml")


def judged(findings: list[Finding], entries: list[Entry], today: datetime.date = TODAY) -> Debts:
    return judge(findings, entries, printed, today=today)


# -- matching --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "now",
    [
        finding(),
        finding(path="Clinic/Renamed/Resource"),
        finding(content="b"),
    ],
    ids=["unchanged", "renamed", "changed in its place"],
)
def test_an_entry_finds_what_it_stands_for(now: Finding) -> None:
    debts = judged([now], [entry(finding())])
    assert debts.by_finding == {id(now): DEBT}
    assert not debts.problems


@pytest.mark.parametrize(
    "now",
    [finding(path="Clinic/Other/Resource", content="b"), finding(rule=RULES[1])],
    ids=["elsewhere and otherwise", "of another rule"],
)
def test_what_no_entry_stands_for_is_new(now: Finding) -> None:
    debts = judged([now], [entry(finding())])
    assert not debts.by_finding
    assert debts.matched.new == [now]
    assert [one.rule_id for one in debts.problems] == ["HIPAA.Constructs-BaselineUsed"]


def test_a_second_finding_like_it_is_new() -> None:
    first, second = finding(), finding(path="Clinic/Second/Resource")
    assert match([second, first], [entry(finding())], printed).new == [second]
    twin = finding()
    assert len(match([first, twin], [entry(finding())], printed).new) == 1


def test_an_entry_that_a_merge_left_twice_holds_nothing_new() -> None:
    there, new = finding(), finding(path="Clinic/Second/Resource")
    debts = judged([there, new], [entry(there), entry(there, replace(DEBT, owner="other branch"))])
    assert debts.matched.new == [new]
    assert [one.rule_id for one in debts.problems] == ["HIPAA.Constructs-BaselineUsed"]
    # Two folders may hold the same place twice.
    twice = [finding(), finding()]
    assert not judged(twice, [entry(one) for one in twice]).matched.new


def test_what_stands_unchanged_comes_before_what_moved_there() -> None:
    kept, moved = finding(path="A"), finding(path="B")
    debts = {"A": replace(DEBT, owner="a"), "C": replace(DEBT, owner="c")}
    entries = [entry(finding(path=path), debt) for path, debt in debts.items()]
    found = judged([moved, kept], entries).by_finding
    assert (found[id(kept)].owner, found[id(moved)].owner) == ("a", "c")


findings_ = st.lists(
    st.builds(finding, st.sampled_from(RULES), st.sampled_from("ABC"), st.sampled_from("xyz")), max_size=7
)


@given(st.data(), findings_, findings_)
def test_order_decides_nothing(data: st.DataObject, before: list[Finding], now: list[Finding]) -> None:
    entries = [
        entry(one, replace(DEBT, until=DEBT.until + datetime.timedelta(days=data.draw(st.integers(0, 3)))))
        for one in before
    ]

    def outcome(found: list[Finding], known: list[Entry]) -> tuple[Any, Any, Any]:
        matched = match(found, known, printed)
        pairs = Counter((one, held) for one, held in matched.known)
        return pairs, Counter(matched.new), Counter(matched.left)

    shuffled = data.draw(st.permutations(now)), data.draw(st.permutations(entries))
    assert outcome(*shuffled) == outcome(now, entries)


@given(findings_, findings_)
def test_an_entry_stands_for_one_finding_and_a_finding_has_one(before: list[Finding], now: list[Finding]) -> None:
    entries = [entry(one) for one in before]
    matched = match(now, entries, printed)
    assert len(matched.known) + len(matched.new) == len(now)
    assert len(matched.known) + len(matched.left) == len(entries)
    assert len({id(one) for one, _ in matched.known}) == len({id(one) for _, one in matched.known})
    assert all(one.rule_id == held.rule_id for one, held in matched.known)
    # Nothing is told as new that an entry still stands for, unless another has its place.
    held = {(one.rule_id, one.path) for _, one in matched.known}
    assert not any(
        one.rule_id == left.rule_id
        and (place_of(one) == left.path or (printed(one) == left.fingerprint and (left.rule_id, left.path) not in held))
        for one, left in itertools.product(matched.new, matched.left)
    )


@given(findings_)
def test_a_baseline_of_everything_leaves_nothing_open(found: list[Finding]) -> None:
    debts = judged(found, [entry(one) for one in found])
    assert len(debts.by_finding) == len(found)
    assert not debts.problems


# -- what is wrong with it -------------------------------------------------------------------------------------


def test_past_its_day_a_finding_is_open_again_and_said_to_be_late() -> None:
    late = finding()
    assert judged([late], [entry(late)], today=DEBT.until).by_finding
    debts = judged([late], [entry(late)], today=DEBT.until + datetime.timedelta(days=1))
    assert not debts.by_finding
    (problem,) = debts.problems
    assert problem.rule_id == "HIPAA.Constructs-BaselineInForce"
    assert problem.severity == "error"
    assert "storage team was to mend 1 finding by 2027-03-31: HIPAA.Constructs-KeyRotated on Clinic/Key" in (
        problem.message
    )


def test_what_is_mended_is_told_once_and_only_of_packs_that_ran() -> None:
    entries = [entry(finding(path="A")), entry(finding(path="B")), entry(finding(rule=RULES[2]))]
    (problem,) = judged([], entries).problems
    assert problem.severity == "warning"
    assert "it holds 2 findings that are not there" in problem.message
    (problem,) = judge([], entries, printed, today=TODAY, packs=["HIPAA.Security"]).problems
    assert "it holds 3 findings" in problem.message


# -- fingerprints ----------------------------------------------------------------------------------------------


def assessed(resources: dict[str, Any], entries: list[Entry] | None = None, stack: str = "t.json") -> Assessment:
    app = App()
    app.add(stack, {"Resources": resources})
    return assess(app, today=TODAY, baseline=entries or [])


def print_of(resources: dict[str, Any], name: str, rule: str = KEY_ROTATED) -> str:
    app = App()
    app.add("t.json", {"Resources": resources})
    return Fingerprints(app).of(Finding(rule, "error", "failed", name, "", "t.json", "", (), "said", ""))


def topic(name: str, key: str, path: str) -> dict[str, Any]:
    return {
        key: {"Type": "AWS::KMS::Key", "Properties": {}},
        name: {
            "Type": "AWS::SNS::Topic",
            "Properties": {
                "KmsMasterKeyId": {"Fn::GetAtt": [key, "Arn"]},
                "DisplayName": {"Fn::Sub": f"${{{key}.Arn}} of ${{AWS::StackName}}"},
                "Subscription": [{"Endpoint": {"Ref": key}, "Protocol": "sms"}],
                "Tags": [{"Key": "Name", "Value": path.rpartition("/")[0]}],
            },
            "Metadata": {"aws:cdk:path": path},
        },
    }


def test_names_are_no_part_of_a_fingerprint() -> None:
    one = print_of(topic("Topic", "Key", "Clinic/Topic/Resource"), "Topic")
    other = print_of(topic("Renamed1234", "OtherKey", "Clinic/Renamed/Resource"), "Renamed1234")
    assert one == other


@pytest.mark.parametrize(
    "changed",
    [
        {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "b"}},
        {"Type": "AWS::SQS::Queue", "Properties": {"DisplayName": "a"}},
        {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "a"}}},
    ],
    ids=["a property", "the type", "a reference"],
)
def test_what_is_written_is_part_of_a_fingerprint(changed: dict[str, Any]) -> None:
    first = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "a"}}
    assert print_of({"T": first}, "T") != print_of({"T": changed}, "T")
    assert print_of({"T": first}, "T") != print_of({"T": first}, "T", rule=RULES[1])


def test_a_renamed_resource_is_known_by_what_the_rules_say_of_it() -> None:
    before = assessed({"Key": {"Type": "AWS::KMS::Key", "Properties": {"Enabled": True}}})
    fingerprints = Fingerprints(before.app)
    entries = [Entry(one.rule_id, place_of(one), fingerprints.of(one), DEBT) for one in before.open]
    renamed = assessed({"Renamed": {"Type": "AWS::KMS::Key", "Properties": {"Enabled": True}}}, entries)
    assert before.failing
    assert renamed.open
    assert not renamed.failing
    assert {one.baseline for one in renamed.marked(renamed.open)} == {DEBT}


# -- the file --------------------------------------------------------------------------------------------------


def table(**changes: str) -> str:
    fields = {
        "rule": '"HIPAA.Constructs-KeyRotated"',
        "path": '"Clinic/Key/Resource"',
        "fingerprint": '"abc"',
        "first_seen": "2026-11-01",
        "owner": '"storage team"',
        "until": "2027-03-31",
        **changes,
    }
    return "[[known]]\n" + "".join(f"{key} = {value}\n" for key, value in fields.items() if value)


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "b.toml"
    file.write_text(table() + table(until='"2027-04-01"'))
    first, second = read_baseline(file, today=TODAY)
    assert first == Entry(KEY_ROTATED, "Clinic/Key/Resource", "abc", DEBT, str(file))
    assert second.debt.until == datetime.date(2027, 4, 1)


@given(
    st.lists(
        st.builds(
            lambda rule, path, fingerprint, owner: Entry(rule, path, fingerprint, replace(DEBT, owner=owner)),
            *[st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Zs", "Cc"]), min_size=1)] * 4,
        ),
        max_size=4,
    )
)
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, entries: list[Entry]) -> None:
    entries = [one for one in entries if one.path.strip().lstrip("/") == one.path and one.rule_id[:4] != "anno"]
    entries = [one for one in entries if all(t == t.strip() for t in (one.rule_id, one.fingerprint, one.debt.owner))]
    entries = [one for one in entries if "::" not in one.rule_id and one.path]
    file = tmp_path_factory.mktemp("written") / "b.toml"
    file.write_text(as_toml(entries), "utf-8")
    read = [replace(one, source="") for one in read_baseline(file, today=TODAY)]
    assert Counter(read) == Counter(entries)
    assert as_toml(reversed(entries)) == as_toml(entries)


def test_a_sign_that_a_terminal_obeys_is_written_as_an_escape(tmp_path: Path) -> None:
    file = tmp_path / "b.toml"
    strange = Entry(KEY_ROTATED, 'a"\\\x7f\x1b\n', "abc", DEBT, str(file))
    file.write_text(as_toml([strange]), "utf-8")
    assert list(read_baseline(file, today=TODAY)) == [replace(strange, path=strange.path.strip())]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[[known]\n", "b.toml:1:"),
        ("x = 1", "the key 'x' is unknown; it holds [[known]] tables only"),
        ("known = 3", "known must be a list of tables"),
        (table(reason='"because"'), "entry 1, 'reason': the key is unknown; allowed are rule, path, fingerprint"),
        (table(owner=""), "entry 1, owner: it is missing; write it as text"),
        (table(owner='" "'), "entry 1, owner: it is empty"),
        (table(owner="3"), "entry 1, owner: got 3; it takes text"),
        (table(until=""), "entry 1, until: it is missing; it takes a date such as 2027-06-30"),
        (table(until='"soon"'), "entry 1, until: got 'soon'; it takes a date"),
        (table(until="7"), "entry 1, until: got 7; it takes a date"),
        (table(until="2026-10-31"), "entry 1, until: got 2026-10-31, before it was first seen on 2026-11-01"),
        (table() + table(until="2027-11-30"), "entry 2, until: got 2027-11-30, more than a year ahead"),
        (table(first_seen='"2026-13-01"'), "entry 1, first_seen: got '2026-13-01'; it takes a date"),
    ],
)
def test_a_wrong_file_is_refused_with_what_to_mend(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "b.toml"
    file.write_text(content)
    with pytest.raises(UnusableInput) as refused:
        read_baseline(file, today=TODAY)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
