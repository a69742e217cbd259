"""The jobs of a ``DeploymentPipeline``: what each runs, where, and as whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_logs as logs
from aws_cdk import pipelines
from constructs import Construct

from hipaa_constructs._constants import hours
from hipaa_constructs._stacks import path_of
from hipaa_constructs.primitives.arns import bucket_arn
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.primitives.service_trust import of_this_account
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket


class PipelineJobs:
    """Jobs of CodeBuild that read artifacts and log, and may do no more until they are granted it.

    :param scope: what the roles belong to.
    """

    def __init__(self, scope: Construct, *, artifacts: EncryptedBucket, log_group: logs.ILogGroup) -> None:
        self._scope = scope
        self._artifacts = artifacts
        self._logs = log_group
        self.steps: list[pipelines.CodeBuildStep] = []
        self.roles: list[LeastPrivilegeRole] = []

    def role(self, name: str) -> LeastPrivilegeRole:
        """Make the role of a job."""
        role = LeastPrivilegeRole(
            self._scope,
            f"{name}Role",
            assumed_by=of_this_account("codebuild.amazonaws.com", self._scope),
            description=f"Runs {name} of {path_of(self._scope)}",
        )
        self._artifacts.grant_read(role)
        bucket = bucket_arn(self._artifacts.bucket)
        role.allow(["s3:GetBucketAcl", "s3:GetBucketLocation"], [bucket])
        role.allow(["logs:CreateLogStream", "logs:PutLogEvents"], [self._logs.log_group_arn])
        self.roles.append(role)
        return role

    def step(
        self,
        name: str,
        role: LeastPrivilegeRole,
        *,
        inputs: pipelines.IFileSetProducer | None,
        commands: Sequence[str],
        install: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        additional: Mapping[str, pipelines.IFileSetProducer] | None = None,
        primary_output_directory: str | None = None,
    ) -> pipelines.CodeBuildStep:
        """Define a job that runs ``commands`` as ``role``, after ``install``."""
        step = pipelines.CodeBuildStep(
            name,
            input=inputs,
            additional_inputs=additional,
            install_commands=list(install),
            commands=list(commands),
            env=env,
            role=role.without_policy_updates(),
            primary_output_directory=primary_output_directory,
        )
        self.steps.append(step)
        return step

    def defaults(self) -> pipelines.CodeBuildOptions:
        """Return what holds for every job."""
        return pipelines.CodeBuildOptions(
            build_environment=codebuild.BuildEnvironment(
                build_image=codebuild.LinuxBuildImage.STANDARD_7_0, privileged=False
            ),
            logging=codebuild.LoggingOptions(cloud_watch=codebuild.CloudWatchLoggingOptions(log_group=self._logs)),
            partial_build_spec=codebuild.BuildSpec.from_object(
                {"phases": {"install": {"runtime-versions": {"python": "3.12", "nodejs": "22"}}}}
            ),
            timeout=hours(4),
        )
