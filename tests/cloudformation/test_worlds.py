"""What a template can become: choices, worlds, and what is there in each."""

from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Text, Unlisted, as_items, as_mapping
from hipaa_constructs.cloudformation.worlds import OTHER, Memo

BUCKET = "AWS::S3::Bucket"


def app_of(body: dict[str, Any], **given: Any) -> App:
    app = App(given)
    app.add("t.json", body)
    return app


def seen(resource: Resource, path: str = "BucketName") -> dict[str, Any]:
    """Return what a property is, by the world in words."""
    found = resource.template.app.worlds.explore(lambda: resource.get(path) if resource.exists else "not deployed")
    assert found.complete
    return {" and ".join(choice.said(value) for choice, value in world.items()): value for world, value in found.worlds}


def one(name: Any, **sections: Any) -> dict[str, Any]:
    return {"Resources": {"B": {"Type": BUCKET, "Properties": {"BucketName": name}}}, **sections}


def values_of(body: dict[str, Any], **given: Any) -> dict[str, Any]:
    return seen(app_of(body, **given).templates[0].resources["B"])


STAGE = {"Type": "String", "Default": "test"}
IS_LIVE = {"Fn::Equals": [{"Ref": "Stage"}, "live"]}


def test_a_value_without_choices_has_one_world() -> None:
    assert values_of(one("a", Parameters={"Stage": STAGE}, Conditions={"Live": IS_LIVE})) == {"": "a"}


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ({"Type": "String", "Default": "test"}, {"Stage is test": "b", "Stage is live": "a"}),
        ({"Type": "String", "Default": "live"}, {"Stage is live": "a", "Stage is not live": "b"}),
        ({"Type": "String"}, {"Stage is live": "a", "Stage is not live": "b"}),
        (
            {"Type": "String", "Default": "x", "AllowedValues": ["live", "x", "y"]},
            {"Stage is x": "b", "Stage is live": "a", "Stage is y": "b"},
        ),
        ({"Type": "String", "AllowedValues": ["live"]}, {"": "a"}),
    ],
)
def test_a_parameter_takes_each_value_that_a_condition_tells_apart(
    parameter: dict[str, Any], expected: dict[str, Any]
) -> None:
    body = one({"Fn::If": ["Live", "a", "b"]}, Parameters={"Stage": parameter}, Conditions={"Live": IS_LIVE})
    assert values_of(body) == expected


@pytest.mark.parametrize(
    ("default", "literal"), [(True, "true"), ("true", True), (True, True), (1, "1"), ("false", False)]
)
def test_a_default_is_compared_as_the_text_that_cloudformation_reads(default: Any, literal: Any) -> None:
    body = one(
        {"Fn::If": ["Set", "a", "b"]},
        Parameters={"Stage": {"Type": "String", "Default": default}},
        Conditions={"Set": {"Fn::Equals": [{"Ref": "Stage"}, literal]}},
    )
    assert list(values_of(body).values()) == ["a", "b"]


def test_allowed_values_count_where_the_parameter_is_the_value() -> None:
    flag = {"Type": "String", "Default": "false", "AllowedValues": ["true", "false"]}
    assert values_of(one({"Ref": "Open"}, Parameters={"Open": flag})) == {
        "Open is false": "false",
        "Open is true": "true",
    }


