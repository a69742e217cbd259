"""The volumes of machines: those that the app lists, and the one they start from, if the image is known.

Of a volume that is listed what is left out is set, unless it comes from a snapshot, whose copy it is. One that is not
listed is the image's own, and can be encrypted where that is known to start from ``/dev/xvda``.

AWS publishes no table of root devices: they differ by image, says
docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html. Those of Amazon Linux, and of ECS upon Amazon Linux 2
and 2023, have ``/dev/xvda`` as their only volume: of that AWS makes the latter, by al2.pkr.hcl and al2023.pkr.hcl in
github.com/aws/amazon-ecs-ami (al1.pkr.hcl for the first Amazon Linux). AWS names the newest of each in a public
parameter (docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters-ami.html). An image
that comes by one of these is known. Others are not, nor are those with more volumes, such as Bottlerocket's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_kms as kms

from hipaa_constructs.compliance.replacements import replaced_by
from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.primitives.caller_grants import let_volumes_use

_INSTANCE = "AWS::EC2::Instance"
_LAUNCH_TEMPLATE = "AWS::EC2::LaunchTemplate"
_LAUNCH_CONFIGURATION = "AWS::AutoScaling::LaunchConfiguration"
MACHINES = (_INSTANCE, _LAUNCH_TEMPLATE, _LAUNCH_CONFIGURATION)

_ROOT = "/dev/xvda"
_KNOWN = re.compile(
    r"(?:(?:\{\{)?resolve:ssm:)?/aws/service/(?:ami-amazon-linux-latest/(?:al2023-ami-|amzn2-ami-|amzn-ami-hvm-\w+-(?:gp2|ebs)$)|"
    r"ecs/optimized-ami/amazon-linux-(?:2|2023)/)"
)
_MIGRATION = "Until then, have the account encrypt new volumes by default, as AccountBaseline does."


def encrypt_volumes(session: Session, found: Found) -> None:
    """Encrypt what the app lists without a word on it, and the root volume of known images where it lists none."""
    parameters: dict[cdk.Stack, Mapping[str, str]] = {}
    for kind in MACHINES:
        for resource in found.of(kind):
            image, listed = _started_from(session, kind, resource)
            if listed is not None:
                _encrypt_listed(session, kind, resource, listed)
            elif _KNOWN.match(_parameter(session, parameters, resource, image)):
                _encrypt(session, kind, resource)


def _started_from(session: Session, kind: str, resource: Any) -> tuple[Any, Any]:
    """Return the image of a machine, and the volumes that are listed, or None."""
    if kind == _LAUNCH_TEMPLATE:
        data = session.resolved(resource, "launch_template_data").get("launch_template_data", {})
        return data.get("imageId"), data.get("blockDeviceMappings")
    said = session.resolved(resource, "image_id", "block_device_mappings")
    return said.get("image_id"), said.get("block_device_mappings")


def _encrypt_listed(session: Session, kind: str, resource: cdk.CfnResource, listed: Any) -> None:
    keyed = kind != _LAUNCH_CONFIGURATION
    volumes = {place: _left_out(one, keyed) for place, one in enumerate(listed if isinstance(listed, list) else ())}
    volumes = {place: names for place, names in volumes.items() if names}
    if not volumes:
        return
    if not _record(session, kind, resource, "The volumes that are listed are encrypted{}."):
        return
    for place, names in volumes.items():
        for name in names:
            value = True if name == "Encrypted" else _volume_key(session, resource)
            resource.add_property_override(f"{_listed_in(kind)}.{place}.Ebs.{name}", value)


def _left_out(mapping: Any, keyed: bool) -> list[str]:
    """Return what a volume is not told of its encryption."""
    volume = mapping.get("ebs") if isinstance(mapping, dict) else None
    if not isinstance(volume, dict) or volume.get("snapshotId") is not None:
        return []
    encrypted = volume.get("encrypted")
    if encrypted not in (None, True):
        return []
    names = ["Encrypted"] if encrypted is None else []
    return [*names, "KmsKeyId"] if keyed and volume.get("kmsKeyId") is None else names


def _parameter(
    session: Session, parameters: dict[cdk.Stack, Mapping[str, str]], resource: cdk.CfnResource, image: Any
) -> str:
    """Return the name of the public parameter that an image comes by, or nothing."""
    if isinstance(image, str):
        return image
    if not isinstance(image, dict) or "Ref" not in image:
        return ""
    stack = session.stack(resource)
    if stack not in parameters:
        parameters[stack] = {
            session.name(one): str(one.default) for one in stack.node.children if isinstance(one, cdk.CfnParameter)
        }
    return parameters[stack].get(image["Ref"], "")


def _encrypt(session: Session, kind: str, resource: cdk.CfnResource) -> None:
    if not _record(session, kind, resource, "The volume that it starts from is encrypted{}."):
        return
    # Without a size and a kind the volume has those of the image. Amazon Linux's goes with its machine.
    volume: dict[str, Any] = {"Encrypted": True, "DeleteOnTermination": True}
    if kind != _LAUNCH_CONFIGURATION:
        volume["KmsKeyId"] = _volume_key(session, resource)
    resource.add_property_override(_listed_in(kind), [{"DeviceName": _ROOT, "Ebs": volume}])


def _listed_in(kind: str) -> str:
    return "LaunchTemplateData.BlockDeviceMappings" if kind == _LAUNCH_TEMPLATE else "BlockDeviceMappings"


def _record(session: Session, kind: str, resource: cdk.CfnResource, encrypted: str) -> bool:
    """Note what becomes of a machine's volumes, and return whether they may be changed."""
    properties = [_listed_in(kind)]
    # A launch configuration can name no key:
    # docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
    # aws-properties-autoscaling-launchconfiguration-blockdevice.html
    why = encrypted.format(" with the stack's key" if kind != _LAUNCH_CONFIGURATION else "")
    left = bool(replaced_by(kind, properties)) and not session.new_stores
    if left:
        why = f"{why} {properties[0]} is set when the resource is made. {_MIGRATION}"
    path = session.path(resource).removesuffix("/Resource")
    session.record(resource, path, kind, "block_devices", properties, "left" if left else "set", why)
    return not left


def _volume_key(session: Session, resource: cdk.CfnResource) -> str:
    key = session.key(resource)
    admit_volumes(session, key)
    return key.key_arn


def admit_volumes(session: Session, key: kms.IKey) -> None:
    """Let volumes of this account be under the key."""
    once = (id(key), "volumes")
    if once not in session.admitted:
        session.admitted.add(once)
        let_volumes_use(key)
