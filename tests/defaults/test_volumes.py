"""The volumes that an app lists for its machines."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2

from hipaa_constructs.defaults.secure_defaults import secure_defaults
from hipaa_constructs.testing import findings
from tests.defaults.support import FLAGS, Synthesized, lint_errors, new_stack, synthesized

_FLAGS = {**FLAGS, "@aws-cdk/aws-autoscaling:generateLaunchTemplateInsteadOfLaunchConfig": False}
_KIND = ec2.InstanceType("m7g.large")


def _define(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Imported",
        vpc_id="vpc-11111111",
        availability_zones=["us-east-1a", "us-east-1b"],
        private_subnet_ids=["subnet-11111111", "subnet-22222222"],
    )
    image = ec2.MachineImage.generic_linux({"us-east-1": "ami-11111111"})
    devices = [
        ec2.BlockDevice(device_name="/dev/sda1", volume=ec2.BlockDeviceVolume.ebs(8, encrypted=True)),
        ec2.BlockDevice(device_name="/dev/sdb", volume=ec2.BlockDeviceVolume.ebs(9)),
        ec2.BlockDevice(device_name="/dev/sdc", volume=ec2.BlockDeviceVolume.ebs(10, encrypted=False)),
        ec2.BlockDevice(device_name="/dev/sdd", volume=ec2.BlockDeviceVolume.ebs_from_snapshot("snap-11111111")),
        ec2.BlockDevice(device_name="/dev/sde", volume=ec2.BlockDeviceVolume.ephemeral(0)),
    ]
    ec2.Instance(stack, "One", vpc=vpc, instance_type=_KIND, machine_image=image, block_devices=devices)
    ec2.LaunchTemplate(stack, "Template", instance_type=_KIND, machine_image=image, block_devices=devices)
    autoscaling.AutoScalingGroup(
        stack,
        "Group",
        vpc=vpc,
        instance_type=_KIND,
        machine_image=image,
        block_devices=[
            autoscaling.BlockDevice(device_name="/dev/sdb", volume=autoscaling.BlockDeviceVolume.ebs(9)),
            autoscaling.BlockDevice(
                device_name="/dev/sdc", volume=autoscaling.BlockDeviceVolume.ebs(10, encrypted=False)
            ),
        ],
    )


def _volumes(made: Synthesized, kind: str) -> dict[str, Any]:
    """Return how the volumes of the one such machine are encrypted, by device."""
    (machine,) = made.of(kind) if kind != _TEMPLATE else [_data(made)]
    listed = {one["DeviceName"]: one.get("Ebs", {}) for one in machine["BlockDeviceMappings"]}
    return {device: {k: v for k, v in volume.items() if k in _ENCRYPTION} for device, volume in listed.items()}


def _data(made: Synthesized) -> dict[str, Any]:
    """Return the app's own launch template, not the one by which CDK requires IMDSv2."""
    all_of = [one["LaunchTemplateData"] for one in made.of(_TEMPLATE)]
    (data,) = [one for one in all_of if "ImageId" in one]
    return dict(data)


_ENCRYPTION = ("Encrypted", "KmsKeyId")
_INSTANCE, _TEMPLATE = "AWS::EC2::Instance", "AWS::EC2::LaunchTemplate"
_CONFIGURATION = "AWS::AutoScaling::LaunchConfiguration"


def _stack_key(made: Synthesized) -> dict[str, Any]:
    (name,) = [name for name, one in made.resources.items() if one["Type"] == "AWS::KMS::Key"]
    return {"Fn::GetAtt": [name, "Arn"]}


@pytest.mark.parametrize("kind", [_INSTANCE, _TEMPLATE])
def test_what_a_listed_volume_leaves_out_is_set(kind: str) -> None:
    made = synthesized(_define, flags=_FLAGS, new_stores=True)
    under_key = {"Encrypted": True, "KmsKeyId": _stack_key(made)}
    assert _volumes(made, kind) == {
        "/dev/sda1": under_key,
        "/dev/sdb": under_key,
        "/dev/sdc": {"Encrypted": False},
        "/dev/sdd": {},
        "/dev/sde": {},
    }
    assert "block_devices" in made.changed("S/One") & made.changed("S/Template")
    assert "VolumesOfThisAccount" in str(made.of("AWS::KMS::Key"))
    # A launch configuration is what cfn-lint warns of in any case.
    assert [one for one in lint_errors(made) if not one.startswith("W3697")] == []


def test_a_launch_configuration_names_no_key() -> None:
    made = synthesized(_define, flags=_FLAGS, new_stores=True)
    assert _volumes(made, _CONFIGURATION) == {"/dev/sdb": {"Encrypted": True}, "/dev/sdc": {"Encrypted": False}}


def test_volumes_of_machines_that_run_stay_and_are_named() -> None:
    made, before = synthesized(_define, flags=_FLAGS), synthesized(_define, flags=_FLAGS, secure=False)
    for kind in (_INSTANCE, _CONFIGURATION):
        assert _volumes(made, kind) == _volumes(before, kind)
    assert "AccountBaseline" in made.change("S/One", "block_devices").why
    assert made.change("S/One", "block_devices").outcome == "left"
    # A new version of a template replaces nothing.
    assert _volumes(made, _TEMPLATE)["/dev/sdb"]["Encrypted"] is True


def test_the_rules_find_what_the_app_said_alone() -> None:
    stack = new_stack(flags=_FLAGS)
    secure_defaults(stack, new_stores=True)
    _define(stack)
    app = stack.node.root
    assert isinstance(app, cdk.App)
    found = [one for one in findings(app) if "VolumeEncrypted" in one.rule_id]
    assert found
    assert all("/dev/sdc" in one.message for one in found if "KmsKeyId" not in one.message)
    assert not [one for one in found if "/dev/sda1" in one.message or "/dev/sdb" in one.message]
