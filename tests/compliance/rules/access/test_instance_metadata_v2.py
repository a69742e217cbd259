from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, outcome, to_do, verdict

INSTANCE = "AWS::EC2::Instance"
GROUP = "AWS::AutoScaling::AutoScalingGroup"
NEWEST = "{{resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64}}"
NOTEBOOK, ASKED = "AWS::SageMaker::NotebookInstance", "MinimumInstanceMetadataServiceVersion"


def _template(tokens: str) -> dict[str, Any]:
    data = {"MetadataOptions": {"HttpTokens": tokens}}
    properties = {"LaunchTemplateName": "base", "LaunchTemplateData": data}
    return {"Template": {"Type": "AWS::EC2::LaunchTemplate", "Properties": properties}}


def _mixed(template: Any) -> dict[str, Any]:
    return {"LaunchTemplate": {"LaunchTemplateSpecification": {"LaunchTemplateId": template}}}


def _old(options: dict[str, Any]) -> dict[str, Any]:
    return {"Old": {"Type": "AWS::AutoScaling::LaunchConfiguration", "Properties": {"MetadataOptions": options}}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(INSTANCE, MetadataOptions={"HttpTokens": "required"}), "passed"),
        (one(INSTANCE, MetadataOptions={"HttpTokens": "optional"}), "failed"),
        (one(INSTANCE, MetadataOptions={"HttpEndpoint": "disabled"}), "passed"),
        (one(INSTANCE), "failed"),
        (one(INSTANCE, ImageId=NEWEST), "passed"),
        (one(INSTANCE, ImageId=NEWEST, MetadataOptions={"HttpEndpoint": "enabled"}), "passed"),
        (one(INSTANCE, ImageId=NEWEST, MetadataOptions={"HttpTokens": "optional"}), "failed"),
        (one(INSTANCE, ImageId=NEWEST, MetadataOptions=GIVEN), "unknown"),
        (one(INSTANCE, ImageId=NEWEST, MetadataOptions={"HttpTokens": GIVEN}), "unknown"),
        (one(INSTANCE, ImageId=NEWEST.replace("al2023-ami-kernel-default", "amzn2-ami-hvm")), "failed"),
        (one(INSTANCE, ImageId={"Fn::If": ["New", NEWEST, "ami-0123456789abcdef0"]}), "failed"),
        (one("AWS::EC2::LaunchTemplate", LaunchTemplateData={"ImageId": "resolve:ssm:" + NEWEST[14:-2]}), "passed"),
        (one(INSTANCE, MetadataOptions=GIVEN), "unknown"),
        (one(INSTANCE, MetadataOptions={"HttpTokens": GIVEN}), "unknown"),
        (
            one(INSTANCE, LaunchTemplate={"LaunchTemplateId": {"Ref": "Template"}}) | _template("required"),
            "not_applicable",
        ),
        (
            one(INSTANCE, LaunchTemplate={"LaunchTemplateId": {"Ref": "Template"}}) | _template("optional"),
            "not_applicable",
        ),
        (one(INSTANCE, LaunchTemplate={"LaunchTemplateName": "base"}) | _template("required"), "not_applicable"),
        (
            one(INSTANCE, LaunchTemplate={"LaunchTemplateName": "base"}, MetadataOptions={}) | _template("required"),
            "failed",
        ),
        (one(INSTANCE, LaunchTemplate={"LaunchTemplateId": "lt-0123"}), "unknown"),
        (
            one(GROUP, LaunchTemplate={"LaunchTemplateId": {"Ref": "Template"}}) | _template("required"),
            "not_applicable",
        ),
        (one(GROUP, MixedInstancesPolicy=_mixed({"Ref": "Template"})) | _template("optional"), "not_applicable"),
        (one(GROUP, LaunchConfigurationName={"Ref": "Old"}) | _old({"HttpTokens": "required"}), "not_applicable"),
        (one(GROUP, LaunchConfigurationName={"Ref": "Old"}) | _old({}), "not_applicable"),
        (one(GROUP, LaunchConfigurationName="elsewhere"), "unknown"),
        (one("AWS::EC2::LaunchTemplate", LaunchTemplateData={}), "failed"),
        (one("AWS::AutoScaling::LaunchConfiguration"), "failed"),
        (one(NOTEBOOK), "failed"),
        (one(NOTEBOOK, InstanceMetadataServiceConfiguration={ASKED: "1"}), "failed"),
        (one(NOTEBOOK, InstanceMetadataServiceConfiguration={ASKED: 2}), "passed"),
        (one(NOTEBOOK, InstanceMetadataServiceConfiguration={ASKED: GIVEN}), "unknown"),
        (one("AWS::ECS::Service"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("instance_metadata_v2", resources) == expected


@pytest.mark.parametrize(
    ("script", "breaks"),
    [
        ("curl http://169.254.169.254/latest/meta-data/instance-id", True),
        (
            "T=$(curl -X PUT http://169.254.169.254/latest/api/token); curl http://169.254.169.254/latest/meta-data",
            False,
        ),
        ("yum update -y", False),
    ],
)
@pytest.mark.parametrize("encoded", [False, True])
def test_the_fix_says_where_a_script_has_to_change(script: str, breaks: bool, encoded: bool) -> None:
    data = base64.b64encode(script.encode()).decode() if encoded else {"Fn::Base64": script}
    said = to_do("instance_metadata_v2", one("AWS::EC2::Instance", UserData=data))
    assert ("without a token" in said) is breaks


UNLESS = " unless the image or the account asks for version 2."


@pytest.mark.parametrize(
    ("properties", "left"),
    [
        ({"ImageId": "ami-0123456789abcdef0"}, True),
        ({"ImageId": GIVEN}, True),
        ({}, True),
        ({"ImageId": "ami-0123456789abcdef0", "MetadataOptions": {"HttpTokens": "optional"}}, False),
        ({"ImageId": NEWEST.replace("al2023-ami-kernel-default", "amzn2-ami-hvm")}, False),
    ],
)
def test_an_image_that_nobody_knows_may_ask_for_tokens(properties: dict[str, Any], left: bool) -> None:
    found = verdict("instance_metadata_v2", one(INSTANCE, **properties))
    assert found.outcome == "failed"
    assert found.message.endswith(UNLESS) is left


@pytest.mark.parametrize(
    ("image", "parameter", "expected"),
    [
        (
            {"Ref": "AmiId"},
            {"Description": "Amazon Linux 2023 x86_64 AMI", "Default": "ami-0123456789abcdef0"},
            "unknown",
        ),
        ({"Ref": "AmiId"}, {"Description": "Amazon Linux 2 AMI", "Default": "ami-0123456789abcdef0"}, "failed"),
        ({"Ref": "AmiId"}, {"Description": "hospital2023"}, "failed"),
        ({"Ref": "AL2023Ami"}, {}, "unknown"),
        ({"Ref": "AmiId"}, {"Default": "/clinic/images/amazon-linux-2023/latest"}, "unknown"),
        ("{{resolve:ssm:/clinic/images/al2023}}", {}, "unknown"),
        ({"Fn::FindInMap": ["Images", {"Ref": "AWS::Region"}, "AL2023"]}, {}, "unknown"),
        ({"Fn::If": ["Large", {"Ref": "AL2023Ami"}, "ami-0123456789abcdef0"]}, {}, "failed"),
    ],
)
def test_what_is_called_amazon_linux_2023_is_likely_to_ask(
    image: Any, parameter: dict[str, Any], expected: str
) -> None:
    declared = {"Type": "String", **parameter}
    names = ("AmiId", "AL2023Ami", "Size")
    parameters = {name: declared if name == "AmiId" else {"Type": "String"} for name in names}
    sections: dict[str, Any] = {
        "Parameters": parameters,
        "Conditions": {"Large": {"Fn::Equals": [{"Ref": "Size"}, "large"]}},
        "Mappings": {"Images": {"us-east-1": {"AL2023": "ami-0123456789abcdef0"}}},
    }
    assert outcome("instance_metadata_v2", one(INSTANCE, ImageId=image), **sections) == expected


def _answering(**options: Any) -> dict[str, Any]:
    return one(
        "AWS::EC2::LaunchTemplate", LaunchTemplateData={"MetadataOptions": {"HttpTokens": "required", **options}}
    )


@pytest.mark.parametrize(
    ("resources", "expected", "severity"),
    [
        (_answering(HttpPutResponseHopLimit=1), "passed", None),
        (_answering(HttpPutResponseHopLimit=2), "passed", None),
        (_answering(HttpPutResponseHopLimit=3), "failed", "warning"),
        (_answering(HttpPutResponseHopLimit="64"), "failed", "warning"),
        (_answering(HttpPutResponseHopLimit=GIVEN), "passed", None),
        (_answering(HttpPutResponseHopLimit=64, HttpEndpoint="disabled"), "passed", None),
        (_answering(HttpPutResponseHopLimit=64, HttpTokens="optional"), "failed", None),
    ],
)
def test_how_far_an_answer_goes(resources: dict[str, Any], expected: str, severity: str | None) -> None:
    found = verdict("instance_metadata_v2", resources)
    assert found is not None
    assert (found.outcome, found.severity) == (expected, severity)


def test_the_fix_of_an_answer_that_goes_far_says_how_far() -> None:
    assert "HttpPutResponseHopLimit: 2" in to_do("instance_metadata_v2", _answering(HttpPutResponseHopLimit=3))
    assert "HttpPutResponseHopLimit" not in to_do("instance_metadata_v2", _answering(HttpTokens="optional"))


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ({"SolutionStackName": "64bit Amazon Linux 2023 v4.0.1 running Python 3.9"}, "passed"),
        ({"SolutionStackName": "64bit Amazon Linux 2 v3.5.0 running Python 3.8"}, "failed"),
        ({"PlatformArn": "arn:aws:elasticbeanstalk:us-east-1::platform/PHP on 64bit Amazon Linux 2/3.5"}, "failed"),
        ({"SolutionStackName": GIVEN}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_the_platform_of_an_environment_may_stand_in_its_template(platform: dict[str, Any], expected: str) -> None:
    template = {"Type": "AWS::ElasticBeanstalk::ConfigurationTemplate", "Properties": platform}
    named = one("AWS::ElasticBeanstalk::Environment", TemplateName={"Ref": "Config"}) | {"Config": template}
    assert judged("instance_metadata_v2", named) == expected
    assert judged("instance_metadata_v2", one("AWS::ElasticBeanstalk::Environment", **platform)) == expected
