"""Values that only deployment knows: which of them are the same, and which are not."""

from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App, Template
from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, SomeItems, Text, Unlisted, count, same

PARAMETERS = {
    "Name": {"Type": "String"},
    "Other": {"Type": "String"},
    "Vpc": {"Type": "AWS::EC2::VPC::Id"},
    "Empty": {"Type": "AWS::EC2::VPC::Id", "Default": ""},
    "Subnets": {"Type": "List<AWS::EC2::Subnet::Id>"},
    "Given": {"Type": "List<AWS::EC2::Subnet::Id>", "Default": "subnet-1, subnet-2"},
    "Words": {"Type": "CommaDelimitedList"},
    "Ports": {"Type": "List<Number>"},
    "Stored": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a"},
    "StoredList": {"Type": "AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>", "Default": "/b"},
}


def template(name: str = "t.json", app: App | None = None, **sections: Any) -> Template:
    bucket = {"Type": "AWS::S3::Bucket"}
    body = {"Parameters": PARAMETERS, "Resources": {"Records": bucket, "Logs": bucket}, **sections}
    return (app or App()).add(name, body)


def joined(value: Any) -> Any:
    return {"Fn::Join": ["-", ["a", value]]}


def imported(name: Any) -> Any:
    return {"Fn::ImportValue": name}


def item(number: int, value: Any) -> Any:
    return {"Fn::Select": [number, {"Fn::Split": [",", value]}]}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (imported("ward-a"), imported("ward-b")),
        (imported("ward:a"), imported("ward.a")),
        (item(0, {"Ref": "Name"}), item(1, {"Ref": "Name"})),
        (item(0, {"Ref": "Name"}), item(0, {"Ref": "Other"})),
        (item(0, imported("a")), item(0, imported("b"))),
        ({"Fn::Select": [0, {"Ref": "Words"}]}, {"Fn::Select": [1, {"Ref": "Words"}]}),
        ({"Fn::Select": [0, {"Ref": "Subnets"}]}, {"Fn::Select": [1, {"Ref": "Subnets"}]}),
        ({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, {"Fn::Select": [1, {"Fn::GetAZs": ""}]}),
        ({"Fn::Join": ["", {"Ref": "Subnets"}]}, {"Fn::Join": ["+", {"Ref": "Subnets"}]}),
        ({"Fn::FindInMap": ["M", "a", {"Ref": "Name"}]}, {"Fn::FindInMap": ["M", "b", {"Ref": "Name"}]}),
        ({"Ref": "Name"}, {"Ref": "Other"}),
        ({"Ref": "Records"}, {"Ref": "Logs"}),
    ],
)
def test_values_that_are_written_otherwise_differ(one: Any, other: Any) -> None:
    here = template()
    first, second = here.resolve(joined(one)), here.resolve(joined(other))
    assert isinstance(first, Text)
    assert not same(first, second)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (imported("ward-a"), imported({"Fn::Sub": "ward-a"})),
        (imported({"Fn::Sub": "${Name}-a"}), imported({"Fn::Join": ["-", [{"Ref": "Name"}, "a"]]})),
        ({"Ref": "Name"}, {"Fn::Sub": "${Name}"}),
        ({"Ref": "Name"}, {"Fn::Sub": ["${N}", {"N": {"Ref": "Name"}}]}),
        ({"Ref": "Name"}, {"Fn::Join": ["", [{"Ref": "Name"}]]}),
        ({"Ref": "Name"}, {"Fn::Select": ["1", [{"Ref": "Other"}, {"Ref": "Name"}]]}),
        (item(1, {"Ref": "Name"}), {"Fn::Select": ["1", {"Fn::Split": [",", {"Fn::Sub": "${Name}"}]}]}),
        ({"Fn::If": ["Always", imported("a"), "b"]}, imported("a")),
        ({"Fn::FindInMap": ["M", "a", {"Ref": "Name"}]}, {"Fn::FindInMap": ["M", "a", {"Ref": "Name"}]}),
    ],
)
def test_values_that_are_written_alike_are_the_same(one: Any, other: Any) -> None:
    here = template(Conditions={"Always": {"Fn::Equals": ["a", "a"]}})
    assert same(here.resolve(joined(one)), here.resolve(joined(other)))
    assert isinstance(here.resolve(joined(one)), Text)


