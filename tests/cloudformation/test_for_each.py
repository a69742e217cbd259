"""Loops of AWS::LanguageExtensions, written out."""

from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App, Template
from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, Ternary
from hipaa_constructs.compliance.engine import findings
from hipaa_constructs.compliance.facts.subnets import has_way_out
from hipaa_constructs.compliance.unread import unread

TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "Name"}}}


def loaded(resources: dict[str, Any], **sections: Any) -> Template:
    body = {"Transform": ["AWS::LanguageExtensions"], **sections, "Resources": resources}
    return App().add("t.json", body)


def test_each_item_makes_a_resource() -> None:
    template = loaded({"Fn::ForEach::Topics": ["Name", ["lab", "ward"], {"Topic${Name}": TOPIC}]})
    assert {key: found.get("TopicName") for key, found in template.resources.items()} == {
        "Topiclab": "lab",
        "Topicward": "ward",
    }
    assert not unread(template.app)
    # What a loop makes is judged as what stands there by itself.
    found = {finding.resource_logical_id for finding in findings(template.app) if "StoreEncrypted" in finding.rule_id}
    assert found == {"Topiclab", "Topicward"}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"Ref": "Name"}, "my.lab"),
        ("${Name}-topic", "my.lab-topic"),
        ("&{Name}-topic", "mylab-topic"),
        ({"Fn::Sub": "a-${Name}"}, "a-my.lab"),
        ([{"Ref": "Name"}, 1], ["my.lab", 1]),
        ({"${Name}": True}, {"my.lab": True}),
    ],
)
def test_the_identifier_is_filled_in(written: Any, read: Any) -> None:
    resource = {"Type": "AWS::SNS::Topic", "Properties": {"Seen": written}}
    template = loaded({"Fn::ForEach::Topics": ["Name", ["my.lab"], {"T&{Name}": resource}]})
    assert template.resources["Tmylab"].get("Seen") == read


def test_a_collection_comes_from_parameters_and_mappings() -> None:
    parameters = {
        "Names": {"Type": "CommaDelimitedList", "Default": "a, b"},
        "Stage": {"Type": "String", "Default": "prod"},
    }
    mapped = {"Fn::FindInMap": ["Wards", {"Ref": "Stage"}, "Names"]}
    template = loaded(
        {
            "Fn::ForEach::One": ["Name", {"Ref": "Names"}, {"One${Name}": TOPIC}],
            "Fn::ForEach::Two": ["Name", mapped, {"Two${Name}": TOPIC}],
            "Fn::ForEach::Three": ["Name", [{"Ref": "Stage"}, 3], {"Three${Name}": TOPIC}],
        },
        Parameters=parameters,
        Mappings={"Wards": {"prod": {"Names": ["c"]}}},
    )
    assert set(template.resources) == {"Onea", "Oneb", "Twoc", "Threeprod", "Three3"}


def test_loops_stand_in_loops_properties_conditions_and_outputs() -> None:
    tags = {"Fn::ForEach::Keys": ["Key", ["x", "y"], {"${Key}${Name}": "set"}], "own": "kept"}
    inner = {"Fn::ForEach::Kinds": ["Kind", ["q", "r"], {"T${Name}${Kind}": {**TOPIC, "Properties": {"Tags": tags}}}]}
    template = loaded(
        {"Fn::ForEach::Names": ["Name", ["a", "b"], inner]},
        Conditions={"Fn::ForEach::C": ["Name", ["a"], {"Is${Name}": {"Fn::Equals": [{"Ref": "Name"}, "a"]}}]},
        Outputs={"Fn::ForEach::O": ["Name", ["a"], {"Out${Name}": {"Value": {"Ref": "T${Name}q"}}}]},
    )
    assert set(template.resources) == {"Taq", "Tar", "Tbq", "Tbr"}
    assert template.resources["Tbr"].get("Tags") == {"xb": "set", "yb": "set", "own": "kept"}
    assert template.condition("Isa") is True
    assert template.body["Outputs"] == {"Outa": {"Value": {"Ref": "Taq"}}}


