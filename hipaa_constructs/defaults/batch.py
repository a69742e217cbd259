"""AWS Batch: containers log; machines of environments that are new start encrypted."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2

from hipaa_constructs.defaults.ecs import LOGGED, log_driver
from hipaa_constructs.defaults.machine_templates import ENCRYPTED, define_template
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.setting import Made, Plain, Setting


def _template(made: Made) -> ec2.ILaunchTemplate:
    # Batch takes Amazon Linux for ECS unless it is told otherwise:
    # docs.aws.amazon.com/batch/latest/userguide/compute_resource_AMIs.html
    template = define_template(made, ["/dev/xvda"])
    return ec2.LaunchTemplate.from_launch_template_attributes(made.home, "Import", launch_template_id=template.ref)


def _container(construct: Any, props: Any) -> Plain:
    return Plain(
        construct=construct,
        props=props,
        resource_type="AWS::Batch::JobDefinition",
        settings=[
            # A job definition is no store: a change of it makes a new revision.
            Setting(argument="logging", properties=[], value=log_driver, why=LOGGED)
        ],
    )


SERVICE = Service(
    plain=[
        _container(batch.EcsFargateContainerDefinition, batch.EcsFargateContainerDefinitionProps),
        _container(batch.EcsEc2ContainerDefinition, batch.EcsEc2ContainerDefinitionProps),
        Plain(
            construct=batch.ManagedEc2EcsComputeEnvironment,
            props=batch.ManagedEc2EcsComputeEnvironmentProps,
            resource_type="AWS::Batch::ComputeEnvironment",
            migration="Make a second environment, and have the queue take it.",
            settings=[
                Setting(
                    argument="launch_template",
                    properties=["ComputeResources"],
                    value=_template,
                    unless=["images"],
                    why=ENCRYPTED,
                )
            ],
        ),
    ]
)
