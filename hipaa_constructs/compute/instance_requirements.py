"""What the arguments of ``PrivateInstances`` have to meet before anything is defined."""

from __future__ import annotations

import re
from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from hipaa_constructs._arguments import is_token, refuse, require_range, require_unit, require_written
from hipaa_constructs._secret_texts import secret_in
from hipaa_constructs._stacks import path_of, stack_of
from hipaa_constructs._vpcs import private_zones

# Families whose hypervisor is Xen: `aws ec2 describe-instance-types --filters Name=hypervisor,Values=xen`, and those
# of docs.aws.amazon.com/ec2/latest/instancetypes/pg.html which are no longer offered.
_XEN = frozenset(
    "c1 c3 c4 cc2 cr1 d2 f1 g2 g3 g3s h1 hs1 i2 i3 m1 m2 m3 m4 p2 p3 r3 r4 t1 t2 x1 x1e".split()  # noqa: SIM905
)
# docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html
_MOST_GIB = 65_536
# docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html
_DEVICE = re.compile(r"/dev/(xvd|sd)[a-z]{1,2}\d{0,2}|xvd[a-z]{1,2}")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


def require_zones(vpc: ec2.IVpc) -> None:
    """Refuse a VPC whose private subnets are in fewer than two zones."""
    zones = private_zones(vpc)
    if len(zones) < 2:
        refuse(
            "vpc",
            path_of(vpc),
            allowed=f"instances stand in private subnets of two zones or more, and this VPC has them in {len(zones)}",
            fix="Pass PrivateVpc(…).vpc.",
        )


def require_nitro(instance_type: ec2.InstanceType) -> None:
    """Refuse instances that run on Xen: there an operator of the host could reach memory, on Nitro none can.

    Source: docs.aws.amazon.com/whitepapers/latest/security-design-of-aws-nitro-system/.
    """
    name = instance_type.to_string()
    if is_token(name):
        return
    family, _, size = name.partition(".")
    if family in _XEN and size != "metal":
        refuse(
            "instance_type",
            name,
            allowed="it takes instances of the Nitro System",
            fix="Pass a newer one, such as ec2.InstanceType('m7i.large').",
        )


def require_image(machine_image: ec2.IMachineImage | None, root_device_name: str | None) -> None:
    """Refuse an image without the name of its root volume: under another name what is written here encrypts nothing."""
    if (machine_image is None) is not (root_device_name is None):
        refuse(
            "root_device_name",
            root_device_name,
            allowed="it comes with machine_image, and only with it: by this name the image's own volume is encrypted",
            fix="`aws ec2 describe-images` shows it as RootDeviceName; for Amazon Linux 2023 leave out both.",
        )


def require_volumes(root_device_name: str, root_volume_gib: int, data_volumes: Mapping[str, int]) -> None:
    """Refuse sizes and names that EBS does not have, and a name that stands twice."""
    require_range("root_volume_gib", root_volume_gib, 8, _MOST_GIB, unit="GiB", fix="Leave it out for 30.")
    for name, size in data_volumes.items():
        if not _DEVICE.fullmatch(name) or name == root_device_name:
            refuse(
                "data_volumes",
                name,
                allowed=f"a device is '/dev/sdf' to '/dev/sdp', on Windows 'xvdf' to 'xvdp', not {root_device_name}",
                fix="Name it like '/dev/sdf'.",
            )
        require_range(f"data_volumes[{name!r}]", size, 1, _MOST_GIB, unit="GiB", fix="Say how large it is.")


def require_capacity(min_capacity: int, max_capacity: int | None) -> None:
    """Refuse fewer than two instances, and a group that an update could not add one to."""
    require_written("min_capacity", min_capacity, fix="Write the number.")
    require_range("min_capacity", min_capacity, 2, 1000, unit="instances", fix="Leave it out for 2, in two zones.")
    if max_capacity is None:
        return
    require_written("max_capacity", max_capacity, fix="Write the number.")
    if max_capacity <= min_capacity:
        refuse(
            "max_capacity",
            max_capacity,
            allowed=f"an update starts a new instance before it ends an old one: {min_capacity + 1} or more",
            fix="Leave it out for one more than min_capacity.",
        )


def require_patching(weekday: str, hour: int) -> None:
    """Refuse a time that a week does not have."""
    if weekday not in WEEKDAYS:
        refuse("patch_weekday", weekday, allowed=f"it takes one of {', '.join(WEEKDAYS)}", fix="Write it like 'SUN'.")
    require_written("patch_hour", hour, fix="Write the hour, in UTC.")
    require_range("patch_hour", hour, 0, 23, unit="o'clock, UTC", fix="Leave it out for 9.")


def require_start(start_within: cdk.Duration) -> None:
    """Refuse a time that CloudFormation does not wait.

    Source: docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html.
    """
    require_unit("start_within", start_within, "seconds")
    if not start_within.is_unresolved() and not 60 <= start_within.to_seconds() <= 3600:
        refuse(
            "start_within",
            f"{start_within.to_seconds():g} seconds",
            allowed="an update waits 1 to 60 minutes for an instance",
            fix="Leave it out for 5 minutes; what takes longer belongs into the image.",
        )


def require_no_secret(scope: Construct, user_data: ec2.UserData | None) -> None:
    """Refuse a secret in what runs at start: whoever may describe the launch template reads it."""
    if user_data is None:
        return
    written = stack_of(scope).resolve(user_data.render())
    text = written if isinstance(written, str) else stack_of(scope).to_json_string(written)
    kind = secret_in(text)
    if kind is None and re.search(r"\{\{resolve:(secretsmanager|ssm-secure):", text):
        kind = "a secret that CloudFormation fills in"
    if kind is not None:
        refuse(
            "user_data",
            kind,
            allowed="whoever may describe the launch template, and every process on the instance, reads it",
            fix="Call secret.grant_read(instances), and have the script read it from Secrets Manager.",
        )
