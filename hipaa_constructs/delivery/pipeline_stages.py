"""What a ``DeploymentPipeline`` does with a commit, stage by stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import pipelines
from constructs import Construct

from hipaa_constructs._stacks import account_of, region_of, stack_of
from hipaa_constructs.cloudformation.partitions import partition_of
from hipaa_constructs.delivery import commands as lines
from hipaa_constructs.delivery.bootstrap_roles import Target, role_arns
from hipaa_constructs.delivery.deployment_roles import (
    keep_evidence,
    let_deploy,
    let_read,
    note_deployment,
    read_deployment,
)
from hipaa_constructs.delivery.deployment_wave import DeploymentWave
from hipaa_constructs.delivery.pipeline_jobs import PipelineJobs
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket

_RUN = "#{codepipeline.PipelineExecutionId}"
_CREDENTIALS = "credential_source=EcsContainer"
_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-us-gov": "console.amazonaws-us-gov.com",
    "aws-cn": "console.amazonaws.cn",
}


class PipelineStages:
    """The stages of one pipeline.

    :param scope: the pipeline's construct.
    :param role: what the pipeline itself runs as.
    :param topic: who hears of approvals that are waited for.
    :param install: how a job gets the app and its packages.
    :param install_cli: how it gets the CDK's CLI alone.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        jobs: PipelineJobs,
        source: pipelines.CodePipelineSource,
        artifacts: EncryptedBucket,
        evidence: EncryptedBucket,
        role: LeastPrivilegeRole,
        topic: AlertTopic,
        qualifier: str,
        install: Sequence[str],
        install_cli: str,
    ) -> None:
        self._scope = scope
        self._jobs = jobs
        self._source = source
        self._artifacts = artifacts
        self._evidence = evidence
        self._role = role
        self._topic = topic
        self._qualifier = qualifier
        self._install_cli = install_cli
        self._install = [install_cli, *install]

    def synth(
        self, waves: Sequence[DeploymentWave], context: Mapping[str, str], commands: Sequence[str]
    ) -> pipelines.CodeBuildStep:
        """Define what synthesizes the pipeline's own stack, and each wave with the gate."""
        role = self._jobs.role("Synth")
        self._artifacts.grant_put(role)
        keep_evidence(role, self._evidence)
        step = self._jobs.step(
            "Synth",
            role,
            inputs=self._source,
            install=self._install,
            env={"EVIDENCE": self._evidence.bucket.bucket_name, "RUN": f"{lines.RUNS}/{_RUN}"},
            commands=[
                *commands,
                " ".join(["cdk synth --quiet '**'", *lines.context_arguments(context), "--output cdk.out"]),
                *(line for wave in waves for line in lines.synth(wave.name, wave.context)),
                *(
                    f'aws s3 cp --quiet --recursive {lines.ASSEMBLIES}/{wave.name}/report "s3://$EVIDENCE/$RUN/{wave.name}"'
                    for wave in waves
                ),
            ],
            primary_output_directory="cdk.out",
        )
        self._assemblies = step.add_output_directory(lines.ASSEMBLIES)
        return step

    def add_mutation(self, pipeline: pipelines.CodePipeline, synth: pipelines.CodeBuildStep) -> None:
        """Have the pipeline deploy its own stack first."""
        role, stack = self._jobs.role("SelfMutate"), stack_of(self._scope)
        here = [Target(account_of(stack), region_of(stack))]
        arns = role_arns(here, ("deploy", "file-publishing"), qualifier=self._qualifier)
        role.allow(["sts:AssumeRole"], arns)
        step = self._jobs.step(
            "SelfMutate",
            role,
            inputs=synth.primary_output,
            install=[self._install_cli],
            commands=[
                "assembly=$PWD",
                *lines.elsewhere(),
                f"cdk deploy --app \"$assembly\" '{stack.node.path}' --require-approval never --progress events",
            ],
        )
        pipeline.add_wave("UpdatePipeline", pre=[step])

    def add_wave(self, pipeline: pipelines.CodePipeline, wave: DeploymentWave) -> None:
        """Have the pipeline review, deploy and compare the stacks of a wave."""
        assemblies = self._assemblies
        reader, deployer = self._jobs.role(f"{wave.name}Reader"), self._jobs.role(f"{wave.name}Deployer")
        let_read(reader, wave, self._qualifier)
        let_deploy(deployer, wave, self._qualifier)
        for role in (reader, deployer):
            keep_evidence(role, self._evidence)
        read_deployment(reader, self._evidence, wave)
        note_deployment(deployer, self._evidence, wave)
        env = {
            "EVIDENCE": self._evidence.bucket.bucket_name,
            "RUN": f"{lines.RUNS}/{_RUN}/{wave.name}",
            "DEPLOYED": f"{lines.DEPLOYED}/{wave.name}",
        }
        profiles = lines.profiles(wave.targets, credential_source=_CREDENTIALS, qualifier=self._qualifier)
        here = [
            f'export ASSEMBLY="$PWD/{wave.name}/cdk.out" REPORT="$PWD/{wave.name}/report"',
        ]
        review = self._jobs.step(
            f"{wave.name}.Review",
            reader,
            inputs=self._source,
            additional={lines.ASSEMBLIES: assemblies},
            install=self._install,
            env=env,
            commands=[
                f'export ASSEMBLY="$PWD/{lines.ASSEMBLIES}/{wave.name}/cdk.out"',
                *profiles,
                *lines.review(wave.targets),
            ],
        )
        deploy = self._jobs.step(
            f"{wave.name}.Deploy",
            deployer,
            inputs=assemblies,
            install=[self._install_cli],
            env=env,
            commands=[*here, *lines.elsewhere(), *lines.deploy()],
        )
        drift = self._jobs.step(
            f"{wave.name}.Drift", reader, inputs=assemblies, env=env, commands=[*here, *profiles, *lines.drift()]
        )
        steps: list[pipelines.Step] = [review]
        if wave.production:
            steps += [
                self._jobs.step(
                    f"{wave.name}.Changes",
                    deployer,
                    inputs=assemblies,
                    install=[self._install_cli],
                    env=env,
                    commands=[*here, *lines.elsewhere(), *lines.changes()],
                ),
                self._approval(wave),
            ]
        steps += [deploy, drift]
        pipeline.add_wave(wave.name, pre=pipelines.Step.sequence(steps))

    def _approval(self, wave: DeploymentWave) -> pipelines.ManualApprovalStep:
        stack = stack_of(self._scope)
        prefix = f"{lines.RUNS}/{_RUN}/{wave.name}/"
        self._topic.grant_publish(self._role)
        return pipelines.ManualApprovalStep(
            f"{wave.name}.Approve",
            comment=f"Read what {wave.name} changes: changes.txt and review/difference.txt in {prefix}",
            review_url=f"https://{_CONSOLES[partition_of(region_of(stack))]}/s3/buckets/{self._evidence.bucket.bucket_name}"
            f"?region={region_of(stack)}&prefix={prefix}",
            notification_topic=self._topic.topic,
        )
