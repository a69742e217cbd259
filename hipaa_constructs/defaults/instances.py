"""Amazon EC2: instances answer metadata requests of version 2 only, and are watched by the minute.

Their volumes are for the account's own default to encrypt, as ``AccountBaseline`` sets it: which device an image starts
from is not known here.
"""

from __future__ import annotations

from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2

from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.setting import Plain, Setting

_METADATA = "A request that a server is tricked into gets no credentials from the metadata service."
_WATCHED = "Its figures come every minute."

SERVICE = Service(
    plain=[
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
            resource_type="AWS::AutoScaling::AutoScalingGroup",
            migration="Give the group a launch_template that requires IMDSv2.",
            settings=[
                Setting(
                    argument="require_imdsv2",
                    properties=["LaunchConfigurationName"],
                    value=lambda made: True,
                    unless=["launch_template", "mixed_instances_policy"],
                    why=_METADATA,
                )
            ],
        ),
    ]
)
