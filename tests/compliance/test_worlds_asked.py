"""How often rules are asked: no oftener than the choices that they read can come together."""

from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation import intrinsics
from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.cloudformation.values import Ternary, is_true
from hipaa_constructs.compliance.across_worlds import judge_everywhere
from hipaa_constructs.compliance.rule import PASSED, Outcome, Verdict, failed, judge, worst

VOLUME = "AWS::EC2::Volume"
NAMES = [f"P{number}" for number in range(12)]


def volume(properties: Any, **attributes: Any) -> Any:
    """Return a volume of a template with twelve conditions, each of a parameter of its own."""
    app = App()
    conditions = {f"Is{name}": {"Fn::Equals": [{"Ref": name}, "yes"]} for name in NAMES}
    template = app.add(
        "t.json",
        {
            "Parameters": {name: {"Type": "String", "Default": "no"} for name in NAMES},
            "Conditions": conditions,
            "Resources": {"V": {"Type": VOLUME, "Properties": properties, **attributes}},
        },
    )
    return template.resources["V"]


class Check:
    """Judges by some properties, and counts how often it is asked."""

    def __init__(self, *paths: str) -> None:
        self.paths = paths
        self.calls = 0

    def __call__(self, resource: Any) -> Verdict:
        self.calls += 1
        return worst(judge(is_true(resource.get(path)), f"{path} is not true.") for path in self.paths)


def each_by_its_own(value: Any = True) -> dict[str, Any]:
    return {name: {"Fn::If": [f"Is{name}", value, True]} for name in NAMES}


@pytest.mark.parametrize(("read", "worlds"), [(0, 1), (1, 2), (2, 4), (3, 8), (6, 64)])
def test_only_what_is_read_is_told_apart(read: int, worlds: int) -> None:
    check = Check(*NAMES[:read]) if read else Check("Encrypted")
    verdict = judge_everywhere(volume({"Encrypted": True, **each_by_its_own()}), check)
    assert verdict == PASSED
    assert check.calls == worlds


def test_what_is_always_there_is_asked_once_in_each_world() -> None:
    # Ten conditions make 1024 worlds, more than are tried at first.
    check = Check(*NAMES[:10])
    assert judge_everywhere(volume(each_by_its_own()), check) == PASSED
    assert check.calls == 1024


def test_more_worlds_than_are_tried_are_unknown_and_none_is_tried_twice() -> None:
    check = Check(*NAMES)
    verdict = judge_everywhere(volume(each_by_its_own()), check)
    assert verdict is not None
    assert verdict.outcome is Outcome.UNKNOWN
    assert check.calls == 1024


def test_what_fails_in_a_far_world_is_found() -> None:
    far = {"Fn::If": ["IsP1", {"Fn::If": ["IsP2", {"Fn::If": ["IsP3", {"Fn::If": ["IsP4", False, 1]}, 1]}, 1]}, 1]}

    def check(resource: Any) -> Verdict:
        bad = is_true(resource.get("Encrypted")) is Ternary.NO
        return failed("It is open.") if bad else worst(judge(is_true(resource.get(name)), "") for name in NAMES[:10])

    verdict = judge_everywhere(volume({**each_by_its_own(), "Encrypted": far}), check)
    assert verdict is not None
    assert verdict.outcome is Outcome.FAILED


@pytest.mark.parametrize("bad", [True, False])
def test_whether_it_is_there_does_not_multiply_what_is_asked_of_it(bad: bool) -> None:
    there = {"Fn::And": [{"Fn::Equals": [{"Ref": name}, "no"]} for name in NAMES[8:]]}
    resource = volume(each_by_its_own(not bad), Condition="There")
    resource.template.body["Conditions"]["There"] = there
    check = Check(*NAMES[:8])
    verdict = judge_everywhere(resource, check)
    assert verdict is not None
    assert verdict.outcome is (Outcome.FAILED if bad else Outcome.PASSED)
    # Those tried first, and then what is asked of it alone.
    assert check.calls <= 128 + 256


def test_an_item_of_a_list_is_resolved_for_its_own_choices_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    items = [{"Fn::If": [f"Is{name}", {"Name": name}, {"Ref": "AWS::NoValue"}]} for name in NAMES[:7]]
    resource = volume({"Items": items})
    resolved: list[Any] = []
    resolve = intrinsics.resolve

    def noting(template: Any, value: Any, depth: int = 0) -> Any:
        if any(value is item for item in items):
            resolved.append(value)
        return resolve(template, value, depth)

    monkeypatch.setattr(intrinsics, "resolve", noting)
    explored = resource.template.app.worlds.explore(lambda: len(resource.get("Items")))
    assert len(explored.worlds) == 128
    assert sorted(answer for _, answer in explored.worlds)[-1] == 7
    assert len(resolved) == 2 * len(items)
