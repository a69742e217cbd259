"""What was read of a resource, and what a message is therefore about."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.reads import said, watched
from hipaa_constructs.cloudformation.values import as_list, dig, spread


def place(
    read: Callable[[Resource], Any], message: str = "It is so.", at: str | None = None, /, **properties: Any
) -> tuple[str | int, ...]:
    """Return what a message is about that follows a reading, as a path within the properties."""
    app = App()
    body = {
        "Parameters": {"Stage": {"Type": "String", "Default": "test"}},
        "Conditions": {"Live": {"Fn::Equals": [{"Ref": "Stage"}, "live"]}},
        "Resources": {"Records": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Delete", "Properties": properties}},
    }
    resource = app.add("t.json", body).resources["Records"]
    with watched(resource) as reads:
        read(resource)
        said(message, at)
    found = reads.place_of(f"{message} And more.")
    return found[1:] if found[:1] == ("Properties",) else found


RULES = {"Rules": [{"Id": "a", "Days": 1}, {"Id": "b", "Days": 2}]}


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (lambda one: one.get("Lifecycle.Rules.1.Days"), ("Lifecycle", "Rules", 1, "Days")),
        (lambda one: [dig(rule, "Days") for rule in one.get("Lifecycle.Rules")], ("Lifecycle", "Rules", 1, "Days")),
        (lambda one: next(spread(one.properties, "Lifecycle.Rules[].Days")), ("Lifecycle", "Rules", 0, "Days")),
        (lambda one: one.get("Lifecycle")["Rules"][0], ("Lifecycle", "Rules", 0)),
        (lambda one: "Id" in one.get("Lifecycle.Rules.0"), ("Lifecycle", "Rules", 0, "Id")),
        (lambda one: list(one.get("Lifecycle.Rules.0").items()), ("Lifecycle", "Rules", 0, "Days")),
        (lambda one: list(one.get("Lifecycle.Rules.0").values()), ("Lifecycle", "Rules", 0, "Days")),
        # What is not written stands, if it did, in what is.
        (lambda one: one.get("Lifecycle.Rules.1.Nothing"), ("Lifecycle", "Rules", 1)),
        (lambda one: one.get("Nothing"), ()),
        (lambda one: one.get("Nothing.Deeper"), ()),
        (lambda one: one.logical_id, ()),
        (lambda one: one.deletion_policy, ("DeletionPolicy",)),
        (lambda one: one.update_replace_policy, ()),
        # By its name others find a resource.
        (lambda one: (one.get("Lifecycle"), one.get("BucketName")), ("Lifecycle",)),
    ],
)
def test_without_a_name_a_message_is_about_what_was_read_last(read: Any, expected: Any) -> None:
    assert place(read, Lifecycle=RULES, BucketName="b") == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Status is not set.", ("Versioning", "Status")),
        ("Versioning is off.", ("Versioning", "Status")),
        ("Neither Absent nor Status is set.", ()),
        ("Neither Status nor Absent is set.", ("Versioning", "Status")),
        ("Days of Rules is 2.", ("Lifecycle", "Rules", 1, "Days")),
        ("Lifecycle.Rules[0].Days is 1.", ("Lifecycle", "Rules", 0, "Days")),
        # A part of a word is no name.
        ("Statuses are many.", ("Tail",)),
        # It is named, though it was not read here.
        ("Unread has no items.", ("Unread",)),
    ],
)
def test_a_message_is_about_what_it_names(message: str, expected: Any) -> None:
    def read(resource: Resource) -> None:
        resource.get("Versioning.Status")
        resource.get("Absent")
        for rule in resource.get("Lifecycle.Rules"):
            rule.get("Days")
        resource.get("Tail")

    assert place(read, message, Versioning={"Status": "Off"}, Lifecycle=RULES, Tail=1, Unread=[]) == expected


def test_a_statement_goes_by_its_name_or_number() -> None:
    def read(resource: Resource) -> None:
        for statement in as_list(resource.get("Policy.Statement")):
            statement.get("Effect")

    policy = {"Statement": [{"Effect": "Allow"}, {"Sid": "Second", "Effect": "Allow"}, {"Effect": "Deny"}]}
    found = [
        place(read, message, Policy=policy)
        for message in ("Statement 1 is.", "Second is.", "Statement 3 is.", "Statement 30 is.")
    ]
    assert [path[2] for path in found] == [0, 1, 2, 2]


def test_a_rule_may_say_what_it_is_about() -> None:
    def read(resource: Resource) -> None:
        resource.get("First.Part")
        resource.get("Second")

    assert place(read, "Second is so.", "First.Part", First={"Part": 1}, Second=2) == ("First", "Part")
    assert place(read, "Second is so.", "Type", First={"Part": 1}, Second=2) == ("Type",)
    assert place(read, "Second is so.", "", First={"Part": 1}, Second=2) == ()
    assert place(read, "Second is so.", "Unread", First={"Part": 1}, Second=2, Unread=3) == ()


def test_the_branch_that_is_taken() -> None:
    def read(resource: Resource) -> None:
        resource.get("Encryption.Rules.0.Algorithm")

    rules = {"Rules": [{"Algorithm": "none"}]}
    other = {"Rules": [{"Algorithm": "other"}]}
    branch = {"Fn::If": ["Live", other, rules]}
    assert place(read, Encryption=branch) == ("Encryption", "Fn::If", 2, "Rules", 0, "Algorithm")
    nested = {"Fn::If": ["Live", {"Ref": "AWS::NoValue"}, branch]}
    assert place(read, Encryption=nested) == ("Encryption", "Fn::If", 2, "Fn::If", 2, "Rules", 0, "Algorithm")


def test_a_branch_with_what_only_deployment_tells() -> None:
    def read(resource: Resource) -> None:
        resource.get("Encryption.Rules.0.Algorithm")

    def rules(algorithm: str) -> dict[str, Any]:
        return {"Rules": [{"Key": {"Fn::GetAZs": ""}, "Algorithm": algorithm}]}

    branch = {"Fn::If": ["Live", rules("other"), rules("none")]}
    assert place(read, Encryption=branch) == ("Encryption", "Fn::If", 2, "Rules", 0, "Algorithm")
    unknown = {"Fn::If": ["Live", {"Fn::GetAZs": ""}, rules("none")]}
    assert place(read, Encryption=unknown) == ("Encryption", "Fn::If", 2, "Rules", 0, "Algorithm")


def test_items_that_are_left_out_do_not_count() -> None:
    def read(resource: Resource) -> None:
        resource.get("Rules.0.Days")

    absent = {"Fn::If": ["Live", {"Days": 0}, {"Ref": "AWS::NoValue"}]}
    assert place(read, Rules=[absent, {"Days": 1}]) == ("Rules", 1, "Days")


def test_of_what_another_function_makes_the_function_is_the_place() -> None:
    def read(resource: Resource) -> None:
        resource.get("Names.1")

    assert place(read, Names={"Fn::Split": [",", "a,b"]}) == ("Names",)


def test_what_is_watched_reads_as_always() -> None:
    app = App()
    properties = {"List": [1, {"A": [2]}], "Map": {"B": {"C": "d"}}, "Gone": {"Ref": "AWS::NoValue"}}
    resource = app.add("t.json", {"Resources": {"R": {"Type": "A::B", "Properties": properties}}}).resources["R"]
    plain = dict(resource.properties)
    with watched(resource):
        assert dict(resource.properties) == plain == {"List": [1, {"A": [2]}], "Map": {"B": {"C": "d"}}}
        assert json.dumps(resource.get("Map")) == '{"B": {"C": "d"}}'
        assert {**resource.get("Map")} == {"B": {"C": "d"}}
        assert [*resource.get("List")] == [1, {"A": [2]}]
        assert resource.get("List")[-1:] == [{"A": [2]}]
        assert resource.get("Map").get("None", 5) == 5
    assert type(resource.get("Map")) is dict


def test_what_is_no_mapping_is_watched_in_vain() -> None:
    app = App()
    raw = {"Type": "A::B", "Properties": {"Fn::Transform": {"Name": "x"}}}
    resource = app.add("t.json", {"Resources": {"R": raw}}).resources["R"]
    with watched(resource) as reads:
        resource.get("A")
        said("A is so.")
    assert reads.place_of("A is so.") == ()
    said("Nobody listens.")
