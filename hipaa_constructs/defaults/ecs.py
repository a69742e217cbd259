"""Amazon ECS: containers log."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_logs as logs

from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.setting import Made, Plain, Setting
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup

LOGGED = "What the container says goes to a log group under the stack's key, kept seven years."


def log_driver(made: Made) -> Any:
    """Return where a container logs that names no place."""
    group: logs.ILogGroup = EncryptedLogGroup(made.home, "Logs", encryption_key=made.key).log_group
    return ecs.LogDriver.aws_logs(log_group=group, stream_prefix=made.construct_id)


SERVICE = Service(
    plain=[
        Plain(
            construct=ecs.ContainerDefinition,
            props=ecs.ContainerDefinitionProps,
            resource_type="AWS::ECS::TaskDefinition",
            settings=[
                # A task definition is no store: a change of it makes a new revision anyway.
                Setting(
                    argument="logging",
                    properties=[],
                    value=log_driver,
                    why=LOGGED,
                )
            ],
        ),
        Plain(
            construct=ecs.Cluster,
            props=ecs.ClusterProps,
            resource_type="AWS::ECS::Cluster",
            settings=[
                Setting(
                    argument="container_insights_v2",
                    properties=["ClusterSettings"],
                    value=lambda made: ecs.ContainerInsights.ENABLED,
                    unless=["container_insights"],
                    why="How tasks do is measured.",
                )
            ],
        ),
    ]
)
