"""What ``PrivateInstances`` start from, the group that keeps them running, and how they are patched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_ssm as ssm
from constructs import Construct

# docs.aws.amazon.com/linux/al2023/ug/ec2.html
_NEWEST = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{}"


def define_launch_template(
    scope: Construct,
    *,
    machine_image: ec2.IMachineImage | None,
    instance_type: ec2.InstanceType,
    role: iam.IRole,
    security_group: ec2.ISecurityGroup,
    user_data: ec2.UserData | None,
    volumes: Mapping[str, int],
    key: kms.IKey,
) -> ec2.LaunchTemplate:
    """Make the launch template: metadata of version 2 over one hop, volumes under ``key``, no public address."""
    return ec2.LaunchTemplate(
        scope,
        "LaunchTemplate",
        machine_image=machine_image or _newest_amazon_linux(instance_type),
        instance_type=instance_type,
        role=role,
        security_group=security_group,
        user_data=user_data,
        block_devices=[
            ec2.BlockDevice(
                device_name=name,
                volume=ec2.BlockDeviceVolume.ebs(
                    size,
                    encrypted=True,
                    kms_key=key,
                    volume_type=ec2.EbsDeviceVolumeType.GP3,
                    delete_on_termination=True,
                ),
            )
            for name, size in volumes.items()
        ],
        require_imdsv2=True,
        http_endpoint=True,
        http_put_response_hop_limit=1,
        associate_public_ip_address=False,
        detailed_monitoring=True,
        ebs_optimized=True,
        # A person cannot end an instance by a slip; Auto Scaling can:
        # docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_ChangingDisableAPITermination.html
        disable_api_termination=True,
    )


def _newest_amazon_linux(instance_type: ec2.InstanceType) -> ec2.IMachineImage:
    """Return what EC2 looks up at each launch, so that what replaces an instance is not as old as the deployment.

    Source: docs.aws.amazon.com/autoscaling/ec2/userguide/using-systems-manager-parameters.html.
    """
    arm = instance_type.architecture is ec2.InstanceArchitecture.ARM_64
    return ec2.MachineImage.resolve_ssm_parameter_at_launch(_NEWEST.format("arm64" if arm else "x86_64"))


def define_group(
    scope: Construct,
    *,
    vpc: ec2.IVpc,
    launch_template: ec2.LaunchTemplate,
    topic: sns.ITopic,
    min_capacity: int,
    max_capacity: int,
    start_within: cdk.Duration,
) -> autoscaling.AutoScalingGroup:
    """Make the group, in private subnets, which tells ``topic`` of whatever it does."""
    return autoscaling.AutoScalingGroup(
        scope,
        "Resource",
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
        launch_template=launch_template,
        min_capacity=min_capacity,
        max_capacity=max_capacity,
        health_checks=autoscaling.HealthChecks.ec2(grace_period=start_within),
        notifications=[
            autoscaling.NotificationConfiguration(topic=topic, scaling_events=autoscaling.ScalingEvents.ALL)
        ],
        update_policy=autoscaling.UpdatePolicy.rolling_update(
            max_batch_size=1, min_instances_in_service=min_capacity, pause_time=start_within
        ),
    )


def heed_checks(group: autoscaling.AutoScalingGroup) -> None:
    """Have the group replace what its load balancer finds dead, besides what EC2 does."""
    resource = cast("autoscaling.CfnAutoScalingGroup", group.node.default_child)
    resource.health_check_type = "ELB"


def define_patching(
    scope: Construct, group: autoscaling.AutoScalingGroup, *, weekday: str, hour: int
) -> ssm.CfnAssociation:
    """Have the instances of ``group`` install patches once a week, and see that they did.

    Which they are the patch baseline says that the account has for the operating system: AWS's own, unless somebody
    made another the default. Sources: docs.aws.amazon.com/systems-manager/latest/userguide/
    patch-manager-aws-runpatchbaseline.html, patch-manager-predefined-and-custom-patch-baselines.html and
    reference-cron-and-rate-expressions.html.
    """
    return ssm.CfnAssociation(
        scope,
        "Patching",
        name="AWS-RunPatchBaseline",
        targets=[
            ssm.CfnAssociation.TargetProperty(
                key="tag:aws:autoscaling:groupName", values=[group.auto_scaling_group_name]
            )
        ],
        parameters={"Operation": ["Install"], "RebootOption": ["RebootIfNeeded"]},
        schedule_expression=f"cron(0 {hour} ? * {weekday} *)",
        # Not at the first start of an instance, which the script of user data would be cut short by.
        apply_only_at_cron_interval=True,
        max_concurrency="1",
        max_errors="0",
        compliance_severity="HIGH",
    )
