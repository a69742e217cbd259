from __future__ import annotations

import datetime
import tomllib
from pathlib import Path

import pytest

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance.controls import controls
from hipaa_constructs.evidence.attestation_kinds import kinds
from hipaa_constructs.evidence.attestations import Membership, Said, judge, read_file
from hipaa_constructs.evidence.decisions import TABLES
from hipaa_constructs.evidence.starters import starters

TODAY = datetime.date(2026, 11, 22)
GOOD = 'date = 2026-03-01\nowner = "Dana Cole"\nevidence = "https://example.com/record"\n'


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "hipaa-attestations.toml"
    file.write_text(text)
    return file


def statuses(tmp_path: Path, text: str, *accounts: str) -> dict[str, str]:
    judged = judge(read_file(written(tmp_path, text)).attestations, today=TODAY, accounts=accounts)
    return {one.id: one.status for one in judged}


def test_everything_is_missing_without_a_file() -> None:
    judged = judge({}, today=TODAY, accounts=[])
    assert {one.status for one in judged} == {"missing"}
    assert [one.id for one in judged] == list(kinds())
    assert all(one.controls or one.beyond for one in judged)


def test_somebody_attests_every_entry() -> None:
    assert {control for kind in kinds().values() for control in kind.controls} == set(controls())


def test_current_until_its_period_is_over_and_overdue_after(tmp_path: Path) -> None:
    (one,) = [
        one
        for one in judge(read_file(written(tmp_path, f"[training]\n{GOOD}")).attestations, today=TODAY, accounts=[])
        if one.id == "training"
    ]
    assert (one.status, one.due, one.review_days) == ("current", datetime.date(2027, 3, 1), 365)
    assert statuses(tmp_path, f"[training]\n{GOOD}review_days = 266\n")["training"] == "current"
    assert statuses(tmp_path, f"[training]\n{GOOD}review_days = 265\n")["training"] == "overdue"


def test_a_report_for_an_earlier_day_revives_none_that_is_overdue_by_now(tmp_path: Path) -> None:
    attested = read_file(written(tmp_path, f"[training]\n{GOOD}review_days = 265\n")).attestations
    earlier = datetime.date(2026, 11, 1)
    found = judge(attested, today=earlier, standing=TODAY, accounts=[])
    assert {one.status for one in found if one.id == "training"} == {"overdue"}


def test_what_is_dated_after_the_report_is_not_known_yet(tmp_path: Path) -> None:
    later = GOOD.replace("2026-03-01", "2026-11-23")
    assert statuses(tmp_path, f"[training]\n{later}")["training"] == "missing"


def test_the_addendum_is_asked_for_in_each_account(tmp_path: Path) -> None:
    text = f'[[business_associate_addendum]]\naccount = "111122223333"\n{GOOD}'
    found = statuses(tmp_path, text, "111122223333", "444455556666")
    assert found["business_associate_addendum:111122223333"] == "current"
    assert found["business_associate_addendum:444455556666"] == "missing"


