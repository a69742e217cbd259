"""Names that a template refers to and that nothing in it bears."""

from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.cloudformation.undeclared import undeclared
from hipaa_constructs.compliance.unread import unread

VERSION = {"AWSTemplateFormatVersion": "2010-09-09"}
SAM = {"Transform": "AWS::Serverless-2016-10-31"}
LOOPS = {"Transform": "AWS::LanguageExtensions"}
TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {}}


def _topic(name: Any, **more: Any) -> dict[str, Any]:
    return {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}, **more}}


def _named(resources: dict[str, Any], **sections: Any) -> list[str]:
    app = App()
    app.add("t.json", {**VERSION, "Resources": resources, "Parameters": {"Declared": {"Type": "String"}}, **sections})
    return list(undeclared(app.templates[0]))


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_topic({"Ref": "Missing"}), ["Missing"]),
        (_topic({"Fn::GetAtt": ["Missing", "Name"]}), ["Missing"]),
        (_topic({"Fn::GetAtt": "Missing.Name"}), ["Missing"]),
        (_topic({"Fn::Sub": "a-${Missing.Name}-${Other}"}), ["Missing", "Other"]),
        (_topic({"Fn::Sub": ["${Here}", {"Here": {"Ref": "Missing"}}]}), ["Missing"]),
        (_topic({"Fn::If": ["Live", {"Ref": "Missing"}, "a"]}), ["Missing"]),
        (_topic("a", DependsOn="Missing"), ["Missing"]),
        (_topic("a", DependsOn=["Missing"]), ["Missing"]),
        (_topic({"Ref": "Declared"}), []),
        (_topic({"Fn::GetAtt": ["Topic", "TopicName"]}, DependsOn="Topic"), []),
        (_topic({"Ref": "AWS::NoValue"}), []),
        (_topic({"Fn::Sub": ["${Here}-${!There}-${AWS::Region}", {"Here": "a"}]}), []),
        (_topic({"Fn::Sub": "${self:custom.stage}"}), []),
        (_topic({"Ref": 1}, DependsOn=None), []),
        (_topic("a", Metadata={"Note": {"Ref": "Missing"}}), []),
    ],
)
def test_names(resources: dict[str, Any], expected: list[str]) -> None:
    assert _named(resources) == expected


def test_outputs() -> None:
    assert _named({"Topic": TOPIC}, Outputs={"Arn": {"Value": {"Ref": "Missing"}}}) == ["Missing"]


@pytest.mark.parametrize(
    ("name", "sections", "expected"),
    [
        ("Missing", SAM, ["Missing"]),
        ("ServerlessRestApi", SAM, []),
        ("FnRole", SAM, []),
        ("FnAliaslive", SAM, []),
        ("Missing", {"Transform": ["Own"]}, []),
        ("Missing", {"Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://a/b"}}}, []),
        ("Missing", {"Mappings": {"Fn::Transform": {"Name": "AWS::Include"}}}, []),
        ("Missing", {"AWSTemplateFormatVersion": None}, ["Missing"]),
    ],
)
def test_what_others_add(name: str, sections: dict[str, Any], expected: list[str]) -> None:
    function = {"Type": "AWS::Serverless::Function" if sections is SAM else "AWS::Lambda::Function", "Properties": {}}
    assert _named({**_topic({"Ref": name}), "Fn": function}, **sections) == expected


def test_a_part_of_a_template_is_not_judged() -> None:
    app = App()
    app.add("t.json", {"Resources": _topic({"Ref": "Missing"})})
    assert not undeclared(app.templates[0])


def test_loops() -> None:
    loop = {"Fn::ForEach::Names": ["Name", ["A", "B"], {"Topic${Name}": _topic({"Ref": "Name"})["Topic"]}]}
    assert _named({**loop, **_topic({"Ref": "TopicA"})}, **LOOPS) == []
    assert _named({**loop, **_topic({"Ref": "TopicC"})}, **LOOPS) == ["TopicC"]
    left = {"Fn::ForEach::Names": ["Name", {"Ref": "Declared"}, {"Topic${Name}": TOPIC}]}
    assert _named({**left, **_topic({"Ref": "TopicC"})}, **LOOPS) == []


def test_modules() -> None:
    module = {"Net": {"Type": "Clinic::Net::Own::MODULE", "Properties": {}}}
    assert _named({**module, **_topic({"Ref": "NetVpc"})}) == []


def test_it_is_said_once_a_template() -> None:
    app = App()
    app.add("t.json", {**VERSION, "Resources": _topic({"Fn::Sub": "${Missing}${Other}${Missing}"})})
    (found,) = unread(app)
    assert found.severity == "warning"
    assert found.message.startswith("CloudFormation refuses the template, which refers to Missing, Other and")
    assert found.place == ("Resources", "Topic", "Properties", "TopicName")
