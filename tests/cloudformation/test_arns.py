"""What is taken out of the ARN of a resource of the app, as CDK does by Fn::Select of Fn::Split."""

from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App, Template
from hipaa_constructs.cloudformation.values import UNKNOWN, Reference

FUNCTION, MAPPING = "AWS::Lambda::Function", "AWS::Lambda::EventSourceMapping"
RESOURCES: dict[str, Any] = {
    "Work": {"Type": FUNCTION, "Properties": {}},
    "Other": {"Type": FUNCTION, "Properties": {"FunctionName": "other"}},
    "Version": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Work"}}},
    "Live": {
        "Type": "AWS::Lambda::Alias",
        "Properties": {"FunctionName": {"Fn::GetAtt": ["Work", "Arn"]}, "Name": "live"},
    },
    "Elsewhere": {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": "not-here", "Name": "live"}},
    "Itself": {
        "Type": "AWS::Lambda::Alias",
        "Properties": {"FunctionName": {"Fn::Select": [6, {"Fn::Split": [":", {"Ref": "Itself"}]}]}},
    },
    "Bucket": {"Type": "AWS::S3::Bucket"},
    "Queue": {"Type": "AWS::SQS::Queue"},
    "Topic": {"Type": "AWS::SNS::Topic"},
    "Table": {"Type": "AWS::DynamoDB::Table"},
    "Role": {"Type": "AWS::IAM::Role"},
    "Deep": {"Type": "AWS::IAM::Role", "Properties": {"Path": "/a/b/"}},
}


def part(number: int, of: Any, separator: str = ":") -> dict[str, Any]:
    return {"Fn::Select": [number, {"Fn::Split": [separator, of]}]}


def arn(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}


@pytest.fixture
def here() -> Template:
    return App().add("t.json", {"Resources": RESOURCES}, account="111122223333", region="us-east-1")


@pytest.mark.parametrize(
    ("written", "resource", "attribute"),
    [
        (part(6, {"Ref": "Live"}), "Work", None),
        (part(6, {"Fn::GetAtt": ["Live", "AliasArn"]}), "Work", None),
        (part(6, {"Ref": "Version"}), "Work", None),
        (part(6, arn("Work")), "Work", None),
        (part(5, arn("Bucket")), "Bucket", None),
        (part(5, arn("Queue")), "Queue", "QueueName"),
        (part(5, {"Ref": "Topic"}), "Topic", "TopicName"),
        (part(1, arn("Table"), "/"), "Table", None),
        (part(1, arn("Role"), "/"), "Role", None),
        # As CDK writes the name of a role by its ARN.
        (part(1, part(5, arn("Role")), "/"), "Role", None),
    ],
)
def test_names_in_arns(here: Template, written: Any, resource: str, attribute: str | None) -> None:
    assert here.resolve(written) == Reference(here.resources[resource], attribute)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (part(0, arn("Queue")), "arn"),
        (part(2, arn("Queue")), "sqs"),
        (part(3, arn("Queue")), "us-east-1"),
        (part(4, {"Ref": "Live"}), "111122223333"),
        (part(7, {"Ref": "Live"}), "live"),
        (part(5, arn("Role")), "role/${Role}"),
    ],
)
def test_other_parts_of_arns(here: Template, written: Any, value: str) -> None:
    assert str(here.resolve(written)) == value


@pytest.mark.parametrize(
    "written",
    [
        part(7, {"Ref": "Version"}),
        part(6, {"Ref": "Elsewhere"}),
        part(6, {"Ref": "Itself"}),
        part(1, arn("Deep"), "/"),
        part(1, {"Ref": "Live"}, "/"),
        # A queue's reference is its address.
        part(5, {"Ref": "Queue"}),
        part(5, {"Ref": "Bucket"}),
        part(1, part(5, arn("Deep")), "/"),
        part(6, {"Fn::GetAtt": ["Version", "Version"]}),
        part(9, arn("Queue")),
    ],
)
def test_what_is_no_arn_or_not_known_is_not_taken_apart(here: Template, written: Any) -> None:
    assert here.resolve(written) is UNKNOWN


@pytest.mark.parametrize(
    ("written", "linked"),
    [
        ({"Fn::Join": ["", [part(6, {"Ref": "Live"}), ":live"]]}, ["Mapping"]),
        ({"Fn::Join": ["", [part(6, {"Ref": "Live"}), "-live"]]}, []),
        ({"Fn::Join": ["", [part(6, {"Ref": "Elsewhere"}), ":live"]]}, []),
    ],
)
def test_a_mapping_on_an_alias_reads_for_its_function(written: Any, linked: list[str]) -> None:
    mapping = {"Type": MAPPING, "Properties": {"FunctionName": written}}
    template = App().add("t.json", {"Resources": {**RESOURCES, "Mapping": mapping}})

    def readers(name: str) -> list[str]:
        referring = template.app.referring(template.resources[name], MAPPING, "FunctionName")
        return [one.logical_id for one in referring]

    assert readers("Work") == linked
    assert readers("Other") == []
