"""What values come to: answers that are neither yes nor no, readers, and what may not be done with the unknown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Reference,
    Ternary,
    Text,
    Unlisted,
    all_of,
    any_of,
    is_false,
    is_one_of,
    is_present,
    is_true,
    negate,
    placed,
    same,
)

YES, NO, PERHAPS = Ternary.YES, Ternary.NO, Ternary.UNKNOWN
BUCKET = App().add("t.json", {"Resources": {"Records": {"Type": "AWS::S3::Bucket"}}}).resources["Records"]


@pytest.mark.parametrize(
    ("answers", "together", "one"),
    [
        ([], YES, NO),
        ([YES, YES], YES, YES),
        ([YES, NO], NO, YES),
        ([YES, PERHAPS], PERHAPS, YES),
        ([NO, PERHAPS], NO, PERHAPS),
        ([NO, NO], NO, NO),
        ([PERHAPS], PERHAPS, PERHAPS),
    ],
)
def test_answers_together(answers: list[Ternary], together: Ternary, one: Ternary) -> None:
    assert (all_of(answers), any_of(answers)) == (together, one)
    assert negate(any_of(map(negate, answers))) is together


def test_what_is_decided_is_not_asked_on() -> None:
    def asked(*answers: Ternary) -> Iterator[Ternary]:
        yield from answers
        raise AssertionError

    assert all_of(asked(PERHAPS, NO)) is NO
    assert any_of(asked(PERHAPS, YES)) is YES


def test_an_answer_is_neither_true_nor_false() -> None:
    for answer in Ternary:
        with pytest.raises(TypeError, match="neither true nor false"):
            bool(answer)
    assert [Ternary.of(plain) for plain in (True, False)] == [YES, NO]


@pytest.mark.parametrize(
    "misuse",
    [
        bool,
        lambda value: value == "a",
        lambda value: value != "a",
        lambda value: value in ("a", "b"),
        lambda value: value in frozenset(("a", "b")),
        lambda value: "a" in ["b", value],
        lambda value: {value: 1},
        lambda value: [value] == ["a"],
    ],
)
def test_an_unknown_value_is_not_compared(misuse: Any) -> None:
    with pytest.raises(TypeError, match="compare with `is UNKNOWN`"):
        misuse(UNKNOWN)


@pytest.mark.parametrize(
    ("value", "true", "false"),
    [
        (True, YES, NO),
        ("True", YES, NO),
        ("false", NO, YES),
        (False, NO, YES),
        (None, NO, NO),
        (UNKNOWN, PERHAPS, PERHAPS),
        ("perhaps", PERHAPS, PERHAPS),
        (Text("${?Given}"), PERHAPS, PERHAPS),
    ],
)
def test_flags(value: Any, true: Ternary, false: Ternary) -> None:
    assert (is_true(value), is_false(value)) == (true, false)


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        ("TLS", YES),
        ("tls", NO),
        ("PLAINTEXT", NO),
        (None, NO),
        (7, YES),
        ([], NO),
        (UNKNOWN, PERHAPS),
        (Text("${?Mode}"), PERHAPS),
        (Reference(BUCKET), PERHAPS),
        ("{{resolve:ssm:mode}}", PERHAPS),
        (Unlisted.of("Mode", ["TLS", "7"]), NO),
        (Unlisted.of("Mode", ["TLS"]), PERHAPS),
    ],
)
def test_one_of(value: Any, answer: Ternary) -> None:
    assert is_one_of(value, "TLS", "7") is answer


def test_one_of_in_any_case() -> None:
    assert is_one_of("Ssl", "ssl", any_case=True) is YES


@pytest.mark.parametrize(
    ("value", "answer"),
    [("a", YES), (False, YES), (0, YES), (["a"], YES), ("", NO), ([], NO), ({}, NO), (None, NO), (UNKNOWN, PERHAPS)],
)
def test_present(value: Any, answer: Ternary) -> None:
    assert is_present(value) is answer


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Rules": [{"Days": 1}, {}]}, [("Rules[0].Days", 1), ("Rules[1].Days", None)]),
        ({"Rules": [{"Days": 1}]}, [("Rules.Days", 1)]),
        ({"Rules": UNKNOWN}, [("Rules.Days", UNKNOWN)]),
        ({}, []),
    ],
)
def test_places(value: Any, expected: Any) -> None:
    assert list(placed(value, "Rules[].Days")) == expected


@pytest.mark.parametrize(
    ("left", "right", "answer"),
    [
        ("a", "a", True),
        ("a", "b", False),
        (UNKNOWN, UNKNOWN, False),
        ([UNKNOWN], [UNKNOWN], False),
        ({"a": ["b"]}, {"a": ["b"]}, True),
        ({"a": UNKNOWN}, {"a": UNKNOWN}, False),
        (["a"], ["a", "b"], False),
        (Reference(BUCKET), Reference(BUCKET), True),
    ],
)
def test_certainly_equal(left: Any, right: Any, answer: bool) -> None:
    assert same(left, right) is answer
