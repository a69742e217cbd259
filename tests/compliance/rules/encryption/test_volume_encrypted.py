from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("AWS::EC2::Volume", {"Encrypted": True}, "passed"),
        ("AWS::EC2::Volume", {"Encrypted": "true"}, "passed"),
        ("AWS::EC2::Volume", {}, "failed"),
        ("AWS::EC2::Volume", {"Encrypted": False, "SnapshotId": "snap-1"}, "failed"),
        ("AWS::EC2::Volume", {"SnapshotId": "snap-1"}, "unknown"),
        ("AWS::EC2::Volume", {"Encrypted": GIVEN}, "unknown"),
        (
            "AWS::EC2::Instance",
            {"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True}}]},
            "passed",
        ),
        (
            "AWS::EC2::Instance",
            {
                "BlockDeviceMappings": [
                    {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True}},
                    {"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 8}},
                ]
            },
            "failed",
        ),
        ("AWS::EC2::Instance", {}, "failed"),
        (
            "AWS::EC2::Instance",
            {"BlockDeviceMappings": [{"DeviceName": "/dev/sdb", "VirtualName": "ephemeral0"}]},
            "failed",
        ),
        ("AWS::EC2::Instance", {"BlockDeviceMappings": GIVEN}, "unknown"),
        (
            "AWS::AutoScaling::LaunchConfiguration",
            {"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True}}]},
            "passed",
        ),
        (
            "AWS::AutoScaling::LaunchConfiguration",
            {
                "BlockDeviceMappings": [
                    {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True}},
                    {"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 8}},
                ]
            },
            "failed",
        ),
        ("AWS::AutoScaling::LaunchConfiguration", {}, "failed"),
        (
            "AWS::AutoScaling::LaunchConfiguration",
            {"BlockDeviceMappings": [{"DeviceName": "/dev/sdb", "VirtualName": "ephemeral0"}]},
            "failed",
        ),
        ("AWS::AutoScaling::LaunchConfiguration", {"BlockDeviceMappings": GIVEN}, "unknown"),
        ("AWS::EC2::Instance", {"LaunchTemplate": {"LaunchTemplateId": "lt-1"}}, "not_applicable"),
        (
            "AWS::EC2::LaunchTemplate",
            {"LaunchTemplateData": {"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True}}]}},
            "passed",
        ),
        (
            "AWS::EC2::LaunchTemplate",
            {"LaunchTemplateData": {"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": False}}]}},
            "failed",
        ),
        ("AWS::EC2::LaunchTemplate", {"LaunchTemplateData": {}}, "failed"),
        (
            "AWS::EC2::SpotFleet",
            {"SpotFleetRequestConfigData": {"LaunchSpecifications": [{"BlockDeviceMappings": [{"Ebs": {}}]}]}},
            "failed",
        ),
        (
            "AWS::ECS::Service",
            {"VolumeConfigurations": [{"Name": "data", "ManagedEBSVolume": {"Encrypted": True}}]},
            "passed",
        ),
        ("AWS::ECS::Service", {"VolumeConfigurations": [{"Name": "data", "ManagedEBSVolume": {}}]}, "failed"),
        ("AWS::ECS::Service", {}, "not_applicable"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("volume_encrypted", one(kind, **properties)) == expected


def test_a_root_volume_that_nothing_mentions_is_worth_a_warning() -> None:
    found = verdict("volume_encrypted", one("AWS::EC2::Instance", ImageId="ami-1"))
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", "warning")


_OPTIONS = {"MetadataOptions": {"HttpTokens": "required"}}


@pytest.mark.parametrize(
    ("data", "instance", "template"),
    [
        (_OPTIONS, "failed", "not_applicable"),
        ({**_OPTIONS, "ImageId": "ami-1"}, "not_applicable", "failed"),
        (
            {"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True}}]},
            "not_applicable",
            "passed",
        ),
        (GIVEN, "not_applicable", "unknown"),
    ],
)
@pytest.mark.parametrize("named", [{"LaunchTemplateId": {"Ref": "Template"}}, {"LaunchTemplateName": "options"}])
def test_a_template_of_options_leaves_the_volumes_to_the_instance(
    named: dict[str, Any], data: Any, instance: str, template: str
) -> None:
    machine = {"Type": "AWS::EC2::Instance", "Properties": {"ImageId": "ami-1", "LaunchTemplate": named}}
    options = {
        "Type": "AWS::EC2::LaunchTemplate",
        "Properties": {"LaunchTemplateName": "options", "LaunchTemplateData": data},
    }
    assert judged("volume_encrypted", {"Subject": machine, "Template": options}) == instance
    other = {"Ref": "Subject"} if "LaunchTemplateId" in named else "options"
    machine["Properties"] = {"LaunchTemplate": {next(iter(named)): other}}
    assert judged("volume_encrypted", {"Machine": machine, "Subject": options}) == template


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("AWS::EKS::Nodegroup", {}, "failed"),
        ("AWS::EKS::Nodegroup", {"LaunchTemplate": {"Id": "lt-1"}}, "not_applicable"),
        ("AWS::EKS::Nodegroup", {"LaunchTemplate": GIVEN}, "unknown"),
        ("AWS::Batch::ComputeEnvironment", {"ComputeResources": {"Type": "EC2"}}, "failed"),
        ("AWS::Batch::ComputeEnvironment", {"ComputeResources": {"Type": "SPOT"}}, "failed"),
        ("AWS::Batch::ComputeEnvironment", {"ComputeResources": {"Type": "FARGATE"}}, "not_applicable"),
        ("AWS::Batch::ComputeEnvironment", {"ComputeResources": {"Type": GIVEN}}, "unknown"),
        ("AWS::Batch::ComputeEnvironment", {"Type": "UNMANAGED"}, "not_applicable"),
        (
            "AWS::Batch::ComputeEnvironment",
            {"ComputeResources": {"Type": "EC2", "LaunchTemplate": {"LaunchTemplateName": "jobs"}}},
            "not_applicable",
        ),
    ],
)
def test_machines_of_services_take_volumes_from_a_launch_template(
    kind: str, properties: dict[str, Any], expected: str
) -> None:
    found = verdict("volume_encrypted", one(kind, **properties))
    assert found is not None
    assert found.outcome.value == expected
    assert found.severity == ("warning" if expected == "failed" else None)
