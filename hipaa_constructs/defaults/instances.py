"""Amazon EC2: instances answer metadata requests of version 2 only, and are watched by the minute.

What they start from is encrypted if the image is known, see ``volumes``; else that is for the account's own default, as
``AccountBaseline`` sets it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2

from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Made, Plain, Setting
from hipaa_constructs.defaults.volumes import MACHINES, encrypt_volumes

_METADATA = "A request that a server is tricked into gets no credentials from the metadata service."
_WATCHED = "Its figures come every minute."

_GROUP = "AWS::AutoScaling::AutoScalingGroup"
_TEMPLATES = "@aws-cdk/aws-autoscaling:generateLaunchTemplateInsteadOfLaunchConfig"
_STARTS_WITHIN = 300
_BASTIONS = "@aws-cdk/aws-ec2:bastionHostUseAmazonLinux2023ByDefault"
# The one kind of subnet with a route from the internet; the others go by old names too, such as PRIVATE_WITH_NAT.
_PUBLIC = "PUBLIC"


def _in_private_subnets(made: Made) -> bool:
    """Whether CDK puts the group into subnets without a route from the internet, where an address is of no use.

    A launch template leaves it out without being told.
    """
    if made.session.flag(_TEMPLATES):
        return False
    subnets = made.props.get("vpcSubnets")
    if subnets is not None:
        kind = subnets.get("subnetType") if isinstance(subnets, Mapping) else subnets.subnet_type
        return kind is not None and str(getattr(kind, "value", kind)).upper() != _PUBLIC
    vpc = made.props.get("vpc")
    return vpc is not None and bool(vpc.private_subnets or vpc.isolated_subnets)


def _amazon_linux_2023(made: Made) -> ec2.IMachineImage:
    """Return the image that CDK starts bastions from by its flag, for the processor of the instance's type."""
    kind = made.props.get("instanceType")
    arm = kind is not None and kind.architecture == ec2.InstanceArchitecture.ARM_64
    return ec2.MachineImage.latest_amazon_linux2023(
        cpu_type=ec2.AmazonLinuxCpuType.ARM_64 if arm else ec2.AmazonLinuxCpuType.X86_64
    )


def _finish(session: Session, found: Found) -> None:
    encrypt_volumes(session, found)
    for resource in found.of(_GROUP):
        if not session.resolved(resource, "target_group_arns", "load_balancer_names"):
            continue
        _double(session, resource)
        if resource.health_check_type is None:
            resource.health_check_type = "ELB"
            resource.health_check_grace_period = resource.health_check_grace_period or _STARTS_WITHIN
            path = session.path(session.owner(resource))
            properties = ["HealthCheckType", "HealthCheckGracePeriod"]
            session.record(resource, path, _GROUP, "health_checks", properties, "set", _REPLACED)


def _double(session: Session, group: Any) -> None:
    """Have a new group behind a load balancer start two machines, where the app says nothing of their number.

    CDK's own number is one, and one at most, so that nothing scales it.
    """
    path = session.path(session.owner(group))
    given = session.seen.get(path)
    if not session.new_stores or given is None or any(given.get(name) is not None for name in _COUNTS):
        return
    if (group.min_size, group.max_size, group.desired_capacity) != ("1", "1", None):
        return
    group.min_size = group.max_size = str(_MACHINES)
    session.record(group, path, _GROUP, "min_capacity", ["MinSize", "MaxSize"], "set", _DOUBLED)


_MACHINES = 2
_COUNTS = ("desiredCapacity", "maxCapacity", "minCapacity")
_DOUBLED = "Two machines answer, so that one does while the other is replaced."
_REPLACED = "An instance that its load balancer finds dead is replaced, from five minutes after its start."

SERVICE = Service(
    plain=[
        Plain(
            construct=ec2.BastionHostLinux,
            props=ec2.BastionHostLinuxProps,
            resource_type="AWS::EC2::Instance",
            migration="Until then: aws ec2 modify-instance-metadata-options --http-tokens required.",
            settings=[
                Setting(
                    argument="require_imdsv2",
                    properties=["LaunchTemplate"],
                    value=lambda made: True,
                    why=_METADATA,
                ),
                Setting(
                    argument="machine_image",
                    properties=["ImageId"],
                    value=_amazon_linux_2023,
                    when=lambda made: not made.session.flag(_BASTIONS),
                    why="CDK's own choice without its flag, Amazon Linux 2, is past its end of support.",
                ),
            ],
        ),
        Plain(
            construct=ec2.Instance,
            props=ec2.InstanceProps,
            resource_type="AWS::EC2::Instance",
            migration="Until then: aws ec2 modify-instance-metadata-options --http-tokens required.",
            settings=[
                # By a launch template, which CloudFormation sets when it makes the instance.
                Setting(
                    argument="require_imdsv2",
                    properties=["LaunchTemplate"],
                    value=lambda made: True,
                    unless=["http_tokens"],
                    why=_METADATA,
                ),
                Setting(
                    argument="detailed_monitoring", properties=["Monitoring"], value=lambda made: True, why=_WATCHED
                ),
            ],
        ),
        Plain(
            construct=ec2.LaunchTemplate,
            props=ec2.LaunchTemplateProps,
            resource_type="AWS::EC2::LaunchTemplate",
            settings=[
                Setting(
                    argument="require_imdsv2",
                    properties=["LaunchTemplateData"],
                    value=lambda made: True,
                    unless=["http_tokens"],
                    why=_METADATA,
                ),
                Setting(
                    argument="detailed_monitoring",
                    properties=["LaunchTemplateData"],
                    value=lambda made: True,
                    why=_WATCHED,
                ),
            ],
        ),
        Plain(
            construct=autoscaling.AutoScalingGroup,
            props=autoscaling.AutoScalingGroupProps,
            resource_type=_GROUP,
            migration="Give the group a launch_template that requires IMDSv2.",
            settings=[
                Setting(
                    argument="require_imdsv2",
                    properties=["LaunchConfigurationName"],
                    value=lambda made: True,
                    unless=["launch_template", "mixed_instances_policy"],
                    why=_METADATA,
                ),
                Setting(
                    argument="associate_public_ip_address",
                    properties=["LaunchConfigurationName"],
                    value=lambda made: False,
                    unless=["launch_template", "mixed_instances_policy"],
                    when=_in_private_subnets,
                    why="Instances in private subnets get no public address, whatever their subnet says.",
                ),
            ],
        ),
    ],
    types=[_GROUP, *MACHINES],
    finish=_finish,
    later=[
        "Instances, launch templates and launch configurations whose image comes by AWS's public parameters for Amazon "
        "Linux, or for ECS upon it, start from an encrypted volume: with the stack's key, but for launch "
        "configurations, which can name none. So do volumes that are listed without a word on encryption, or on the "
        "key, unless they come from a snapshot.",
        "Auto Scaling groups behind a load balancer heed its health checks.",
    ],
)