def test_what_each_template_calls_its_own_differs_between_templates() -> None:
    app = App()
    one, other = template("a.json", app), template("b.json", app)
    for own in ({"Ref": "AWS::StackName"}, {"Ref": "Records"}, {"Fn::FindInMap": ["M", "a", {"Ref": "Name"}]}):
        assert str(one.resolve(joined(own))) == str(other.resolve(joined(own)))
        assert not same(one.resolve(joined(own)), other.resolve(joined(own)))
    # People deploy what belongs together with one value for parameters of one name.
    for shared in ({"Ref": "Name"}, {"Ref": "AWS::Region"}, imported("x")):
        assert same(one.resolve(joined(shared)), other.resolve(joined(shared)))


def test_a_gap_is_shown_by_what_leaves_it() -> None:
    here = template()
    shown = [
        str(here.resolve(joined(value)))
        for value in (
            imported("Stack:Export/Key"),
            imported("Data-Stack:ExportsOutputFnGetAttRecords01AB23CDArn89EF4567"),
            imported("Stack:ExportsOutputRefRecords01AB23CD89EF4567"),
            item(1, {"Ref": "Name"}),
            {"Fn::Select": [0, {"Fn::GetAZs": {"Ref": "AWS::Region"}}]},
            {"Fn::GetAtt": ["Records", "Arn"]},
            {"Ref": "AWS::StackName"},
        )
    ]
    # No sign in a gap may be taken for a part of an ARN, of a path or for the gap's end.
    assert shown == [
        "a-${?imported Stack.Export.Key}",
        "a-${?imported Data-Stack Records.Arn}",
        "a-${?imported Stack Records.Ref}",
        "a-${?Name[1]}",
        "a-${?GetAZs AWS.Region[0]}",
        "a-${Records.Arn}",
        "a-${AWS::StackName}",
    ]


def test_a_nested_stack_sees_what_it_was_given() -> None:
    app = App()
    stacks = {
        name: {"Type": "AWS::CloudFormation::Stack", "Properties": {"Parameters": {"Name": value}}}
        for name, value in (("One", imported("a")), ("Same", imported("a")), ("Other", imported("b")))
    }
    outer = app.add("outer.json", {"Resources": stacks})
    made = {name: app.add("n.json", template().body, parent=outer.resources[name]) for name in stacks}
    one, shared, other = (nested.resolve(joined({"Ref": "Name"})) for nested in made.values())
    assert same(one, shared)
    assert same(one, outer.resolve(joined(imported("a"))))
    assert not same(one, other)
    assert [nested.use for nested in made.values()] == [
        "One of outer.json",
        "Same of outer.json",
        "Other of outer.json",
    ]
    # What it was not given has its default, and is no question of its deployment.
    assert made["One"].resolve({"Ref": "Given"}) == ["subnet-1", "subnet-2"]


@pytest.mark.parametrize("name", ["Subnets", "Words", "Ports", "StoredList"])
def test_a_list_that_a_parameter_gives_has_items(name: str) -> None:
    here = template()
    found = here.resolve({"Ref": name})
    assert isinstance(found, SomeItems)
    assert found
    assert count(found) is UNKNOWN
    assert here.resolve({"Fn::Length": {"Ref": name}}) is UNKNOWN


def test_what_is_known_of_the_items_of_an_unknown_list() -> None:
    here = template()
    # These exist, whichever they are; a word may be anything, and so may be none.
    assert here.resolve({"Fn::Select": [1, {"Ref": "Subnets"}]}) == "${?Subnets[1]}"
    assert here.resolve({"Fn::Select": [1, {"Ref": "StoredList"}]}) == "${?StoredList[1]}"
    assert here.resolve({"Fn::Select": [1, {"Ref": "Words"}]}) is UNKNOWN
    assert here.resolve({"Fn::Join": [",", {"Ref": "Words"}]}) is UNKNOWN
    assert here.resolve({"Fn::Join": [",", {"Ref": "Subnets"}]}) == "${?Subnets}"
    assert count(here.resolve({"Ref": "Given"})) == 2
    # AWS looks the value up, and deploys nothing for an empty one.
    assert here.resolve({"Ref": "Empty"}) == "${?Empty}"
    # What is split has at least one part.
    assert isinstance(here.resolve({"Fn::Split": [",", imported("subnets")]}), SomeItems)
    assert isinstance(here.resolve({"Fn::Split": ["/", {"Ref": "Records"}]}), SomeItems)
    assert here.resolve({"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": "Records"}]}]}) is UNKNOWN


