from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.evidence import decisions
from hipaa_constructs.evidence.attestations import Said, read_file

TODAY = datetime.date(2026, 11, 22)
ENCRYPTION = 'controls = ["164.312(a)(2)(iv)", "164.312(e)(2)(ii)"]\napproved_by = "Dana Cole"\ndate = 2026-03-01\n'
CLEARINGHOUSE = (
    '[[not_applicable]]\ncontrols = ["164.308(a)(4)(ii)(A)"]\nreason = "There is no clearinghouse."\n'
    'approved_by = "Dana Cole"\ndate = 2026-03-01\n'
)


def said(tmp_path: Path, text: str) -> Said:
    file = tmp_path / "hipaa-attestations.toml"
    file.write_text(text)
    return read_file(file)


def test_a_table_decides_all_entries_that_it_names(tmp_path: Path) -> None:
    text = f'[[addressable]]\n{ENCRYPTION}decision = "implemented"\n{CLEARINGHOUSE}'
    judged = decisions.judge(said(tmp_path, text).decided, today=TODAY)
    assert [(one.control, one.kind, one.status) for one in judged] == [
        ("164.308(a)(4)(ii)(A)", "not_applicable", "current"),
        ("164.312(a)(2)(iv)", "implemented", "current"),
        ("164.312(e)(2)(ii)", "implemented", "current"),
    ]
    assert judged[0].due == datetime.date(2027, 3, 1)


def test_a_decision_is_due_for_review_and_one_of_a_later_day_is_not_known_yet(tmp_path: Path) -> None:
    found = said(tmp_path, f'[[addressable]]\n{ENCRYPTION}decision = "implemented"\nreview_days = 30\n').decided
    assert {one.status for one in decisions.judge(found, today=TODAY)} == {"overdue"}
    assert decisions.judge(found, today=datetime.date(2026, 2, 28)) == []
    (revived, *_) = decisions.judge(found, today=datetime.date(2026, 3, 2), standing=TODAY)
    assert revived.status == "overdue"


def test_limitations_are_taken_over_by_somebody(tmp_path: Path) -> None:
    found = said(tmp_path, '[limitations]\nreviewed_by = "Dana Cole"\ndate = 2026-03-01\n').limitations
    review = decisions.judge_limitations(found, today=TODAY)
    assert review is not None
    assert (review.reviewed_by, review.status) == ("Dana Cole", "current")
    late = decisions.judge_limitations(found, today=datetime.date(2027, 3, 2))
    assert late is not None
    assert late.status == "overdue"
    assert late == decisions.judge_limitations(found, today=TODAY, standing=datetime.date(2027, 3, 2))
    assert decisions.judge_limitations(found, today=datetime.date(2026, 2, 28)) is None


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (f'[[addressable]]\n{ENCRYPTION}decision = "later"\n', r"decision: got 'later'; it takes \"implemented\""),
        (f'[[addressable]]\n{ENCRYPTION}decision = "not_applicable"\n', "decision: got 'not_applicable'; it takes"),
        (f'[[addressable]]\n{ENCRYPTION}decision = "not_reasonable"\n', "reason: it is missing; it takes text: why"),
        (f'[[addressable]]\n{ENCRYPTION}decision = "alternative"\nreason = "x"\n', "alternative: it is missing"),
        (f'[[addressable]]\n{ENCRYPTION}decision = "implemented"\nwhy = "x"\n', "why: the key is unknown"),
        (f'[[addressable]]\n{ENCRYPTION}decision = "implemented"\naproved_by = ""\n', "did you mean approved_by"),
        (
            f'[[addressable]]\n{ENCRYPTION}decision = "implemented"\n'.replace("(a)(2)(iv)", "(z)"),
            r"controls: got '164\.312\(z\)'; `hipaa-constructs controls` lists them",
        ),
        (
            f'[[addressable]]\n{ENCRYPTION}decision = "implemented"\n'.replace("(a)(2)(iv)", "(b)"),
            r"164\.312\(b\) is not addressable, so it has to be implemented",
        ),
        (CLEARINGHOUSE.replace("(a)(4)(ii)(A)", "(a)(2)"), r"164\.308\(a\)\(2\) applies to every organization"),
        (f"{CLEARINGHOUSE}{CLEARINGHOUSE}", "is decided twice"),
        (f'{CLEARINGHOUSE}decision = "implemented"\n', "decision: the key is unknown here"),
        ("not_applicable = 3\n", r"it takes tables; write each as \[\[not_applicable\]\]"),
        ("limitations = 3\n", r"it takes a table; write it as \[limitations\]"),
        ("[limitations]\ndate = 2026-03-01\n", "reviewed_by: it is missing; it takes text: the person"),
        ("[adressable]\n", "did you mean addressable"),
    ],
)
def test_what_cannot_be_decided_so_is_named_with_what_is_allowed(tmp_path: Path, text: str, match: str) -> None:
    with pytest.raises(UnusableInput, match=match):
        said(tmp_path, text)
