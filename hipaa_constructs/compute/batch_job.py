from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import aws_cdk as cdk
import jsii
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as stepfunctions
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, refuse, require_range
from hipaa_constructs._stacks import path_of
from hipaa_constructs.compute import fargate_requirements as requirements
from hipaa_constructs.compute.batch_job_task import BatchJobTask
from hipaa_constructs.compute.fargate_task import define_execution_role, define_role
from hipaa_constructs.primitives.granting import to_principal
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole


@jsii.implements(iam.IGrantable)
class BatchJob(Construct):
    """A job of a ``PrivateBatch``, whose ``add_job`` makes it and says what its arguments are."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        job_queue: batch.IJobQueue,
        log_group: logs.ILogGroup,
        repository: ecr.IRepository,
        tag_or_digest: str,
        command: Sequence[str] | None,
        environment: Mapping[str, str] | None,
        secrets: Mapping[str, batch.Secret] | None,
        parameters: Mapping[str, str] | None,
        cpu: int,
        memory_limit_mib: int,
        cpu_architecture: ecs.CpuArchitecture,
        user: str,
        writable_paths: Sequence[str],
        ephemeral_storage_gib: int | None,
        retry_attempts: int,
        timeout: cdk.Duration,
    ) -> None:
        requirements.require_pinned(repository, tag_or_digest)
        requirements.require_no_secret(scope, environment or {})
        requirements.require_size(cpu, memory_limit_mib)
        requirements.require_unprivileged(user)
        requirements.require_paths(writable_paths)
        requirements.require_storage(ephemeral_storage_gib)
        _require_settings(environment or {}, retry_attempts, timeout)
        super().__init__(scope, construct_id)

        self._queue = job_queue
        self._role = define_role(self, "Role", description=f"Jobs of {path_of(self)} run as this")
        storage = None if ephemeral_storage_gib is None else cdk.Size.gibibytes(ephemeral_storage_gib)
        container = batch.EcsFargateContainerDefinition(
            self,
            "Container",
            # from_ecr_repository would grant the registry's token in the policy that lets pull.
            image=ecs.ContainerImage.from_registry(repository.repository_uri_for_tag_or_digest(tag_or_digest)),
            command=None if command is None else list(command),
            environment=environment,
            secrets=secrets,
            cpu=cpu / 1024,
            memory=cdk.Size.mebibytes(memory_limit_mib),
            ephemeral_storage_size=storage,
            fargate_cpu_architecture=cpu_architecture,
            fargate_operating_system_family=ecs.OperatingSystemFamily.LINUX,
            fargate_platform_version=ecs.FargatePlatformVersion.LATEST,
            assign_public_ip=False,
            readonly_root_filesystem=True,
            user=user,
            job_role=self._role,
            execution_role=define_execution_role(self, repository),
            logging=ecs.LogDriver.aws_logs(
                log_group=log_group, stream_prefix=construct_id, mode=ecs.AwsLogDriverMode.NON_BLOCKING
            ),
        )
        self._definition = batch.EcsJobDefinition(
            self,
            "Resource",
            container=container,
            parameters=parameters,
            propagate_tags=True,
            retry_attempts=retry_attempts,
            timeout=timeout,
        )
        self._make_writable(writable_paths)

    @property
    def job_definition(self) -> batch.EcsJobDefinition:
        """The job definition itself, for targets of rules and schedules."""
        return self._definition

    @property
    def role(self) -> LeastPrivilegeRole:
        """What the container runs as."""
        return self._role

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """Who is meant where the job is granted something."""
        return self._role

    @checked_arguments
    def grant_submit(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal submit this job to its queue, and no other."""
        return to_principal(
            grantee, ["batch:SubmitJob"], [self._definition.job_definition_arn, self._queue.job_queue_arn]
        )

    @checked_arguments
    def task(
        self,
        scope: Construct,
        construct_id: str,
        *,
        payload: stepfunctions.TaskInput | None = None,
        container_overrides: tasks.BatchContainerOverrides | None = None,
        array_size: int | None = None,
        result_path: str | None = None,
    ) -> tasks.BatchSubmitJob:
        """Make a state that submits this job and waits for its end; its machine may submit this job, and no other.

        CDK's ``BatchSubmitJob`` would let the machine submit every job of the account. A job goes on when the execution
        that waits for it is stopped, until its own timeout.

        :param payload: the parameters of the job, ``stepfunctions.TaskInput.from_object({…})``. Default: none.
        :param container_overrides: environment, command and size for this submission. Default: those of the job.
        :param array_size: how many children the job has, 2 to 10,000. Default: it is one job.
        :param result_path: where in the state's data the answer goes. Default: it takes the place of the data.
        """
        return BatchJobTask(
            scope,
            construct_id,
            job_definition_arn=self._definition.job_definition_arn,
            job_queue_arn=self._queue.job_queue_arn,
            job_name=self.node.id,
            payload=payload,
            container_overrides=container_overrides,
            array_size=array_size,
            result_path=result_path,
        )

    def _make_writable(self, paths: Sequence[str]) -> None:
        """Mount empty volumes: by name alone, since on Fargate no volume of Batch may say of which host."""
        if not paths:
            return
        resource = cast("batch.CfnJobDefinition", self._definition.node.default_child)
        volumes = [f"Writable{number}" for number in range(1, len(paths) + 1)]
        resource.add_property_override("ContainerProperties.Volumes", [{"Name": name} for name in volumes])
        resource.add_property_override(
            "ContainerProperties.MountPoints",
            [
                {"ContainerPath": path, "SourceVolume": name, "ReadOnly": False}
                for path, name in zip(paths, volumes, strict=True)
            ],
        )


def _require_settings(environment: Mapping[str, str], attempts: int, timeout: cdk.Duration) -> None:
    # docs.aws.amazon.com/batch/latest/APIReference: API_KeyValuePair.html, API_RetryStrategy.html, API_JobTimeout.html
    for name in environment:
        if name.startswith("AWS_BATCH"):
            refuse(
                f"environment[{name!r}]", name, allowed="names that begin so are Batch's own", fix="Call it otherwise."
            )
    require_range("retry_attempts", attempts, 1, 10, unit="attempts", fix="Leave it out for 3.")
    if not timeout.is_unresolved() and timeout.to_seconds() < 60:
        refuse(
            "timeout",
            f"{timeout.to_seconds():.0f} seconds",
            allowed="Batch measures attempts of 60 seconds or more",
            fix="Leave it out for an hour.",
        )