def test_a_list_given_to_a_nested_stack_is_a_list_again() -> None:
    app = App()
    given = {
        "Subnets": {"Fn::Join": [", ", [{"Ref": "Records"}, "subnet-1", {"Ref": "Vpc"}]]},
        "Given": {"Fn::Join": [",", {"Ref": "Subnets"}]},
        "Words": {"Ref": "Name"},
        "Ports": 443,
        "StoredList": {"Ref": "Name"},
        "Vpc": {"Ref": "Name"},
        "Empty": {"Ref": "AWS::NoValue"},
        "Name": {"Fn::Join": [",", ["a", {"Ref": "Other"}]]},
    }
    stack = {"Type": "AWS::CloudFormation::Stack", "Properties": {"Parameters": given}}
    outer = template("outer.json", app, Resources={"Records": {"Type": "AWS::S3::Bucket"}, "S": stack})
    nested = app.add("n.json", template().body, parent=outer.resources["S"])
    subnets = nested.resolve({"Ref": "Subnets"})
    assert [str(one) for one in subnets] == ["${Records}", "subnet-1", "${?Vpc}"]
    assert isinstance(subnets[0], Reference)
    assert count(subnets) == 3
    again = nested.resolve({"Ref": "Given"})
    assert isinstance(again, SomeItems)
    assert again.gap == outer.resolve({"Ref": "Subnets"}).gap
    assert isinstance(nested.resolve({"Ref": "Words"}), SomeItems)
    assert nested.resolve({"Ref": "Ports"}) == ["443"]
    assert isinstance(nested.resolve({"Ref": "StoredList"}), SomeItems)
    assert nested.resolve({"Ref": "Vpc"}) == "${?Name}"
    assert nested.resolve({"Ref": "Empty"}) == "${?Empty}"
    # How many items the other value adds is not known.
    assert count(nested.resolve({"Fn::Split": [",", {"Ref": "Name"}]})) is UNKNOWN


def test_parameters_may_be_given_in_branches() -> None:
    app = App()
    stage = {"Stage": {"Type": "String", "Default": "test"}}
    live = {"Live": {"Fn::Equals": [{"Ref": "Stage"}, "live"]}}
    given = {"Fn::If": ["Live", {"Name": "a"}, {"Fn::If": ["Live", {}, {"Name": {"Ref": "Stage"}}]}]}
    stack = {"Type": "AWS::CloudFormation::Stack", "Properties": {"Parameters": given}}
    macro = {"Type": "AWS::CloudFormation::Stack", "Properties": {"Parameters": {"Fn::Transform": {"Name": "M"}}}}
    outer = app.add("t.json", {"Parameters": stage, "Conditions": live, "Resources": {"S": stack, "M": macro}})
    nested = app.add("n.json", template().body, parent=outer.resources["S"])
    found = app.worlds.explore(lambda: nested.resolve({"Ref": "Name"}))
    assert [value for _, value in found.worlds] == ["test", "a"]
    unread = app.add("n.json", template().body, parent=outer.resources["M"])
    assert unread.resolve({"Ref": "Given"}) != ["subnet-1", "subnet-2"]


def test_a_name_under_which_a_value_is_stored_is_not_the_value() -> None:
    app = App({"Stored": "/live/a", "StoredList": "/live/b"})
    here = template("t.json", app)
    assert here.resolve({"Ref": "Stored"}) == "${?Stored}"
    assert isinstance(here.resolve({"Ref": "StoredList"}), SomeItems)


def test_a_list_with_a_default_is_looked_at_with_other_items_where_a_condition_tells_them_apart() -> None:
    parameters = {"Ranges": {"Type": "CommaDelimitedList", "Default": ""}}
    empty = {"Fn::Equals": [{"Fn::Join": ["", {"Ref": "Ranges"}]}, ""]}
    here = template(Parameters=parameters, Conditions={"None": empty})
    found = here.app.worlds.explore(lambda: here.resolve({"Fn::If": ["None", "no ranges", {"Ref": "Ranges"}]}))
    default, given = (value for _, value in found.worlds)
    assert default == "no ranges"
    assert isinstance(given, SomeItems)
    assert isinstance(given[0], Unlisted)


def test_exports_that_are_shown_alike_differ() -> None:
    here = template()
    one, other = (
        here.resolve(joined(imported(f"Stack:ExportsOutputRefRecords01AB23CD{end}")))
        for end in ("89EF4567", "89EF4568")
    )
    assert str(one) == str(other)
    assert not same(one, other)