def test_a_value_beside_those_named_is_neither_of_them() -> None:
    body = one(
        {"Fn::If": ["Named", {"Ref": "Key"}, "none"]},
        Parameters={"Key": {"Type": "String", "Default": ""}},
        Conditions={"Named": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Key"}, ""]}]}},
    )
    found = values_of(body)
    assert found["Key is empty"] == "none"
    assert isinstance(found["Key is not empty"], Unlisted)


def test_conditions_of_one_parameter_go_together() -> None:
    body = one(
        {"Fn::Join": ["-", [{"Fn::If": ["Live", "a", "b"]}, {"Fn::If": ["Rest", "c", "d"]}]]},
        Parameters={"Stage": STAGE},
        Conditions={"Live": IS_LIVE, "Rest": {"Fn::Not": [{"Condition": "Live"}]}},
    )
    assert values_of(body) == {"Stage is test": "b-c", "Stage is live": "a-d"}


def test_a_mapping_is_read_for_each_key() -> None:
    body = one(
        {"Fn::FindInMap": ["Names", {"Ref": "Stage"}, "name"]},
        Parameters={"Stage": STAGE},
        Mappings={"Names": {"test": {"name": "a"}, "live": {"name": "b"}}},
    )
    assert values_of(body) == {"Stage is test": "a", "Stage is live": "b"}


@pytest.mark.parametrize("name", ["AWS::Region", "AWS::Partition", "AWS::AccountId"])
def test_where_it_is_deployed_is_a_choice_if_nothing_says_it(name: str) -> None:
    literal = {"AWS::Region": "us-gov-west-1", "AWS::Partition": "aws-us-gov", "AWS::AccountId": "111122223333"}[name]
    body = one({"Fn::If": ["There", "a", "b"]}, Conditions={"There": {"Fn::Equals": [{"Ref": name}, literal]}})
    assert set(values_of(body).values()) == {"a", "b"}
    app = App()
    template = app.add("t.json", body, account="111122223333", region="us-gov-west-1")
    assert seen(template.resources["B"]) == {"": "a"}


def test_what_nothing_tells_both_holds_and_does_not() -> None:
    unclear = {"Fn::Equals": [{"Fn::ImportValue": "x"}, "y"]}
    swapped = {"Fn::Equals": ["y", {"Fn::ImportValue": "x"}]}
    body = one(
        [{"Fn::If": ["A", "a", "b"]}, {"Fn::If": ["B", "c", "d"]}],
        Conditions={"A": unclear, "B": {"Fn::Not": [swapped]}},
    )
    assert values_of(body) == {"the condition A holds": ["a", "d"], "the condition A does not hold": ["b", "c"]}


def test_outside_of_worlds_what_no_default_answers_is_unknown() -> None:
    body = one({"Fn::If": ["Live", "a", "b"]}, Parameters={"Stage": {"Type": "String"}}, Conditions={"Live": IS_LIVE})
    assert app_of(body).templates[0].resources["B"].get("BucketName") is UNKNOWN
    body["Parameters"] = {"Stage": STAGE}
    assert app_of(body).templates[0].resources["B"].get("BucketName") == "b"


def test_given_values_leave_no_choice() -> None:
    body = one({"Fn::If": ["Live", "a", "b"]}, Parameters={"Stage": STAGE}, Conditions={"Live": IS_LIVE})
    assert values_of(body, Stage="live") == {"": "a"}


def test_a_resource_is_there_where_its_condition_holds() -> None:
    body = {
        "Parameters": {"Stage": STAGE},
        "Conditions": {"Live": IS_LIVE, "Never": {"Fn::Equals": ["a", "b"]}},
        "Resources": {
            "B": {"Type": BUCKET},
            "P": {"Type": "AWS::S3::BucketPolicy", "Condition": "Live", "Properties": {"Bucket": {"Ref": "B"}}},
            "N": {"Type": BUCKET, "Condition": "Never"},
        },
    }
    app = app_of(body)
    bucket = app.templates[0].resources["B"]
    found = app.worlds.explore(lambda: len(app.referring(bucket, "AWS::S3::BucketPolicy", "Bucket")))
    assert [number for _, number in found.worlds] == [0, 1]
    assert [one.logical_id for one in app.of_type(BUCKET)] == ["B", "N"]
    here = app.worlds.explore(lambda: [one.logical_id for one in app.of_type(BUCKET)])
    assert [ids for _, ids in here.worlds] == [["B"]]


def test_what_is_linked_in_one_world_is_not_in_another() -> None:
    body = {
        "Parameters": {"Stage": STAGE},
        "Conditions": {"Live": IS_LIVE},
        "Resources": {
            "A": {"Type": BUCKET, "Properties": {"BucketName": {"Fn::If": ["Live", "one", "two"]}}},
            "B": {"Type": BUCKET, "Properties": {"BucketName": {"Fn::If": ["Live", "two", "one"]}}},
        },
    }
    app = app_of(body)
    found = app.worlds.explore(lambda: getattr(app.target("one", BUCKET), "logical_id", None))
    assert [name for _, name in found.worlds] == ["B", "A"]


def test_a_nested_stack_is_judged_with_its_parents_choice() -> None:
    app = App()
    parent = app.add(
        "parent.json",
        {
            "Parameters": {"Env": {"Type": "String", "Default": "test"}},
            "Resources": {
                "S": {"Type": "AWS::CloudFormation::Stack", "Properties": {"Parameters": {"Stage": {"Ref": "Env"}}}}
            },
        },
    )
    nested = app.add(
        "nested.json",
        one({"Fn::If": ["Live", "a", "b"]}, Parameters={"Stage": STAGE}, Conditions={"Live": IS_LIVE}),
        parent=parent.resources["S"],
    )
    assert seen(nested.resources["B"]) == {"Env is test": "b", "Env is live": "a"}


def test_exports_are_found_in_the_world_that_has_them() -> None:
    app = App()
    stage = {"Parameters": {"Stage": STAGE}, "Conditions": {"Live": IS_LIVE}}
    app.add(
        "out.json",
        {
            **stage,
            "Resources": {"K": {"Type": "AWS::KMS::Key"}},
            "Outputs": {"O": {"Value": {"Ref": "K"}, "Export": {"Name": {"Fn::Sub": "${Stage}-key"}}}},
        },
    )
    user = app.add("in.json", one({"Fn::ImportValue": {"Fn::Sub": "${Stage}-key"}}, **stage))
    # One parameter of one name and the same values is one choice, in whichever template it stands.
    assert {str(value) for value in seen(user.resources["B"]).values()} == {"${K}"}


def test_an_answer_about_one_part_depends_on_no_other() -> None:
    languages = {"Type": "String", "Default": "en", "AllowedValues": ["en", "es", "fr", "de"]}
    names = [f"P{number}" for number in range(5)]
    tasks = [{"Image": {"Ref": "P0"}, "Environment": {name: {"Ref": name} for name in names}}, {"Ref": "AWS::NoValue"}]
    resources = {"B": {"Type": BUCKET, "Properties": {"Tasks": tasks}}}
    bucket = app_of({"Resources": resources, "Parameters": dict.fromkeys(names, languages)}).templates[0].resources["B"]
    assert seen(bucket, "Tasks.0.Image") == {f"P0 is {value}": value for value in ("en", "es", "fr", "de")}
    assert seen(bucket, "Tasks.0.Environment.P3").keys() == {f"P3 is {value}" for value in ("en", "es", "fr", "de")}
    worlds = bucket.template.app.worlds
    # The item that is left out is none, whoever asks; all that is written is still read if it is asked for.
    assert len(worlds.explore(lambda: len(as_items(bucket.get("Tasks")))).worlds) == 1
    everything = worlds.explore(lambda: dict(as_mapping(bucket.get("Tasks.0.Environment"))), bound=2000)
    assert everything.complete
    assert len(everything.worlds) == 4**5


def test_a_question_is_asked_in_no_more_worlds_than_the_bound() -> None:
    names = [f"P{number}" for number in range(8)]
    body = one(
        {"Fn::Join": ["", [{"Fn::If": [name, "1", "0"]} for name in names]]},
        Parameters={name: {"Type": "String", "Default": "a"} for name in names},
        Conditions={name: {"Fn::Equals": [{"Ref": name}, "b"]} for name in names},
    )
    app = app_of(body)
    bucket = app.templates[0].resources["B"]
    found = app.worlds.explore(lambda: bucket.get("BucketName"), bound=20)
    assert not found.complete
    assert len(found.worlds) == 20
    # Those that differ least come first.
    assert [value.count("1") for _, value in found.worlds] == [0] + [1] * 8 + [2] * 11
    everything = app.worlds.explore(lambda: bucket.get("BucketName"), bound=300)
    assert everything.complete
    assert len({value for _, value in everything.worlds}) == len(everything.worlds) == 256


def test_a_condition_on_itself_decides_nothing() -> None:
    body = one({"Fn::If": ["A", "a", "b"]}, Conditions={"A": {"Fn::Not": [{"Condition": "A"}]}})
    assert set(values_of(body).values()) == {"a", "b"}


def test_names_of_resources_are_never_empty() -> None:
    body = one(
        {"Fn::If": ["None", "a", "b"]},
        Parameters={"Vpc": {"Type": "AWS::EC2::VPC::Id"}},
        Conditions={"None": {"Fn::Equals": [{"Fn::Sub": "x-${Vpc}"}, ""]}},
    )
    assert values_of(body) == {"": "b"}
    assert isinstance(Unlisted.of("A", ["x"]), Text)
    assert repr(OTHER) == "OTHER"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"Assertions": [{"Assert": {"Fn::Equals": [{"Ref": "Stage"}, "live"]}}]}, False),
        ({"Assertions": [{"Assert": {"Fn::Contains": [["live", "b"], {"Ref": "Stage"}]}}]}, False),
        ({"Assertions": [{"Assert": {"Fn::Contains": [["test", "b"], {"Ref": "Stage"}]}}]}, True),
        ({"Assertions": [{"Assert": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Stage"}, "test"]}]}}]}, False),
        (
            {
                "RuleCondition": {"Fn::Equals": [{"Ref": "Stage"}, "live"]},
                "Assertions": [{"Assert": {"Fn::Equals": ["a", "b"]}}],
            },
            True,
        ),
        ({"Assertions": [{"Assert": {"Fn::Equals": [True, "true"]}}]}, True),
        ({"Assertions": [{"Assert": {"Fn::Equals": [True, "false"]}}]}, False),
        # What the world does not answer refuses nothing.
        ({"Assertions": [{"Assert": {"Fn::Equals": [{"Ref": "Other"}, "live"]}}]}, True),
        ({"Assertions": [{"Assert": {"Fn::EachMemberIn": [["a"], ["b"]]}}]}, True),
        ({}, True),
    ],
)
def test_rules_of_the_template_exclude_worlds(rule: dict[str, Any], expected: bool) -> None:
    body = one({"Fn::If": ["Live", "a", "b"]}, Conditions={"Live": IS_LIVE}, Rules={"R": rule})
    body["Parameters"] = {"Stage": STAGE, "Other": {"Type": "String", "Default": "x"}}
    app = app_of(body)
    template = app.templates[0]
    found = app.worlds.explore(lambda: template.resources["B"].get("BucketName"))
    default, _ = found.worlds[0]
    assert template.allows(default) is expected


def test_worlds_are_asked_one_by_one_until_nobody_asks_on() -> None:
    conditions = {f"C{number}": {"Fn::Equals": [{"Ref": f"P{number}"}, "live"]} for number in range(6)}
    parameters = {f"P{number}": STAGE for number in range(6)}
    name = {"Fn::Join": ["", [{"Fn::If": [condition, "a", "b"]} for condition in conditions]]}
    app = app_of(one(name, Parameters=parameters, Conditions=conditions))
    asked: list[Any] = []

    def ask() -> Any:
        asked.append(app.templates[0].resources["B"].get("BucketName"))
        return asked[-1]

    each = app.worlds.each(ask)
    world, value, last = next(each)
    assert (value, last, len(world), len(asked)) == ("bbbbbb", False, 6, 1)
    # Between two of them no world is looked at.
    assert not app.worlds.exploring
    rest = [(value, last) for _, value, last in each]
    assert len({"bbbbbb", *(value for value, _ in rest)}) == 64
    assert [last for _, last in rest] == [False] * 62 + [True]


def test_what_was_worked_out_is_found_by_asking_alike_and_in_another_order() -> None:
    worlds = App().worlds
    first, second = (worlds.choice(name, (True, False), narrowed=False) for name in ("first", "second"))
    memo, made = Memo(), []

    def make() -> tuple[Any, ...]:
        here = (worlds.take(first), worlds.take(second)) if worlds.take(first) else (worlds.take(first),)
        made.append(here)
        return here

    for _ in range(2):
        found = worlds.explore(lambda: worlds.memo(memo, make))
        assert [value for _, value in found.worlds] == [(True, True), (False,), (True, False)]
    assert len(made) == 3
    assert not memo.constant
    backwards = worlds.explore(lambda: worlds.memo(memo, lambda: worlds.take(second)))
    # All of it is known by now, whoever asks.
    assert [value for _, value in backwards.worlds] == [(True, True), (False,), (True, False)]
    other = Memo()
    asked = [lambda: (worlds.take(first), worlds.take(second)), lambda: (worlds.take(second), worlds.take(first))]
    for number, world in enumerate([{first: True, second: True}, {first: True, second: False}]):
        worlds.within(world, lambda number=number: worlds.memo(other, asked[number]))  # type: ignore[misc]
    for world in ({first: True, second: True}, {first: True, second: False}):
        value, noted = worlds.within(world, lambda: worlds.memo(other, lambda: None))
        assert value is not None
        assert noted == world


@pytest.mark.parametrize(
    ("sides", "shown"),
    [
        (["", {"Fn::Join": ["", {"Ref": "Subnets"}]}], 'Subnets equals ""'),
        ([{"Fn::Join": ["-", [{"Ref": "Name"}, "a"]]}, "b-a"], '"${Name}-a" equals "b-a"'),
        ([{"Fn::Sub": "${Name}-a"}, {"Ref": "Other"}], '"${Name}-a" equals Other'),
        ([{"Fn::Select": [0, {"Ref": "Subnets"}]}, ""], 'Subnets[0] equals ""'),
        ([{"Fn::FindInMap": ["M", {"Ref": "Name"}, "b"]}, "c"], 'M.${Name}.b equals "c"'),
        ([{"Fn::GetAtt": ["Table", "Arn"]}, "c"], 'Table.Arn equals "c"'),
        ([{"Fn::ImportValue": "x"}, "c"], 'ImportValue("x") equals "c"'),
    ],
)
def test_a_comparison_without_a_name_is_said_in_words(sides: list[Any], shown: str) -> None:
    template = App().add("t.json", {"Resources": {}})
    for written in (sides, sides[::-1]):
        choice = template.choices.condition(written)
        if str in map(type, sides):
            assert choice.said(False) == f"the condition that {shown} does not hold"
    assert template.choices.condition(sides) is template.choices.condition(sides[::-1])
