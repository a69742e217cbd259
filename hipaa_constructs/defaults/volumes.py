"""The volumes that machines start from: encrypted, where the image is known to start from ``/dev/xvda``.

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
_WHY = "The volume that it starts from is encrypted{}."
_MIGRATION = "Until then, have the account encrypt new volumes by default, as AccountBaseline does."


def encrypt_roots(session: Session, found: Found) -> None:
    """Encrypt the root volume of machines whose image is known, where the app lists no volume."""
    parameters: dict[cdk.Stack, Mapping[str, str]] = {}
    for kind in MACHINES:
        for resource in found.of(kind):
            image, listed = _started_from(session, kind, resource)
            if listed or not _KNOWN.match(_parameter(session, parameters, resource, image)):
                continue
            _encrypt(session, kind, resource)


def _started_from(session: Session, kind: str, resource: Any) -> tuple[Any, bool]:
    """Return the image of a machine, and whether volumes are listed."""
    if kind == _LAUNCH_TEMPLATE:
        data = session.resolved(resource, "launch_template_data").get("launch_template_data", {})
        return data.get("imageId"), data.get("blockDeviceMappings") is not None
    return session.resolved(resource, "image_id").get("image_id"), resource.block_device_mappings is not None


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
    path = session.path(resource).removesuffix("/Resource")
    within = "LaunchTemplateData." if kind == _LAUNCH_TEMPLATE else ""
    properties = [f"{within}BlockDeviceMappings"]
    # A launch configuration can name no key:
    # docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
    # aws-properties-autoscaling-launchconfiguration-blockdevice.html
    keyed = kind != _LAUNCH_CONFIGURATION
    why = _WHY.format(" with the stack's key" if keyed else "")
    if replaced_by(kind, properties) and not session.new_stores:
        why = f"{why} {properties[0]} is set when the resource is made. {_MIGRATION}"
        session.record(resource, path, kind, "block_devices", properties, "left", why)
        return
    # Without a size and a kind the volume has those of the image. Amazon Linux's goes with its machine.
    volume: dict[str, Any] = {"Encrypted": True, "DeleteOnTermination": True}
    if keyed:
        key = session.key(resource)
        admit_volumes(session, key)
        volume["KmsKeyId"] = key.key_arn
    resource.add_property_override(properties[0], [{"DeviceName": _ROOT, "Ebs": volume}])
    session.record(resource, path, kind, "block_devices", properties, "set", why)


def admit_volumes(session: Session, key: kms.IKey) -> None:
    """Let volumes of this account be under the key."""
    once = (id(key), "volumes")
    if once not in session.admitted:
        session.admitted.add(once)
        let_volumes_use(key)