@pytest.mark.parametrize(
    "loop",
    [
        ["Name", {"Ref": "Given"}, {"T${Name}": TOPIC}],
        ["Name", ["a", {"Ref": "Given"}], {"T${Name}": TOPIC}],
        ["Name", [{"a": 1}], {"T${Name}": TOPIC}],
        ["Name", "a", {"T${Name}": TOPIC}],
        [3, ["a"], {"T": TOPIC}],
        ["Name", ["a"], {}],
        ["Name", ["a"]],
        "Name",
        None,
    ],
)
def test_a_loop_that_only_deployment_knows_is_said_to_be_unseen(loop: Any) -> None:
    template = loaded({"Fn::ForEach::Topics": loop}, Parameters={"Given": {"Type": "CommaDelimitedList"}})
    assert not template.resources
    (finding,) = unread(template.app)
    assert "a loop" in finding.message


def test_properties_that_a_loop_of_unknown_length_is_part_of_are_unknown() -> None:
    loop = ["Key", {"Ref": "Given"}, {"${Key}": "set"}]
    resource = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "x", "Fn::ForEach::Keys": loop}}
    template = loaded({"Topic": resource}, Parameters={"Given": {"Type": "CommaDelimitedList"}})
    assert template.resources["Topic"].properties is UNKNOWN


def test_without_the_transform_nothing_is_written_out() -> None:
    template = App().add("t.json", {"Resources": {"Fn::ForEach::Topics": ["Name", ["a"], {"T${Name}": TOPIC}]}})
    assert not template.resources


def test_loops_in_loops_end() -> None:
    fragment: Any = {"T${A}": TOPIC}
    names = [str(number) for number in range(100)]
    for identifier in "ABCDEFGH":
        fragment = {f"Fn::ForEach::{identifier}": [identifier, names, {f"${{{identifier}}}": 1, **fragment}]}
    # Written out in full it would be a hundred to the eighth.
    assert unread(loaded(fragment).app)


PRIVATE: dict[str, Any] = {
    "Subnet${Zone}": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}}},
    "Table${Zone}": {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": {"Ref": "Vpc"}}},
    "Associated${Zone}": {
        "Type": "AWS::EC2::SubnetRouteTableAssociation",
        "Properties": {
            "RouteTableId": {"Ref": {"Fn::Sub": "Table${Zone}"}},
            "SubnetId": {"Fn::GetAtt": [{"Fn::Join": ["", ["Subnet", {"Ref": "Zone"}]]}, "SubnetId"]},
        },
    },
    "Route${Zone}": {
        "Type": "AWS::EC2::Route",
        "Properties": {
            "RouteTableId": {"Ref": {"Fn::Sub": "Table${Zone}"}},
            "DestinationCidrBlock": "0.0.0.0/0",
            "NatGatewayId": {"Ref": {"Fn::FindInMap": ["Gateways", {"Ref": "Zone"}, "Nat"]}},
        },
    },
}


def test_names_that_functions_make_are_those_of_resources() -> None:
    template = loaded(
        {
            "Vpc": {"Type": "AWS::EC2::VPC"},
            "NatOne": {"Type": "AWS::EC2::NatGateway", "Properties": {"VpcId": {"Ref": "Vpc"}}},
            "Fn::ForEach::Zones": ["Zone", ["a", "c"], PRIVATE],
        },
        Mappings={"Gateways": {"a": {"Nat": "NatOne"}, "c": {"Nat": "NatOne"}}},
    )
    there = template.resources
    assert there["Associatedc"].get("RouteTableId") == Reference(there["Tablec"])
    assert there["Routea"].get("NatGatewayId") == Reference(there["NatOne"])
    assert has_way_out(there["Subneta"]) is Ternary.YES


@pytest.mark.parametrize(("stage", "read"), [("lab", "Topiclab"), ("ward", "Topicward")])
def test_a_name_is_made_of_what_a_parameter_is_deployed_with(stage: str, read: str) -> None:
    body = {
        "Transform": "AWS::LanguageExtensions",
        "Parameters": {"Stage": {"Type": "String", "AllowedValues": ["ward", "lab"]}},
        "Resources": {
            "Topiclab": {"Type": "AWS::SNS::Topic"},
            "Topicward": {"Type": "AWS::SNS::Topic"},
            "Subscribed": {
                "Type": "AWS::SNS::Subscription",
                "Properties": {"TopicArn": {"Ref": {"Fn::Sub": "Topic${Stage}"}}},
            },
        },
    }
    template = App().add("t.json", body, given={"Stage": stage})
    assert template.resources["Subscribed"].get("TopicArn") == Reference(template.resources[read])
    unnamed = {**body, "Parameters": {"Stage": {"Type": "String"}}}
    assert App().add("t.json", unnamed).resources["Subscribed"].get("TopicArn") is UNKNOWN
