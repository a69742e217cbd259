"""What a task of ``PrivateFargateService`` is: what starts it, what it may, and its one container."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from hipaa_constructs._stacks import path_of
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.primitives.registry_access import PULL, let_sign_in
from hipaa_constructs.primitives.service_trust import of_this_account


def define_role(scope: Construct, construct_id: str, *, description: str) -> LeastPrivilegeRole:
    """Make a role for tasks of this account."""
    return LeastPrivilegeRole(
        scope, construct_id, assumed_by=of_this_account("ecs-tasks.amazonaws.com", scope), description=description
    )


def define_execution_role(scope: Construct, repository: ecr.IRepository) -> LeastPrivilegeRole:
    """Make the role that starts containers: it pulls from one repository; CDK lets it log, and read the secrets."""
    role = define_role(scope, "ExecutionRole", description=f"Starts the containers of {path_of(scope)}")
    repository.grant(role, *PULL)
    let_sign_in(role, description=f"Lets ECS sign in to the registry of {path_of(scope)}")
    return role


def define_task(
    scope: Construct,
    *,
    role: iam.IRole,
    execution_role: iam.IRole,
    cpu: int,
    memory_limit_mib: int,
    cpu_architecture: ecs.CpuArchitecture,
    ephemeral_storage_gib: int | None,
) -> ecs.FargateTaskDefinition:
    """Make the task definition, for Linux."""
    return ecs.FargateTaskDefinition(
        scope,
        "Task",
        cpu=cpu,
        memory_limit_mib=memory_limit_mib,
        ephemeral_storage_gib=ephemeral_storage_gib,
        runtime_platform=ecs.RuntimePlatform(
            cpu_architecture=cpu_architecture, operating_system_family=ecs.OperatingSystemFamily.LINUX
        ),
        task_role=role,
        execution_role=execution_role,
    )


def define_container(
    task: ecs.FargateTaskDefinition,
    *,
    image: str,
    command: Sequence[str] | None,
    environment: Mapping[str, str] | None,
    secrets: Mapping[str, ecs.Secret] | None,
    user: str,
    port: int,
    log_group: logs.ILogGroup,
    writable_paths: Sequence[str],
) -> ecs.ContainerDefinition:
    """Add the container: without root, capabilities, or anything that it could write to but ``writable_paths``."""
    linux = ecs.LinuxParameters(task, "Linux", init_process_enabled=True)
    linux.drop_capabilities(ecs.Capability.ALL)
    container = task.add_container(
        "Container",
        # from_ecr_repository would grant the registry's token in the policy that lets pull.
        image=ecs.ContainerImage.from_registry(image),
        command=None if command is None else list(command),
        environment=environment,
        secrets=secrets,
        user=user,
        readonly_root_filesystem=True,
        linux_parameters=linux,
        port_mappings=[ecs.PortMapping(container_port=port)],
        logging=ecs.LogDriver.aws_logs(
            log_group=log_group, stream_prefix="task", mode=ecs.AwsLogDriverMode.NON_BLOCKING
        ),
    )
    for number, path in enumerate(writable_paths, 1):
        volume = f"Writable{number}"
        task.add_volume(name=volume)
        container.add_mount_points(ecs.MountPoint(container_path=path, source_volume=volume, read_only=False))
    return container
