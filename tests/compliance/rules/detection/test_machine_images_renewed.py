from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, outcome, verdict

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
