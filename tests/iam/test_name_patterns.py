from __future__ import annotations

import pytest

from hipaa_constructs.iam.name_patterns import as_named, covers, is_several, is_whole_kind, meet


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("", "", True),
        ("*", "", True),
        ("*", "role/a", True),
        ("?", "", False),
        ("role/a", "role/a", True),
        ("role/a", "role/b", False),
        ("role/a-*", "role/a-b", True),
        ("role/a-*", "role/*-b", True),
        ("role/a-*", "role/a", False),
        ("role/a-*-c", "role/b-*-c", False),
        ("role/a-*-c", "role/a-*-d", False),
        ("role/a?c", "role/a*", True),
        ("role/a?c", "role/ac", False),
        ("role/*a*b", "role/*b*a", False),
        ("role/*a*", "role/*b*", True),
        ("*a" * 40, "*b" * 40, False),
        ("*a" * 40 + "*", "*b" * 40 + "*", True),
    ],
)
def test_patterns_meet(one: str, other: str, expected: bool) -> None:
    assert meet(one, other) is expected
    assert meet(other, one) is expected


def test_what_deployment_fills_in_is_itself_alone() -> None:
    team, other = as_named("role/${?Team}-*"), as_named("role/${AWS::StackName}-*")
    assert is_several(team)
    assert not is_several(as_named("role/${?Team}"))
    assert covers(team, as_named("role/${?Team}-builds"))
    assert not covers(team, as_named("role/clinic-builds"))
    assert meet(team, as_named("role/*-builds"))
    assert not meet(team, other)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("role/*", True), ("role/*/*", False), ("role/a*", False), ("role/a", False), ("policy/*", True), ("", False)],
)
def test_whole_kinds(name: str, expected: bool) -> None:
    assert is_whole_kind(name) is expected
