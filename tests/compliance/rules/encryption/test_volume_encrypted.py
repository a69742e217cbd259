from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


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
        ("AWS::EC2::Instance", {}, "unknown"),
        (
            "AWS::EC2::Instance",
            {"BlockDeviceMappings": [{"DeviceName": "/dev/sdb", "VirtualName": "ephemeral0"}]},
            "unknown",
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
        ("AWS::AutoScaling::LaunchConfiguration", {}, "unknown"),
        (
            "AWS::AutoScaling::LaunchConfiguration",
            {"BlockDeviceMappings": [{"DeviceName": "/dev/sdb", "VirtualName": "ephemeral0"}]},
            "unknown",
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
        ("AWS::EC2::LaunchTemplate", {"LaunchTemplateData": {}}, "unknown"),
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
