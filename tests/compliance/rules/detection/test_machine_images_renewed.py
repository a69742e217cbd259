from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from tests.compliance.rules.support import GIVEN, judged, one, outcome, rule, to_do, verdict

RULE = "machine_images_renewed"
INSTANCE, TEMPLATE = "AWS::EC2::Instance", "AWS::EC2::LaunchTemplate"
NEWEST = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
FIXED, OTHER = "ami-0123456789abcdef0", "ami-12345678"


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (FIXED, "failed"),
        (OTHER, "failed"),
        ({"Fn::If": ["Some", GIVEN, FIXED]}, "failed"),
        ({"Fn::FindInMap": ["Images", {"Ref": "AWS::Region"}, "Id"]}, "failed"),
        (f"{{{{resolve:ssm:{NEWEST}}}}}", "passed"),
        ({"Ref": "Newest"}, "passed"),
        ({"Ref": "Image"}, "failed"),
        # Whoever deploys it fills in the newest.
        ({"Ref": "Asked"}, "passed"),
        ({"Fn::ImportValue": "image"}, "passed"),
        (None, "not_applicable"),
    ],
)
def test_images(image: Any, expected: str) -> None:
    sections = {
        "Parameters": {
            "Asked": {"Type": "AWS::EC2::Image::Id"},
            "Given": {"Type": "String"},
            "Image": {"Type": "AWS::EC2::Image::Id", "Default": FIXED},
            "Newest": {"Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", "Default": NEWEST},
        },
        "Conditions": {"Some": {"Fn::Not": [{"Fn::Equals": [GIVEN, ""]}]}},
        "Mappings": {"Images": {"us-east-1": {"Id": FIXED}, "us-west-2": {"Id": OTHER}}},
    }
    named = {} if image is None else {"ImageId": image}
    assert outcome(RULE, one(INSTANCE, **named), **sections) == expected
    assert outcome(RULE, one(TEMPLATE, LaunchTemplateData=named), **sections) == expected


def test_what_is_said() -> None:
    found = verdict(RULE, one(TEMPLATE, LaunchTemplateData={"ImageId": FIXED}))
    assert found
    assert found.message == f"ImageId is {FIXED}, which stays as it is and gets no patches."


def test_a_mapping_is_said_by_its_first() -> None:
    image = {"Fn::If": ["Some", FIXED, OTHER]}
    assert judged(RULE, one(INSTANCE, ImageId=image)) == "failed"
    found = verdict(RULE, one(INSTANCE, ImageId=image))
    assert found
    assert f"{FIXED}, one of 2, which" in found.message


def _group(launch: dict[str, Any]) -> dict[str, Any]:
    return {"Group": {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": launch}}


_OF_TEMPLATE = {"LaunchTemplate": {"LaunchTemplateId": {"Ref": "Subject"}, "Version": "1"}}
_PROVIDER = {
    "Provider": {
        "Type": "AWS::ECS::CapacityProvider",
        "Properties": {"AutoScalingGroupProvider": {"AutoScalingGroupArn": {"Ref": "Group"}}},
    }
}


def _nodes(**template: Any) -> dict[str, Any]:
    return {"Nodes": {"Type": "AWS::EKS::Nodegroup", "Properties": {"LaunchTemplate": template}}}


def _starting(*lines: Any) -> dict[str, Any]:
    return {"Fn::Base64": {"Fn::Join": ["\n", ["#!/bin/bash", *lines]]}}


ECS = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
EKS = "/aws/service/eks/optimized-ami/<version of the cluster>/amazon-linux-2023/x86_64/standard/recommended/image_id"


@pytest.mark.parametrize(
    ("data", "beside", "expected"),
    [
        ({"UserData": _starting({"Fn::Sub": "echo ECS_CLUSTER=${Given} >> /etc/ecs/ecs.config"})}, {}, ECS),
        ({}, {**_group(_OF_TEMPLATE), **_PROVIDER}, ECS),
        ({"UserData": _starting("/etc/eks/bootstrap.sh clinic")}, {}, EKS),
        ({}, _nodes(Id={"Ref": "Subject"}), EKS),
        ({"LaunchTemplateName": "nodes"}, _nodes(Name="nodes"), EKS),
        ({"UserData": _starting("dnf install -y httpd")}, _group(_OF_TEMPLATE), NEWEST),
    ],
)
def test_the_image_is_of_what_the_machine_is_for(data: dict[str, Any], beside: dict[str, Any], expected: str) -> None:
    name = {key: value for key, value in data.items() if key == "LaunchTemplateName"}
    rest = {key: value for key, value in data.items() if key not in name}
    subject = one(TEMPLATE, **name, LaunchTemplateData={"ImageId": FIXED, **rest})
    app = App()
    app.add("Test.template.json", {"Parameters": {"Given": {"Type": "String"}}, "Resources": {**subject, **beside}})
    (machine,) = app.of_type(TEMPLATE)
    fix = rule(RULE).fix_of(TEMPLATE, machine)
    assert fix
    assert f"resolve:ssm:{expected}," in fix.in_cloudformation()


def test_a_vendors_image_stays_the_vendors() -> None:
    assert "of a vendor that vendor's newest" in to_do(RULE, one(INSTANCE, ImageId=FIXED))


@pytest.mark.parametrize("in_cdk", [False, True])
@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("#!/bin/bash\namazon-linux-extras enable mongodb4.0\n", True),
        ("sudo amazon-linux-extras install -y docker", True),
        ("dnf install -y docker", False),
    ],
)
def test_a_start_that_runs_what_the_new_image_lacks_is_told(script: str, said: bool, *, in_cdk: bool) -> None:
    machine = one(INSTANCE, ImageId=FIXED, UserData={"Fn::Base64": script})
    assert ("which Amazon Linux 2023 does not have" in to_do(RULE, machine, in_cdk=in_cdk)) is said
    launched = one(TEMPLATE, LaunchTemplateData={"ImageId": FIXED, "UserData": {"Fn::Base64": script}})
    assert ("which Amazon Linux 2023 does not have" in to_do(RULE, launched, in_cdk=in_cdk)) is said