def test_one_addendum_may_speak_for_all_accounts(tmp_path: Path) -> None:
    found = statuses(tmp_path, f"[business_associate_addendum]\n{GOOD}", "111122223333", "444455556666")
    assert [status for name, status in found.items() if name.startswith("business")] == ["current", "current"]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (f"[trainings]\n{GOOD}", r"\[trainings\] is unknown; allowed are .*did you mean training\?"),
        ("training = 3\n", r"training: it takes a table; write it as \[training\]"),
        (f"[training]\n{GOOD}ownr = 'x'\n", r"\[training\], ownr: the key is unknown; .*did you mean owner\?"),
        ("[training]\ndate = 2026-03-01\n", r"\[training\], owner: it is missing; it takes text"),
        ("[training]\n" + GOOD.replace("2026-03-01", '"soon"'), r"date: got 'soon'; it takes a date without quotes"),
        (f"[training]\n{GOOD.replace('2026-03-01', '2026-03-01T10:00:00')}", r"date: got .*; it takes a date without"),
        (f"[training]\n{GOOD.replace('Dana Cole', '  ')}", r"owner: got '  '; it takes text"),
        (f"[training]\n{GOOD}review_days = 0\n", r"review_days: got 0; it takes a whole number, 1 to 1096"),
        (f"[training]\n{GOOD}review_days = true\n", r"review_days: got True; it takes a whole number"),
        (f"[training]\n{GOOD}account = '111122223333'\n", r"account: the key is unknown here"),
        (f"[business_associate_addendum]\n{GOOD}account = '12'\n", r"account: got '12'; it takes the account's 12"),
        (f"[[training]]\n{GOOD}[[training]]\n{GOOD}", r"\[training\]: got 2 tables; allowed is one"),
        (
            f"[[business_associate_addendum]]\n{GOOD}[[business_associate_addendum]]\n{GOOD}",
            r"has several tables; allowed is one for each",
        ),
        ("[training\n", r"hipaa-attestations\.toml:1:\d+: not valid TOML"),
    ],
)
def test_what_is_wrong_is_named_with_file_key_value_and_what_is_allowed(tmp_path: Path, text: str, match: str) -> None:
    with pytest.raises(UnusableInput, match=match) as refused:
        read_file(written(tmp_path, text))
    assert refused.value.file.endswith("hipaa-attestations.toml")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="cannot be read: No such file"):
        read_file(tmp_path / "none.toml")


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "hipaa-attestations.toml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnusableInput, match="is not UTF-8 text"):
        read_file(file)


def test_the_starter_is_empty_and_names_every_kind(tmp_path: Path) -> None:
    text = starters(TODAY)["hipaa-attestations.toml"]
    said = read_file(written(tmp_path, text))
    assert said == Said({}, [], None)
    assert all(f"[{kind}]" in text for kind in kinds())


def test_the_starters_lines_work_once_they_are_no_comments() -> None:
    text = starters(TODAY)["hipaa-attestations.toml"]
    lines = [line.removeprefix("# ") for line in text.splitlines() if line.startswith(("# [", "# date", "# acc"))]
    assert set(tomllib.loads("\n".join(lines))) == {*kinds(), *TABLES}


def test_an_account_that_moved_has_its_addendum_attested_again(tmp_path: Path) -> None:
    text = f'[[business_associate_addendum]]\n{GOOD}organization = "o-a1b2c3d4e5"\n'
    attested = read_file(written(tmp_path, text)).attestations
    asked = datetime.date(2026, 11, 20)
    where = {"111122223333": "o-a1b2c3d4e5", "222233334444": "o-f6g7h8i9j0", "333344445555": ""}
    members = {account: Membership(organization, asked) for account, organization in where.items()}
    found = {
        one.account: (one.status, one.due, one.note)
        for one in judge(attested, today=TODAY, accounts=[*where, "444455556666"], organizations=members)
        if one.account
    }
    # One that was not asked is taken at its owner's word.
    kept = ("current", datetime.date(2027, 3, 1), "")
    assert (found["111122223333"], found["444455556666"]) == (kept, kept)
    status, due, note = found["222233334444"]
    assert (status, due) == ("overdue", asked)
    assert note == (
        "Attested for o-a1b2c3d4e5, and on 2026-11-20 the account is in the organization o-f6g7h8i9j0: attest it again."
    )
    assert "the account is in no organization" in found["333344445555"][2]


def test_an_organization_stands_where_an_account_counts(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="organization: the key is unknown here"):
        read_file(written(tmp_path, f'[training]\n{GOOD}organization = "o-a1b2c3d4e5"\n'))
    with pytest.raises(UnusableInput, match="it takes the id of the organization"):
        read_file(written(tmp_path, f'[[business_associate_addendum]]\n{GOOD}organization = "clinic"\n'))
